--- What conversations ask of the fake editor.

return function(host, state)
  host.enters, host.folders, host.selected, host.written = {}, {}, {}, {}

  function host.real_path(path)
    return path
  end

  function host.names_in(folder)
    return host.folders[folder] or {}
  end

  function host.visual(buffer)
    local selected = host.selected[buffer]
    if selected then
      return selected[1], selected[2]
    end
  end

  function host.unmodified(buffer)
    host.written[buffer] = true
  end

  function host.on_enter(buffer, fn)
    host.enters[buffer] = fn
    return function()
      if host.enters[buffer] == fn then
        host.enters[buffer] = nil
      end
    end
  end

  --- Enter is typed; returns whether somebody took it.
  function host.press_enter()
    local fn = host.enters[state.current]
    local taken = fn and fn(state.inserting) or false
    if taken then
      state.inserting = false
    end
    return taken
  end

  --- There is one window, and the cursor is in it.
  function host.following(buffer, first, last)
    local row = state.row
    return state.current == buffer and row >= first and row <= (last or first) and { 1 } or {}
  end

  function host.follow(windows, row)
    if windows[1] then
      state.row, state.col = row, #host.lines(state.current, row, row)[1]
    end
  end
end
