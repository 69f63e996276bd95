--- What a document says, page by page: the same bytes always give the same pages. A text is split at
--- its form feeds, a PDF has as many pages as it says, anything else has three.

local json = require "json"

local M = {}

local WIDTH, HEIGHT, DPI = 1000, 1400, 100
local PIXEL = "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQAAAQABAAD/2Q=="

local function pdf_pages(bytes)
  local count = 0
  for _ in bytes:gmatch "/Type%s*/Page[^s%w]" do count = count + 1 end
  return math.max(1, count)
end

--- The text of each page.
---@param bytes string
---@param name string
---@return string[]
function M.pages(bytes, name)
  local texts = {}
  if bytes:find("^%%PDF%-") or bytes:find("[%z\1-\8]") or bytes == "" then
    local count = bytes:find("^%%PDF%-") and pdf_pages(bytes) or bytes == "" and 3 or 1
    for number = 1, count do texts[number] = ("Page %d of %s."):format(number, name) end
    return texts
  end
  for text in (bytes .. "\f"):gmatch("(.-)\f") do texts[#texts + 1] = text end
  return texts
end

local function box(top, height)
  return { top_left_x = 100, top_left_y = top, bottom_right_x = 900, bottom_right_y = top + height }
end

--- The smallest value that a schema takes, so that an annotation is one the caller can check.
local function example(schema)
  if type(schema.enum) == "table" then return schema.enum[1] end
  if schema.type == "string" then return "as seen" end
  if schema.type == "integer" or schema.type == "number" then return 1 end
  if schema.type == "boolean" then return true end
  if schema.type == "array" then return { example(schema.items or { type = "string" }) } end
  local object = {}
  for name, field in pairs(schema.properties or {}) do object[name] = example(field) end
  return object
end

---@param format table? a response format with a schema
---@return string|userdata
function M.annotation(format)
  if not format then return json.null end
  return json.encode(example(format.json_schema.schema))
end

local function image_of(page, ask)
  local image = box(500, 200)
  image.id = ("img-%d.jpeg"):format(page)
  image.image_base64 = ask.include_image_base64 == true and PIXEL or json.null
  image.image_annotation = M.annotation(ask.bbox_annotation_format)
  return image
end

local CELLS = { { "Item", "Count" }, { "pages", "1" } }

local function table_text(format)
  if format ~= "html" then
    return ("| %s | %s |\n| --- | --- |\n| %s | %s |"):format(CELLS[1][1], CELLS[1][2],
      CELLS[2][1], CELLS[2][2])
  end
  return ("<table><tr><th>%s</th><th>%s</th></tr><tr><td>%s</td><td>%s</td></tr></table>"):format(
    CELLS[1][1], CELLS[1][2], CELLS[2][1], CELLS[2][2])
end

local function confidence(text)
  return { text = text, confidence = 0.98, start_index = 0 }
end

local function block(kind, place, content, ask)
  place.type, place.content = kind, content
  if ask.confidence_scores_granularity == "block" then
    place.confidence_scores = { average_content_confidence_score = 0.98,
      minimum_content_confidence_score = 0.9, block_type_confidence_score = 0.99 }
  end
  return place
end

local function page_scores(granularity, text)
  if granularity == nil or granularity == json.null then return json.null end
  local words = {}
  if granularity == "word" then words[1] = confidence(text:match("%S+") or "") end
  return { word_confidence_scores = words[1] and words or nil,
    average_page_confidence_score = 0.98, minimum_page_confidence_score = 0.9 }
end

--- Without `table_format` a table is part of the text; with it, it stands apart and the text has a
--- link in its place.
local function add_table(page, index, ask)
  if not page.text:find("#table", 1, true) then return "" end
  local format = ask.table_format
  if format == nil or format == json.null then return "\n\n" .. table_text() end
  local id = ("tbl-%d.%s"):format(index, format == "html" and "html" or "md")
  page.tables[1] = { id = id, content = table_text(format), format = format,
    word_confidence_scores = json.null }
  return ("\n\n[%s](%s)"):format(id, id)
end

local function blocks_of(page, index, ask)
  if ask.include_blocks == false then return json.null end
  local blocks = { block("text", box(100, 300), page.text, ask) }
  if page.images[1] then
    local image = block("image", box(500, 200), "", ask)
    image.image_id = ("img-%d.jpeg"):format(index)
    blocks[2] = image
  end
  return blocks
end

--- One page as the service gives it. The words #image and #table in a text bring one of each.
---@param text string
---@param index integer from 0
---@param ask table the request
---@param images_left integer
function M.page(text, index, ask, images_left)
  local page = { text = text, images = json.array {}, tables = json.array {} }
  local markdown = text
  if text:find("#image", 1, true) and images_left > 0 then
    page.images[1] = image_of(index, ask)
    markdown = markdown .. ("\n\n![img-%d.jpeg](img-%d.jpeg)"):format(index, index)
  end
  markdown = markdown .. add_table(page, index, ask)
  return {
    index = index, markdown = markdown, images = page.images, tables = page.tables,
    hyperlinks = json.array {}, header = ask.extract_header and "The header" or json.null,
    footer = ask.extract_footer and ("Page %d"):format(index + 1) or json.null,
    dimensions = { dpi = DPI, width = WIDTH, height = HEIGHT },
    confidence_scores = page_scores(ask.confidence_scores_granularity, text),
    blocks = blocks_of(page, index, ask),
  }
end

return M
