--- Buffers of the fake editor: text, files, marks.
local change_of = require("mistral.host.replace")
local from_below = require("mistral.host.from_below")
local split = require("mistral.lines").split_lines

local FOLDER = "/project"

local function copy(list)
  local out = {}
  for i, item in ipairs(list) do
    out[i] = item
  end
  return out
end

--- Moves the start of a line as an edit of the lines from `top` up to `bottom` asks.
local function moved(row, top, bottom, added, pushed)
  if row < top or row == top and not (pushed and top == bottom) then
    return row
  end
  return row >= bottom and row + added or math.min(row, bottom + added)
end

return function(host, state)
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

  local function add(lines, name, filetype)
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
    local windows, lines = host.following(buffer, row), split(text)
    host.splice(buffer, row, #host.lines(buffer, row, row)[1], lines)
    state.appends = state.appends + 1
    host.follow(windows, row + #lines - 1)
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

  -- Files ---------------------------------------------------------------------------------------

  local function absolute(name)
    return name:sub(1, 1) == "/" and name or FOLDER .. "/" .. name
  end

  function host.path(buffer)
    local name = state.buffers[buffer] and state.buffers[buffer].name or ""
    return (name == "" or name:find("^%a[%w+.-]*://")) and "" or absolute(name)
  end

  function host.modified(buffer)
    return state.buffers[buffer].modified == true
  end

  function host.file_names(start)
    local found = {}
    for path in pairs(host.files) do
      local name = path:sub(#FOLDER + 2)
      if name:sub(1, #start) == start then
        found[#found + 1] = name
      end
    end
    return found
  end

  function host.buffers()
    local found = {}
    for buffer in ipairs(state.buffers) do
      if host.valid(buffer) and host.path(buffer) ~= "" then
        found[#found + 1] = buffer
      end
    end
    return found
  end

  function host.find(path)
    for _, buffer in ipairs(host.buffers()) do
      if host.path(buffer) == path then
        return buffer
      end
    end
  end

  function host.folder()
    return FOLDER
  end

  function host.go(buffer, row, col)
    if not host.valid(buffer) then
      return nil, "the editor could not show it"
    end
    state.jumps = state.jumps + 1
    state.current = buffer
    state.row, state.col = math.min(row or 1, host.line_count(buffer)), col or 0
    return true
  end

  local function load(path)
    local buffer = add(host.files[path], path)
    host.fire("BufReadPost", buffer)
    return buffer
  end

  --- With lines instead of a path: a new current buffer, for specs.
  function host.open(path, row, col)
    if type(path) == "table" then
      return add(path, row, col)
    end
    local buffer = host.find(path) or host.files[path] and load(path)
    if not buffer then
      return nil, ("there is no file %s that can be read"):format(path)
    end
    return host.go(buffer, row, col)
  end

  local function change(buffer, part)
    local first, last, all = part.first, part.last, state.buffers[buffer].lines
    local old = last >= first and host.lines(buffer, first, last) or {}
    local what = change_of(first, old, part.lines)
    if what then
      for i, line in ipairs(what.rewritten) do
        all[what.first + i - 1] = line
      end
      local below = what.first + #what.rewritten
      put(buffer, below, below + what.removed - 1, what.added)
      all[1] = all[1] or ""
    end
  end

  function host.replace_parts(buffer, parts)
    if not host.valid(buffer) then
      return nil, "the buffer is gone"
    elseif state.buffers[buffer].locked then
      return nil, "the buffer may not be changed: see 'modifiable' and 'readonly'"
    end
    for _, part in ipairs(from_below(parts)) do
      change(buffer, part)
    end
    state.buffers[buffer].steps = (state.buffers[buffer].steps or 0) + (parts[1] and 1 or 0)
    return true
  end

  function host.replace(buffer, first, last, lines)
    return host.replace_parts(buffer, { { first = first, last = last, lines = lines } })
  end

  function host.tags(name)
    return host.known.tags[name] or {}
  end

  function host.outline(buffer, row)
    if host.known.outline then
      return host.known.outline(buffer, row)
    end
  end

  function host.definition(buffer, row, col, done)
    host.schedule(function()
      done(host.known.definition and host.known.definition(buffer, row, col) or {})
    end)
  end

  function host.diagnostics(buffer, first, last)
    local found = {}
    for _, item in ipairs(host.known.diagnostics[buffer] or {}) do
      if item.last >= first and item.row <= last then
        found[#found + 1] = item
      end
    end
    return found
  end
end
