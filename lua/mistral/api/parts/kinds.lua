--- What a file is, by what is in it: names lie, and a wrong type is refused by the service only after
--- all of it has been sent.
local text = require "mistral.text"

local M = {}

---@class mistral.FileKind
---@field what "image"|"document"|"text"|"other"
---@field mime? string
---@field name string how to call it in a sentence

local function image(mime, name)
  return { what = "image", mime = mime, name = name }
end

local function document(mime, name)
  return { what = "document", mime = mime, name = name }
end

local function other(name)
  return { what = "other", name = name }
end

local BEGINNINGS = {
  { "\137PNG\r\n\26\n", image("image/png", "a PNG picture") },
  { "\255\216\255", image("image/jpeg", "a JPEG picture") },
  { "GIF87a", image("image/gif", "a GIF picture") },
  { "GIF89a", image("image/gif", "a GIF picture") },
  { "%PDF-", document("application/pdf", "a PDF") },
  { "{\\rtf", document("application/rtf", "an RTF document") },
  { "BM", other "a BMP picture", 26 },
  { "II*\0", other "a TIFF picture" },
  { "MM\0*", other "a TIFF picture" },
  { "\0\0\1\0", other "an icon" },
  { "\208\207\17\224\161\177\26\225", other "an Office document of the old kind" },
  { "\31\139", other "a gzip archive" },
  { "\127ELF", other "a program" },
}

local OFFICE = "application/vnd.openxmlformats-officedocument."

-- By the name of an entry of the archive.
local IN_ZIP = {
  { "word/", document(OFFICE .. "wordprocessingml.document", "a Word document") },
  { "ppt/", document(OFFICE .. "presentationml.presentation", "a presentation") },
  { "xl/", document(OFFICE .. "spreadsheetml.sheet", "a spreadsheet") },
  { "mimetypeapplication/vnd.oasis.opendocument.text",
    document("application/vnd.oasis.opendocument.text", "an OpenDocument text") },
  { "mimetypeapplication/epub+zip", document("application/epub+zip", "an EPUB book") },
}

local function in_zip(bytes)
  for _, entry in ipairs(IN_ZIP) do
    if bytes:find(entry[1], 1, true) then return entry[2] end
  end
  return other "a zip archive"
end

local function in_riff(bytes)
  if bytes:sub(9, 12) == "WEBP" then return image("image/webp", "a WebP picture") end
  return other "a sound or a film"
end

local function in_ftyp(bytes)
  local brand = bytes:sub(9, 12)
  if brand == "avif" then return other "an AVIF picture" end
  if brand:find "^hei" or brand:find "^mif" then return other "a HEIC picture" end
  return other "a film"
end

-- Behind the sub-blocks that begin at `at`.
local function gif_blocks_end(bytes, at)
  local size = bytes:byte(at)
  while size and size > 0 do
    at = at + size + 1
    size = bytes:byte(at)
  end
  return at + 1
end

-- The bytes of a colour table, from the flags that announce it.
local function gif_colours(flags)
  return flags and flags >= 128 and 3 * 2 ^ (flags % 8 + 1) or 0
end

--- Whether a GIF holds more than one picture.
---@param bytes string
---@return boolean
function M.is_animated(bytes)
  local at, pictures = 14 + gif_colours(bytes:byte(11)), 0
  while pictures < 2 do
    local block = bytes:byte(at)
    if block == 0x2C then
      pictures = pictures + 1
      at = gif_blocks_end(bytes, at + 11 + gif_colours(bytes:byte(at + 9)))
    elseif block == 0x21 then
      at = gif_blocks_end(bytes, at + 2)
    else
      return false -- its end, or where it is broken
    end
  end
  return true
end

local function is_text(bytes)
  return not bytes:find("%z") and text.valid(bytes) == bytes
end

--- What these bytes are.
---@param bytes string
---@return mistral.FileKind
function M.of(bytes)
  for _, entry in ipairs(BEGINNINGS) do
    if bytes:sub(1, #entry[1]) == entry[1] and (not entry[3] or bytes:sub(7, 10) == "\0\0\0\0") then
      return entry[2]
    end
  end
  if bytes:sub(1, 4) == "PK\3\4" then return in_zip(bytes) end
  if bytes:sub(1, 4) == "RIFF" then return in_riff(bytes) end
  if bytes:sub(5, 8) == "ftyp" then return in_ftyp(bytes) end
  if bytes:sub(1, 1024):find("%PDF-", 1, true) then return document("application/pdf", "a PDF") end
  if is_text(bytes) then return { what = "text", name = "a text" } end
  return other "of an unknown kind"
end

return M
