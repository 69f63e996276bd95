--- A picture of the project, for models that see.
local code = require("mistral.editor.chat.attach.code")
local parts = require("mistral.api.parts")

local BLIND = "the model %s sees no pictures; name one that does in the block at the top of the "
  .. "chat, such as model: mistral-medium-latest"

---@param view mistral.chat.View
---@param mention mistral.chat.Mention
---@return mistral.chat.Attachment|nil, string|nil reason
return function(view, mention)
  local path, reason = code.path(view, mention.name)
  if not path then
    return nil, reason
  elseif view.sees == false then
    return nil, BLIND:format(view.model)
  end
  -- Read now: what a question was asked with is what goes along the next time, too.
  local chunk
  chunk, reason = parts.chunk(parts.image(path))
  if not chunk then
    return nil, (reason:gsub("^.-: ", "", 1))
  end
  return { part = chunk }
end
