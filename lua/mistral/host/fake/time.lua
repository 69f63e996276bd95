--- The fake editor's clock, events and processes.

local function due(state)
  local first
  for timer in pairs(state.timers) do
    local earlier = first and (timer.at < first.at or timer.at == first.at and timer.n < first.n)
    if timer.at <= state.now and (not first or earlier) then
      first = timer
    end
  end
  return first
end

return function(host, state)
  function host.now()
    return state.now
  end

  function host.timer(delay_ms, fn)
    state.count = state.count + 1
    local timer = { at = state.now + delay_ms, n = state.count, fn = fn }
    state.timers[timer] = true
    return function()
      state.timers[timer] = nil
    end
  end

  function host.schedule(fn)
    host.timer(0, fn)
  end

  function host.advance(ms)
    state.now = state.now + ms
    local timer = due(state)
    while timer do
      state.timers[timer] = nil
      timer.fn()
      timer = due(state)
    end
  end

  --- Mail comes when time passes; for a transport that has some.
  function host.watch(_, drain)
    local stopped = false
    local function again()
      if not stopped then
        drain()
        host.timer(1, again)
      end
    end
    again()
    return function()
      stopped = true
    end
  end

  --- What `host.runs` says of a command: its result, or nothing to let it run for ever.
  function host.job(argv, done, options)
    local stopped = false
    host.jobs[#host.jobs + 1] = { argv = argv, options = options }
    local job = host.jobs[#host.jobs]
    host.schedule(function()
      local result = host.runs(argv, options or {})
      if result and not stopped then
        job.ended = true
        done(result)
      end
    end)
    return function()
      stopped = true
      job.stopped = not job.ended
    end
  end

  function host.on(events, buffer, fn)
    local handler = { buffer = buffer, fn = fn, events = {} }
    for _, event in ipairs(events) do
      handler.events[event] = true
    end
    state.handlers[handler] = true
    return function()
      state.handlers[handler] = nil
    end
  end

  --- As the editors do: not while somebody types.
  function host.when_idle(fn)
    if not state.inserting then
      return host.schedule(fn)
    end
    local off
    off = host.on({ "InsertLeave", "Interrupt" }, nil, function()
      off()
      host.schedule(fn)
    end)
  end

  function host.on_interrupt(fn)
    return host.on({ "Interrupt" }, nil, fn)
  end

  function host.fire(event, buffer)
    local matching = {}
    for handler in pairs(state.handlers) do
      if handler.events[event] and (not handler.buffer or handler.buffer == buffer) then
        matching[#matching + 1] = handler
      end
    end
    for _, handler in ipairs(matching) do
      handler.fn(buffer or state.current)
    end
  end
end
