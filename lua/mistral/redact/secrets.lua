--- Keeps secrets here: whatever leaves has names in their place, and what comes back has them again.
local find = require "mistral.redact.find"
local memo = require "mistral.redact.memo"
local names = require "mistral.redact.names"
local tables = require "mistral.tables"
local texts = require "mistral.text"
local walk = require "mistral.redact.walk"

local M = {}

---@class mistral.RedactOptions
---@field allow? string[] Lua patterns; a secret in which one matches is left alone
---@field ignore? string[] kinds that are left alone, such as "high_entropy"

---@class mistral.Hidden what was hidden in one request
---@field count integer secrets, each counted once
---@field kinds table<string, integer> how many of each kind
---@field restore fun(text: string, as_json?: boolean): string a whole text with the secrets back in it
---@field stream fun(as_json?: boolean): fun(piece: string, last?: boolean): string the same in pieces
---@field as_json? boolean whether the answer is asked to be JSON; set by the client

---@class mistral.Redactor
---@field hide fun(self, value: any): any, mistral.Hidden?
---@field learn fun(secret: string): boolean one to hide wherever it stands, such as the client's own
--- key; whether it can be
---@field reveal fun(text: string): string a text with any name in it that this redactor ever gave

local MOST_REPEATED = 100 -- secrets that are looked for a second time in all of a request
local LAST_RANK = 9

local SHORTEST = 8 -- of a secret that is hidden by itself: shorter ones would tear words apart

local function check_list(options, name)
  local list = options[name]
  if list == nil then return {} end
  local wrong = ("redact: `%s` should be a list of strings"):format(name)
  if type(list) ~= "table" then error(wrong, 4) end
  for _, item in ipairs(list) do
    if type(item) ~= "string" then error(wrong, 4) end
    if name == "allow" and not pcall(string.find, "", item) then
      error(("redact: `allow` has a malformed pattern: %s"):format(item), 4)
    end
  end
  return list
end

local function check_kinds(ignore)
  local kinds = next(ignore) and find.kinds()
  for kind in pairs(ignore) do
    if not kinds[kind] then
      local close = texts.nearest(kind, kinds)
      local hint = close and ("did you mean `%s`?"):format(close)
        or ":help mistral-redact-kinds lists them"
      error(("redact: `ignore` has no kind `%s`; %s"):format(kind, hint), 4)
    end
  end
end

local KNOWN = { allow = true, ignore = true }

local function checked(options)
  for name in pairs(options) do
    if not KNOWN[name] then error(("redact has no `%s`"):format(tostring(name)), 4) end
  end
  local ignore = {}
  for _, kind in ipairs(check_list(options, "ignore")) do
    ignore[kind] = true
  end
  check_kinds(ignore)
  return check_list(options, "allow"), ignore
end

-- The spans of secrets that are known word for word, by their kinds.
local function known_spans(text, known, rank, spans)
  for secret, kind in pairs(known) do
    local first, last = text:find(secret, 1, true)
    while first do
      last = find.past_digits(text, last)
      spans[#spans + 1] = { first = first, last = last, kind = kind, rank = rank }
      first, last = text:find(secret, last + 1, true)
    end
  end
  return spans
end

local function kept(spans, text, allow, ignore)
  local out = {}
  for _, span in ipairs(spans) do
    local leave = ignore[span.kind]
    for _, pattern in ipairs(allow) do
      leave = leave or text:sub(span.first, span.last):find(pattern) ~= nil
    end
    if not leave then out[#out + 1] = span end
  end
  return out
end

local function replaced(text, spans, name_of)
  local out, from = {}, 1
  for _, span in ipairs(spans) do
    out[#out + 1] = text:sub(from, span.first - 1)
    out[#out + 1] = name_of(text:sub(span.first, span.last), span)
    from = span.last + 1
  end
  out[#out + 1] = text:sub(from)
  return table.concat(out)
end

-- Spans of two texts in one, by the text they are in. One that lies across the border is two.
local function parted(spans, border)
  local before, after = {}, {}
  for _, span in ipairs(spans) do
    local first, last, kind, part = span.first, span.last, span.kind, span.part
    if first <= border then
      local stop = math.min(last, border)
      before[#before + 1] = { first = first, last = stop, kind = kind, part = part }
      part = last > border and 2 or part -- counted already
    end
    if last > border then
      after[#after + 1] = {
        first = math.max(first - border, 1), last = last - border, kind = kind, part = part,
      }
    end
  end
  return before, after
end

-- One that would not be mistaken for a word of the language where it stands by itself.
local function stands_out(secret)
  return #secret >= SHORTEST and secret:find "%d" ~= nil and secret:find "%a" ~= nil
    and not secret:find "\n"
end

-- What was found by what stands around it, to be found again where nothing does.
local function repeated(found, text, spans, room)
  for _, span in ipairs(spans) do
    local secret = text:sub(span.first, span.last)
    if room > 0 and not found[secret] and not span.part and stands_out(secret) then
      found[secret], room = span.kind, room - 1
    end
  end
  return room
end

-- The spans of a text, which are kept elsewhere, and those of what was found in another.
local function with_repeated(spans, text, found)
  local more = known_spans(text, found, LAST_RANK, {})
  if not more[1] then return spans end
  for _, span in ipairs(spans or {}) do
    more[#more + 1] = tables.copy(span)
  end
  return find.merged(more)
end

local function hidden_of(secrets, count, kinds)
  return {
    count = count,
    kinds = kinds,
    restore = function(text, as_json) return names.restore(text, secrets, as_json) end,
    stream = function(as_json) return names.stream(secrets, as_json) end,
  }
end

--- Make a redactor: one per client, so that a secret keeps its name. Raises on options that are
--- wrong.
---@param options? mistral.RedactOptions
---@return mistral.Redactor
function M.new(options)
  local allow, ignore = checked(options or {})
  local names_kept, known = names.new(), {}
  local run_memo = memo.new(2000, 256 * 1024)
  local text_memo, forget = memo.new(64, 256 * 1024)

  local function look(text)
    local spans = find.spans(text, run_memo)
    if next(known) then
      known_spans(text, known, 0, spans)
      spans = find.merged(spans)
    end
    spans = kept(spans, text, allow, ignore)
    return #spans > 0 and spans or false
  end

  local redactor = {}

  function redactor.learn(secret)
    if #secret < SHORTEST then return false end
    if not known[secret] then
      known[secret] = "api_key"
      forget()
    end
    return true
  end

  function redactor.reveal(text)
    return names.restore(text, names_kept.secrets())
  end

  -- The names that texts have in them already, once there is anything to hide at all.
  local function taken_in(value)
    local taken = {}
    walk.map(value, function(text, behind)
      names.note(text, taken)
      if behind then names.note(behind, taken) end
      return text, behind
    end)
    return taken
  end

  local function spans_of(text, behind)
    return text_memo(behind and text .. behind or text, look)
  end

  -- The secrets of all texts that may stand in another, too; nil when there are no secrets at all.
  local function found_in(value)
    local found, room
    walk.map(value, function(text, behind)
      local spans = spans_of(text, behind)
      if spans then
        found = found or {}
        room = repeated(found, text .. (behind or ""), spans, room or MOST_REPEATED)
      end
      return text, behind
    end)
    return found
  end

  function redactor:hide(value)
    local found = found_in(value)
    if not found then return value, nil end
    local taken, secrets, count, kinds = taken_in(value), {}, 0, {}
    local seen = {}
    local function name_of(secret, span)
      local name = names_kept.name(secret, span.kind, taken)
      secrets[name] = secret
      if not seen[name] and (span.part or 1) == 1 then
        count, kinds[span.kind] = count + 1, (kinds[span.kind] or 0) + 1
      end
      seen[name] = true
      return name
    end
    local changed = walk.map(value, function(text, behind)
      local spans = with_repeated(spans_of(text, behind), text .. (behind or ""), found)
      if not spans then return text, behind end
      if not behind then return replaced(text, spans, name_of) end
      local before, after = parted(spans, #text)
      return replaced(text, before, name_of), replaced(behind, after, name_of)
    end)
    return changed, hidden_of(secrets, count, kinds)
  end

  return redactor
end

return M
