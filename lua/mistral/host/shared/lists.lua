--- Quickfix lists, for both editors.
local short = require("mistral.host.shared.short")

---@param editor mistral.host.Editor
---@param M table gets the verbs
return function(editor, M)
  local call, command = editor.call, editor.command

  local LETTER = { error = "E", warning = "W", info = "I", hint = "N" }

  local function entry(item)
    return {
      bufnr = item.buffer,
      filename = item.path and short(call, item.path),
      lnum = item.row or 0,
      end_lnum = item.last or 0,
      type = LETTER[item.severity],
      text = item.text,
      valid = item.row and 1 or 0,
      user_data = item.data,
    }
  end

  local function open_quickfix()
    if call("getcmdwintype") ~= "" then
      return -- there can be no other window now
    end
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

  function M.empty_list(list)
    call("setqflist", editor.list({}), "r", { id = list, items = editor.list({}) })
  end

  function M.list_index(list)
    return call("getqflist", { id = list, idx = 0 }).idx
  end

  function M.set_list_index(list, index)
    call("setqflist", editor.list({}), "a", { id = list, idx = index })
  end

  function M.show_list(list)
    local number = call("getqflist", { id = list, nr = 0 }).nr
    if number == 0 then
      return false
    end
    command(("silent %dchistory"):format(number))
    command("botright copen")
    return true
  end
end
