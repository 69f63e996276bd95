--- files: what is kept at the service for batches, documents and recordings.
local bytes = require "mistral.api.reader.bytes"
local common = require "mistral.api.endpoint.common"
local disk = require "mistral.api.disk"
local errors = require "mistral.errors"
local whole = require "mistral.api.reader.whole"

local M = {}

---@class mistral.File
---@field id string
---@field filename string
---@field bytes? integer
---@field purpose? string
---@field created_at? integer seconds since 1970
---@field expires_at? integer
---@field mimetype? string
---@field num_lines? integer of a JSONL file
---@field sample_type? string
---@field source? string
---@field visibility? string
---@field signature? string

local STRINGS = { "filename", "purpose", "mimetype", "sample_type", "source", "visibility",
  "signature", "object" }
local NUMBERS = { "bytes", "created_at", "expires_at", "num_lines" }

local function broken(what)
  return nil, errors.new("broken", what)
end

local function copy(from, to, names, kind)
  for _, name in ipairs(names) do
    if type(from[name]) == kind then to[name] = from[name] end
  end
end

--- A file's card with only what is of the right kind, or nil.
---@param card any
---@return mistral.File?
function M.card(card)
  if type(card) ~= "table" or type(card.id) ~= "string" or card.id == "" then return nil end
  local out = { id = card.id }
  copy(card, out, STRINGS, "string")
  copy(card, out, NUMBERS, "number")
  return out
end

local function to_card(decoded)
  local card = M.card(decoded)
  if not card then return broken "the answer is about no file" end
  return card
end

local function to_list(decoded)
  if type(decoded.data) ~= "table" then return broken "the list of files is not a list" end
  local list = { total = type(decoded.total) == "number" and decoded.total or nil }
  for _, item in ipairs(decoded.data) do
    list[#list + 1] = M.card(item)
  end
  return list
end

local function to_deleted(decoded)
  if decoded.deleted ~= true then
    return broken "the service did not say that it deleted the file"
  end
  return { id = type(decoded.id) == "string" and decoded.id or nil, deleted = true }
end

local function to_url(decoded)
  if type(decoded.url) ~= "string" or not decoded.url:find("^https?://") then
    return broken "the service gave no address for the file"
  end
  return { url = decoded.url }
end

local FILE_ID = common.FILE_ID

--- What a file can be for. The service's description does not name audio, its documentation does.
local PURPOSES = { "fine-tune", "batch", "ocr", "audio" }

local function list_of(...)
  return { kind = "list", of = { kind = "string", one_of = { ... } }, none = "is empty" }
end

M.files = {
  method = "GET", path = "/files", reader = whole.reader(to_list),
  shape = {
    kind = "object",
    renamed = { limit = "use `page_size`", after = "use `page`" },
    fields = {
      page = { kind = "integer", min = 0 },
      page_size = { kind = "integer", min = 1 },
      include_total = { kind = "boolean" },
      sample_type = list_of("pretrain", "instruct", "batch_request", "batch_result", "batch_error"),
      source = list_of("upload", "repository", "mistral"),
      search = { kind = "string" },
      purpose = { kind = "string", one_of = PURPOSES },
      mimetypes = { kind = "list", of = { kind = "string" }, none = "is empty" },
    },
  },
}

local function about_file(method, path, reader, fields)
  fields = fields or {}
  fields.file_id = FILE_ID
  return { method = method, path = path, reader = whole.reader(reader),
    shape = { kind = "object", renamed = { id = "use `file_id`" }, fields = fields } }
end

M.file = about_file("GET", "/files/{file_id}", to_card)
M.delete_file = about_file("DELETE", "/files/{file_id}", to_deleted)
M.signed_url = about_file("GET", "/files/{file_id}/url", to_url,
  { expiry = { kind = "integer", min = 1, max = 168 } })

-- Uploading --------------------------------------------------------------------------------------

local MOST_MIB = 512

local function form_of(params)
  local name = params.filename or disk.name(params.file)
  local parts = {}
  for _, field in ipairs { "purpose", "expiry", "visibility" } do
    if params[field] then parts[#parts + 1] = { name = field, value = tostring(params[field]) } end
  end
  parts[#parts + 1] = { name = "file", file = params.file, filename = name,
    content_type = disk.type(name) }
  return parts
end

local function check_upload(params)
  local reason = disk.check(params.file, MOST_MIB, "file")
  if reason then return reason end
  local name = params.filename or disk.name(params.file)
  local lines = params.purpose == "batch" or params.purpose == "fine-tune"
  if lines and not name:find("%.jsonl$") then
    return ("`file` should be a .jsonl file for the purpose %s: %s"):format(params.purpose, name)
  end
end

M.upload = {
  method = "POST", path = "/files", send = "form", parts = form_of, reader = whole.reader(to_card),
  shape = {
    kind = "object",
    renamed = { path = "use `file`", name = "use `filename`" },
    fields = {
      file = { kind = "string", required = true, pattern = "%S", wanted = "the path of a file" },
      filename = { kind = "string", pattern = "^[^%c/\\]+$", wanted = "a name without folders" },
      purpose = { kind = "string", one_of = PURPOSES },
      expiry = { kind = "integer", min = 1 },
      visibility = { kind = "string", one_of = { "workspace", "user" } },
    },
    check = check_upload,
  },
}

-- Downloading ------------------------------------------------------------------------------------

M.download = {
  method = "GET", path = "/files/{file_id}/content", accept = "*/*", reader = bytes.new,
  own = { to = true, overwrite = true },
  sink = function(own) return own.to, own.overwrite == true end,
  shape = {
    kind = "object",
    renamed = { id = "use `file_id`", path = "use `to`", file = "use `to`" },
    fields = {
      file_id = FILE_ID,
      to = { kind = "string", pattern = "%S", wanted = "the path of the file to write" },
      overwrite = { kind = "boolean" },
    },
    check = function(params)
      if params.to and not params.overwrite and disk.exists(params.to) then
        return ("`to` is there already; say `overwrite = true` to replace it: %s"):format(params.to)
      end
    end,
  },
}

return M
