--- Finds JSON in what a model wrote: alone, between fences, or in the middle of its prose. The JSON
--- itself is taken as it stands or not at all; nothing is mended.
local json = require "mistral.json"

local M = {}

-- Reading may begin at every bracket of the text and end in the middle of nowhere each time. This
-- many bytes are read for each byte of the text, so the whole stays linear: about a second for a
-- mebibyte of brackets.
local READINGS = 4
local MIN_WORK = 4096

-- Where a value ends ------------------------------------------------------------------------------

local CLOSER = { ["{"] = "}", ["["] = "]" }

-- Behind the string that begins at `at`, or nil when it does not end. `state.reached` is how far
-- anybody has looked.
local function string_end(state, at)
  local from = at + 1
  while true do
    local found = state.source:find('["\\]', from)
    state.reached = math.max(state.reached, found or #state.source)
    if not found then return nil end
    if state.source:sub(found, found) == '"' then return found + 1 end
    from = found + 2
  end
end

local LITERALS = { t = "^true()", f = "^false()", n = "^null()" }

local function scalar_end(state, at)
  local first = state.source:sub(at, at)
  if first == '"' then return string_end(state, at) end
  return state.source:match(LITERALS[first] or "^%-?%d[%d.eE+-]*()", at)
end

local function skip(state, at)
  at = state.source:match("^[ \t\r\n]*()", at)
  state.reached = math.max(state.reached, at)
  return at, state.source:sub(at, at)
end

-- Past `"name" :`, to where the value begins.
local function key_end(state, at)
  local char
  at = state.source:sub(at, at) == '"' and string_end(state, at)
  if not at then return nil end
  at, char = skip(state, at)
  return char == ":" and (skip(state, at + 1)) or nil
end

-- Into a bracket that has just opened: where its first value begins, or its closing bracket.
local function enter(state, at, closer)
  local char
  at, char = skip(state, at)
  if char == closer then return at, true end
  if closer == "}" then at = key_end(state, at) end
  return at, false
end

-- From the end of a value: closes what closes there. Returns where the next value begins, or where
-- the outermost bracket has ended and true; nil when neither comes.
local function leave(state, at, open)
  local char
  at, char = skip(state, at)
  while char == open[#open] do
    open[#open] = nil
    if #open == 0 then return at + 1, true end
    at, char = skip(state, at + 1)
  end
  if char ~= "," then return nil end
  at = skip(state, at + 1)
  if open[#open] == "}" then at = key_end(state, at) end
  return at, false
end

-- Behind the object or list that begins at `at`; nil when it does not end well.
local function value_end(state, at)
  local open, done = {}, false
  while at do
    local closer, empty = CLOSER[state.source:sub(at, at)], nil
    if closer then
      open[#open + 1] = closer
      at, empty = enter(state, at + 1, closer)
    else
      at = scalar_end(state, at)
    end
    if at and (not closer or empty) then at, done = leave(state, at, open) end
    if done then return at end
  end
end

-- Candidates -------------------------------------------------------------------------------------

-- The next object or list that can be read, from `at` on.
local function next_value(state)
  local source = state.source
  while state.work > 0 do
    local start = source:find("[{[]", state.at)
    if not start then return nil end
    state.reached = start
    local stop = value_end(state, start)
    state.work = state.work - (state.reached - start) - 1
    local value = stop and json.decode(source:sub(start, stop - 1))
    state.at = value ~= nil and stop or start + 1
    if value ~= nil then return value end
  end
end

local function searching(source, at)
  return { source = source, at = at, work = math.max(MIN_WORK, READINGS * #source) }
end

-- Where a fence begins a line. JSON has no line breaks in its strings, so such a fence is in none.
local function fence_of(source)
  local _, stop = source:find "^[ \t]*```"
  if not stop then _, stop = source:find "\n[ \t]*```" end
  return stop and stop - 2
end

-- Calls `try` with each value there may be, the likeliest first, until it says true.
local function each(source, try)
  local whole = json.decode(source)
  if whole ~= nil then return try(whole) end
  local fence = fence_of(source)
  local state = searching(source, fence and fence + 3 or 1)
  local value = next_value(state)
  while value ~= nil do
    if try(value) then return end
    value = next_value(state)
  end
  if fence and fence > 1 then
    value = next_value(searching(source:sub(1, fence - 1), 1))
    if value ~= nil then try(value) end
  end
end

--- The JSON in a text: the whole of it, else the first object or list between fences, else the first
--- in the prose. Where `check` finds fault with that one, a later one that it likes is taken.
---@param source string
---@param check? fun(value: any): string? what is wrong with a value
---@return any value nil when there is none, or none that is liked
---@return string? reason of the first value that was found; nil when there was no JSON at all
function M.read(source, check)
  local liked, reason
  each(source, function(value)
    local wrong = check and check(value)
    if not wrong then liked = value end
    reason = reason or wrong
    return not wrong
  end)
  if liked ~= nil then return liked end
  return nil, reason
end

return M
