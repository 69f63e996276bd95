--- What conversations ask of an editor beside windows and text, for both editors.

---@param editor mistral.host.Editor
---@param M table gets the verbs
return function(editor, M)
  local call, command = editor.call, editor.command
  local FAR = 2 ^ 30 -- columns; the editor takes the last there is

  function M.real_path(path)
    if path == "" then
      return ""
    end
    local real = call("resolve", call("fnamemodify", path, ":p"))
    return real ~= "/" and (real:gsub("/+$", "")) or real
  end

  function M.names_in(folder)
    return call("isdirectory", folder) == 1 and call("readdir", folder) or {}
  end

  --- The marks are of lines that were there when they were set.
  function M.visual(buffer)
    local rows = {}
    for _, mark in ipairs(call("getmarklist", buffer)) do
      rows[mark.mark] = mark.pos[2]
    end
    local first, last = rows["'<"], rows["'>"]
    if not first or not last or first < 1 or last < first then
      return nil
    end
    local count = M.line_count(buffer)
    return math.min(first, count), math.min(last, count)
  end

  function M.unmodified(buffer)
    if M.valid(buffer) then
      call("setbufvar", buffer, "&modified", 0)
    end
  end

  --- A command, not an expression: the editor looks at the map behind typed text before it has put
  --- that text into the buffer. The map stays in the buffer, which is ours; when nobody listens, Enter
  --- is Enter.
  function M.on_enter(buffer, fn)
    local listening = true
    local function enter(inserting)
      local busy = inserting and M.menu_open()
      if not listening or busy or not fn(inserting) then
        call("feedkeys", "\r", "in")
      elseif inserting then
        command("stopinsert")
      end
    end
    local forget = { editor.map_enter(buffer, "n", enter), editor.map_enter(buffer, "i", enter) }
    return function()
      listening = false
      forget[1]()
      forget[2]()
    end
  end

  --- Windows whose cursor is in these rows of the buffer.
  function M.following(buffer, first, last)
    local windows = {}
    for _, window in ipairs(call("win_findbuf", buffer)) do
      local row = call("line", ".", window)
      if row >= first and row <= (last or first) then
        windows[#windows + 1] = window
      end
    end
    return windows
  end

  --- To its end, which is where the text goes on, and which a long line would hide otherwise.
  function M.follow(windows, row)
    for _, window in ipairs(windows) do
      call("win_execute", window, ("call cursor(%d, %d)"):format(row, FAR))
    end
  end
end
