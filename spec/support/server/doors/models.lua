--- The catalogue: the list, and one of it by any of its names.

local json = require "json"
local models = require "models"
local refusal = require "refusal"

local M = {}

local function list(_, reply)
  reply:json(200, { object = "list", data = models.list(json.null) })
end

local function not_found(name)
  return refusal.new(404, { shape = "detail_text", message = "Model not found: " .. name })
end

local function one(_, reply, name)
  local model = models.find(name)
  if not model then return reply:refuse(not_found(name)) end
  reply:json(200, models.card(model, name, json.null))
end

--- Only a model somebody has trained can be deleted, and here nobody has.
local function delete(_, reply, name)
  if not models.find(name) then return reply:refuse(not_found(name)) end
  reply:refuse(refusal.new(403, { type = "forbidden", message = "Cannot delete a base model" }))
end

M.routes = {
  { "^/v1/models$", GET = list },
  { "^/v1/models/([^/]+)$", GET = one, DELETE = delete },
}

return M
