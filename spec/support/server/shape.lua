--- Words to write schemas with; schema.lua checks what they make.

local M = {}

--- null may stand for it.
function M.optional(schema)
  schema.null = true
  return schema
end

function M.text() return { kind = "string" } end
function M.number(min, max) return { kind = "number", min = min, max = max } end
function M.integer(min, max) return { kind = "integer", min = min, max = max } end
function M.boolean() return { kind = "boolean" } end
function M.enum(...) return { kind = "enum", values = { ... } } end
function M.list(of, min, max) return { kind = "list", of = of, min = min, max = max } end
function M.map() return { kind = "map" } end
function M.union(...) return { kind = "union", options = { ... } } end

--- Closed: no field but these.
function M.object(fields, required, label)
  return { kind = "object", fields = fields, required = required, label = label }
end

--- An object whose field `tag` says which of the options it is.
function M.tagged(tag, options, default)
  return { kind = "tagged", tag = tag, options = options, default = default }
end

--- A string that matches a Lua pattern; `shown` is how the service writes it.
function M.matching(pattern, shown)
  return { kind = "string", pattern = pattern, shown = shown }
end

local UUID = "^" .. ("%x"):rep(8) .. "%-" .. ("%x"):rep(4) .. "%-" .. ("%x"):rep(4) .. "%-"
  .. ("%x"):rep(4) .. "%-" .. ("%x"):rep(12) .. "$"

function M.uuid()
  return M.matching(UUID, "uuid")
end

---@return boolean
function M.is_uuid(text)
  return text:find(UUID) ~= nil
end

return M
