--- Files that are made to hold secrets: nothing of them is sent, however well it could be hidden.
local text = require "mistral.text"

local M = {}

-- By the last part of the path, in lower case.
local REFUSED = {
  "^%.env", "%.env$", "^%.flaskenv$", -- environment files, .envrc too
  "%.pem$", "%.key$", "%.p12$", "%.pfx$", "%.p8$", "%.ppk$", "%.jks$", "%.keystore$", "%.kdbx?$",
  "%.agekey$", "%.keytab$", "%.ovpn$", "%.tfstate$", "%.tfstate%.backup$",
  "^id_[%w_-]+$", "^id_rsa", "^id_dsa", "^id_ecdsa", "^id_ed25519", -- SSH: id_rsa, id_rsa.old
  "^%.netrc$", "^_netrc$", "^%.pgpass$", "^%.my%.cnf$", "^%.git%-credentials$", "^%.npmrc$",
  "^%.pypirc$", "^%.htpasswd$", "^%.dockercfg$", "^%.vault%-token$", "^%.vault_pass",
  "^%.?credentials$", "^credentials%.json$", "^%.?secrets?$", "^secrets?%.%a+$", "^g?shadow%-?$",
  "^wallet%.dat$", "^kubeconfig$",
}

-- Made to be shown, though its name begins as one that is not.
local SHOWN = {
  "^%.env%.example$", "^%.env%.sample$", "^%.env%.template$", "^%.env%.dist$", "%.pub$",
}

local function matches(name, patterns)
  for _, pattern in ipairs(patterns) do
    if name:find(pattern) then return true end
  end
  return false
end

-- `*` is any part of a name, `?` one character of it; a glob with a slash is held against the path.
local function pattern_of(glob)
  local pattern = glob:gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0"):gsub("%*", "[^/]*"):gsub("%?", "[^/]")
  return "^" .. pattern .. "$"
end

local function is_allowed(path, name, allow)
  for _, glob in ipairs(allow) do
    local pattern = pattern_of(glob)
    local slash = glob:find("/", 1, true)
    local whole = slash and (path:find(pattern) or path:find("/" .. pattern:sub(2)))
    if whole or not slash and name:find(pattern) then return true end
  end
  return false
end

--- Why nothing of a file is sent: one sentence, or nil when it is like any other file.
---@param path string
---@param allow? string[] names or paths to let through; `*` and `?` stand for parts of a name
---@return string?
function M.refused(path, allow)
  local name = (path:match("([^/\\]+)[/\\]*$") or path)
  local lower = name:lower()
  if not matches(lower, REFUSED) or matches(lower, SHOWN) then return nil end
  if is_allowed(path, name, allow or {}) then return nil end
  return ("nothing of %s is sent: files of that name hold keys or passwords"):format(
    text.line(name, 100))
end

return M
