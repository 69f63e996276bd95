--- Time, mail and processes in Vim.
local callbacks = require("mistral.host.vim.callbacks")
local deadline = require("mistral.host.deadline")
local value = require("mistral.host.vim.value")

local M = {}

local POLL_MS = 10 -- where a channel cannot be had

function M.now()
  return vim.fn.reltimefloat(vim.fn.reltime()) * 1000
end

function M.timer(delay_ms, fn)
  local stopped = false
  local id = vim.fn.timer_start(delay_ms, function()
    if not stopped then
      stopped = true
      fn()
    end
  end)
  return function()
    if not stopped then
      stopped = true
      vim.fn.timer_stop(id)
    end
  end
end

function M.schedule(fn)
  M.timer(0, fn)
end

local function watch_by_timer(drain)
  local id = vim.fn.timer_start(POLL_MS, function()
    drain()
  end, vim.dict({ ["repeat"] = -1 }))
  return function()
    vim.fn.timer_stop(id)
  end
end

--- The channel of that number, or nil when Vim cannot open one to a path. Lua cannot hold a
--- channel, so a variable does.
local function open_channel(path, id)
  local callback = "{channel, text -> " .. callbacks.expression(id) .. "}"
  local options = "{'mode': 'raw', 'callback': " .. callback .. "}"
  local name = "g:mistral_channel_" .. id
  local address = value.quote("unix:" .. path)
  vim.command(("silent! let %s = ch_open(%s, %s)"):format(name, address, options))
  if vim.fn.exists(name) == 1 and vim.eval("ch_status(" .. name .. ")") == "open" then
    return name
  end
end

local function close_channel(name)
  vim.command(("silent! call ch_close(%s) | unlet! %s"):format(name, name))
end

function M.watch(transport, drain)
  local path = transport:listen()
  local id = callbacks.add(function()
    drain()
  end)
  local channel = path and open_channel(path, id)
  if not channel then
    callbacks.remove(id)
    return watch_by_timer(drain)
  end
  M.schedule(function() -- for mail that came before the channel was open
    callbacks.run(id)
  end)
  return function()
    if channel then
      callbacks.remove(id)
      close_channel(channel)
      channel = nil
    end
  end
end

--- A job is over when its output is closed and its exit is known; either may come first.
local function job_end(result, done)
  local waiting = 2
  return function(code)
    result.code = code or result.code
    waiting = waiting - 1
    if waiting == 0 then
      done(result)
    end
  end
end

local function collect(result, name)
  return function(_, text)
    result[name] = result[name] .. text
  end
end

-- Lua cannot hold a job, but Vim can be asked for those that run a command.
local function stop_job(argv)
  local words = {}
  for index, word in ipairs(argv) do
    words[index] = value.quote(word)
  end
  local command = table.concat(words, ",")
  local is_it = ("job_status(j) ==# 'run' && job_info(j).cmd ==# [%s]"):format(command)
  vim.eval(("len(map(filter(job_info(), {_, j -> %s}), {_, j -> job_stop(j)}))"):format(is_it))
end

function M.job(argv, done, timeout_ms)
  local result = { code = 127, stdout = "", stderr = "" }
  local ended = deadline(M.timer, timeout_ms, function()
    stop_job(argv)
  end, done)
  local part = job_end(result, ended)
  local ok = pcall(vim.fn.job_start, value.to_vim(value.list(argv)), vim.dict({
    out_mode = "raw",
    err_mode = "raw",
    out_cb = collect(result, "stdout"),
    err_cb = collect(result, "stderr"),
    close_cb = function()
      part()
    end,
    exit_cb = function(_, code)
      part(code)
    end,
  }))
  if not ok then
    result.stderr = "it cannot be run"
    M.schedule(function()
      ended(result)
    end)
  end
end

return M
