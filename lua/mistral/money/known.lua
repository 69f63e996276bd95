--- What one client knows of its models: what the catalogue says where that holds, and what the
--- service has said since.
local catalogue = require "mistral.money.catalogue"
local errors = require "mistral.errors"
local prices = require "mistral.money.prices"

local M = {}

---@class mistral.Known
local Known = {}
Known.__index = Known

local MOST = 5000 -- names that are remembered, whatever a server lists

---@param provider string its name: the catalogue is about the service's own hosts
---@param overrides? mistral.Prices
---@return mistral.Known
function M.new(provider, overrides)
  return setmetatable({
    service = provider == "mistral",
    overrides = overrides,
    seen = {},
    count = 0,
  }, Known)
end

function Known:remember(name, card)
  if not self.seen[name] then
    if self.count >= MOST then return end
    self.count = self.count + 1
  end
  self.seen[name] = card
end

-- What a server says is only repeated where it looks like what it should be.
local function date_of(value)
  return type(value) == "string" and value:match "^%d%d%d%d%-%d%d%-%d%d" or nil
end

local function name_of(value)
  return type(value) == "string" and value:match "^[%w%-_.:/]+$" and #value <= 100 and value or nil
end

--- Take in a list of models as client:models() returns it.
---@param models mistral.Model[]
function Known:learn(models)
  for _, model in ipairs(models) do
    local card = {
      context = model.max_context_length,
      capabilities = type(model.capabilities) == "table" and model.capabilities or nil,
      since = date_of(model.deprecation),
      replacement = name_of(model.deprecation_replacement_model),
    }
    self:remember(model.id, card)
    for _, alias in ipairs(model.aliases or {}) do
      self:remember(alias, card)
    end
  end
end

--- Tokens that prompt and answer of a model share; nil when nobody said so.
---@param model string
---@return integer?
function Known:context(model)
  local card = self.seen[model]
  if card and card.context then return card.context end
  card = self.service and catalogue.find(model)
  return card and card.context or nil
end

--- Whether a model can do something; nil when nobody said so.
---@param model string
---@param what string a capability's name at the service, such as "vision"
---@return boolean?
function Known:can(model, what)
  local card = self.seen[model]
  if not (card and card.capabilities) then card = self.service and catalogue.find(model) end
  if not card then return nil end
  return card.capabilities[what] == true
end

--- The sentence that tells of a model's end, ahead or behind; nil when none is known.
---@param model string
---@param today string ISO date
---@return string?
function Known:ending(model, today)
  local seen, listed = self.seen[model] or {}, self.service and catalogue.leaving(model) or {}
  local since, replacement = seen.since or listed.since, seen.replacement or listed.replacement
  if not since then return nil end
  local how = since > today and "goes away on"
    or (seen.since or listed.answers) and "may stop answering: it is retired since"
    or "is retired since"
  local instead = replacement and ("; %s replaces it"):format(replacement) or ""
  return ("the model %s %s %s%s"):format(model, how, since, instead)
end

--- Why a model is not asked: it is retired, and the service would refuse.
---@param model string
---@param site mistral.Site
---@param today string ISO date
---@return mistral.Error?
function Known:refusal(model, site, today)
  local gone = self.service and catalogue.retired(model, today)
  if not gone or gone.answers then return nil end
  local instead = gone.replacement and ("; %s replaces it"):format(gone.replacement) or ""
  local fields = { since = gone.since, replacement = gone.replacement }
  if not site.service then
    fields.hint = 'if this is a server of your own that has it, set provider = "compatible"'
  end
  local message = ("the model %s is retired since %s%s"):format(model, gone.since, instead)
  return errors.new("unknown_model", message, fields)
end

--- The price of a model at a place. The catalogue's is that of the service's global host: other
--- providers have others, and the regional hosts add a surcharge that nobody published.
---@param model string
---@param site mistral.Site
---@return mistral.Price?
function Known:price(model, site)
  return prices.of(model, self.overrides, self.service and not site.region)
end

return M
