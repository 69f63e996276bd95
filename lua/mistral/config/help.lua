--- The option table of the help file.
local schema = require("mistral.config.schema")

local M = {}

local function show_default(value)
  if type(value) == "table" then
    return "{}"
  end
  return type(value) == "string" and '"' .. value .. '"' or tostring(value)
end

local function wrap(text, indent, width)
  local lines, line = {}, indent
  for word in text:gmatch("%S+") do
    if #line > #indent and #line + 1 + #word > width then
      lines[#lines + 1] = line
      line = indent
    end
    line = line .. (#line > #indent and " " or "") .. word
  end
  lines[#lines + 1] = line
  return lines
end

local function type_name(key)
  if key.choices then
    return '"' .. table.concat(key.choices, '" or "') .. '"'
  end
  return key.type == "list" and "list of strings" or key.type
end

--- The option table of doc/mistral.txt.
---@return string
function M.table()
  local out = {}
  for _, key in ipairs(schema) do
    local head = key.path
    local tag = "*mistral-" .. key.path .. "*"
    out[#out + 1] = head .. (" "):rep(math.max(1, 78 - #head - #tag)) .. tag
    local kind = ("%s, default %s"):format(type_name(key), show_default(key.default))
    for _, said in ipairs({ kind, key.help }) do
      for _, line in ipairs(wrap(said, "    ", 78)) do
        out[#out + 1] = line
      end
    end
    out[#out + 1] = ""
  end
  out[#out] = nil
  return table.concat(out, "\n")
end

return M
