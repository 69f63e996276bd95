--- The files that were uploaded, with their bytes. Gone at a reset.

local gate = require "gate"

local M = {}

local DAY_S = 86400
local KEPT_DAYS = 30

local files, order, count

function M.reset()
  files, order, count = {}, {}, 0
end

M.reset()

local function new_id()
  count = count + 1
  return ("%08x-0000-4000-8000-%012x"):format(count, count)
end

local function lines_of(data)
  local _, newlines = data:gsub("\n", "")
  return newlines + ((data == "" or data:sub(-1) == "\n") and 0 or 1)
end

---@class StoredFile
---@field id string
---@field data string
---@field signature string of the address it is lent out by
---@field card table     what the service says of it

--- Keeps a file; `more` are fields of its card.
---@param name string
---@param data string
---@param more {purpose?: string, mimetype?: string, source?: string, visibility?: string,
--- expiry?: integer, sample_type?: string}
---@return StoredFile
function M.add(name, data, more)
  local now, id = os.time(), new_id()
  local hours = more.expiry or KEPT_DAYS * 24
  local file = { id = id, data = data, signature = gate.id(), card = {
    id = id, object = "file", bytes = #data, created_at = now, filename = name,
    purpose = more.purpose or "fine-tune", sample_type = more.sample_type or "instruct",
    source = more.source or "upload", mimetype = more.mimetype,
    num_lines = name:find("%.jsonl$") and lines_of(data) or nil,
    expires_at = now + math.min(hours * 3600, KEPT_DAYS * DAY_S),
    visibility = more.visibility or "workspace",
  } }
  files[id] = file
  order[#order + 1] = file
  return file
end

---@return StoredFile?
function M.find(id)
  return files[id]
end

---@return StoredFile[]  oldest first
function M.list()
  return order
end

---@return boolean there was one
function M.remove(id)
  for index, file in ipairs(order) do
    if file.id == id then table.remove(order, index) end
  end
  local had = files[id] ~= nil
  files[id] = nil
  return had
end

return M
