--- Parts of a message that come from files and addresses: `mistral.image`, `mistral.document`.
---
--- A part is read when its request is made, not when it is written down: so a missing file ends that
--- request with a sentence, instead of leaving a hole in a list.
local disk = require "mistral.api.disk"
local kinds = require "mistral.api.parts.kinds"
local tables = require "mistral.tables"
local text = require "mistral.text"

local M = {}

---@class mistral.FilePart a part of `content` that is still to be read
---@field type "image_url"|"document_url"
---@field source string a path, an https address or a data URI
local Part = {}
Part.__index = Part

local MEBIBYTE = 1024 * 1024
local LIMITS = { image = 10 * MEBIBYTE, document = 50 * MEBIBYTE }
local DETAILS = { low = true, auto = true, high = true }
local OPTIONS = { image = { detail = true }, document = { name = true } }

function Part.__tostring(part)
  return ("%s(%s)"):format(part.wanted, text.line(part.source, 80))
end

local function check_options(wanted, options)
  if options ~= nil and type(options) ~= "table" then
    error(("mistral.%s: the options should be a table"):format(wanted), 4)
  end
  for name, value in pairs(options or {}) do
    if not OPTIONS[wanted][name] then
      error(("mistral.%s has no option `%s`"):format(wanted, tostring(name)), 4)
    end
    if type(value) ~= "string" or name == "detail" and not DETAILS[value] then
      local known = name == "detail" and "low, auto or high" or "a string"
      error(("mistral.%s: `%s` should be %s"):format(wanted, name, known), 4)
    end
  end
end

local function new(wanted, source, options)
  if type(source) ~= "string" or source == "" then
    error(("mistral.%s takes a path or an address, got a %s"):format(wanted,
      source == "" and "text with nothing in it" or type(source)), 3)
  end
  check_options(wanted, options)
  return setmetatable({
    type = wanted .. "_url",
    wanted = wanted,
    source = source,
    options = options or {},
  }, Part)
end

-- Reading ----------------------------------------------------------------------------------------

local function megabytes(size)
  return ("%.1f MiB"):format(size / MEBIBYTE)
end

-- Asked before it is opened: opening a pipe would wait for whoever writes into it.
local function check_file(native, path, limit)
  local found, message, code = native.stat(path)
  if not found then
    return code == "missing" and disk.missing(path) or "it cannot be read: " .. message
  end
  if found.type == "directory" then return "it is a folder, not a file" end
  if found.type ~= "file" then return "it is not an ordinary file" end
  if found.size == 0 then return "the file is empty" end
  if found.size > limit then
    return ("it has %s, and %s is the most"):format(megabytes(found.size), megabytes(limit))
  end
end

local function read(native, path, limit)
  local reason = check_file(native, path, limit)
  if reason then return nil, reason end
  local file, message = io.open(path, "rb")
  if not file then return nil, "it cannot be read: " .. message:gsub("^.-: ", "") end
  local bytes = file:read(limit + 1)
  file:close()
  if not bytes then return nil, "it cannot be read" end
  if #bytes > limit then return nil, ("it has grown past %s"):format(megabytes(limit)) end
  return bytes
end

local function base_name(path)
  return path:match "([^/\\]+)[/\\]*$" or path
end

local function data_uri(native, mime, bytes)
  return ("data:%s;base64,%s"):format(mime, native.base64(bytes))
end

local function image_chunk(part, url)
  if not part.options.detail then return { type = "image_url", image_url = url } end
  return { type = "image_url", image_url = { url = url, detail = part.options.detail } }
end

local function document_chunk(part, url, name)
  return { type = "document_url", document_url = url, document_name = part.options.name or name }
end

-- A text goes as text, between marks that say where it is from.
local function text_chunk(part, bytes, name)
  name = (part.options.name or name):gsub('[%c"<>]', "_")
  local said = ('<document name="%s">\n%s\n</document>'):format(name, (bytes:gsub("\n$", "")))
  return { type = "text", text = said }
end

local TAKES = {
  image = "PNG, JPEG, WebP and GIF pictures are taken",
  document = "PDF, Office, OpenDocument and EPUB files, texts and pictures are taken",
}

-- How each kind of file becomes a chunk; a kind that is not here is not taken.
local BECOMES = { image = {}, document = {} }

function BECOMES.image.image(part, bytes, kind, native)
  if kind.mime == "image/gif" and kinds.is_animated(bytes) then
    return nil, "it is a GIF with several pictures; the service takes GIFs of one"
  end
  return image_chunk(part, data_uri(native, kind.mime, bytes))
end

function BECOMES.document.image(part, bytes, kind, native)
  if #bytes > LIMITS.image then
    return nil, ("it has %s, and %s is the most for a picture"):format(
      megabytes(#bytes), megabytes(LIMITS.image))
  end
  return BECOMES.image.image(part, bytes, kind, native)
end

function BECOMES.document.document(part, bytes, kind, native)
  return document_chunk(part, data_uri(native, kind.mime, bytes), base_name(part.source))
end

function BECOMES.document.text(part, bytes)
  return text_chunk(part, bytes, base_name(part.source))
end

local function from_file(part)
  local native = require "mistral.native"
  local bytes, reason = read(native, part.source, LIMITS[part.wanted])
  if not bytes then return nil, reason end
  local kind = kinds.of(bytes)
  local become = BECOMES[part.wanted][kind.what]
  if become then return become(part, bytes, kind, native) end
  if part.wanted == "image" and kind.what ~= "other" then
    return nil, ("it is %s: use mistral.document"):format(kind.name)
  end
  return nil, ("it is %s; %s"):format(kind.name, TAKES[part.wanted])
end

-- Addresses --------------------------------------------------------------------------------------

local function from_address(part)
  if part.wanted == "image" then return image_chunk(part, part.source) end
  return document_chunk(part, part.source)
end

local SCHEMES = {
  https = from_address,
  data = function(part)
    local mime = part.source:match "^data:([%w.+-]+/[%w.+-]+);base64,."
    if not mime then return nil, "a data URI begins with data:TYPE;base64," end
    if part.wanted == "image" and not mime:find "^image/" then
      return nil, ("it is %s, not a picture"):format(mime)
    end
    if #part.source / 4 * 3 > LIMITS[part.wanted] then
      return nil, ("it has more than %s"):format(megabytes(LIMITS[part.wanted]))
    end
    return from_address(part)
  end,
  http = function() return nil, "the service fetches from https addresses only" end,
  file = function() return nil, "give the path alone, without file:" end,
}

local function make(part)
  local scheme = part.source:match "^(%a[%w+.-]*)://" or part.source:match "^(data):"
  if not scheme then return from_file(part) end
  local from = SCHEMES[scheme:lower()]
  if from then return from(part) end
  return nil, ("the service does not fetch from %s: addresses"):format(scheme)
end

--- The chunk that goes to the service; anything but a part of ours is handed back as it is.
---@generic T
---@param value T|mistral.FilePart
---@return T|table|nil chunk
---@return string? reason why there is none, with the file's name
function M.chunk(value)
  if getmetatable(value) ~= Part then return value end
  local chunk, reason = make(value)
  if chunk then return chunk end
  return nil, ("%s: %s"):format(text.line(value.source, 120), reason)
end

-- Whole messages ---------------------------------------------------------------------------------

local function is_part(value)
  return getmetatable(value) == Part
end

local function has_parts(message)
  local content = type(message) == "table" and message.content
  if is_part(content) then return true end
  for _, item in ipairs(type(content) == "table" and content or {}) do
    if is_part(item) then return true end
  end
  return false
end

local function fill(message, path)
  local content = message.content
  local chunks = is_part(content) and { content } or tables.copy(content)
  for index, item in pairs(chunks) do
    local chunk, reason = M.chunk(item)
    if chunk == nil then return nil, ("`%s.content[%s]`: %s"):format(path, index, reason) end
    chunks[index] = chunk
  end
  local out = tables.copy(message)
  out.content = chunks
  return out
end

--- Messages with their parts read. The messages given stay as they are.
---@param messages table[]
---@return table[]? messages
---@return string? reason
function M.fill(messages)
  local out
  for index, message in ipairs(messages) do
    if has_parts(message) then
      local filled, reason = fill(message, ("messages[%d]"):format(index))
      if not filled then return nil, reason end
      out = out or tables.copy(messages)
      out[index] = filled
    end
  end
  return out or messages
end

--- A picture for a message's `content`: PNG, JPEG, WebP or a GIF of one picture, 10 MiB at most.
---@param source string path of a file, an https address, or a data URI
---@param options? { detail?: "low"|"auto"|"high" }
---@return mistral.FilePart read when the request is made, which ends with "refused" if it cannot be
function M.image(source, options)
  return new("image", source, options)
end

--- A document for a message's `content`: PDF, Office, OpenDocument, EPUB, 50 MiB at most. A picture
--- becomes a picture's part, and a text a text part that begins with its name.
---@param source string path of a file, an https address, or a data URI
---@param options? { name?: string } how to call it instead of by its file's name
---@return mistral.FilePart
function M.document(source, options)
  return new("document", source, options)
end

return M
