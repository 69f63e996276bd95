--- The fixes of findings as code actions, where the editor has such a thing. What an action does is
--- decided when it is chosen: it is `:Mistral apply` for that finding.
local apply = require("mistral.editor.fix.apply")
local text = require("mistral.text")

local M = {}

local function touches(record, first, last)
  local top, bottom = record:place()
  return top and top <= last and bottom >= first
end

local function action_of(session, record)
  return {
    title = "mistral: fix " .. text.line(record.finding.title, 100),
    run = function()
      local done, message = apply.one(session, record)
      if not done then
        session:tell(message, "warn")
      end
    end,
  }
end

local function has_fix(record)
  return record.finding.fix and record.buffer and record.finding.state == "open"
end

local function offered(session, buffer, first, last)
  local actions = {}
  for _, record in ipairs(session.findings:of(buffer)) do
    if has_fix(record) and touches(record, first, last) then
      actions[#actions + 1] = action_of(session, record)
    end
  end
  return actions
end

--- Offers them from now on, in the buffers that have any.
---@param session mistral.Session
---@return { update: fun(), close: fun(self) } `update` is to be called when findings came or went
function M.new(session)
  local actions = {}
  local handle = session.host.code_actions(function(buffer, first, last)
    return offered(session, buffer, first, last)
  end)

  function actions.update()
    local buffers, seen = {}, {}
    for _, record in ipairs(session.findings:all()) do
      if has_fix(record) and not seen[record.buffer] then
        seen[record.buffer] = true
        buffers[#buffers + 1] = record.buffer
      end
    end
    handle.show(buffers)
  end

  function actions.close()
    handle.stop()
  end

  return actions
end

return M
