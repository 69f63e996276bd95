--- Windows of scratch buffers, for both editors.

---@param editor mistral.host.Editor
---@param M table gets the verbs
return function(editor, M)
  local call, command = editor.call, editor.command

  local WHERE = { right = "botright vertical", below = "botright" }
  -- The last window goes back to what it was opened from, or to nothing; the buffer stays, and what
  -- is written into it goes on.
  local CLOSE = "if winnr('$') > 1 <Bar><Bar> tabpagenr('$') > 1 <Bar> close "
    .. "<Bar> elseif buflisted(get(w:, 'mistral_split')) <Bar> execute 'buffer' w:mistral_split "
    .. "<Bar> else <Bar> enew <Bar> endif"
  local NARROW = 60 -- columns of a screen on which two windows side by side are no use

  local function scratch(name, writable)
    local buffer = call("bufadd", name)
    local kind = writable and "acwrite" or "nofile"
    for option, value in pairs({ buftype = kind, bufhidden = "hide", swapfile = 0 }) do
      call("setbufvar", buffer, "&" .. option, value)
    end
    call("bufload", buffer)
    return buffer
  end

  --- In one command, so that nothing happens to the current window where there is no room.
  local function open_window(buffer, split)
    local before, position = M.buffer(), M.width() < NARROW and "below" or split.position
    command(("silent! keepalt %s sbuffer %d"):format(WHERE[position], buffer))
    if M.buffer() ~= buffer then
      error("no window can be opened here: close another one, or the command-line window", 0)
    end
    command("let w:mistral_split = " .. before)
    command("setlocal nobuflisted linebreak nonumber norelativenumber signcolumn=no")
    command(split.wrap == false and "setlocal nowrap" or "setlocal wrap")
    command("nnoremap <buffer> <silent> <nowait> q <Cmd>" .. CLOSE .. "<CR>")
  end

  local forget = {} -- by buffer: what forgets its keys

  local function forget_keys(buffer)
    for _, fn in ipairs(forget[buffer] or {}) do
      fn()
    end
    forget[buffer] = nil
  end

  local function map_keys(buffer, keys)
    forget_keys(buffer)
    call("win_gotoid", call("bufwinid", buffer))
    forget[buffer] = {}
    for key, fn in pairs(keys) do
      table.insert(forget[buffer], editor.map(key, fn))
    end
  end

  function M.split(split)
    local before = call("win_getid")
    local buffer = scratch(split.name, split.writable)
    if call("bufwinid", buffer) == -1 then
      open_window(buffer, split)
    end
    if split.keys then
      map_keys(buffer, split.keys)
    end
    call("setbufvar", buffer, "&filetype", split.filetype)
    if split.omnifunc then
      call("setbufvar", buffer, "&omnifunc", split.omnifunc)
    end
    call("win_gotoid", split.focus and call("bufwinid", buffer) or before)
    return buffer
  end

  --- A user's own window that shows the buffer stays, and so does the last one.
  function M.unsplit(buffer)
    forget_keys(buffer)
    for _, window in ipairs(call("win_findbuf", buffer)) do
      call("win_execute", window, "if exists('w:mistral_split') | silent! close | endif")
    end
  end
end
