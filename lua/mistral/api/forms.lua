--- The forms that every method has: with callbacks it returns at once, without it waits.
local options = require "mistral.api.options"

local M = {}

--- Check how a method was called. Raises on what only a mistake in the calling code can bring about.
---@param client mistral.Client
---@param name string of the method
---@param params any
---@param callbacks? table
---@param more? table<string, table<string, boolean>> what this method takes beside the usual callbacks
function M.check(client, name, params, callbacks, more)
  options.method(client, "pump", "client:" .. name, 3)
  if client.pump.closed then error(("client:%s on a closed client"):format(name), 3) end
  options.call(name, params, callbacks or {}, 3, more)
end

--- Check that nobody wants deltas of an answer that only comes whole.
---@param name string of the method
---@param callbacks? table
function M.no_deltas(name, callbacks)
  if not callbacks or not callbacks.on_delta then return end
  error(("client:%s has no `on_delta`"):format(name), 3)
end

--- Where fields may be left out, the first table may be the callbacks.
---@param params? table
---@param callbacks? table
---@return table params
---@return table? callbacks
function M.optional(params, callbacks)
  if not callbacks and options.are_callbacks(params) then return {}, params end
  return params or {}, callbacks
end

--- With callbacks: what was started. Without: its end.
---@param started mistral.Request
---@param callbacks? table
---@return any
---@return mistral.Error?
function M.answer(started, callbacks)
  if callbacks then return started end
  return started:wait()
end

return M
