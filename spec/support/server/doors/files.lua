--- Files: upload as a form, tell, hand back the bytes, delete.

local counters = require "counters"
local files = require "files"
local multipart = require "multipart"
local refusal = require "refusal"

local M = {}

local MAX_FILE_BYTES = 512 * 1024 * 1024
local PIECE = 65536
local PURPOSES = { ["fine-tune"] = true, batch = true, ocr = true, audio = true }
local VISIBILITIES = { workspace = true, user = true }
local FIELDS = { file = true, purpose = true, expiry = true, visibility = true }

local function problem(kind, field, message, input)
  return refusal.unprocessable { { type = kind, loc = { "body", field }, msg = message,
    input = input or {} } }
end

local function one_of(fields, name, allowed)
  local part = fields[name]
  if not part or allowed[part.data] then return nil end
  return problem("enum", name, "Input should be one of the allowed values", part.data)
end

--- What is wrong with the fields of a form, or nil.
local function misfit(fields, twice)
  for name, part in pairs(fields) do
    if not FIELDS[name] then
      return problem("extra_forbidden", name, "Extra inputs are not permitted", part.data:sub(1, 200))
    end
  end
  if twice then return problem("value_error", twice, "Given more than once") end
  if not fields.file then return problem("missing", "file", "Field required") end
  if not fields.file.filename then
    return problem("value_error", "file", "Value error, Expected UploadFile, received: <class 'str'>")
  end
  if fields.expiry and not fields.expiry.data:find("^%d+$") then
    return problem("int_parsing", "expiry", "Input should be a valid integer", fields.expiry.data)
  end
  return one_of(fields, "purpose", PURPOSES) or one_of(fields, "visibility", VISIBILITIES)
end

--- The fields of the form that an exchange carries, or why not. Its record tells of the parts.
---@param exchange Exchange
---@return table<string, Part>? fields, table? refusal
function M.form(exchange)
  local parts, trouble = multipart.parse(exchange.body, exchange.headers["content-type"])
  if not parts then
    return nil, refusal.new(400, { shape = "detail_text",
      message = "There was an error parsing the body: " .. trouble })
  end
  counters.keep_parts(exchange.record, parts)
  local fields, twice = multipart.fields(parts)
  return fields, nil, twice
end

local function upload(exchange, reply)
  local fields, trouble, twice = M.form(exchange)
  trouble = trouble or misfit(fields, twice)
  if trouble then return reply:refuse(trouble) end
  if #fields.file.data > MAX_FILE_BYTES then
    return reply:refuse(refusal.new(413, { shape = "html", message = "Request Entity Too Large" }))
  end
  local function value(name) return fields[name] and fields[name].data end
  local file = files.add(fields.file.filename, fields.file.data, {
    purpose = value "purpose", visibility = value "visibility", expiry = tonumber(value "expiry"),
    mimetype = fields.file.content_type,
  })
  reply:json(200, file.card)
end

--- A function of a file that is there.
local function with_file(work)
  return function(exchange, reply, id)
    local file = files.find(id)
    if file then return work(exchange, reply, file) end
    reply:refuse(refusal.new(404, { shape = "detail_text", message = "No file matches the given query." }))
  end
end

local function tell(_, reply, file)
  local card = {}
  for name, value in pairs(file.card) do card[name] = value end
  card.deleted = false
  reply:json(200, card)
end

--- Piece by piece, so that others get their turn; with a length, so that a client sees a cut.
local function content(exchange, reply, file)
  local headers = { ["content-type"] = file.card.mimetype or "application/octet-stream",
    ["content-disposition"] = ('attachment; filename="%s"'):format(file.card.filename) }
  if not (reply.filter and reply.filter.headers) then headers["content-length"] = #file.data end
  if not reply:head(200, headers) then return end
  for start = 1, #file.data, PIECE do
    if not reply:write(file.data:sub(start, start + PIECE - 1)) then return end
    if not exchange:wait(0) then return end
  end
  reply:finish()
end

local function remove(_, reply, file)
  files.remove(file.id)
  reply:json(200, { id = file.id, object = "file", deleted = true })
end

M.routes = {
  { "^/v1/files$", POST = upload },
  { "^/v1/files/([^/]+)$", GET = with_file(tell), DELETE = with_file(remove) },
  { "^/v1/files/([^/]+)/content$", GET = with_file(content) },
}

return M
