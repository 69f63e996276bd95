--- What has to be known of a file before it is sent; the sending itself is the transport's.
local M = {}

local MIB = 1024 * 1024

--- What to say of a file that is not there.
---@param path string
---@return string
function M.missing(path)
  local said = "there is no such file"
  if path:sub(1, 1) ~= "~" then return said end
  return said .. "; ~ means your home folder only to a shell: write the path out"
end

-- How large a file is. Asked before it is opened: opening a pipe would wait for whoever writes to it.
local function size_of(path)
  local native = require "mistral.native" -- here: who sends no file needs no C module
  local found, message, code = native.stat(path)
  if not found then return nil, code == "missing" and M.missing(path) or message end
  if found.type == "directory" then return nil, "it is a folder" end
  if found.type ~= "file" then return nil, "it is no ordinary file" end
  local file, trouble = io.open(path, "rb")
  if not file then return nil, (trouble:gsub("^.-: ", "")) end
  file:close()
  return found.size
end

--- Why a file cannot be sent, or nil and its size.
---@param path string
---@param most_mib number
---@param field string how to call it
---@return string? reason
---@return integer? size bytes
function M.check(path, most_mib, field)
  local size, message = size_of(path)
  if not size then return ("`%s` cannot be read: %s: %s"):format(field, path, message) end
  if size == 0 then return ("`%s` is an empty file: %s"):format(field, path) end
  if size > most_mib * MIB then
    return ("`%s` has %.1f MB, and the service takes %g MB: %s"):format(field, size / MIB, most_mib,
      path)
  end
  return nil, size
end

--- What is at a path, asked before it is opened.
---@param path string
---@return { type: string, size: integer }? found
---@return string? message
---@return string? code "missing" when there is nothing
function M.stat(path)
  return require("mistral.native").stat(path)
end

---@param path string
---@return boolean
function M.exists(path)
  return M.stat(path) ~= nil
end

--- The last part of a path.
---@param path string
---@return string
function M.name(path)
  return path:match("([^/\\]+)[/\\]*$") or path
end

local TYPES = {
  jsonl = "application/jsonl", json = "application/json", pdf = "application/pdf",
  epub = "application/epub+zip", txt = "text/plain", md = "text/markdown", csv = "text/csv",
  html = "text/html", xml = "text/xml",
  docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  pptx = "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  png = "image/png", jpg = "image/jpeg", jpeg = "image/jpeg", webp = "image/webp",
  gif = "image/gif", wav = "audio/wav", mp3 = "audio/mpeg", m4a = "audio/mp4",
  flac = "audio/flac", ogg = "audio/ogg", opus = "audio/ogg", webm = "audio/webm",
}

--- What a file is, by its name. There is always an answer: some servers stumble over a part of a form
--- that does not say what it is.
---@param name string
---@return string
function M.type(name)
  local extension = name:match("%.(%w+)$")
  return extension and TYPES[extension:lower()] or "application/octet-stream"
end

return M
