--- Reads a body of multipart/form-data (RFC 7578), strictly: what a lenient reader would forgive is
--- a mistake of the client under test.

local M = {}

local MAX_HEAD_BYTES = 4096

local function boundary_of(content_type)
  local kind, rest = (content_type or ""):match("^%s*([^;%s]+)%s*(.*)$")
  if not kind or kind:lower() ~= "multipart/form-data" then return nil end
  return rest:match('boundary="([^"]+)"') or rest:match("boundary=([^;%s]+)")
end

--- As browsers escape what a quoted string cannot hold.
local function plain(text)
  return text and (text:gsub("%%22", '"'):gsub("%%0D", "\r"):gsub("%%0A", "\n"))
end

local function headers_of(text)
  local headers = {}
  for line in (text .. "\r\n"):gmatch("(.-)\r\n") do
    local name, value = line:match("^([%w-]+): (.+)$")
    if not name then return nil, "a line of a part's head is none: " .. line end
    headers[name:lower()] = value
  end
  return headers
end

local function described(headers)
  local disposition = headers["content-disposition"] or ""
  if not disposition:find("^form%-data;") then return nil, "a part is not form-data" end
  local name = disposition:match('; name="([^"]*)"')
  if not name then return nil, "a part has no name" end
  return { name = plain(name), filename = plain(disposition:match('; filename="([^"]*)"')),
    content_type = headers["content-type"] }
end

--- The part whose head begins at `from`, and where its delimiter ends.
local function part_at(body, from, delimiter)
  local head_end = body:find("\r\n\r\n", from, true)
  if not head_end or head_end - from > MAX_HEAD_BYTES then return nil, "a part's head has no end" end
  local headers, trouble = headers_of(body:sub(from, head_end - 1))
  local part
  if headers then part, trouble = described(headers) end
  if not part then return nil, trouble end
  local data_end, after = body:find(delimiter, head_end + 2, true)
  if not data_end then return nil, "a part has no end" end
  part.data = body:sub(head_end + 4, data_end - 1)
  return part, after
end

---@class Part
---@field name string
---@field filename? string
---@field content_type? string
---@field data string

---@param body string
---@param content_type string?
---@return Part[]? parts  in order
---@return string? trouble
function M.parse(body, content_type)
  local boundary = boundary_of(content_type)
  if not boundary then return nil, "this is no multipart/form-data with a boundary" end
  if body:sub(1, #boundary + 2) ~= "--" .. boundary then
    return nil, "the body does not begin with its boundary"
  end
  local parts, delimiter, at = {}, "\r\n--" .. boundary, #boundary + 2
  while body:sub(at + 1, at + 2) == "\r\n" do
    local part, after = part_at(body, at + 3, delimiter)
    if not part then return nil, after end
    parts[#parts + 1], at = part, after
  end
  local tail = body:sub(at + 1)
  if tail ~= "--\r\n" and tail ~= "--" then return nil, "the last boundary does not close" end
  return parts
end

--- The parts by name, and the name of one that came twice.
---@param parts Part[]
---@return table<string, Part> fields, string? twice
function M.fields(parts)
  local fields, twice = {}, nil
  for _, part in ipairs(parts) do
    if fields[part.name] then twice = part.name end
    fields[part.name] = part
  end
  return fields, twice
end

return M
