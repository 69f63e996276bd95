--- Secrets that are found as long runs of token characters: by their prefix, by what stands beside
--- them, or because they look like nothing but dice.
local entropy = require "mistral.redact.entropy"
local tokens = require "mistral.redact.tokens"

local M = {}

M.LEAST = 16 -- bytes; a shorter run is left to its name

-- Those with a dot or a colon in them are several runs; each pattern is anchored at the run that
-- tells them. With the bytes before the run that belong to them.
local JOINED = {
  { "^eyJ[%w_-]+%.[%w_-]+%.?[%w_-]*()", "jwt" },
  { "^[MNO][%w_-]+%.[%w_-][%w_-][%w_-][%w_-][%w_-][%w_-]%.[%w_-]+()", "discord_token", 50 },
}

local BEHIND = {
  -- what stands before the run, what the run is, how many bytes of what stands before are secret
  { before = "SG%.$", run = "^[%w_-]+%.[%w_-]+()", kind = "sendgrid_key", least = 40 },
  { before = "hv[sbr]%.$", run = "^[%w_-]+()", kind = "vault_token", least = 24 },
  { before = "ya29%.$", run = "^[%w_.-]+()", kind = "google_token", least = 20 },
  { before = "dp%.%a%a%.$", run = "^%w+()", kind = "doppler_token", least = 40 },
  { before = "sl%.$", run = "^[%w_-]+()", kind = "dropbox_token", least = 60 },
  { before = "atlasv1%.$", run = "^[%w_=-]+()", kind = "terraform_token", least = 60 },
  { before = "%f[%d]%d+:$", run = "^AA[%w_-]+()", kind = "telegram_token", least = 33 },
}

local function joined(text, first)
  for _, rule in ipairs(JOINED) do
    local past = text:match(rule[1], first)
    if past and past - first >= (rule[3] or 30) then return first, past - 1, rule[2] end
  end
end

-- A signature in an address lets whoever has it in; it is written with `%2F` and the like.
local function signature(text, first)
  local from, past = text:match("^sig=()[%w%%+/_=-]+()", first)
  if from and past - from >= 32 then return from, past - 1, "azure_sas" end
end

local function behind(text, first)
  local before = text:sub(math.max(1, first - 12), first - 1)
  for _, rule in ipairs(BEHIND) do
    local at = before:find(rule.before)
    local past = at and text:match(rule.run, first)
    if past and past - first >= rule.least then
      return first - (#before - at + 1), past - 1, rule.kind
    end
  end
end

-- Where the value in `NAME=value` begins, and where it ends before the `=` that pad it.
local function value_in(run)
  local to = #run
  while run:byte(to) == 61 do
    to = to - 1
  end
  local from = run:sub(1, to):match("^.*=()") or 1
  return from, to
end

-- A part of an address: it is meant to be seen there.
local function in_address(text, first)
  local before = text:sub(math.max(1, first - 120), first - 1):match("[^%s\"'`<>(]*$")
  return before:find("://", 1, true) ~= nil or before:find("^www%.") ~= nil
end

-- What makes a random string known as something public.
local function is_public(text, first)
  local before = text:sub(math.max(1, first - 24), first - 1)
  return before:find("ssh%-%w+ $") or before:find("nistp%d+ $") or before:find("base64,$")
    or before:find("sha%d+[:-]$") or before:find("SHA256:$")
    or before:find("h1:$")
end

local function hash_prefix(value)
  return value:find("^sha%d+%-") ~= nil or value:find("^AAAA[BCE]3N") ~= nil
    or value:find("^md5%-") ~= nil
end

-- A path has its parts between slashes: each is looked at as a word of its own when most are words.
local function random_part(value)
  if entropy.is_secret(value) then return 1, #value end
  local at = 1
  while at <= #value do
    local from, past = value:match("()[%w+]+()", at)
    if not from then return nil end
    if past - from >= 24 and entropy.is_secret(value:sub(from, past - 1)) then
      return from, past - 1
    end
    at = past
  end
end

-- What the run alone says: its place in it and its kind, or false. The same for the same run.
local function judge(run)
  local first, last, kind = tokens.find(run)
  if first then return { first, last, kind } end
  if not run:find("%d") then return false end
  local from, to = value_in(run)
  local value = run:sub(from, to)
  if hash_prefix(value) then return false end
  local at, past = random_part(value)
  if not at then return false end
  return { from + at - 1, from + past - 1, "high_entropy" }
end

local BACKSLASH, DOT, COLON, SMALL_S = 92, 46, 58, 115

-- Secrets that are more than one run, told by the bytes beside it.
local function with_neighbours(text, first, last, left)
  local from, to, kind
  if left == DOT or left == COLON then from, to, kind = behind(text, first) end
  if not from and text:byte(first) == SMALL_S then from, to, kind = signature(text, first) end
  if not from and text:byte(last + 1) == DOT then from, to, kind = joined(text, first) end
  return from, to, kind
end

-- Nearly all runs of ordinary code are words: they end here.
local function is_word(run)
  return not run:find("%d") and not tokens.may_begin(run)
end

--- Look at one run.
---@param text string
---@param first integer
---@param last integer
---@param memo fun(run: string, judge: fun(run: string): any): any remembers what was said of a run
---@param add fun(first: integer, last: integer, kind: string)
function M.look(text, first, last, memo, add)
  local left = text:byte(first - 1)
  -- A string's `\n` or `\t` before the run puts its letter into it.
  if left == BACKSLASH and text:find("^[nrt].", first) then first = first + 1 end
  local from, to, kind = with_neighbours(text, first, last, left)
  if from then return add(from, to, kind) end
  local run = text:sub(first, last)
  if is_word(run) then return end
  local verdict = memo(run, judge)
  if not verdict then return end
  kind = verdict[3]
  if kind == "high_entropy" and (is_public(text, first) or in_address(text, first)) then return end
  add(first + verdict[1] - 1, first + verdict[2] - 1, kind)
end

--- Add the names of the kinds that are found here.
---@param kinds table<string, boolean>
function M.kinds(kinds)
  tokens.kinds(kinds)
  for _, rule in ipairs(JOINED) do kinds[rule[2]] = true end
  for _, rule in ipairs(BEHIND) do kinds[rule.kind] = true end
  kinds.azure_sas, kinds.high_entropy = true, true
end

return M
