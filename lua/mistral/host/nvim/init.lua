--- The verbs of mistral.Host in Neovim, 0.7.2 and later.
local ask = require("mistral.host.nvim.ask")

local api = vim.api

-- Neovim's own copy of lua-cjson, also where lua-cjson is installed: Neovim exports the functions of
-- its copy, a lua-cjson loaded into it calls those instead of its own, and since Neovim 0.12 they no
-- longer fit: escaped characters land in the wrong place.
require("mistral.json").use(vim.json)

--- Rows that are rewritten keep their extmarks only if no line end is touched.
local function change(buffer, what)
  local row = what.first - 1
  for _, line in ipairs(what.rewritten) do
    local old = api.nvim_buf_get_lines(buffer, row, row + 1, false)[1]
    if old ~= line then
      api.nvim_buf_set_text(buffer, row, 0, row, #old, { line })
    end
    row = row + 1
  end
  if what.removed > 0 or #what.added > 0 then
    api.nvim_buf_set_lines(buffer, row, row + what.removed, false, what.added)
  end
end

local HAS_DATA = vim.fn.has("nvim-0.8") == 1

local M = require("mistral.host.shared")({
  call = function(name, ...)
    return vim.fn[name](...)
  end,
  command = vim.cmd,
  list = function(items)
    return items
  end,
  get_global = function(name)
    return vim.g[name]
  end,
  set_global = function(name, value)
    vim.g[name] = value
  end,
  fire = function(name, data)
    local options = { pattern = name, modeline = false }
    options.data = HAS_DATA and data or nil
    api.nvim_exec_autocmds("User", options)
  end,
  map = function(key, fn)
    vim.keymap.set("n", key, fn, { buffer = 0, nowait = true, silent = true })
    return function() end -- it goes with its buffer
  end,
  map_enter = function(buffer, mode, fn)
    vim.keymap.set(mode, "<CR>", function()
      fn(mode == "i")
    end, { buffer = buffer, silent = true })
    return function()
      pcall(vim.keymap.del, mode, "<CR>", { buffer = buffer }) -- gone already when its buffer is
    end
  end,
  change = change,
})

M.kind = "nvim"

do
  local version = vim.version()
  M.version = ("Neovim %d.%d.%d"):format(version.major, version.minor, version.patch)
end

for _, part in ipairs({ "loop", "job", "show", "float", "code", "actions" }) do
  for verb, fn in pairs(require("mistral.host.nvim." .. part)) do
    M[verb] = fn
  end
end
ask.add(M)

M.valid = api.nvim_buf_is_loaded
M.line_count = api.nvim_buf_line_count
M.tick = api.nvim_buf_get_changedtick

function M.lines(buffer, first, last)
  return api.nvim_buf_get_lines(buffer, first - 1, last, false)
end

function M.splice(buffer, row, col, lines)
  api.nvim_buf_set_text(buffer, row - 1, col, row - 1, col, lines)
end

function M.fill(buffer, lines)
  api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
end

local function append_lines(buffer, row, lines)
  local line = api.nvim_buf_get_lines(buffer, row - 1, row, false)[1]
  api.nvim_buf_set_text(buffer, row - 1, #line, row - 1, #line, lines)
end

function M.append(buffer, text, row)
  row = row or api.nvim_buf_line_count(buffer)
  local windows, lines = M.following(buffer, row), vim.split(text, "\n", { plain = true })
  api.nvim_buf_call(buffer, function()
    vim.cmd("silent! undojoin")
    append_lines(buffer, row, lines)
  end)
  M.follow(windows, row + #lines - 1)
  return row + #lines - 1
end

-- Marks -----------------------------------------------------------------------------------------

local marks = api.nvim_create_namespace("mistral.marks")

local function row_of(buffer, id)
  return api.nvim_buf_get_extmark_by_id(buffer, marks, id, {})[1]
end

--- Two extmarks: one at the start of the first line, one at the start of the line below the last.
function M.mark(buffer, first, last)
  local from = api.nvim_buf_set_extmark(buffer, marks, first - 1, 0, {})
  local to = api.nvim_buf_set_extmark(buffer, marks, last, 0, { right_gravity = false })
  local mark = {}

  function mark.range()
    local top = api.nvim_buf_is_loaded(buffer) and row_of(buffer, from)
    local bottom = top and row_of(buffer, to)
    if not bottom or bottom <= top then
      return nil
    end
    return top + 1, bottom
  end

  function mark.remove()
    if api.nvim_buf_is_valid(buffer) then
      api.nvim_buf_del_extmark(buffer, marks, from)
      api.nvim_buf_del_extmark(buffer, marks, to)
    end
  end

  return mark
end

-- Events ----------------------------------------------------------------------------------------

local LEVELS = { error = "ERROR", warn = "WARN", info = "INFO" }

--- What a user has put in place of Neovim's own vim.notify has room for any sentence.
function M.notify(message, level, tail)
  if ask.is_own(vim.notify) then
    return M.say(message, level, tail)
  end
  vim.notify(message, vim.log.levels[LEVELS[level]])
end

local group = api.nvim_create_augroup("mistral", { clear = true })

function M.on(events, buffer, fn)
  local id = api.nvim_create_autocmd(events, {
    group = group,
    buffer = buffer,
    desc = "mistral.vim",
    callback = function(event)
      fn(event.buf)
    end,
  })
  return function()
    if id then
      pcall(api.nvim_del_autocmd, id) -- gone already when its buffer is
      id = nil
    end
  end
end

--- No event tells of CTRL-C before the mode changes once more, so the key does.
function M.on_interrupt(fn)
  local keys = api.nvim_create_namespace("")
  vim.on_key(function(key)
    if key == "\3" then
      vim.schedule(fn)
    end
  end, keys)
  return function()
    vim.on_key(nil, keys)
  end
end

return M
