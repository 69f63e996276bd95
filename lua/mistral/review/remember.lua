--- What is remembered of reviews, for each repository by itself: the fingerprints of findings that
--- were dismissed, and the last few reviews. Files of our own in the folder of our state, which
--- nobody else may read; what is in them is checked like anything that comes from outside.
local finding_of = require("mistral.review.finding")
local json = require("mistral.json")
local state = require("mistral.state")
local text = require("mistral.text")

local M = {}

local VERSION = 1
local MOST_DISMISSED = 5000 -- the oldest are forgotten
local MOST_FINDINGS = 2000 -- of one review
local MOST_BYTES = 8 * 1024 * 1024 -- of one file; a larger one is not ours
local LATEST = 1e11 -- seconds since 1970; not every system has a date for more
local LONGEST_NAME = 80 -- bytes, each of which may become three

---@class mistral.review.Kept a review as it is remembered
---@field title string
---@field when integer seconds since 1970
---@field findings mistral.Finding[] each with its `anchor` and `fix_anchor`, paths relative to the top

-- Names ------------------------------------------------------------------------------------------

local function checksum(s)
  local sum = 7
  for i = 1, #s do
    sum = (sum * 31 + s:byte(i)) % 4294967291
  end
  return ("%08x"):format(sum)
end

--- A folder as a name that is short enough for every file system.
local function name_of(top)
  return #top <= LONGEST_NAME and top or top:sub(-LONGEST_NAME + 9) .. "-" .. checksum(top)
end

local function path_of(top, file)
  return state.path("reviews", name_of(top), file)
end

local function read(path)
  local bytes = path and state.read(path)
  return bytes and #bytes <= MOST_BYTES and bytes or nil
end

local function write(path, message, bytes)
  if not path then
    return nil, message
  end
  return state.write(path, bytes, true) -- while somebody may be typing
end

-- Dismissed findings -----------------------------------------------------------------------------

local function read_lines(path)
  local lines = {}
  for line in (read(path) or ""):gmatch("[^\n]+") do
    lines[#lines + 1] = line
  end
  return lines
end

--- The fingerprints that were dismissed, as a set.
---@param top string the folder of the repository
---@return table<string, true>
function M.dismissed(top)
  local set = {}
  for _, fingerprint in ipairs(read_lines(path_of(top, "dismissed"))) do
    set[fingerprint] = true
  end
  return set
end

local function write_dismissed(top, list)
  local from = math.max(1, #list - MOST_DISMISSED + 1)
  local kept = {}
  for i = from, #list do
    kept[#kept + 1] = list[i] .. "\n"
  end
  local path, message = path_of(top, "dismissed")
  return write(path, message, table.concat(kept))
end

local function without(list, fingerprints)
  local gone, kept = {}, {}
  for _, fingerprint in ipairs(fingerprints) do
    gone[fingerprint] = true
  end
  for _, fingerprint in ipairs(list) do
    if not gone[fingerprint] then
      kept[#kept + 1] = fingerprint
    end
  end
  return kept
end

--- Remembers, or with `back` forgets, that these were dismissed.
---@param top string
---@param fingerprints string[]
---@param back? boolean
---@return true|nil, string|nil message
function M.dismiss(top, fingerprints, back)
  local list = without(read_lines(path_of(top, "dismissed")), fingerprints)
  for _, fingerprint in ipairs(back and {} or fingerprints) do
    list[#list + 1] = fingerprint
  end
  return write_dismissed(top, list)
end

-- Reviews ----------------------------------------------------------------------------------------

local function read_json(path)
  local bytes = read(path)
  local value = bytes and json.decode(bytes)
  return type(value) == "table" and value.version == VERSION and value or nil
end

local function is_count(value)
  return type(value) == "number" and value >= 0 and value < 2 ^ 52 and value % 1 == 0
end

local function is_entry(entry)
  return type(entry) == "table" and type(entry.title) == "string" and is_count(entry.when)
    and entry.when < LATEST and is_count(entry.count) and is_count(entry.slot)
end

--- The reviews that are remembered, newest first.
---@param top string
---@return { title: string, when: integer, count: integer, slot: integer }[]
function M.list(top)
  local index, entries = read_json(path_of(top, "index.json")), {}
  for _, entry in ipairs(index and type(index.reviews) == "table" and index.reviews or {}) do
    if is_entry(entry) then
      entries[#entries + 1] = {
        title = text.line(entry.title, 200), when = math.floor(entry.when),
        count = math.floor(entry.count), slot = math.floor(entry.slot),
      }
    end
  end
  return entries
end

--- A slot that none of these uses.
local function free_slot(entries)
  local used = {}
  for _, entry in ipairs(entries) do
    used[entry.slot] = true
  end
  local slot = 1
  while used[slot] do
    slot = slot + 1
  end
  return slot
end

local function slot_path(top, slot)
  return path_of(top, ("review-%d.json"):format(slot))
end

--- As one object, encoded finding by finding.
local function encoded(review, breathe)
  local findings = {}
  for i, finding in ipairs(review.findings) do
    findings[i] = json.encode(finding)
    breathe()
  end
  local head = json.encode({ version = VERSION, title = review.title, when = review.when })
  return ('%s,"findings":[%s]}'):format(head:sub(1, -2), table.concat(findings, ","))
end

local function no_breath() end

--- Remembers a review, and forgets the oldest beyond `keep`.
---@param top string
---@param review mistral.review.Kept
---@param keep integer
---@param breathe? fun() called between short steps
---@return true|nil, string|nil message
function M.save(top, review, keep, breathe)
  breathe = breathe or no_breath
  local bytes = encoded(review, breathe)
  local entries = M.list(top)
  while #entries >= keep and #entries > 0 do
    table.remove(entries)
  end
  local slot = free_slot(entries)
  local path, message = slot_path(top, slot)
  breathe()
  local written
  written, message = write(path, message, bytes)
  if not written then
    return nil, message
  end
  breathe()
  table.insert(entries, 1, {
    title = review.title, when = review.when, count = #review.findings, slot = slot,
  })
  path, message = path_of(top, "index.json")
  return write(path, message, json.encode({ version = VERSION, reviews = json.array(entries) }))
end

-- Back again -------------------------------------------------------------------------------------

local FIELDS = {
  path = "string", quote = "string", severity = "string", category = "string", title = "string",
  detail = "string",
}

local COUNTS = { "among", "alike", "normal", "nth" }

--- What follow.lua finds lines by.
local function is_anchor(anchor)
  if type(anchor) ~= "table" or type(anchor.lines) ~= "table" or #anchor.lines == 0 then
    return false
  end
  for _, line in ipairs(anchor.lines) do
    if type(line) ~= "string" then
      return false
    end
  end
  for _, name in ipairs(COUNTS) do
    if not is_count(anchor[name]) then
      return false
    end
  end
  return type(anchor.above) == "string" and type(anchor.below) == "string"
end

--- Within the repository, and nowhere else.
local function is_below(path)
  return path ~= "" and not path:find("^/") and not ("/" .. path .. "/"):find("/%.%.?/")
    and not path:find("%z")
end

local function has_rows(value)
  return is_count(value.first) and is_count(value.last) and value.first >= 1
    and value.last >= value.first
end

local function is_fix(fix)
  return type(fix) == "table" and type(fix.existing) == "string"
    and type(fix.replacement) == "string" and has_rows(fix)
end

local SEVERITIES = {}
for _, severity in ipairs(finding_of.severities) do
  SEVERITIES[severity] = true
end

local OPTIONAL = { scenario = "string", confidence = "number", fingerprint = "string" }

local function has_fields(finding)
  for name, kind in pairs(FIELDS) do
    if type(finding[name]) ~= kind then
      return false
    end
  end
  for name, kind in pairs(OPTIONAL) do
    if finding[name] ~= nil and type(finding[name]) ~= kind then
      return false
    end
  end
  return SEVERITIES[finding.severity] and (finding.id == nil or is_count(finding.id))
end

--- A finding as it was kept, or nil when it is none.
local function checked(finding)
  if type(finding) ~= "table" or not has_fields(finding) or not is_below(finding.path) then
    return nil
  end
  local placed = is_anchor(finding.anchor) and has_rows(finding)
  if not placed then
    finding.anchor, finding.first, finding.last = nil, nil, nil
  end
  if not (placed and is_fix(finding.fix) and is_anchor(finding.fix_anchor)) then
    finding.fix, finding.fix_anchor = nil, nil
  end
  return finding
end

--- A review that is remembered; nil when it is not there any more.
---@param top string
---@param slot integer
---@return mistral.review.Kept|nil
function M.load(top, slot)
  local kept = read_json(slot_path(top, slot))
  if not kept or type(kept.findings) ~= "table" or type(kept.title) ~= "string" then
    return nil
  end
  local findings = {}
  for i = 1, math.min(#kept.findings, MOST_FINDINGS) do
    findings[#findings + 1] = checked(kept.findings[i])
  end
  return { title = text.line(kept.title, 200), when = kept.when, findings = findings }
end

return M
