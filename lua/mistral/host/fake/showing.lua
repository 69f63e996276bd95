--- What the fake editor shows.

return function(host, state)
  function host.ghost(_, row, col, lines)
    local ghost = {}
    host.ghosts[ghost] = { row = row, col = col, lines = lines }
    function ghost.remove()
      host.ghosts[ghost] = nil
    end
    return ghost
  end

  function host.findings(buffer, shown)
    host.shown[buffer] = shown
    state.draws = state.draws + 1
  end

  function host.new_list(title, open)
    host.lists[#host.lists + 1] = { title = title, open = open, items = {} }
    return #host.lists
  end

  function host.add_to_list(list, items)
    for _, item in ipairs(items) do
      table.insert(host.lists[list].items, item)
    end
  end

  function host.list_index(list)
    return host.lists[list].index or (#host.lists[list].items > 0 and 1 or 0)
  end

  function host.set_list_index(list, index)
    host.lists[list].index = index
  end

  function host.empty_list(list)
    host.lists[list].items, host.lists[list].index = {}, nil
  end

  function host.show_list(list)
    host.lists[list].open = true
    return true
  end

  function host.split(wanted)
    local current, row, col = state.current, state.row, state.col
    local buffer
    state.before = current
    for id, there in pairs(state.buffers) do
      buffer = there.name == wanted.name and there.lines and id or buffer
    end
    buffer = buffer or host.open({ "" }, wanted.name, wanted.filetype)
    host.splits[buffer] = true
    state.buffers[buffer].keys = wanted.keys
    if wanted.focus then
      state.current, state.row, state.col = buffer, 1, 0
    else
      state.current, state.row, state.col = current, row, col
    end
    return buffer
  end

  function host.unsplit(buffer)
    host.splits[buffer] = nil
    if state.current == buffer then
      state.current = state.before or state.current
    end
  end

  --- A key in the window that has the cursor.
  function host.press(key)
    state.buffers[state.current].keys[key]()
  end

  function host.code_actions(provider)
    local actions = { provider = provider, buffers = {} }
    function actions.show(buffers)
      actions.buffers = buffers
    end
    function actions.stop()
      actions.buffers = {}
    end
    host.actions = actions
    return actions
  end

  function host.notify(message, level)
    host.notes[#host.notes + 1] = { message = message, level = level }
  end

  function host.emit(name, data)
    host.emitted[#host.emitted + 1] = name
    host.events[#host.events + 1] = { name = name, data = data }
  end

  function host.redraw_status()
    state.redraws = state.redraws + 1
  end

  function host.progress(message)
    host.progressed[#host.progressed + 1] = message
  end

  function host.width()
    return state.width
  end

  --- What is asked is in `host.asked` until it is answered: by a number, or nil for none.
  function host.ask(question, choices, done)
    host.when_idle(function()
      local asked = { question = question, choices = choices }
      function asked.answer(index)
        host.schedule(function()
          done(index)
        end)
      end
      host.asked[#host.asked + 1] = asked
    end)
  end

  --- A window over the others; its `keys` may be called.
  function host.float(options)
    local current, row, col = state.current, state.row, state.col
    local buffer = host.open(options.lines, "mistral://float", options.filetype)
    state.current, state.row, state.col = current, row, col
    local float, off = { options = options, keys = options.keys or {}, buffer = buffer }, nil
    function float.is_open()
      return not float.closed
    end
    function float.close()
      if not float.closed then
        float.closed = true
        off()
        state.buffers[buffer].lines = nil
      end
    end
    off = host.on({ "CursorMoved", "CursorMovedI", "InsertEnter" }, current, function()
      if options.close_on_move ~= false then
        float.close()
      end
    end)
    host.floats[#host.floats + 1] = float
    return float
  end

  function host.diff(options)
    local diff = { options = options, keys = options.keys or {} }
    function diff.is_open()
      return not diff.closed
    end
    function diff.close()
      diff.closed = true
    end
    host.diffs[#host.diffs + 1] = diff
    return diff
  end

  function host.options()
    return state.options
  end
end
