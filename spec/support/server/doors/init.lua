--- All the endpoints: which pattern of a path belongs to which function, and how the same bodies
--- are answered inside a batch, where there is no connection to answer on.

local refusal = require "refusal"

local M = {}

local ROOMS = {
  "doors.generation", "doors.models", "doors.embeddings", "doors.moderations",
  "doors.ocr", "doors.files", "doors.batch", "doors.audio",
}

M.routes = {}

--- The doors that want no key.
M.open_routes = {}

local answers = {}

for _, name in ipairs(ROOMS) do
  local room = require(name)
  for _, route in ipairs(room.routes) do M.routes[#M.routes + 1] = route end
  for _, route in ipairs(room.open_routes or {}) do M.open_routes[#M.open_routes + 1] = route end
  for path, answer in pairs(room.answers or {}) do answers[path] = answer end
end

--- Answers a body as the endpoint at `path` would.
---@param path string "/v1/embeddings" …
---@param body table decoded by the module json
---@return table? value, table? refusal
function M.answer(path, body)
  if answers[path] then return answers[path](body) end
  return nil, refusal.named.no_route
end

require("doors.batch").answer = M.answer

return M
