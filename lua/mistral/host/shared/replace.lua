--- Replacing rows of a buffer, as one undo step.
local change_of = require("mistral.host.replace")
local from_below = require("mistral.host.from_below")

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

  local function change(buffer, part)
    local old = part.last >= part.first and M.lines(buffer, part.first, part.last) or {}
    local what = change_of(part.first, old, part.lines)
    if what then
      editor.change(buffer, what)
    end
  end

  function M.replace_parts(buffer, parts)
    local why = refused(buffer)
    if why then
      return nil, why
    end
    break_undo(buffer)
    for _, part in ipairs(from_below(parts)) do
      change(buffer, part)
    end
    break_undo(buffer)
    return true
  end

  function M.replace(buffer, first, last, lines)
    return M.replace_parts(buffer, { { first = first, last = last, lines = lines } })
  end
end
