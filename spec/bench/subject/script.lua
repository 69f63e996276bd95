--- mistral.vim in a Lua 5.4 script, for rows to ask: script.lua client|native

package.path = "./?.lua;lua/?.lua;lua/?/init.lua;" .. package.path

local cjson = require("cjson")
local cqueues = require("cqueues")
local runner = require("spec.bench.subject.runner")

---@type bench.Host
local host = {
  door = arg[1],
  pump = true,
  now_ms = function()
    return cqueues.monotime() * 1e3
  end,
  after = function(ms, go_on)
    cqueues.sleep(ms / 1e3)
    go_on()
  end,
  decode = cjson.decode,
  encode = cjson.encode,
  answer = function(values)
    io.write(cjson.encode(values), "\n")
    io.flush()
  end,
}

local subject = runner.new(host)
for line in io.lines() do
  subject:run(line)
end
