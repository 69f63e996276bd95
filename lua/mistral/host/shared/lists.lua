--- Quickfix lists, for both editors.

---@param editor mistral.host.Editor
---@param M table gets the verbs
return function(editor, M)
  local call, command = editor.call, editor.command

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
end
