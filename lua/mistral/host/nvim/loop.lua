--- Time and mail in Neovim.

local uv = vim.uv or vim.loop

local M = {}

function M.now()
  return uv.hrtime() / 1e6
end

local function close(handle)
  if not handle:is_closing() then
    handle:close()
  end
end

function M.timer(delay_ms, fn)
  local timer = uv.new_timer()
  local stopped = false
  timer:start(delay_ms, 0, function()
    close(timer)
    vim.schedule(function()
      if not stopped then
        stopped = true
        fn()
      end
    end)
  end)
  return function()
    stopped = true
    close(timer)
  end
end

--- Not vim.schedule: Neovim calls what is scheduled until nothing is, so that work which goes on by
--- scheduling its next part would hold up keys and timers until it is done.
function M.schedule(fn)
  M.timer(0, fn)
end

--- The poll rests from one piece of mail until it is drained: the descriptor stays readable so
--- long, and Neovim may be busy with a prompt.
function M.watch(transport, drain)
  local poll = uv.new_poll(transport:fd())
  local arm

  local function on_mail()
    if poll:is_closing() then
      return
    end
    local ok, message = xpcall(drain, debug.traceback)
    if not poll:is_closing() then
      arm()
    end
    if not ok then
      error(message, 0)
    end
  end

  function arm()
    poll:start("r", function()
      poll:stop()
      vim.schedule(on_mail)
    end)
  end

  arm()
  return function()
    close(poll)
  end
end

return M
