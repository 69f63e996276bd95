--- All the endpoints: which pattern of a path belongs to which function, and how the same bodies
--- are answered inside a batch, where there is no connection to answer on.

local M = {}

local ROOMS = {
  "doors.generation", "doors.files", "doors.models",
}

M.routes = {}

local answers = {}

for _, name in ipairs(ROOMS) do
  local room = require(name)
  for _, route in ipairs(room.routes) do M.routes[#M.routes + 1] = route end
  for path, answer in pairs(room.answers or {}) do answers[path] = answer end
end

--- Answers a body as the endpoint at `path` would.
---@param path string "/v1/embeddings" …
---@param body table decoded by the module json
---@return table? value, table? refusal
function M.answer(path, body)
  return answers[path](body)
end

---@return boolean
function M.takes_batches(path)
  return answers[path] ~= nil
end

return M
