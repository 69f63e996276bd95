--- The verbs that Neovim and Vim carry out by the same built-in functions. What differs in calling
--- those comes in as an `editor` of a few functions.
---@class mistral.host.Editor
---@field call fun(name: string, ...): any a built-in function, tables converted both ways
---@field command fun(text: string) an Ex command
---@field list fun(items: table): table marks a table, empty perhaps, as a list
---@field get_global fun(name: string): any a variable of g:
---@field set_global fun(name: string, value: any)
---@field fire fun(name: string, data?: table) runs the handlers of a User event
---@field map fun(key: string, fn: fun()): fun() maps in the current buffer; returns what forgets it
---@field map_enter fun(buffer: integer, mode: "n"|"i", fn: fun(inserting: boolean)): fun() maps Enter
---  in a buffer that has a window; returns what forgets fn
---@field change fun(buffer: integer, change: mistral.host.Change)

local PARTS = { "idle", "files", "lists", "messages", "replace", "windows", "diff", "talks" }

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

  function M.look(row, first, last)
    local height, top = call("winheight", 0), call("winsaveview").topline
    if first < top or last >= top + height then
      top = math.max(1, math.min(first, call("line", "$") - height + 1))
    end
    call("winrestview", { topline = top, lnum = row, col = 0 })
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
  --- exists() does not see one whose pattern has a star. Whoever listens may fail, or cause another
  --- event.
  function M.emit(name, data)
    local before = editor.get_global("mistral_event")
    editor.set_global("mistral_event", data or {})
    command("augroup mistral_user | augroup END")
    command(("autocmd! mistral_user User %s :"):format(name))
    local heard, message = pcall(editor.fire, name, data)
    editor.set_global("mistral_event", before)
    if not heard then
      local sentence = "mistral: a handler of User %s failed: %s"
      M.notify(sentence:format(name, tostring(message)), "error")
    end
  end

  --- An editor that has code actions has its own.
  function M.code_actions()
    local function nothing() end
    return { show = nothing, stop = nothing }
  end

  function M.options()
    return call("eval", "get(g:, 'mistral', {})")
  end

  for _, part in ipairs(PARTS) do
    require("mistral.host.shared." .. part)(editor, M)
  end

  return M
end
