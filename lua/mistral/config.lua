--- The options as they are now: defaults, what g:mistral says over them, and what setup() said over
--- that. Their names, types and meanings are in config/schema.lua.
local check = require("mistral.config.check")
local schema = require("mistral.config.schema")

local M = {}

M.schema = schema

---@return mistral.Options
function M.defaults()
  local options = {}
  for _, key in ipairs(schema) do
    check.put(options, key.path, check.copy(key.default))
  end
  return options
end

--- The options with `given` laid over them; neither argument is changed.
---@param options mistral.Options
---@param given table what a user wrote
---@return mistral.Options|nil, string|nil message
function M.merge(options, given)
  if type(given) ~= "table" then
    return nil, "options should be a table, got " .. type(given)
  end
  local out = check.copy(options)
  local ok, message = check.merge_into(out, given, "")
  if not ok then
    return nil, message
  end
  return out
end

-- What g:mistral says lies under what setup() says, whichever came first.
local layers = { globals = {}, setup = {} }
local current = M.defaults()

local function rebuild(globals, setup)
  local under, message = M.merge(M.defaults(), globals)
  if not under then
    return nil, message
  end
  return M.merge(under, setup)
end

local function adopt(globals, setup)
  local options, message = rebuild(globals, setup)
  if not options then
    return nil, message
  end
  layers.globals, layers.setup, current = globals, setup, options
  return options
end

--- Changes options; may be called again, and keeps what earlier calls said.
---@param given? table
---@return mistral.Options|nil, string|nil message
function M.setup(given)
  if given ~= nil and type(given) ~= "table" then
    return nil, "options should be a table, got " .. type(given)
  end
  local setup = check.copy(layers.setup)
  local ok, message = check.merge_into(setup, given or {}, "")
  if not ok then
    return nil, message
  end
  return adopt(layers.globals, setup)
end

--- What the editor's global variable g:mistral says.
---@param given? table
---@return mistral.Options|nil, string|nil message
function M.globals(given)
  return adopt(given or {}, layers.setup)
end

---@return mistral.Options
function M.get()
  return current
end

--- Back to the defaults (for specs).
function M.reset()
  adopt({}, {})
end

return M
