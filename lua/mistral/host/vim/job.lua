--- Processes in Vim. A NUL that one says comes as a line feed: Vim's strings cannot hold it. Lua
--- cannot hold a job, so a variable does.
local callbacks = require("mistral.host.vim.callbacks")
local loop = require("mistral.host.vim.loop")
local runs = require("mistral.host.run")
local value = require("mistral.host.vim.value")

local M = {}

local KILL_MS = 2000 -- for those who do not hear the first signal

--- The callbacks of a job, as Vim calls them.
local function handlers(run)
  local function hear(name)
    return function(text)
      if not run.over and not run:add(name, text) then
        run:overflow()
      end
    end
  end
  return {
    out_cb = callbacks.add(hear("stdout")),
    err_cb = callbacks.add(hear("stderr")),
    close_cb = callbacks.add(function()
      run:shut()
    end),
    exit_cb = callbacks.add(function(code)
      run:exited(code)
    end),
  }
end

local ARGUMENTS = {
  out_cb = "{_, said -> %s}", err_cb = "{_, said -> %s}", close_cb = "{_ -> %s}",
  exit_cb = "{_, said -> %s}",
}

--- Its input goes by a file: so it may be large, and hold any byte.
local function input_file(input)
  local path = vim.fn.tempname()
  local file = assert(io.open(path, "wb"))
  file:write(input)
  file:close()
  return path
end

local function options_text(options, ids, input)
  local parts = { "'out_mode': 'raw'", "'err_mode': 'raw'" }
  for name, id in pairs(ids) do
    local run = callbacks.expression(id, name ~= "close_cb" and "said" or nil)
    parts[#parts + 1] = ("'%s': %s"):format(name, ARGUMENTS[name]:format(run))
  end
  parts[#parts + 1] = input and ("'in_io': 'file', 'in_name': %s"):format(value.quote(input))
    or "'in_io': 'null'"
  parts[#parts + 1] = options.cwd and "'cwd': " .. value.quote(options.cwd)
  return "{" .. table.concat(parts, ", ") .. "}"
end

local function argv_text(argv)
  local words = {}
  for index, word in ipairs(argv) do
    words[index] = value.quote(word)
  end
  return "[" .. table.concat(words, ",") .. "]"
end

local function killer(name)
  return function()
    vim.command(("silent! call job_stop(%s)"):format(name))
    loop.timer(KILL_MS, function()
      vim.command(("silent! call job_stop(%s, 'kill') | unlet! %s"):format(name, name))
    end)
  end
end

--- Why it cannot be run, where that is known before.
local function problem(argv, options)
  if options.cwd and vim.fn.isdirectory(options.cwd) == 0 then
    return "there is no folder " .. options.cwd
  elseif vim.fn.executable(argv[1]) == 0 then
    return "no such file or command"
  end
end

local function start(argv, options, run)
  local ids = handlers(run)
  local input = options.input and options.input ~= "" and input_file(options.input)
  local name = "g:mistral_job_" .. ids.exit_cb
  vim.command(("let %s = job_start(%s, %s)"):format(
    name, argv_text(argv), options_text(options, ids, input)))
  run.kill = killer(name)
  return function()
    for _, id in pairs(ids) do
      callbacks.remove(id)
    end
    if input then
      os.remove(input)
    end
    if not run.closed then
      vim.command(("silent! call ch_close(job_getchannel(%s))"):format(name))
    end
    if run.exit then
      vim.command("unlet! " .. name)
    end
  end
end

function M.job(argv, done, options)
  options = options or {}
  local forget = function() end
  local run = runs.new(loop.timer, options, function(result)
    forget()
    done(result)
  end)
  local why = problem(argv, options)
  if why then
    run:refuse("it cannot be run: " .. why)
  else
    forget = start(argv, options, run)
  end
  return function()
    run:stop()
    forget()
  end
end

return M
