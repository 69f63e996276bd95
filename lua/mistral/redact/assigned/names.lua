--- Names of secrets: db_password, apiKey, CLIENT_SECRET. What a name goes on with may make it the name
--- of something else: password_file, max_tokens.
local M = {}

---@class mistral.redact.Word
---@field word string what is searched for
---@field class string how a value has to look to be a secret: a key of values.judge
---@field strict? boolean part of ordinary words: it must begin a word, or follow one of BEFORE
---@field needs? boolean it must follow one of BEFORE

---@type mistral.redact.Word[]
M.words = {
  { word = "pass", class = "password", strict = true },
  { word = "pwd", class = "password" },
  { word = "secret", class = "named" },
  { word = "token", class = "secret", strict = true },
  { word = "key", class = "secret", strict = true, needs = true },
  { word = "auth", class = "secret", strict = true },
  { word = "credential", class = "secret" },
  { word = "identified by", class = "password" }, -- as SQL says it
  { word = "securestring", class = "password" }, -- as PowerShell does
  { word = "mnemonic", class = "words" },
}

-- Words that begin with another: found as that one, and then taken for what they are.
local LONGER = {
  pass = {
    { word = "passw", class = "password" },
    { word = "passphrase", class = "phrase" },
  },
}

-- What the rest of a name may be. Anything else makes it another thing: password_file, max_tokens.
local AFTER = {}
for word in ([[
  ord wd phrase key base keybase value string prod dev test staging production live main primary
  secondary default old new str raw plain text data pw code s id orization
]]):gmatch("%S+") do
  AFTER[word] = true
end
-- A name that goes on with these is a secret only in the case of this word.
local ONLY = {
  ord = "passw", d = "passw", wd = "pass", phrase = "pass", key = "secret", s = "credential",
  orization = "auth", id = false,
}

local BEFORE = {}
for word in ([[
  api app access secret private auth encryption encrypt signing sign account master shared service
  client license storage session consumer server bot user refresh bearer id oauth csrf jwt hook
  webhook admin root db database mysql postgres pg redis smtp mail ftp ssh aws s3 azure gcp google
  github gitlab slack stripe twilio sendgrid openai mistral anthropic deploy registry npm pypi vault
  require cookie hash hmac crypto aes cipher salt rails app_secret publish project write read
]]):gmatch("%S+") do
  BEFORE[word] = true
end

local LOWER, UPPER, GAP = {}, {}, {}
for byte = 0, 255 do
  local char = string.char(byte)
  LOWER[byte], UPPER[byte] = char:find("%l") ~= nil, char:find("%u") ~= nil
  GAP[byte] = char:find("[_%-. ]") ~= nil
end

-- Whether one of BEFORE ends the letters that stand there without a gap: authtoken.
local function is_glued(letters)
  for size = 2, math.min(#letters, 10) do
    if BEFORE[letters:sub(-size)] then return true end
  end
  return false
end

-- Whether the word at `at` is a word of its own or one that belongs before it.
local function begins(text, lower, at, rule)
  if not rule.strict then return true end
  local byte = at > 1 and text:byte(at - 1) or 10
  local letter = LOWER[byte] or UPPER[byte]
  if not rule.needs and not letter then return true end
  if not rule.needs and LOWER[byte] and UPPER[text:byte(at)] then return true end
  if letter then return is_glued(lower:sub(math.max(1, at - 10), at - 1):match("%a+$")) end
  if not GAP[byte] then return false end
  local before = lower:sub(math.max(1, at - 11), at - 2):match("%a+$")
  return before ~= nil and (BEFORE[before] or byte ~= 32 and is_glued(before))
end

local LONGEST = 40 -- bytes that a name may go on with

-- Past the whole name, when the name is one of a secret.
local function name_end(lower, past, rule)
  local rest = lower:sub(past, past + LONGEST):match("^[%w_-]*")
  if #rest > LONGEST then return nil end
  for part in rest:gmatch("[^_-]+") do
    local word = part:gsub("%d+$", "")
    if word ~= "" then
      local only = ONLY[word]
      if only == nil and not AFTER[word] or only == false or only and only ~= rule.word then
        return nil
      end
    end
  end
  return past + #rest
end

-- A name is followed by one of these, or it is a word in a sentence.
local FOLLOWS = {}
for byte = 0, 255 do
  FOLLOWS[byte] = string.char(byte):find("[\"'`%]%)\\ \t=:%[>,(!|?/%w_-]") ~= nil
end

--- The end of the name that has the word at `at` in it; nil when it is not the name of a secret.
---@param text string
---@param lower string the same in lower case
---@param at integer
---@param rule mistral.redact.Word
---@return integer? past the byte behind the name
---@return mistral.redact.Word? rule of the word that it really is
function M.past(text, lower, at, rule)
  for _, longer in ipairs(LONGER[rule.word] or {}) do
    if lower:sub(at, at + #longer.word - 1) == longer.word then rule = longer end
  end
  local next_at = at + #rule.word
  if not FOLLOWS[lower:byte(next_at) or 0] or not begins(text, lower, at, rule) then return nil end
  return name_end(lower, next_at, rule), rule
end

return M
