--- Questions wait until nobody types: keys that were meant for a text must not answer one.

---@param editor mistral.host.Editor
---@param M table gets the verbs
return function(editor, M)
  local LEAVES = { i = "InsertLeave", R = "InsertLeave", c = "CmdlineLeave" }

  local function leave_event()
    local mode = editor.call("mode", 1)
    local leave = mode ~= "cv" and mode ~= "ce" and LEAVES[mode:sub(1, 1)]
    return leave or editor.call("getcmdwintype") ~= "" and "CmdwinLeave"
  end

  --- Calls later, when no text or command is being typed, nor looked for in the command-line window:
  --- while that is open, there can be no other.
  ---@param fn fun()
  function M.when_idle(fn)
    local event = leave_event()
    if not event then
      return M.schedule(fn)
    end
    local off
    off = M.on({ event }, nil, function()
      off()
      M.schedule(function()
        M.when_idle(fn)
      end)
    end)
  end
end
