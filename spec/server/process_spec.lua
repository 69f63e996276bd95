local cjson = require "cjson"
local wait_for = require "spec.support.wait"

local function read_file(path)
  local file = io.open(path)
  if not file then return "" end
  local text = file:read("*a")
  file:close()
  return text
end

local function output_of(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

describe("the loopback server's process", function()
  local directory
  before_each(function() directory = output_of("mktemp -d"):match("%S+") end)
  after_each(function() os.execute("rm -rf " .. directory) end)

  -- Starts it, waits until it is ready, ends it as told; returns what it wrote.
  local function run(redirection, mode, stop)
    local log = directory .. "/log"
    local pipe = assert(io.popen(("exec luajit spec/support/server/main.lua %s %s >%s 2>&1"):format(
      directory, redirection, log), mode))
    wait_for(function() return read_file(directory .. "/ready.json") ~= "" end, "it was never ready")
    stop(pipe, cjson.decode(read_file(directory .. "/ready.json")).pid)
    return read_file(log)
  end

  it("is quiet and goes on where its input cannot be watched", function()
    local answered
    local said = run("</dev/null", "r", function(pipe, pid)
      local ready = cjson.decode(read_file(directory .. "/ready.json"))
      answered = output_of(("curl -s http://127.0.0.1:%d/stats"):format(ready.control))
      os.execute(("kill %d"):format(pid))
      pipe:close()
    end)

    assert.equal("", said)
    assert.equal(0, cjson.decode(answered).requests)
  end)

  it("ends at the end of its input", function()
    local gone
    run("", "w", function(pipe, pid)
      pipe:close()
      gone = output_of(("kill -0 %d 2>&1"):format(pid)) ~= ""
    end)

    assert.is_true(gone)
  end)
end)
