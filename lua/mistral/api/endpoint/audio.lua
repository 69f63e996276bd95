--- audio/transcriptions: speech to text, from a file, an address, or a file at the service.
local common = require "mistral.api.endpoint.common"
local disk = require "mistral.api.disk"
local transcript = require "mistral.api.reader.transcript"

local M = {}

local MOST_MIB = 512

local SOURCES = { "file", "file_url", "file_id" }

-- A form knows texts only; a list is its name again and again.
local function add(parts, name, value)
  if type(value) == "table" then
    for _, item in ipairs(value) do add(parts, name, item) end
  elseif type(value) == "number" then
    parts[#parts + 1] = { name = name, value = ("%.14g"):format(value):gsub(",", ".") }
  else
    parts[#parts + 1] = { name = name, value = tostring(value) }
  end
end

local FIELDS = { "model", "file_url", "file_id", "language", "temperature", "diarize",
  "context_bias", "timestamp_granularities" }

local function parts(params)
  local list = {}
  for _, name in ipairs(FIELDS) do
    if params[name] ~= nil then add(list, name, params[name]) end
  end
  if params.file then
    local name = disk.name(params.file)
    list[#list + 1] = { name = "file", file = params.file, filename = name,
      content_type = disk.type(name) }
  end
  return list
end

local function check_source(params)
  local given = {}
  for _, name in ipairs(SOURCES) do
    if params[name] ~= nil then given[#given + 1] = "`" .. name .. "`" end
  end
  if #given == 0 then return "one of `file`, `file_url` and `file_id` is missing" end
  if #given > 1 then return ("give only one of %s"):format(table.concat(given, " and ")) end
  return params.file and (disk.check(params.file, MOST_MIB, "file")) or nil
end

-- Each item is a part of the form, which holds a thousand.
local MOST_WORDS = 900

local function list_of(item, max)
  return { kind = "list", of = item, max = max, none = "is empty; leave it out" }
end

---@type mistral.Endpoint
M.transcribe = {
  method = "POST", path = "/audio/transcriptions", streams = true, send = "form", parts = parts,
  reader = transcript.new,
  shape = {
    kind = "object",
    renamed = {
      stream = common.RENAMED.stream, prompt = "use `context_bias`", url = "use `file_url`",
      path = "use `file`", response_format = "leave it out: the answer is always a table",
    },
    fields = {
      model = common.MODEL,
      file = { kind = "string", pattern = "%S", wanted = "the path of a recording" },
      file_url = {
        kind = "string", pattern = "^https?://%S+$", wanted = "an http or https address",
        check = function(value, path)
          if #value > 2083 then return ("`%s` is longer than 2083 characters"):format(path) end
        end,
      },
      file_id = { kind = "string", pattern = "%S", wanted = "the id of a file" },
      language = {
        kind = "string", pattern = "^[%w_][%w_]$", wanted = "two letters, such as en or fr",
      },
      temperature = { kind = "number", min = 0 },
      diarize = { kind = "boolean" },
      context_bias = list_of({
        kind = "string", pattern = "^[^,%s]+$", wanted = "a word, without blanks and commas",
      }, MOST_WORDS),
      timestamp_granularities = list_of({ kind = "string", one_of = { "segment", "word" } }, 2),
    },
    check = check_source,
  },
}

return M
