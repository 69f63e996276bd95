--- The list of models, one entry per model: the service lists a model once for each of its names.
local common = require "mistral.api.endpoint.common"
local errors = require "mistral.errors"
local whole = require "mistral.api.reader.whole"

local M = {}

---@class mistral.Model
---@field id string the name that does not move
---@field aliases string[] its other names, in order
---@field max_context_length? integer
---@field capabilities table<string, boolean>
---@field default_model_temperature? number
---@field deprecation? string when it goes away
---@field deprecation_replacement_model? string
---@field description? string
---@field price? mistral.Price in US dollars, where the list is the built-in catalogue

local function names_of(card)
  local names = { card.id }
  for _, alias in ipairs(type(card.aliases) == "table" and card.aliases or {}) do
    if type(alias) == "string" then names[#names + 1] = alias end
  end
  return names
end

local function add_name(groups, group, name)
  if not group.names[name] then group.size = group.size + 1 end
  group.names[name], groups[name] = true, group
end

-- The smaller goes into the larger, or a long list could take the square of its length.
local function join(groups, one, other)
  if other.size > one.size then one, other = other, one end
  for name in pairs(other.names) do
    add_name(groups, one, name)
  end
  other.joined = true
  return one
end

-- The group one of these names is in already, joined with any other group they connect.
local function group_of(groups, names)
  local group
  for _, name in ipairs(names) do
    local other = groups[name]
    if other and group and other ~= group then group = join(groups, group, other) end
    group = group or other
  end
  return group
end

-- The name that does not move ends in a date; the service may also say it as `name`.
local function better_id(card, group)
  if type(card.name) == "string" and group.names[card.name] then return card.name end
  local best
  for name in pairs(group.names) do
    local dated, best_dated = name:find("%d%d%d%d$"), best and best:find("%d%d%d%d$")
    if not best or dated and not best_dated
      or (dated ~= nil) == (best_dated ~= nil) and name < best then
      best = name
    end
  end
  return best
end

local function value_of(value, kind)
  return type(value) == kind and value or nil
end

-- What it can do; a null would be true.
local function capabilities_of(card)
  local out = {}
  for name, has in pairs(type(card.capabilities) == "table" and card.capabilities or {}) do
    if type(has) == "boolean" then out[name] = has end
  end
  return out
end

local function to_model(group)
  local card = group.card
  local model = {
    id = better_id(card, group),
    aliases = {},
    max_context_length = value_of(card.max_context_length, "number"),
    capabilities = capabilities_of(card),
    default_model_temperature = value_of(card.default_model_temperature, "number"),
    deprecation = value_of(card.deprecation, "string"),
    deprecation_replacement_model = value_of(card.deprecation_replacement_model, "string"),
    description = value_of(card.description, "string"),
  }
  for name in pairs(group.names) do
    if name ~= model.id then model.aliases[#model.aliases + 1] = name end
  end
  table.sort(model.aliases)
  return model
end

--- One entry per model, by id.
---@param cards table[] as the service lists them
---@return mistral.Model[]
function M.merge(cards)
  local groups, order = {}, {}
  for _, card in ipairs(cards) do
    if type(card) == "table" and type(card.id) == "string" then
      local names = names_of(card)
      local group = group_of(groups, names)
      if not group then
        group = { card = card, names = {}, size = 0 }
        order[#order + 1] = group
      end
      for _, name in ipairs(names) do
        add_name(groups, group, name)
      end
    end
  end
  local models = {}
  for _, group in ipairs(order) do
    if not group.joined then models[#models + 1] = to_model(group) end
  end
  table.sort(models, function(a, b) return a.id < b.id end)
  return models
end

local function to_list(decoded)
  local cards = decoded.data or decoded
  if type(cards) ~= "table" then
    return nil, errors.new("broken", "the list of models is not a list")
  end
  return M.merge(cards)
end

---@type mistral.Endpoint
M.models = {
  method = "GET", path = "/models", head_ms = 60000, priority = 5, reader = whole.reader(to_list),
  shape = {
    kind = "object",
    fields = { provider = { kind = "string" }, model = { kind = "string" } },
  },
}

local function to_one(decoded)
  local model = M.merge({ decoded })[1]
  if not model then return nil, errors.new("broken", "the answer is about no model") end
  return model
end

---@type mistral.Endpoint
M.model = {
  method = "GET", path = "/models/{model}", head_ms = 60000, priority = 5,
  reader = whole.reader(to_one),
  shape = {
    kind = "object",
    renamed = { id = "use `model`", model_id = "use `model`" },
    fields = { model = common.MODEL },
  },
}

return M
