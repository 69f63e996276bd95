--- Processes in Neovim: by libuv, which gives bytes as they are, in pieces.
local loop = require("mistral.host.nvim.loop")
local runs = require("mistral.host.run")

local uv = vim.uv or vim.loop

local M = {}

local KILL_MS = 2000 -- for those who do not hear the first signal

local function close(handle)
  if handle and not handle:is_closing() then
    handle:close()
  end
end

--- Its whole group is meant: a shell's commands, too.
local function end_it(child)
  uv.kill(-child.pid, "sigterm")
  child.forget = loop.timer(KILL_MS, function()
    uv.kill(-child.pid, "sigkill")
  end)
end

--- Hears one of its pipes until that ends.
local function hear(run, pipe, name, ended)
  pipe:read_start(function(_, piece)
    if not piece then
      close(pipe)
      vim.schedule(ended)
    elseif not run:add(name, piece) then
      pipe:read_stop()
      vim.schedule(function()
        run:overflow()
      end)
    end
  end)
end

local function feed(pipe, input)
  if not input or input == "" then
    return close(pipe)
  end
  pipe:write(input, function()
    close(pipe)
  end)
end

local function listen(run, pipes)
  local open = 2
  local function ended()
    open = open - 1
    if open == 0 then
      run:shut()
    end
  end
  hear(run, pipes[2], "stdout", ended)
  hear(run, pipes[3], "stderr", ended)
end

local function start(argv, options, pipes, run)
  local child = { forget = function() end }
  local process, pid = uv.spawn(argv[1], {
    args = vim.list_slice(argv, 2),
    cwd = options.cwd,
    stdio = pipes,
    detached = true,
    hide = true,
  }, function(status, signal)
    close(child.process)
    vim.schedule(function()
      child.forget()
      run:exited(signal > 0 and 128 + signal or status)
    end)
  end)
  if not process then
    return nil, pid
  end
  child.process, child.pid = process, pid
  function run.kill()
    end_it(child)
  end
  return process
end

function M.job(argv, done, options)
  options = options or {}
  local pipes = { uv.new_pipe(false), uv.new_pipe(false), uv.new_pipe(false) }
  local run = runs.new(loop.timer, options, function(result)
    for _, pipe in ipairs(pipes) do
      close(pipe)
    end
    done(result)
  end)
  local process, problem = start(argv, options, pipes, run)
  if process then
    feed(pipes[1], options.input)
    listen(run, pipes)
  else
    run:refuse(("it cannot be run: %s"):format(problem))
  end
  return function()
    run:stop()
    for _, pipe in ipairs(pipes) do
      close(pipe)
    end
  end
end

return M
