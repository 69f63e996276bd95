--- Credentials that nobody ever had, the same in each run. None stands in this repository as one
--- string: prefixes are put together here, the rest is drawn.
local M = {}

local LOWER, UPPER, DIGIT = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
local HEX = DIGIT .. "abcdef"
local ALNUM = UPPER .. LOWER .. DIGIT
local BASE64 = ALNUM .. "+/"
local URL64 = ALNUM .. "-_"
local BASE32 = UPPER .. "234567"

-- A generator of its own, since math.random differs between Luas.
local function dice(seed)
  local state = seed
  return function(most)
    state = (state * 16807) % 2147483647
    return math.floor(state / 7) % most + 1
  end
end

local function draw(roll, alphabet, length)
  local out = {}
  for at = 1, length do
    local pick = roll(#alphabet)
    out[at] = alphabet:sub(pick, pick)
  end
  return table.concat(out)
end

local WORDS = {
  "hunter", "sunshine", "dragonfly", "correct", "battery", "orange", "kestrel", "monday", "winter",
  "granite", "harbour", "velvet", "tundra", "copper", "meadow", "saturn",
}

local function word(roll)
  return WORDS[roll(#WORDS)]
end

local function capital(text)
  return text:sub(1, 1):upper() .. text:sub(2)
end

-- Lines of 64, as armour has them.
local function lines(roll, length)
  local data, list = draw(roll, BASE64, length), {}
  for at = 1, #data, 64 do
    list[#list + 1] = data:sub(at, at + 63)
  end
  list[#list] = list[#list] .. "=="
  return list
end

local DASH = ("-"):rep(5)

local function armour(label, list, head)
  local out = { DASH .. "BEGIN " .. label .. DASH }
  for _, line in ipairs(head or {}) do out[#out + 1] = line end
  for _, line in ipairs(list) do out[#out + 1] = line end
  out[#out + 1] = DASH .. "END " .. label .. DASH
  return table.concat(out, "\n")
end

local function block(label, length, head)
  return function(roll)
    local list = lines(roll, length)
    return armour(label, list, head), list
  end
end

local function simple(...)
  local parts = { ... }
  return function(roll)
    local out = {}
    for at = 1, #parts do
      local part = parts[at]
      out[at] = type(part) == "string" and part or draw(roll, part[1], part[2])
    end
    return table.concat(out)
  end
end

local function jwt_part(roll, length)
  return "ey" .. "J" .. draw(roll, URL64, length)
end

--- kind -> the text to plant, and the parts of it that are secret (itself, unless told)
M.kinds = {
  github = simple("gh", "p_", { ALNUM, 36 }),
  github_app = simple("gh", "s_", { ALNUM, 36 }),
  github_fine = simple("github", "_pat_", { ALNUM, 22 }, "_", { ALNUM, 59 }),
  gitlab = simple("gl", "pat-", { ALNUM, 20 }),
  aws_id = simple("AK", "IA", { BASE32, 16 }),
  aws_temporary = simple("AS", "IA", { BASE32, 16 }),
  aws_secret = simple({ BASE64, 40 }),
  google_api = simple("AI", "za", { URL64, 35 }),
  google_client = simple("GOC", "SPX-", { URL64, 28 }),
  azure_storage = simple({ BASE64, 86 }, "=="),
  azure_sas = simple({ BASE64, 43 }, "%3D"),
  slack_bot = simple("xo", "xb-", { DIGIT, 12 }, "-", { DIGIT, 13 }, "-", { ALNUM, 24 }),
  slack_hook = simple({ ALNUM, 24 }),
  stripe = simple("sk", "_live_", { ALNUM, 24 }),
  stripe_restricted = simple("rk", "_live_", { ALNUM, 24 }),
  npm = simple("np", "m_", { ALNUM, 36 }),
  pypi = simple("py", "pi-AgEIcHlwaS5vcmc", { URL64, 80 }),
  huggingface = simple("h", "f_", { ALNUM, 34 }),
  openai = simple("s", "k-proj-", { ALNUM, 48 }),
  anthropic = simple("s", "k-ant-api03-", { URL64, 80 }),
  mistral = simple({ ALNUM, 32 }),
  sendgrid = simple("S", "G.", { URL64, 22 }, ".", { URL64, 43 }),
  twilio = simple("S", "K", { HEX, 32 }),
  digitalocean = simple("do", "p_v1_", { HEX, 64 }),
  telegram = simple({ "123456789", 9 }, ":A", "AH", { URL64, 32 }),
  discord = simple("M", "T", { ALNUM, 22 }, ".", { ALNUM, 6 }, ".", { URL64, 27 }),
  discord_hook = simple({ URL64, 60 }),
  age = simple("AGE-SECRET", "-KEY-1", { "023456789ACDEFGHJKLMNPQRSTUVWXYZ", 58 }),
  shopify = simple("shp", "at_", { HEX, 32 }),
  vault = simple("hv", "s.", { ALNUM, 28 }),
  jwt = function(roll)
    return jwt_part(roll, 33) .. "." .. jwt_part(roll, 60) .. "." .. draw(roll, URL64, 43)
  end,
  rsa = block("RSA PRIVATE" .. " KEY", 64 * 12 + 38),
  pkcs8 = block("PRIVATE" .. " KEY", 64 * 8 + 22),
  encrypted = block("RSA PRIVATE" .. " KEY", 64 * 6 + 42,
    { "Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,3F1E", "" }),
  ec = block("EC PRIVATE" .. " KEY", 64 * 3 + 26),
  openssh = block("OPENSSH PRIVATE" .. " KEY", 64 * 5 + 30),
  pgp = block("PGP PRIVATE" .. " KEY BLOCK", 64 * 9 + 10, { "Version: GnuPG v2", "" }),
  -- the same on one line, with \n between
  json_key = function(roll)
    local list = lines(roll, 64 * 8 + 22)
    return (armour("PRIVATE" .. " KEY", list):gsub("\n", "\\n")) .. "\\n", list
  end,
  url_password = simple({ ALNUM, 14 }),
  password = simple({ LOWER, 3 }, { DIGIT, 2 }, "!", { ALNUM, 6 }),
  word_password = function(roll)
    return capital(word(roll)) .. word(roll) .. tostring(roll(90) + 9)
  end,
  plain_password = function(roll) return word(roll) .. word(roll) end,
  phrase = function(roll)
    return ("%s %s %s %s"):format(word(roll), word(roll), word(roll), word(roll))
  end,
  hex64 = simple({ HEX, 64 }),
  hex32 = simple({ HEX, 32 }),
  uuid = simple({ HEX, 8 }, "-", { HEX, 4 }, "-4", { HEX, 3 }, "-a", { HEX, 3 }, "-", { HEX, 12 }),
  base64_key = simple({ BASE64, 43 }, "="),
  django = simple("d", { LOWER .. DIGIT .. "!@#$%^&*-_=+", 46 }, "7x"),
  random40 = simple({ ALNUM, 40 }),
  random24 = simple("a7K", { ALNUM, 21 }),
}

-- One file of the corpus: its text, and what was planted in it.
local function plant(template, seed)
  local planted, roll = {}, dice(seed)
  local text = template:gsub("([^\n]-)@@([%w_]+)@@", function(before, kind)
    local make = M.kinds[kind] or error("no such kind: " .. kind)
    local made, parts = make(roll)
    planted[#planted + 1] = { kind = kind, parts = parts or { made } }
    local indent = before:match("^([%s|>/*#%d+-]*)$")
    if indent and parts then made = made:gsub("\n", "\n" .. indent) end
    return before .. made
  end)
  return text, planted
end

--- Files with secrets in them: each template filled as often as asked, each time with others.
---@param templates { name: string, text: string }[]
---@param rounds integer
---@return { name: string, text: string, planted: { kind: string, parts: string[] }[] }[]
function M.files(templates, rounds)
  local files = {}
  for round = 1, rounds do
    for at, template in ipairs(templates) do
      local text, planted = plant(template.text, 7919 * at + 104729 * round)
      files[#files + 1] = { name = template.name, text = text, planted = planted }
    end
  end
  return files
end

return M
