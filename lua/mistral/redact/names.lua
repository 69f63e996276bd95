--- What stands for a secret while it is away, and how it comes back: REDACTED_GITHUB_TOKEN_1. One
--- secret has one such name as long as the client lives.
local M = {}

local HEAD = "REDACTED_"
local PATTERN = "REDACTED_[A-Z_]+_%d+" -- the name of a kind has no digit in it

---@class mistral.redact.Names
local Names = {}
Names.__index = Names

local MOST = 10000 -- secrets remembered; then it begins anew, with numbers nobody has seen

function M.new()
  local by_secret, by_name, kept, last = {}, {}, 0, {}
  local self = setmetatable({}, Names)

  -- Closures, so that no secret is there to be found by whoever prints or walks a client.
  function self.name(secret, kind, taken)
    local name = by_secret[secret]
    if name and not taken[name] then return name end
    if kept >= MOST then by_secret, by_name, kept = {}, {}, 0 end
    local word = kind:upper()
    repeat
      last[word] = (last[word] or 0) + 1
      name = ("%s%s_%d"):format(HEAD, word, last[word])
    until not taken[name]
    if not by_secret[secret] then kept = kept + 1 end
    by_secret[secret], by_name[name] = name, secret
    return name
  end

  -- By name, all there are.
  function self.secrets()
    return by_name
  end
  return self
end

-- What stands before the name in a match, and the name: it begins with the last HEAD there is.
local function parts(match)
  local before = match:match("^(.+)" .. HEAD) or ""
  return before, match:sub(#before + 1)
end

--- The names that stand in a text already, which are nobody's.
---@param text string
---@param taken table<string, boolean>
function M.note(text, taken)
  if not text:find(HEAD, 1, true) then return end
  for match in text:gmatch(PATTERN) do
    local _, name = parts(match)
    taken[name] = true
  end
end

local ESCAPES = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t",
}

-- As it stands within a string of JSON.
local function json_text(secret)
  return (secret:gsub('[%c"\\]', function(char)
    return ESCAPES[char] or ("\\u%04x"):format(char:byte())
  end))
end

--- Put the secrets back into a text that is whole.
---@param text string
---@param secrets table<string, string> by name
---@param as_json? boolean the text is JSON, and stays so
---@return string
function M.restore(text, secrets, as_json)
  if not text:find(HEAD, 1, true) then return text end
  return (text:gsub(PATTERN, function(match)
    local before, name = parts(match)
    local secret = secrets[name]
    return secret and before .. (as_json and json_text(secret) or secret)
  end))
end

-- Where what may be the beginning of a name begins: at the end of the text, or nowhere.
local function open_from(text, longest)
  local from = math.max(1, #text - longest + 1)
  local tail = text:sub(from)
  local at = tail:match(".*()" .. HEAD .. "[A-Z0-9_]*$")
  if not at then
    for size = math.min(#HEAD - 1, #tail), 1, -1 do
      if tail:sub(-size) == HEAD:sub(1, size) then
        at = #tail - size + 1
        break
      end
    end
  end
  return at and from + at - 1
end

--- The same for a text that comes in pieces. What may be half a name waits for the rest of it, which
--- is never more than one name's length, so each byte is looked at a bounded number of times.
---@param secrets table<string, string> by name
---@param as_json? boolean
---@return fun(piece: string, last?: boolean): string
function M.stream(secrets, as_json)
  local longest, held = 0, ""
  for name in pairs(secrets) do
    longest = math.max(longest, #name)
  end
  return function(piece, last)
    local text = held .. piece
    local from = not last and open_from(text, longest) or nil
    held = from and text:sub(from) or ""
    return M.restore(from and text:sub(1, from - 1) or text, secrets, as_json)
  end
end

return M
