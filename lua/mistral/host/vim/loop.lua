--- Time and mail in Vim.
local callbacks = require("mistral.host.vim.callbacks")
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

return M
