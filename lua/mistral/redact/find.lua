--- Where the secrets of a text stand.
local assigned = require "mistral.redact.assigned"
local blocks = require "mistral.redact.blocks"
local links = require "mistral.redact.links"
local runs = require "mistral.redact.runs"

local M = {}

local tokens -- the C module's, else ours; found out once

---@class mistral.redact.Span
---@field first integer
---@field last integer
---@field kind string
---@field part? integer which line of a block

-- Without the C module: the same in Lua, slower.
local function lua_tokens(text, least)
  local list = {}
  for first, past in text:gmatch("()[%w+/_=-]+()") do
    if past - first >= least then
      list[#list + 1] = first
      list[#list + 1] = past - 1
    end
  end
  return list
end

local function native_tokens()
  local found, native = pcall(require, "mistral.native")
  return found and native.tokens or nil
end

local MOST = 2 * 10000 -- numbers the C module gives at once

-- The runs of a text that the list does not reach.
local function add_rest(list, text)
  local from = list[#list]
  local rest = tokens(text:sub(from + 1), runs.LEAST)
  for at = 1, #rest do
    list[#list + 1] = rest[at] + from
  end
  return #rest >= MOST and add_rest(list, text) or list
end

local function token_places(text)
  -- Here, not at the top: with a transport given, the C module need not be there at all.
  tokens = tokens or native_tokens() or lua_tokens
  local list = tokens(text, runs.LEAST)
  return #list >= MOST and add_rest(list, text) or list
end

-- The earlier of two that overlap takes in the other; a block's line stays as it is.
function M.merged(spans)
  table.sort(spans, function(a, b)
    if a.first ~= b.first then return a.first < b.first end
    return a.rank < b.rank
  end)
  local out = {}
  for _, span in ipairs(spans) do
    local before = out[#out]
    if before and span.first <= before.last then
      if span.rank < before.rank then before.kind, before.rank = span.kind, span.rank end
      before.last = math.max(before.last, span.last)
    else
      out[#out + 1] = span
    end
  end
  return out
end

local function covered(areas, first)
  for _, area in ipairs(areas) do
    if first >= area[1] and first <= area[2] then return true end
  end
  return false
end

--- The last of the digits that follow: behind a name they would be taken for its number.
---@param text string
---@param last integer
---@return integer
function M.past_digits(text, last)
  return text:match("^%d*()", last + 1) - 1
end

--- Find them, from first to last; they do not overlap.
---@param text string
---@param memo fun(run: string, judge: fun(run: string): any): any
---@return mistral.redact.Span[]
function M.spans(text, memo)
  local spans, quiet, rank = {}, {}, 1
  local function add(first, last, kind, part)
    last = M.past_digits(text, last)
    spans[#spans + 1] = { first = first, last = last, kind = kind, part = part, rank = rank }
  end
  if text:find("-----BEGIN", 1, true) then
    blocks.find(text, add, function(first, last) quiet[#quiet + 1] = { first, last } end)
  end
  if text:find("Private-Lines:", 1, true) then blocks.putty(text, add) end
  rank = 2
  local places = token_places(text)
  for at = 1, #places, 2 do
    if #quiet == 0 or not covered(quiet, places[at]) then
      runs.look(text, places[at], places[at + 1], memo, function(first, last, kind)
        rank = kind == "high_entropy" and 5 or 2
        add(first, last, kind)
      end)
    end
  end
  rank = 3
  links.find(text, add)
  rank = 4
  assigned.find(text, text:lower(), add)
  return #spans > 1 and M.merged(spans) or spans
end

--- The kinds of secrets there are, by name.
---@return table<string, boolean>
function M.kinds()
  local kinds = { api_key = true, private_key = true, url_password = true }
  runs.kinds(kinds)
  assigned.kinds(kinds)
  return kinds
end

return M
