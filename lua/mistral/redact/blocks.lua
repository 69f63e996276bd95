--- Armoured blocks: private keys, whose lines are secrets, and certificates, signatures and public
--- keys, whose lines look like secrets and are none. The lines of a block may stand behind numbers,
--- comment signs or quotes, or all on one line with `\n` between, as in JSON.
local M = {}

local DASHES = "-----"
local LONGEST = 64 * 1024 -- bytes of a block; what is longer is none
local HEADERS = 8 -- lines between the first one and the data, at most
local INDENT = 24 -- bytes before the dashes of the end: blanks, a number, a comment's sign
local DATA = 16 -- bytes of a run that makes a line of data

-- The last byte before the dashes of its end, and whether there are such.
local function limit_of(text, from)
  local close = text:find(DASHES, from, true)
  if close and close - from <= LONGEST then return close - 1, true end
  return math.min(#text, from + LONGEST), false
end

-- `\n` within a string: its letter is no part of the data behind it.
local function past_escape(text, first, last)
  if text:byte(first - 1) ~= 92 then return first end -- a backslash
  return text:find("^[nrt]", first) and first <= last and first + 1 or first
end

-- Whether nothing but decoration, and a short last run, stands on the line beside its long ones.
local function is_data(line)
  local rest, count = line:gsub("[%w+/=]+", function(run)
    return #run >= DATA and "" or nil
  end)
  if count == 0 or rest == line then return false end
  rest = rest:gsub("\\[nrt]", " "):gsub("[%w+/=]+[%s\"'\\,;+]*$", "")
  return not rest:find("%a%a%a")
end

-- All of a block on one line, as JSON has it; it may have headers in it.
local function is_one_line(text, from, limit)
  local stop = text:find("\n", from, true)
  return (not stop or stop > limit) and text:sub(from, limit):find(("[%w+/]"):rep(40)) ~= nil
end

-- The last run of a block is short; it ends a line or a string.
local function is_tail(text, first, last)
  return last - first >= 1 and text:find("^[%s\"'\\,]", last + 1) ~= nil
    and not text:find("^%s*|", last + 1)
end

local function add_runs(text, from, to, add)
  local at, part = from, 0
  while at <= to do
    local first, last = text:find("[%w+/=]+", at)
    if not first or first > to then return part end
    at = last + 1
    first = past_escape(text, first, last)
    local long = last - first + 1 >= DATA
    if first <= last and (long or part > 0 and is_tail(text, first, last)) then
      part = part + 1
      add(first, last, part)
    end
  end
  return part
end

-- Where the data ends: at the dashes, or where lines of data do when no dashes come or those that
-- come belong to something else. Nothing when there is no data.
local function data_end(text, from)
  local limit, closed = limit_of(text, from)
  if closed and is_one_line(text, from, limit) then return limit end
  local at, headers, data = from, 0, nil
  while at <= limit do
    local stop = text:find("\n", at, true) or #text + 1
    if is_data(text:sub(at, math.min(stop, limit + 1) - 1)) then
      data = math.min(stop, limit)
    elseif data then
      -- The short last line is secret as well.
      return closed and limit - stop <= INDENT and limit or data
    else
      headers = headers + 1
      if headers > HEADERS then return nil end
    end
    at = stop + 1
  end
  return data
end

local function is_private(label)
  return label:find("PRIVATE KEY", 1, true) ~= nil
end

--- Find the blocks in a text.
---@param text string
---@param secret fun(first: integer, last: integer, kind: string, part: integer) a line of a private key
---@param public fun(first: integer, last: integer) where nothing is secret though it looks so
function M.find(text, secret, public)
  local at = 1
  while true do
    local first, last, label = text:find("%-%-%-%-%-BEGIN ([A-Z0-9 ]+)%-%-%-%-%-", at)
    if not first then return end
    local to = data_end(text, last + 1)
    if to and is_private(label) then
      add_runs(text, last + 1, to, function(from, past, part)
        secret(from, past, "private_key", part)
      end)
    elseif to then
      public(last + 1, to)
    end
    at = (to or last) + 1
  end
end

-- PuTTY's own form: so many lines behind a line that says how many.
function M.putty(text, secret)
  local at = 1
  while true do
    local _, last, count = text:find("Private%-Lines:%s*(%d+)[^\n]*\n", at)
    if not last then return end
    local to = last
    for _ = 1, math.min(tonumber(count), 200) do
      to = text:find("\n", to + 1, true) or #text
    end
    add_runs(text, last + 1, to, function(from, past, part)
      secret(from, past, "private_key", part)
    end)
    at = to + 1
  end
end

return M
