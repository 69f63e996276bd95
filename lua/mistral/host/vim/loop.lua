--- Time and mail in Vim.
local callbacks = require("mistral.host.vim.callbacks")
local value = require("mistral.host.vim.value")

local M = {}

local POLL_MS = 10 -- where a channel cannot be had

function M.now()
  return vim.fn.reltimefloat(vim.fn.reltime()) * 1000
end

-- Vim keeps the coroutine in which it was given a Lua function, to call or free that function there,
-- and crashes when that coroutine is not there any more. So it is given an expression.
local function start_timer(delay_ms, id, options)
  return vim.eval(("timer_start(%d, {_ -> %s}, %s)"):format(
    delay_ms, callbacks.expression(id), options or "{}"))
end

function M.timer(delay_ms, fn)
  local id, timer
  local function forget()
    local was = id
    id = nil
    if was then
      callbacks.remove(was)
    end
    return was ~= nil
  end
  id = callbacks.add(function()
    if forget() then
      fn()
    end
  end)
  timer = start_timer(delay_ms, id)
  return function()
    if forget() then
      vim.fn.timer_stop(timer)
    end
  end
end

function M.schedule(fn)
  M.timer(0, fn)
end

local function watch_by_timer(drain)
  local id = callbacks.add(function()
    drain()
  end)
  local timer = start_timer(POLL_MS, id, "{'repeat': -1}")
  return function()
    callbacks.remove(id)
    vim.fn.timer_stop(timer)
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

return M
