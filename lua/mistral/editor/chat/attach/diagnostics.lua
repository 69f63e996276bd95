--- What other programs have to say of a buffer, with the lines they speak of.
local code = require("mistral.editor.chat.attach.code")
local text = require("mistral.lines")
local words = require("mistral.text")

local MOST = 200 -- of them, the first in the buffer

local function told(view, buffer, diagnostic)
  local line = view.host.lines(buffer, diagnostic.row, diagnostic.row)[1] or ""
  local source = diagnostic.source and (" (%s)"):format(words.line(diagnostic.source, 40)) or ""
  return ("%d: %s: %s%s\n    %s"):format(diagnostic.row, diagnostic.severity,
    words.line(diagnostic.message, 1000), source, text.code_line(line))
end

---@param view mistral.chat.View
---@return mistral.chat.Attachment|nil, string|nil reason
return function(view)
  local buffer, reason = code.buffer(view)
  reason = reason or code.refused_buffer(view, buffer)
  if reason then
    return nil, reason
  end
  local all = view.host.diagnostics(buffer, 1, view.host.line_count(buffer))
  local title = code.title(view, buffer)
  if #all == 0 then
    return nil, "there are none in " .. title
  end
  local lines = {}
  for index = 1, math.min(#all, MOST) do
    lines[index] = told(view, buffer, all[index])
  end
  local more = #all > MOST and (", the first %d of %d"):format(MOST, #all) or ""
  return { title = "of " .. title .. more, text = table.concat(lines, "\n") }
end
