--- The ledger: one line of JSON for each request, in a file for each month (UTC). Many processes
--- write it at once, and any of them may die while it does. It holds counts, names and money, and
--- nothing of what was asked or answered.
local dates = require "mistral.money.dates"
local json = require "mistral.json"
local state = require "mistral.state"
local text = require "mistral.text"

local M = {}

---@class mistral.Record one line of the ledger
---@field time string ISO 8601, UTC: when the request ended
---@field model? string as it was asked for
---@field provider string
---@field kind string chat, fim, embed ...
---@field tokens_in? number the cached ones among them; nil where unknown, or where there are none
---@field tokens_cached? number
---@field tokens_out? number
---@field cost? number US dollars; nil: unknown
---@field estimated? boolean the answer was cut short, so its tokens are counted here
---@field duration_ms? number
---@field outcome "done"|"failed"|"cancelled"
---@field code? string of the error
---@field job? string of a batch, whose line stands for several requests
---@field requests? integer how many

---@class mistral.Ledger
---@field folder string
local Ledger = {}
Ledger.__index = Ledger

-- Here, not at the top: who never writes needs no C module.
local function append(path, line)
  return require("mistral.native").append(path, line)
end

---@param options { folder?: string, append?: (fun(path: string, line: string): true|nil, string?), getenv?: fun(name: string): string? }
---@return mistral.Ledger
function M.new(options)
  return setmetatable({
    folder = options.folder or state.folder(options.getenv),
    write = options.append or append,
  }, Ledger)
end

--- The file of a month.
---@param month string "2026-11"
---@return string
function Ledger:path(month)
  return ("%s/ledger-%s.jsonl"):format(self.folder, month)
end

-- Writing ---------------------------------------------------------------------------------------

local NAME_BYTES = 200

local function quote(name)
  if #name <= NAME_BYTES and name:find "^[%w%-_.:/@]*$" then return '"' .. name .. '"' end
  return json.encode(text.line(name, NAME_BYTES))
end

local function number(value)
  return ("%.12g"):format(value):gsub(",", ".") -- some locales write a comma
end

-- In this order, so that people who look at the file find the same in the same place.
local FIELDS = {
  { "time", quote }, { "model", quote }, { "provider", quote }, { "kind", quote },
  { "tokens_in", number }, { "tokens_cached", number }, { "tokens_out", number },
  { "cost", number }, { "estimated", tostring }, { "duration_ms", number },
  { "outcome", quote }, { "code", quote }, { "job", quote }, { "requests", number },
}

--- The line of a record. What a record has besides its own fields is left out.
---@param record mistral.Record
---@return string
function M.line(record)
  local parts = {}
  for _, field in ipairs(FIELDS) do
    local name, write = field[1], field[2]
    local value = record[name]
    if value ~= nil then parts[#parts + 1] = '"' .. name .. '":' .. write(value) end
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

--- Write a record down.
---@param record mistral.Record
---@return boolean? done
---@return string? message why it could not
function Ledger:append(record)
  if not self.folder then return nil, state.NOWHERE end
  local path = self:path(dates.month(record.time))
  local called, done, message = pcall(self.write, path, M.line(record))
  if called and done then return true end
  return nil, text.line(("%s: %s"):format(path, tostring(called and message or done)), 400)
end

-- Reading ---------------------------------------------------------------------------------------

local BLOCK = 64 * 1024

local function is_record(value)
  return type(value) == "table" and type(value.time) == "string" and #value.time >= 19
end

-- Before a line there may be spaces, where half a line of a writer stood that died.
local function decode(line)
  if not line:find "^ *{" or line:sub(-1) ~= "}" then return nil end
  local value = json.decode(line)
  return is_record(value) and value or nil
end

-- Calls `each` for the whole lines of a block; returns how many bytes they were, and how many of
-- them were no records.
local function take_lines(block, each)
  local from, bad = 1, 0
  local stop = block:find("\n", 1, true)
  while stop do
    local line = block:sub(from, stop - 1)
    local record = decode(line)
    if record then
      each(record)
    elseif line:find("%S") then
      bad = bad + 1
    end
    from = stop + 1
    stop = block:find("\n", from, true)
  end
  return from - 1, bad
end

-- Goes on from `offset`; a line longer than a block is no line of ours, and is passed over.
local function read_from(file, offset, each, breathe)
  local bad, skipping = 0, false
  file:seek("set", offset)
  local rest = ""
  while true do
    local piece = file:read(BLOCK)
    if not piece then break end
    local block = rest .. piece
    if skipping then
      local stop = block:find("\n", 1, true)
      offset, block = offset + (stop or #block), block:sub((stop or #block) + 1)
      skipping = not stop
    end
    local taken, wrong = take_lines(block, each)
    offset, bad, rest = offset + taken, bad + wrong, block:sub(taken + 1)
    if #rest > BLOCK then
      offset, rest, skipping, bad = offset + #rest, "", true, bad + 1
    end
    if breathe and not breathe() then break end
  end
  return offset, bad
end

--- How long the file of a month is.
---@param month string "2026-11"
---@return integer bytes 0 when there is none
function Ledger:size(month)
  local file = self.folder and io.open(self:path(month), "rb")
  if not file then return 0 end
  local size = file:seek "end" or 0
  file:close()
  return size
end

--- Read the records of a month from a place in its file on. Half a line at the end is left for the
--- next time; a line that is no record is passed over and counted.
---@param month string "2026-11"
---@param offset integer bytes to leave out; 0 for all
---@param each fun(record: mistral.Record)
---@param breathe? fun(): boolean called every 64 KB; false: that is enough
---@return integer offset of what is to be read next time
---@return integer bad lines that were no records
---@return boolean shrunk the file is shorter than `offset`, so nothing was read
function Ledger:read(month, offset, each, breathe)
  local file = self.folder and io.open(self:path(month), "rb")
  if not file then return 0, 0, offset > 0 end
  local size = file:seek "end" or 0
  local bad = 0
  if size > offset then offset, bad = read_from(file, offset, each, breathe) end
  file:close()
  if size < offset then return 0, 0, true end
  return offset, bad, false
end

return M
