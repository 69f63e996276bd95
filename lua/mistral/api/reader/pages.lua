--- What OCR answers: pages, and one text of them all with tables and pictures in their places.
local errors = require "mistral.errors"
local json = require "mistral.json"

local M = {}

---@class mistral.Page
---@field index integer from 0, as the service counts
---@field markdown string as the service gives it, with links where tables and pictures belong
---@field images table[] {id, top_left_x …, image_base64?, image_annotation?}
---@field tables table[] {id, content, format}
---@field hyperlinks string[]
---@field header? string
---@field footer? string
---@field dimensions? { dpi: integer, height: integer, width: integer }
---@field confidence_scores? table
---@field blocks? table[]

---@class mistral.Document
---@field markdown string all pages, tables and (where they were asked for) pictures in their places
---@field pages mistral.Page[]
---@field annotation? any what `document_annotation_format` asked for, decoded
---@field document_annotation? string the same as it came
---@field model? string
---@field usage table pages_processed, doc_size_bytes

local function broken(what)
  return nil, errors.new("broken", what)
end

local function list_of_tables(value)
  local out = {}
  for _, item in ipairs(type(value) == "table" and value or {}) do
    if type(item) == "table" then out[#out + 1] = item end
  end
  return out
end

local function page_of(item)
  if type(item) ~= "table" or type(item.markdown) ~= "string" then return nil end
  local page = json.without_nulls(item)
  page.index = type(page.index) == "number" and page.index or nil
  page.images, page.tables = list_of_tables(page.images), list_of_tables(page.tables)
  page.hyperlinks = type(page.hyperlinks) == "table" and page.hyperlinks or {}
  return page
end

-- By the id that a link in the text has: what is to stand there instead.
local function fillings(page)
  local by_id = {}
  for _, each in ipairs(page.tables) do
    if type(each.id) == "string" and type(each.content) == "string" then
      by_id[each.id] = { table = each.content }
    end
  end
  for _, each in ipairs(page.images) do
    if type(each.id) == "string" and type(each.image_base64) == "string" then
      local data = each.image_base64
      if not data:find("^data:") then data = "data:image/jpeg;base64," .. data end
      by_id[each.id] = { image = data }
    end
  end
  return by_id
end

-- One pass over the links, so that nothing is looked for in what was just put there.
local function placed(page)
  local by_id = fillings(page)
  if not next(by_id) then return page.markdown end
  return (page.markdown:gsub("(!?)%[([^%]\n]*)%]%(([^)\n]*)%)", function(mark, label, target)
    local found = by_id[target]
    if not found then return nil end
    if mark == "" then return found.table end
    return found.image and ("![%s](%s)"):format(label, found.image)
  end))
end

local function joined(pages)
  local texts = {}
  for index, page in ipairs(pages) do texts[index] = placed(page) end
  return table.concat(texts, "\n\n")
end

local function pages_of(list)
  local pages = {}
  for index, item in ipairs(list) do
    pages[index] = page_of(item)
    if not pages[index] then return broken "a page of the answer has no text" end
  end
  table.sort(pages, function(a, b) return (a.index or 0) < (b.index or 0) end)
  return pages
end

--- The reply, for a reader of whole answers.
---@param decoded table
---@return mistral.Document? reply
---@return mistral.Error? err
function M.shape(decoded)
  if type(decoded.pages) ~= "table" then return broken "the answer has no pages" end
  local pages, err = pages_of(decoded.pages)
  if not pages then return nil, err end
  local annotation = type(decoded.document_annotation) == "string" and decoded.document_annotation
    or nil
  return {
    markdown = joined(pages),
    pages = pages,
    document_annotation = annotation,
    annotation = annotation and json.decode(annotation) or nil,
    model = type(decoded.model) == "string" and decoded.model or nil,
    usage = type(decoded.usage_info) == "table" and json.without_nulls(decoded.usage_info) or {},
  }
end

return M
