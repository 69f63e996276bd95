--- Queries and forms as a request has them: each name with its texts. The content of a file stands for
--- itself, since all a description can say of it is that it is there.

local M = {}

---@param text string percent-encoded
---@return string
function M.plain(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

---@param query string
---@return table<string, string[]>
function M.query(query)
  local values = {}
  for name, value in query:gmatch "([^=&]+)=?([^&]*)" do
    name = M.plain(name)
    values[name] = values[name] or {}
    table.insert(values[name], M.plain(value))
  end
  return values
end

---@param content_type string
---@param body string
---@return table<string, string[]>? values, string? trouble
function M.parts(content_type, body)
  local boundary = content_type:match 'boundary="([^"]+)"' or content_type:match "boundary=([^;%s]+)"
  if not boundary then return nil, "has no boundary" end
  local values, mark = {}, "--" .. boundary
  local at = body:find(mark, 1, true)
  while at do
    local head_end = body:find("\r\n\r\n", at, true)
    if not head_end then break end
    local stop = body:find("\r\n" .. mark, head_end + 2, true)
    local name = body:sub(at, head_end):match '; name="([^"]*)"'
    if not stop or not name then return nil, "has a part without a name or an end" end
    values[name] = values[name] or {}
    table.insert(values[name], body:sub(head_end + 4, stop - 1))
    at = stop + 2
  end
  return values
end

return M
