--- ocr: documents and pictures to text. work/ocr.lua takes the large ones.
local common = require "mistral.api.endpoint.common"
local pages = require "mistral.api.reader.pages"
local tables = require "mistral.tables"
local whole = require "mistral.api.reader.whole"

local M = {}

local function parts()
  return require "mistral.api.parts" -- here: it reads files, which few requests do
end

-- A path or an address becomes the chunk that says the same.
local function as_chunk(document)
  if type(document) == "string" then
    if document == "" then return nil, "`document` is empty" end
    document = parts().document(document)
  end
  local chunk, reason = parts().chunk(document)
  if not chunk then return nil, "`document`: " .. reason end
  if type(chunk) ~= "table" or chunk.type or not chunk.file_id then return chunk end
  return { type = "file", file_id = chunk.file_id }
end

local function prepare(params)
  local out = tables.copy(params)
  if out.document == nil then return out end
  local reason
  out.document, reason = as_chunk(out.document)
  if not out.document then return nil, reason end
  if type(out.document) == "table" and out.document.type == "text" then
    return nil, "`document` is a text already: there is nothing to recognise in it"
  end
  return out
end

local ADDRESS = { kind = "string", required = true, pattern = "%S", wanted = "an address" }

local CHUNKS = {
  file = { file_id = common.FILE_ID },
  document_url = { document_url = ADDRESS, document_name = common.TEXT },
  image_url = {
    image_url = {
      kind = "choice", required = true,
      of = { { kind = "string" }, { kind = "object", fields = {
        url = ADDRESS,
        detail = { kind = "string", null = true, one_of = { "low", "auto", "high" } },
      } } },
    },
  },
}

local shapes = {}
for kind, fields in pairs(CHUNKS) do
  fields.type = { kind = "string", required = true }
  shapes[kind] = { kind = "object", fields = fields }
end

local schema = require "mistral.api.schema"

local DOCUMENT = {
  kind = "object", required = true, open = true,
  fields = { type = {
    kind = "string", required = true, one_of = { "document_url", "image_url", "file" },
  } },
  check = function(chunk, path) return schema.check(shapes[chunk.type], chunk, path) end,
}

local FORMAT = {
  kind = "object", null = true,
  fields = {
    type = { kind = "string", required = true, one_of = { "json_schema" } },
    json_schema = {
      kind = "object", required = true,
      fields = {
        name = { kind = "string", required = true, pattern = "%S", wanted = "a name" },
        schema = { kind = "object", required = true, open = true },
        description = common.TEXT,
        strict = { kind = "boolean" },
      },
    },
  },
}

local COUNT = { kind = "integer", min = 0 }

local PAGES = {
  kind = "choice", null = true,
  of = {
    { kind = "string", pattern = "^[%d%s,-]*%d[%d%s,-]*$",
      wanted = 'page numbers from 0, such as "0-4,7"' },
    { kind = "list", of = COUNT, none = "is empty" },
  },
}

---@type mistral.Endpoint
M.ocr = {
  method = "POST", path = "/ocr", prepare = prepare, reader = whole.reader(pages.shape),
  shape = {
    kind = "object",
    renamed = {
      url = "use `document`", file = "use `document`", image = "use `document`",
      include_images = "use `include_image_base64`",
    },
    fields = {
      model = common.MODEL,
      document = DOCUMENT,
      pages = PAGES,
      include_image_base64 = { kind = "boolean", null = true },
      image_limit = COUNT,
      image_min_size = COUNT,
      bbox_annotation_format = FORMAT,
      document_annotation_format = FORMAT,
      document_annotation_prompt = common.TEXT,
      table_format = { kind = "string", null = true, one_of = { "markdown", "html" } },
      extract_header = { kind = "boolean" },
      extract_footer = { kind = "boolean" },
      include_blocks = { kind = "boolean" },
      confidence_scores_granularity = {
        kind = "string", null = true, one_of = { "word", "page", "block" },
      },
    },
    check = function(params)
      if params.document_annotation_prompt and not params.document_annotation_format then
        return "`document_annotation_prompt` needs `document_annotation_format`"
      end
    end,
  },
}

return M
