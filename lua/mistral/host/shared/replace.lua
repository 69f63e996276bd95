--- Replacing rows of a buffer, as one undo step.
local change_of = require("mistral.host.replace")

---@param editor mistral.host.Editor
---@param M table gets the verbs
return function(editor, M)
  local call = editor.call

  local function refused(buffer)
    if not M.valid(buffer) then
      return "the buffer is gone"
    elseif call("getbufvar", buffer, "&modifiable") == 0
      or call("getbufvar", buffer, "&readonly") == 1 then
      return "the buffer may not be changed: see 'modifiable' and 'readonly'"
    end
  end

  --- To set this option ends the undo step, also in a buffer that no window shows.
  local function break_undo(buffer)
    call("setbufvar", buffer, "&undolevels", call("getbufvar", buffer, "&undolevels"))
  end

  function M.replace(buffer, first, last, lines)
    local why = refused(buffer)
    if why then
      return nil, why
    end
    local old = last >= first and M.lines(buffer, first, last) or {}
    local change = change_of(first, old, lines)
    if change then
      break_undo(buffer)
      editor.change(buffer, change)
      break_undo(buffer)
    end
    return true
  end
end
