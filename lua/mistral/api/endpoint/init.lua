--- What the service offers: for each kind of request where it goes, what it may say, and who reads
--- the answer. Each family of kinds is a file of this folder, read when it is first asked for.
local address = require "mistral.api.address"
local errors = require "mistral.errors"
local json = require "mistral.json"
local schema = require "mistral.api.schema"
local text = require "mistral.text"

local M = {}

---@class mistral.Endpoint
---@field method "POST"|"GET"|"DELETE"|"PATCH"
---@field path string a {name} in it is filled from that field, which goes nowhere else then
---@field shape mistral.Shape
---@field reader fun(options: mistral.ReaderOptions): mistral.Reader
---@field streams? boolean it can be asked for as a stream
---@field send? "json"|"query"|"form" json unless told for a POST, otherwise query
---@field head_ms? integer until an answer that comes early begins
---@field priority? integer
---@field prepare? fun(params: table): table?, string? before the check: fills in, converts; or why not
---@field parts? fun(params: table): mistral.Part[] of a form
---@field own? table<string, boolean> fields of ours, which are checked and not sent
---@field sink? fun(own: table): string?, boolean? the file that the answer becomes, and whether one
--- that is there may be replaced
---@field accept? string the type of the answer, application/json unless told

---@class mistral.Part of a multipart form: `value`, or the content of the file at `file`
---@field name string
---@field value? string
---@field file? string
---@field filename? string
---@field content_type? string

---@class mistral.Call what is asked, checked, before a provider says how
---@field kind string
---@field endpoint mistral.Endpoint
---@field path string
---@field params table the fields, without nulls and without what went into the path
---@field own table the fields that are not for the service
---@field streamed boolean
---@field extra? table fields that go along unchecked

-- Which file a kind is in.
local FAMILY = {
  chat = "chat",
  fim = "fim",
  models = "models",
  model = "models",
  embed = "embed",
  moderate = "moderate",
  moderate_chat = "moderate",
  classify = "moderate",
  classify_chat = "moderate",
  ocr = "ocr",
  files = "files",
  file = "files",
  upload = "files",
  download = "files",
  delete_file = "files",
  signed_url = "files",
  transcribe = "audio",
  batch_create = "batch",
  batch_job = "batch",
  batch_jobs = "batch",
  batch_outputs = "batch",
  batch_cancel = "batch",
  batch_delete = "batch",
}

--- The endpoint of a kind; raises for one that there is not.
---@param kind string
---@return mistral.Endpoint
function M.get(kind)
  local family = FAMILY[kind] or error("no such kind of request: " .. tostring(kind), 3)
  return require("mistral.api.endpoint." .. family)[kind]
end

-- Null means the default, so it is left out.
local function without_nulls(params)
  local out = {}
  for name, value in pairs(params) do
    if not json.is_null(value) then out[name] = value end
  end
  return out
end

-- The reason may repeat what a model once wrote, such as the name of a tool.
local function refused(kind, reason)
  return errors.new("refused", text.line(kind .. ": " .. reason))
end

local function checked(kind, endpoint, params)
  local out = without_nulls(params)
  if endpoint.prepare then
    local prepared, reason = endpoint.prepare(out)
    if not prepared then return nil, refused(kind, reason) end
    out = prepared
  end
  local reason = schema.check(endpoint.shape, out, "")
  if reason then return nil, refused(kind, reason) end
  return out
end

-- The path with its names filled in; those leave the fields.
local function fill(path, params)
  return (path:gsub("{([%w_]+)}", function(name)
    local value = tostring(params[name])
    params[name] = nil
    return address.percent(value)
  end))
end

-- The fields that stay here; they leave the others.
local function take_own(endpoint, params)
  local own = {}
  for name in pairs(endpoint.own or {}) do
    own[name], params[name] = params[name], nil
  end
  return own
end

--- What is asked, once it is known to be in order.
---@param kind string
---@param params table the service's own fields
---@param streamed boolean
---@param extra? table fields to send unchecked
---@return mistral.Call? call
---@return mistral.Error? err
function M.call(kind, params, streamed, extra)
  local endpoint = M.get(kind)
  local out, err = checked(kind, endpoint, params)
  if not out then return nil, err end
  return {
    kind = kind,
    endpoint = endpoint,
    path = fill(endpoint.path, out),
    own = take_own(endpoint, out),
    params = out,
    streamed = streamed,
    extra = extra,
  }
end

return M
