--- The whole of it in a real editor: :Mistral against the loopback server.
local config = require "mistral.config"
local door = require "mistral.editor"
local editor = require "spec.editor.support.editor"
local loopback = require "spec.support.loopback"
local wait_for = require "spec.support.wait"

local M = {}

local host, notify, ghost, server

---@type { message: string, level: string }[]
M.notes = {}

--- Options that reach the loopback server.
function M.options()
  return { base_url = server.url, ca_file = server.ca_file, api_key = server.key }
end

function M.start()
  server = loopback.start()
  server:reset()
  host = require("mistral.host").get()
  config.reset()
  assert(config.setup(M.options()))
  editor.command("runtime plugin/mistral.vim")
  M.notes = {}
  notify, ghost = host.notify, host.ghost
  host.ghost = function(buffer, row, col, lines)
    M.drawn = lines
    return ghost(buffer, row, col, lines)
  end
  host.notify = function(message, level)
    M.notes[#M.notes + 1] = { message = message, level = level }
  end
  return server
end

function M.stop()
  door.session():close()
  host.notify, host.ghost = notify, ghost
  config.reset()
  editor.clear()
end

--- All that was said, as `level: message` lines.
function M.said()
  local list = {}
  for i, note in ipairs(M.notes) do list[i] = note.level .. ": " .. note.message end
  return table.concat(list, "\n")
end

--- Waits until nothing of that kind runs.
function M.await(kind, seconds)
  wait_for(function() return #door.session():running(kind) == 0 end, function()
    return ("the %s did not end; said: %s"):format(kind, M.said())
  end, seconds or 20)
end

--- What the buffer shows, as { first, last, severity } rows in order.
function M.shown(buffer)
  local rows = {}
  if editor.kind == "nvim" then
    for _, d in ipairs(rawget(_G, "vim").diagnostic.get(buffer)) do
      local severity = ({ "error", "warning", "info", "hint" })[d.severity]
      rows[#rows + 1] = { d.lnum + 1, d.end_lnum + 1, severity, d.message }
    end
    return rows
  end
  local placed = editor.call("sign_getplaced", buffer, { group = "mistral" })[1].signs
  for _, sign in ipairs(placed) do
    rows[#rows + 1] = { sign.lnum, nil, sign.name:match("mistral_(%a+)") }
  end
  return rows
end

--- The entries of the newest quickfix list.
function M.list()
  return editor.call("getqflist", { nr = "$", title = 1, items = 1 })
end

local function nvim_ghost(buffer)
  local api, lines = rawget(_G, "vim").api, {}
  local space = api.nvim_create_namespace("mistral.ghost")
  local marks = api.nvim_buf_get_extmarks(buffer, space, 0, -1, { details = true })
  assert(#marks <= 1, "two ghosts")
  for _, mark in ipairs(marks) do
    lines[1] = mark[4].virt_text[1][1]
    for i, chunks in ipairs(mark[4].virt_lines or {}) do lines[i + 1] = chunks[1][1] end
  end
  return table.concat(lines, "\n")
end

-- Vim 9.0 does not tell the text of a property, so this is what it was given, if it shows any.
local function vim_ghost(buffer)
  local count = 0
  for row = 1, host.line_count(buffer) do
    for _, property in ipairs(editor.call("prop_list", row, { bufnr = buffer })) do
      if property.type == "mistral_ghost" then count = count + 1 end
    end
  end
  assert(count == 0 or count == #M.drawn, "another number of lines than was given")
  return count == 0 and "" or table.concat(M.drawn, "\n")
end

--- The text of the ghost that is drawn in a buffer, its lines one below the other.
function M.ghost(buffer)
  return (editor.kind == "nvim" and nvim_ghost or vim_ghost)(buffer)
end

return M
