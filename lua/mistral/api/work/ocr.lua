--- OCR of a large file: it is streamed up, read there, and deleted again. A small one goes within the
--- request, which leaves nothing at the service.
local disk = require "mistral.api.disk"
local tables = require "mistral.tables"
local task = require "mistral.api.task"

local M = {}

local LARGE_MIB = 4
local PATIENCE_MS = 10000 -- with the deletion: the text is there already

-- Whether it names a file of this machine that is too large to hold.
local function is_large(document)
  if type(document) ~= "string" or document:find("^%a[%w+.-]*:") then return false end
  local reason = disk.check(document, LARGE_MIB, "document")
  return reason ~= nil and disk.check(document, math.huge, "document") == nil
end

local function by_upload(self, params)
  local file, err = self:ask("upload", { file = params.document, purpose = "ocr" },
    { on_progress = self.callbacks.on_progress })
  if not file then return nil, err end
  local reply
  reply, err = self:ask("ocr",
    tables.with(params, { document = { type = "file", file_id = file.id } }))
  -- A script may end right after this has: what is not deleted now stays there for a month.
  self:tidy(self:starter("delete_file", { file_id = file.id },
    { timeout = { total_ms = PATIENCE_MS } }))
  if reply and self.cancelled then return nil, self:cancelled_error() end
  return reply, err
end

--- Read a document.
---@param client mistral.Client
---@param params table
---@param callbacks? mistral.Callbacks
---@return mistral.Request
function M.run(client, params, callbacks)
  if not is_large(params.document) then return client:start("ocr", params, callbacks or {}) end
  return task.run(client, callbacks, function(self) return by_upload(self, params) end)
end

return M
