--- The verbs that Neovim and Vim carry out by the same built-in functions. What differs in calling
--- those comes in as an `editor` of three functions.
---@class mistral.host.Editor
---@field call fun(name: string, ...): any a built-in function, tables converted both ways
---@field command fun(text: string) an Ex command
---@field list fun(items: table): table marks a table, empty perhaps, as a list

---@param editor mistral.host.Editor
---@return table
return function(editor)
  local call, command = editor.call, editor.command
  local M = {}

  function M.buffer()
    return call("bufnr", "%")
  end

  function M.name(buffer)
    local name = call("bufname", buffer)
    if name == "" then
      return "" -- which fnamemodify takes for the working directory
    end
    name = call("fnamemodify", name, ":~:.")
    return name:find("^[/~]") and call("fnamemodify", name, ":t") or name
  end

  function M.filetype(buffer)
    return call("getbufvar", buffer, "&filetype")
  end

  function M.valid(buffer)
    return call("bufloaded", buffer) == 1
  end

  function M.tick(buffer)
    return call("getbufvar", buffer, "changedtick")
  end

  function M.cursor()
    return call("line", "."), call("col", ".") - 1
  end

  function M.set_cursor(row, col)
    call("cursor", row, col + 1)
  end

  function M.inserting()
    return call("mode", 1):sub(1, 1) == "i"
  end

  function M.one_command()
    return call("mode", 1):find("^ni") ~= nil
  end

  function M.menu_open()
    return call("pumvisible") == 1
  end

  function M.menu(col, words)
    local items = {}
    for i, word in ipairs(words) do
      items[i] = { word = word, menu = "[mistral]", dup = 1 }
    end
    call("complete", col + 1, editor.list(items))
  end

  --- With an autocommand of ours that does nothing, since Vim says so when there is none, and
  --- exists() does not see one whose pattern has a star.
  function M.emit(name)
    command("augroup mistral_user | augroup END")
    command(("autocmd! mistral_user User %s :"):format(name))
    command("doautocmd <nomodeline> User " .. name)
  end

  function M.options()
    return call("eval", "get(g:, 'mistral', {})")
  end

  -- Lists ---------------------------------------------------------------------------------------

  local LETTER = { error = "E", warning = "W", info = "I", hint = "N" }

  local function entry(item)
    return {
      bufnr = item.buffer,
      lnum = item.row or 0,
      end_lnum = item.last or 0,
      type = LETTER[item.severity],
      text = item.text,
      valid = item.row and 1 or 0,
      user_data = item.data,
    }
  end

  local function open_quickfix()
    local window = call("win_getid")
    command("silent! botright copen")
    call("win_gotoid", window)
  end

  function M.new_list(title, open)
    call("setqflist", editor.list({}), " ", { title = title, nr = "$" })
    if open then
      open_quickfix()
    end
    return call("getqflist", { nr = "$", id = 0 }).id
  end

  function M.add_to_list(list, items)
    local entries = {}
    for i, item in ipairs(items) do
      entries[i] = entry(item)
    end
    call("setqflist", editor.list({}), "a", { id = list, items = editor.list(entries) })
  end

  -- Windows -------------------------------------------------------------------------------------

  local WHERE = { right = "botright vertical", below = "botright" }
  local CLOSE = "if winnr('$') > 1 <Bar> close <Bar> else <Bar> bdelete <Bar> endif"

  local function scratch(name)
    local buffer = call("bufadd", name)
    for option, value in pairs({ buftype = "nofile", bufhidden = "hide", swapfile = 0 }) do
      call("setbufvar", buffer, "&" .. option, value)
    end
    call("bufload", buffer)
    return buffer
  end

  --- In one command, so that nothing happens to the current window where there is no room.
  local function open_window(buffer, split)
    command(("silent! keepalt %s sbuffer %d"):format(WHERE[split.position], buffer))
    if M.buffer() ~= buffer then
      error("there is no room for another window", 0)
    end
    command("let w:mistral_split = 1")
    command("setlocal nobuflisted wrap linebreak nonumber norelativenumber signcolumn=no")
    command("nnoremap <buffer> <silent> <nowait> q <Cmd>" .. CLOSE .. "<CR>")
  end

  function M.split(split)
    local before = call("win_getid")
    local buffer = scratch(split.name)
    if call("bufwinid", buffer) == -1 then
      open_window(buffer, split)
    end
    call("setbufvar", buffer, "&filetype", split.filetype)
    call("win_gotoid", split.focus and call("bufwinid", buffer) or before)
    return buffer
  end

  --- A user's own window that shows the buffer stays, and so does the last one.
  function M.unsplit(buffer)
    for _, window in ipairs(call("win_findbuf", buffer)) do
      call("win_execute", window, "if exists('w:mistral_split') | silent! close | endif")
    end
  end

  --- The windows whose cursor is in that row of the buffer.
  function M.following(buffer, row)
    local windows = {}
    for _, window in ipairs(call("win_findbuf", buffer)) do
      if call("line", ".", window) == row then
        windows[#windows + 1] = window
      end
    end
    return windows
  end

  function M.follow(windows, row)
    for _, window in ipairs(windows) do
      call("win_execute", window, ("call cursor(%d, 1)"):format(row))
    end
  end

  return M
end
