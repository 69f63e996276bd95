--- The chunks that the content of a message may be made of, each with its own fields.
local common = require "mistral.api.endpoint.common"
local schema = require "mistral.api.schema"

local M = {}

local STRING = { kind = "string", required = true }
local OPTIONAL = { kind = "string", null = true }
local URL = { kind = "string", required = true, pattern = "%S", wanted = "an address" }

local TEXT = { kind = "object", fields = { type = STRING, text = STRING } }

local REFERENCE = {
  kind = "object",
  fields = {
    type = STRING,
    reference_ids = {
      kind = "list", required = true,
      of = { kind = "choice", of = { { kind = "integer" }, { kind = "string" } } },
    },
  },
}

local TOOL_REFERENCE = {
  kind = "object",
  fields = {
    type = STRING, tool = STRING, title = STRING, url = OPTIONAL, favicon = OPTIONAL,
    description = OPTIONAL,
  },
}

local IMAGE = {
  kind = "object",
  fields = {
    type = STRING,
    image_url = {
      kind = "choice", required = true,
      of = {
        URL,
        { kind = "object", fields = {
          url = URL,
          detail = { kind = "string", null = true, one_of = { "low", "auto", "high" } },
        } },
      },
    },
  },
  renamed = { url = "it goes into `image_url`", detail = "it goes into `image_url`, beside `url`" },
}

local DOCUMENT = {
  kind = "object",
  fields = { type = STRING, document_url = URL, document_name = OPTIONAL },
  renamed = { name = "use `document_name`", url = "use `document_url`" },
}

local FILE = { kind = "object", fields = { type = STRING, file_id = common.FILE_ID } }

local AUDIO = {
  kind = "object",
  fields = {
    type = STRING,
    input_audio = {
      kind = "string", required = true, pattern = "%S", wanted = "base64 or an address",
    },
  },
}

-- A chunk of one of these types, checked by the shape of its type.
local function chunk_of(shapes, names)
  return {
    kind = "object", open = true,
    fields = { type = { kind = "string", required = true, one_of = names } },
    check = function(chunk, path) return schema.check(shapes[chunk.type], chunk, path) end,
  }
end

local THINKING = {
  kind = "object",
  fields = {
    type = STRING,
    thinking = {
      kind = "list", required = true,
      of = chunk_of({ text = TEXT, tool_reference = TOOL_REFERENCE, reference = REFERENCE },
        { "text", "tool_reference", "reference" }),
    },
    signature = OPTIONAL,
    closed = { kind = "boolean" },
  },
}

local SHAPES = {
  text = TEXT, image_url = IMAGE, document_url = DOCUMENT, reference = REFERENCE, file = FILE,
  thinking = THINKING, input_audio = AUDIO,
}

--- A chunk of a message from anyone but the system.
M.any = chunk_of(SHAPES, {
  "text", "image_url", "document_url", "reference", "file", "thinking", "input_audio",
})

--- A chunk of a message from the system.
M.system = chunk_of(SHAPES, { "text", "thinking" })

return M
