--- Files: uploaded, listed, read, deleted, and lent out by an address that needs no key.

local files = require "files"
local form = require "form"
local json = require "json"
local query = require "query"
local refusal = require "refusal"
local shape = require "shape"

local M = {}

local MAX_BYTES = 512 * 1024 * 1024
local PIECE = 65536
local PURPOSES = { "fine-tune", "batch", "ocr", "audio" }

local SAMPLE_TYPE = { ["fine-tune"] = "instruct", batch = "batch_request" }
local SAMPLE_TYPES = { "pretrain", "instruct", "batch_request", "batch_result", "batch_error" }

local UPLOAD = shape.object({
  file = { kind = "file" },
  purpose = shape.enum(unpack(PURPOSES)),
  expiry = shape.integer(1),
  visibility = shape.enum("workspace", "user"),
}, { "file" })

local LIST = shape.object {
  page = shape.integer(0),
  page_size = shape.integer(1, 1000),
  include_total = shape.boolean(),
  sample_type = shape.list(shape.enum(unpack(SAMPLE_TYPES))),
  source = shape.list(shape.enum("upload", "repository", "mistral")),
  search = shape.text(),
  purpose = shape.enum(unpack(PURPOSES)),
  mimetypes = shape.list(shape.text()),
}

local URL = shape.object { expiry = shape.integer(1, 168) }
local NOTHING = shape.object {}

local function upload(exchange, reply)
  local fields, trouble = form.read(exchange, UPLOAD)
  if not fields then return reply:refuse(trouble) end
  local part, purpose = fields.file, fields.purpose or "fine-tune"
  if #part.data > MAX_BYTES then
    return reply:refuse(refusal.new(413, { shape = "html", message = "Request Entity Too Large" }))
  elseif (fields.purpose == "fine-tune" or purpose == "batch")
    and not part.filename:find "%.jsonl$" then
    return reply:refuse(refusal.unprocessable { { type = "value_error", input = json.null,
      loc = { "body", "file" }, msg = "Value error, only .jsonl files are taken for " .. purpose } })
  end
  reply:json(200, files.add(part.filename, part.data, {
    purpose = purpose, sample_type = SAMPLE_TYPE[purpose], visibility = fields.visibility,
    expiry = fields.expiry, mimetype = part.content_type,
  }).card)
end

local function among(list, value)
  if not list then return true end
  for _, each in ipairs(list) do
    if each == value then return true end
  end
  return false
end

local function fits(card, wanted)
  return among(wanted.sample_type, card.sample_type) and among(wanted.source, card.source)
    and among(wanted.mimetypes, card.mimetype)
    and (not wanted.purpose or wanted.purpose == card.purpose)
    and (not wanted.search or card.filename:find(wanted.search, 1, true) ~= nil)
end

--- One page of a list, as every list of the service is cut.
---@return table[] page, integer total
function M.page(cards, wanted, keep)
  local all, page = {}, json.array {}
  for _, card in ipairs(cards) do
    if keep(card, wanted) then all[#all + 1] = card end
  end
  local size = wanted.page_size or 100
  local first = (wanted.page or 0) * size
  for index = first + 1, math.min(first + size, #all) do page[#page + 1] = all[index] end
  return page, #all
end

local function newest_first()
  local cards, all = {}, files.list()
  for index, file in ipairs(all) do cards[#all + 1 - index] = file.card end
  return cards
end

local function list(exchange, reply)
  local wanted, trouble = query.read(exchange.path, LIST, json.array)
  if not wanted then return reply:refuse(trouble) end
  local page, total = M.page(newest_first(), wanted, fits)
  reply:json(200, { object = "list", data = page,
    total = wanted.include_total == false and json.null or total })
end

--- A door that needs a file, and says 404 when there is none of this id.
local function with_file(fields, work)
  return function(exchange, reply, id)
    local wanted, trouble = query.read(exchange.path, fields, json.array)
    if not wanted then return reply:refuse(trouble) end
    if not shape.is_uuid(id) then
      return reply:refuse(refusal.unprocessable { { type = "uuid_parsing", input = id,
        loc = { "path", "file_id" }, msg = "Input should be a valid UUID" } })
    end
    local file = files.find(id)
    if not file then
      return reply:refuse(refusal.new(404, { shape = "detail_text",
        message = "No file matches the given query." }))
    end
    work(reply, file, wanted, exchange)
  end
end

local function retrieve(reply, file)
  local card = { deleted = false }
  for name, value in pairs(file.card) do card[name] = value end
  reply:json(200, card)
end

local function delete(reply, file)
  files.remove(file.card.id)
  reply:json(200, { id = file.card.id, object = "file", deleted = true })
end

--- Piece by piece, so that others get their turn; with a length, so that a client sees a cut.
local function content(reply, file, _, exchange)
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

local function url(reply, file, wanted, exchange)
  local host = exchange.headers[":authority"] or exchange.headers.host
  local scheme = exchange.connection.tls and "https" or "http"
  local till = os.time() + (wanted.expiry or 24) * 60 * 60
  reply:json(200, { url = ("%s://%s/signed/%s?se=%d&sig=%s"):format(scheme, host, file.card.id,
    till, file.signature) })
end

--- The address that `url` gives: whoever has it needs no key.
local function signed(exchange, reply, id)
  local file = files.find(id)
  local till, signature = exchange.path:match "%?se=(%d+)&sig=(%w+)$"
  if not file or signature ~= file.signature or tonumber(till) < os.time() then
    return reply:refuse(refusal.new(403, { shape = "text", message = "" }))
  end
  content(reply, file, nil, exchange)
end

M.routes = {
  { "^/v1/files$", POST = upload, GET = list },
  { "^/v1/files/([^/]+)$", GET = with_file(NOTHING, retrieve),
    DELETE = with_file(NOTHING, delete) },
  { "^/v1/files/([^/]+)/content$", GET = with_file(NOTHING, content) },
  { "^/v1/files/([^/]+)/url$", GET = with_file(URL, url) },
}

M.open_routes = { { "^/signed/([^/]+)$", GET = signed } }

return M
