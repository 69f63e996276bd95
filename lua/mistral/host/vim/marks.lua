--- Stretches of lines that stay where they are while the text is edited, kept by listening to the
--- buffer's changes: text properties would vanish with the line that has them.
local callbacks = require("mistral.host.vim.callbacks")

local M = {}

--- From the start of line `first` to the start of line `below`.
---@class mistral.host.vim.Place
---@field first integer
---@field below integer

--- Where the start of a line is after the lines from `top` up to, not including, `bottom` were
--- replaced by `added` more lines than they were. Lines added right there push it down if asked.
local function moved(row, top, bottom, added, pushed)
  if row < top or row == top and not (pushed and top == bottom) then
    return row
  elseif row >= bottom then
    return row + added
  end
  return math.min(row, bottom + added)
end

--- Moves a place as one change asks.
---@param place mistral.host.vim.Place
---@param top integer first line of the change
---@param bottom integer first line below it, as it was
---@param added integer
function M.shift(place, top, bottom, added)
  place.first = moved(place.first, top, bottom, added, true)
  place.below = moved(place.below, top, bottom, added, false)
end

-- By buffer: its listener, and its places as a set.
local buffers = {}

local function on_change(buffer, changes)
  local watched = buffers[buffer]
  if not watched then
    return
  end
  for change in changes() do
    for place in pairs(watched.places) do
      M.shift(place, change.lnum, change["end"], change.added)
    end
  end
end

--- Vim 9.0 crashes when it calls a Lua function itself with a list in its arguments, so it is given
--- an expression that does.
local function listen(buffer)
  local id = callbacks.add(function(changes)
    on_change(buffer, changes)
  end)
  local run = callbacks.expression(id, "changes")
  local format = "listener_add({buffer, top, bottom, added, changes -> %s}, %d)"
  return { id = id, listener = vim.eval(format:format(run, buffer)), places = {} }
end

local function watched_buffer(buffer)
  buffers[buffer] = buffers[buffer] or listen(buffer)
  return buffers[buffer]
end

local function forget(buffer, place)
  local watched = buffers[buffer]
  if watched then
    watched.places[place] = nil
    if not next(watched.places) then
      if vim.fn.bufexists(buffer) == 1 then
        vim.fn.listener_flush(buffer) -- else the next listener would hear of what changed until now
      end
      vim.fn.listener_remove(watched.listener)
      callbacks.remove(watched.id)
      buffers[buffer] = nil
    end
  end
end

---@param buffer integer
---@param first integer
---@param last integer
---@return mistral.host.Mark
function M.new(buffer, first, last)
  local place = { first = first, below = last + 1 }
  if buffers[buffer] then
    vim.fn.listener_flush(buffer) -- what changed before is no news to this one
  end
  watched_buffer(buffer).places[place] = true
  local mark = {}

  function mark.range()
    if vim.fn.bufloaded(buffer) == 0 then
      return nil
    end
    vim.fn.listener_flush(buffer)
    if place.below <= place.first then
      return nil
    end
    return place.first, place.below - 1
  end

  function mark.remove()
    forget(buffer, place)
  end

  return mark
end

return M
