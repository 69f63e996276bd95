--- The list of models, from the service or, where that cannot be reached, from what is known here.
local task = require "mistral.api.task"

local M = {}

-- Without the service: nobody was there to answer. Anything it did answer is not hidden.
local OFFLINE = { network = true, timeout = true }

--- List the models.
---@param client mistral.Client
---@param params table
---@param callbacks? mistral.Callbacks
---@return mistral.Task its list has the field `offline`, the error, when it is the one from here
function M.run(client, params, callbacks)
  return task.run(client, callbacks, function(self)
    local list, err = self:await(function(listening)
      return client:start("models", params, listening)
    end)
    if not err or not OFFLINE[err.code] or client.provider.name ~= "mistral" then
      return list, err
    end
    list = require("mistral.money.catalogue").list()
    list.offline = err
    return list
  end)
end

return M
