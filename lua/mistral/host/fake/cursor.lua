--- The cursor of the fake editor, and typing.
local split = require("mistral.lines").split_lines

return function(host, state)
  function host.cursor()
    return state.row, state.col
  end

  function host.set_cursor(row, col)
    state.row, state.col = row, col
  end

  function host.look(row)
    host.set_cursor(row, 0)
  end

  function host.move(row, col)
    host.set_cursor(row, col)
    host.fire(state.inserting and "CursorMovedI" or "CursorMoved", state.current)
  end

  function host.inserting()
    return state.inserting
  end

  function host.one_command()
    return false
  end

  function host.insert(on)
    state.inserting = on
    host.fire(on and "InsertEnter" or "InsertLeave", state.current)
  end

  function host.interrupt()
    state.inserting = false
    host.fire("Interrupt")
  end

  function host.type(typed)
    local lines = split(typed)
    host.splice(state.current, state.row, state.col, lines)
    state.col = (#lines == 1 and state.col or 0) + #lines[#lines]
    state.row = state.row + #lines - 1
    host.fire("TextChangedI", state.current)
    host.fire("CursorMovedI", state.current)
  end

  function host.menu_open()
    return state.menu_open
  end

  function host.menu(col, words)
    host.menus[#host.menus + 1] = { col = col, words = words }
  end
end
