--- An editor in memory, for specs: time stands still until it is told to go on, and everything that
--- would be shown can be looked at.
local M = {}

---@class mistral.host.Fake: mistral.Host
---@field notes { message: string, level: string }[] what notify was given
---@field shown table<integer, mistral.host.Shown[]> findings by buffer
---@field lists { title: string, open: boolean, items: mistral.host.ListItem[] }[]
---@field ghosts table<table, string[]> those shown now, with their lines
---@field menus string[][] completion menus opened
---@field emitted string[]
---@field splits table<integer, true> buffers shown in a window of their own
---@field open fun(lines: string[], name?: string, filetype?: string): integer a new current buffer
---@field edit fun(buffer: integer, first: integer, last: integer, lines: string[]) an edit
---@field unload fun(buffer: integer)
---@field type fun(text: string) text typed in Insert mode
---@field insert fun(on: boolean) enters or leaves Insert mode
---@field interrupt fun() leaves Insert mode as CTRL-C does, without InsertLeave
---@field move fun(row: integer, col: integer)
---@field fire fun(event: string, buffer?: integer)
---@field advance fun(ms: integer) lets time pass, running what falls due
---@field live fun(): integer timers, marks and event handlers that are left

local function copy(list)
  local out = {}
  for i, item in ipairs(list) do
    out[i] = item
  end
  return out
end

local function split(text)
  local lines = {}
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    lines[#lines + 1] = line
  end
  return lines
end

-- Buffers ----------------------------------------------------------------------------------------

--- Moves the start of a line as an edit of the lines from `top` up to `bottom` asks.
local function moved(row, top, bottom, added, pushed)
  if row < top or row == top and not (pushed and top == bottom) then
    return row
  end
  return row >= bottom and row + added or math.min(row, bottom + added)
end

local function add_buffers(host, state)
  local function put(buffer, first, last, lines)
    local there = state.buffers[buffer]
    local after = {}
    for i = last + 1, #there.lines do
      after[#after + 1] = there.lines[i]
    end
    for i = #there.lines, first, -1 do
      there.lines[i] = nil
    end
    for _, part in ipairs({ lines, after }) do
      for _, line in ipairs(part) do
        there.lines[#there.lines + 1] = line
      end
    end
    there.tick = there.tick + 1
    local added = #lines - (last - first + 1)
    for mark in pairs(there.marks) do
      mark.first = moved(mark.first, first, last + 1, added, true)
      mark.below = moved(mark.below, first, last + 1, added, false)
    end
  end
  host.edit = put

  function host.open(lines, name, filetype)
    state.buffers[#state.buffers + 1] = {
      lines = copy(lines), tick = 1, marks = {}, name = name or "", filetype = filetype or "",
    }
    state.current = #state.buffers
    state.row, state.col = 1, 0
    return state.current
  end

  function host.unload(buffer)
    host.fire("BufUnload", buffer)
    state.buffers[buffer].lines = nil
  end

  function host.buffer()
    return state.current
  end

  function host.valid(buffer)
    return state.buffers[buffer] ~= nil and state.buffers[buffer].lines ~= nil
  end

  function host.name(buffer)
    return state.buffers[buffer].name
  end

  function host.filetype(buffer)
    return state.buffers[buffer].filetype
  end

  function host.tick(buffer)
    return state.buffers[buffer].tick
  end

  function host.line_count(buffer)
    return #state.buffers[buffer].lines
  end

  function host.lines(buffer, first, last)
    local all, out = state.buffers[buffer].lines, {}
    for row = first, last < 0 and #all or math.min(last, #all) do
      out[#out + 1] = all[row]
    end
    return out
  end

  function host.splice(buffer, row, col, lines)
    local line, new = state.buffers[buffer].lines[row], copy(lines)
    new[1] = line:sub(1, col) .. new[1]
    new[#new] = new[#new] .. line:sub(col + 1)
    put(buffer, row, row, new)
  end

  function host.fill(buffer, lines)
    put(buffer, 1, host.line_count(buffer), lines)
  end

  function host.append(buffer, text, row)
    row = row or host.line_count(buffer)
    local lines = split(text)
    local follows = state.current == buffer and state.row == row
    host.splice(buffer, row, #host.lines(buffer, row, row)[1], lines)
    state.appends = state.appends + 1
    if follows then
      state.row, state.col = row + #lines - 1, 0
    end
    return row + #lines - 1
  end

  function host.mark(buffer, first, last)
    local mark, there = { first = first, below = last + 1 }, state.buffers[buffer]
    there.marks[mark] = true
    return {
      range = function()
        if host.valid(buffer) and mark.below > mark.first then
          return mark.first, mark.below - 1
        end
      end,
      remove = function()
        there.marks[mark] = nil
      end,
    }
  end
end

-- The cursor -------------------------------------------------------------------------------------

local function add_cursor(host, state)
  function host.cursor()
    return state.row, state.col
  end

  function host.set_cursor(row, col)
    state.row, state.col = row, col
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

  function host.type(text)
    local lines = split(text)
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

-- Time and events --------------------------------------------------------------------------------

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

local function add_time(host, state)
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

  function host.job(argv, done)
    host.schedule(function()
      done(state.job(argv))
    end)
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
      handler.fn()
    end
  end
end

-- Showing ----------------------------------------------------------------------------------------

local function add_showing(host, state)
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

  function host.split(wanted)
    local current, row, col = state.current, state.row, state.col
    local buffer
    for id, there in pairs(state.buffers) do
      buffer = there.name == wanted.name and there.lines and id or buffer
    end
    buffer = buffer or host.open({ "" }, wanted.name, wanted.filetype)
    host.splits[buffer] = true
    if wanted.focus then
      state.current, state.row, state.col = buffer, 1, 0
    else
      state.current, state.row, state.col = current, row, col
    end
    return buffer
  end

  function host.unsplit(buffer)
    host.splits[buffer] = nil
  end

  function host.notify(message, level)
    host.notes[#host.notes + 1] = { message = message, level = level }
  end

  function host.emit(name)
    host.emitted[#host.emitted + 1] = name
  end

  function host.options()
    return state.options
  end
end

local function live(state)
  local count = 0
  for _, set in ipairs({ state.timers, state.handlers }) do
    for _ in pairs(set) do
      count = count + 1
    end
  end
  for _, there in ipairs(state.buffers) do
    for _ in pairs(there.marks) do
      count = count + 1
    end
  end
  return count
end

--- A fresh one, with one empty buffer.
---@param options? table what g:mistral says
---@return mistral.host.Fake
function M.new(options)
  local state = {
    now = 0, count = 0, timers = {}, handlers = {}, buffers = {}, options = options or {},
    row = 1, col = 0, inserting = false, menu_open = false, appends = 0, draws = 0,
    job = function()
      return { code = 127, stdout = "", stderr = "there are no jobs here" }
    end,
  }
  local host = {
    kind = "fake", version = "fake 1.0", state = state,
    notes = {}, shown = {}, lists = {}, ghosts = {}, menus = {}, emitted = {},
    splits = {},
  }
  add_buffers(host, state)
  add_cursor(host, state)
  add_time(host, state)
  add_showing(host, state)
  function host.live()
    return live(state)
  end
  host.open({ "" })
  return host
end

return M
