--- Documents to text.

local base64 = require "base64"
local bodies = require "bodies"
local document = require "ocr_document"
local files = require "files"
local gate = require "gate"
local json = require "json"
local refusal = require "refusal"
local shape = require "shape"

local M = {}

local PATH = "/v1/ocr"
local MAX_PAGES = 1000

local SHAPE = shape.object({
  model = shape.optional(shape.text()),
  document = shape.tagged("type", {
    file = shape.object({ type = shape.text(), file_id = shape.uuid() }, { "file_id" }),
    document_url = bodies.content_chunks.document_url,
    image_url = bodies.content_chunks.image_url,
  }),
  pages = shape.optional(shape.union(shape.text(), shape.list(shape.integer()))),
  include_image_base64 = shape.optional(shape.boolean()),
  image_limit = shape.optional(shape.integer()),
  image_min_size = shape.optional(shape.integer()),
  bbox_annotation_format = shape.optional(bodies.response_format),
  document_annotation_format = shape.optional(bodies.response_format),
  document_annotation_prompt = shape.optional(shape.text()),
  table_format = shape.optional(shape.enum("markdown", "html")),
  extract_header = shape.boolean(),
  extract_footer = shape.boolean(),
  include_blocks = shape.boolean(),
  confidence_scores_granularity = shape.optional(shape.enum("word", "page", "block")),
}, { "model", "document" })

local function bad_document(code, message)
  return refusal.bad_request("invalid_request_file", code, message)
end

local function from_data(url)
  local encoded = url:match("^data:[%w/+.-]+;base64,(.*)$")
  local bytes = encoded and base64.decode(encoded)
  if not bytes then return nil, bad_document("3310", "The data URL is not base64") end
  if bytes == "" then return nil, bad_document("3740", "The document is empty") end
  return bytes
end

--- Nothing is fetched: what stands behind an address is made up from the address.
local function from_url(url)
  if url:find("^data:") then return from_data(url) end
  if not url:find("^https?://[%w.-]+") then
    return nil, bad_document("3310", "The document could not be fetched from its URL")
  end
  return ""
end

local READ = {
  file = function(chunk)
    local file = files.find(chunk.file_id)
    if file then return file.data, nil, file.card.filename end
    return nil, refusal.new(404, { message = "File not found: " .. chunk.file_id })
  end,
  document_url = function(chunk)
    local bytes, trouble = from_url(chunk.document_url)
    local name = gate.given(chunk.document_name) and chunk.document_name or "the document"
    return bytes, trouble, name
  end,
  image_url = function(chunk)
    local image = chunk.image_url
    local bytes, trouble = from_url(type(image) == "table" and image.url or image)
    return bytes, trouble, "the image"
  end,
}

--- "0-2,5" or a list, as a set; nil when it is neither.
local function wanted_pages(pages)
  if not gate.given(pages) then return function() return true end end
  local set = {}
  if type(pages) == "table" then
    for _, number in ipairs(pages) do set[number] = true end
    return function(number) return set[number] end
  end
  for part in (pages .. ","):gmatch("([^,]*),") do
    local first, last = part:match("^%s*(%d+)%s*%-%s*(%d+)%s*$")
    first = first or part:match("^%s*(%d+)%s*$")
    if not first then return nil end
    for number = tonumber(first), math.min(tonumber(last or first), MAX_PAGES) do
      set[number] = true
    end
  end
  return function(number) return set[number] end
end

local function format_trouble(body)
  for _, name in ipairs { "bbox_annotation_format", "document_annotation_format" } do
    if gate.given(body[name]) and body[name].type ~= "json_schema" then
      return gate.invalid_args(name .. " must be of type json_schema")
    end
  end
  if gate.given(body.document_annotation_prompt)
    and not gate.given(body.document_annotation_format) then
    return gate.invalid_args "document_annotation_prompt needs document_annotation_format"
  end
end

local function read_pages(texts, wanted, body)
  local pages = json.array {}
  local left = gate.given(body.image_limit) and body.image_limit or math.huge
  for index, text in ipairs(texts) do
    if wanted(index - 1) then
      local page = document.page(text, index - 1, body, left)
      left = left - #page.images
      pages[#pages + 1] = page
    end
  end
  return pages
end

local function answer(body)
  local trouble = gate.misfit(SHAPE, body)
  if trouble then return nil, trouble end
  local model, bytes, name
  model, trouble = gate.model(body, "ocr")
  trouble = trouble or format_trouble(body)
  if not model or trouble then return nil, trouble end
  bytes, trouble, name = READ[body.document.type](body.document)
  if not bytes then return nil, trouble end
  local texts, wanted = document.pages(bytes, name), wanted_pages(body.pages)
  if not wanted then return nil, gate.invalid_args "pages is not a list of page numbers" end
  if #texts > MAX_PAGES then
    return nil, bad_document("3730", "The document has more than 1000 pages")
  end
  local pages = read_pages(texts, wanted, body)
  local annotation = gate.given(body.document_annotation_format)
    and body.document_annotation_format or nil
  return { model = body.model, pages = pages, document_annotation = document.annotation(annotation),
    usage_info = { pages_processed = #pages,
      doc_size_bytes = bytes ~= "" and #bytes or json.null } }
end

M.routes = { { "^" .. PATH .. "$", POST = gate.door(answer) } }
M.answers = { [PATH] = answer }

return M
