--- Two texts side by side as a native diff, in a tab page of their own.

---@param editor mistral.host.Editor
---@param M table gets the verbs
return function(editor, M)
  local call, command = editor.call, editor.command
  local count = 0

  --- A buffer that goes with its window.
  local function scratch(name, lines)
    local buffer = call("bufadd", name)
    for option, value in pairs({ buftype = "nofile", bufhidden = "hide", swapfile = 0 }) do
      call("setbufvar", buffer, "&" .. option, value)
    end
    call("bufload", buffer)
    M.fill(buffer, lines)
    return buffer
  end

  --- The window of a side; what is in it as a scratch buffer gets the keys.
  local function show(how, side, diff, keys)
    command(("silent %s sbuffer %d"):format(how, side.buffer))
    if M.buffer() ~= side.buffer then
      error("no window can be opened here: close another one, or the command-line window", 0)
    end
    side.window = call("win_getid")
    if side.own then
      command("setlocal nobuflisted bufhidden=wipe")
      call("setbufvar", side.buffer, "&syntax", diff.filetype or "")
      for key, fn in pairs(keys) do
        side.forget[#side.forget + 1] = editor.map(key, fn)
      end
    end
    command("diffthis")
  end

  local function shut(side)
    if side.window and call("win_id2tabwin", side.window)[1] ~= 0 then
      call("win_execute", side.window, "diffoff | silent! close")
    end
    for _, forget in ipairs(side.forget) do
      forget()
    end
    if side.own and call("bufexists", side.buffer) == 1 then
      command("silent! bwipeout! " .. side.buffer)
    end
  end

  local function sides_of(diff)
    count = count + 1
    local name = ("mistral://diff/%d %s "):format(count, diff.title)
    local old = diff.buffer or scratch(name .. "(now)", diff.old)
    return {
      { buffer = old, own = not diff.buffer, forget = {} },
      { buffer = scratch(name .. "(proposed)", diff.new), own = true, forget = {} },
    }
  end

  local function with_close(keys, close)
    local all = { q = close }
    for key, fn in pairs(keys or {}) do
      all[key] = fn
    end
    return all
  end

  local function open(sides, diff, keys)
    show("tab", sides[1], diff, keys)
    show("vertical rightbelow", sides[2], diff, keys)
    command("silent! normal! zR")
    M.set_cursor(1, 0)
  end

  local function both_there(sides)
    return call("win_id2tabwin", sides[1].window)[1] ~= 0
      and call("win_id2tabwin", sides[2].window)[1] ~= 0
  end

  --- Closes by itself when the user closes one of its windows.
  function M.diff(diff)
    local before, offs, is_open = call("win_getid"), {}, true
    local sides = sides_of(diff)
    local handle = { old = sides[1].buffer, new = sides[2].buffer }
    function handle.is_open()
      return is_open
    end
    function handle.close()
      if is_open then
        is_open = false
        for _, off in ipairs(offs) do
          off()
        end
        shut(sides[2])
        shut(sides[1])
        call("win_gotoid", before)
      end
    end
    local opened, message = pcall(open, sides, diff, with_close(diff.keys, handle.close))
    if not opened then
      handle.close()
      error(message, 0)
    end
    local function look()
      if not both_there(sides) then
        handle.close()
      end
    end
    for i, side in ipairs(sides) do
      offs[i] = M.on({ "BufWinLeave", "BufWipeout" }, side.buffer, function()
        M.schedule(look)
      end)
    end
    return handle
  end
end
