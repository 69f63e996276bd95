--- Starts the loopback server: `luajit main.lua DIR`.
---
--- A stand-in for the service, for specs and the demo. It makes its own certificate authority in
--- DIR, listens on free loopback ports and then writes DIR/ready.json. It ends when its standard
--- input closes, when its parent process is gone, or on SIGTERM.
---
--- Runs on LuaJIT with lua-http; on Lua 5.1 too, save that a TCP reset is a plain close there. It
--- shares no code with the client under test.

local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path

local cqueues = require "cqueues"
local cjson = require "cjson"
local certificates = require "certificates"
local control = require "control"
local counters = require "counters"
local front = require "front"
local parent = require "parent"
local service = require "service"

local function write_file(path, text)
  local file = assert(io.open(path, "w"))
  assert(file:write(text))
  assert(file:close())
end

--- Readers wait for the file to exist, so it appears whole or not at all.
local function announce(directory, ready)
  write_file(directory .. "/ready.json.new", cjson.encode(ready))
  assert(os.rename(directory .. "/ready.json.new", directory .. "/ready.json"))
end

local function open_ports(directory)
  local trusted = certificates.authority("Loopback authority")
  local stranger = certificates.authority("Some other authority")
  local ca_file = directory .. "/ca.pem"
  write_file(ca_file, trusted:pem())

  local function tls(authority, names, protocols)
    return certificates.server_context(authority, names, protocols)
  end
  local home = { "localhost", "127.0.0.1", "::1" }
  local both, old = { "h2", "http/1.1" }, { "http/1.1" }

  return {
    https = front.listen { tls = tls(trusted, home, both), serve = service.serve },
    https_h1 = front.listen { tls = tls(trusted, home, old), serve = service.serve },
    http = front.listen { serve = service.serve },
    wrong_host = front.listen {
      tls = tls(trusted, { "elsewhere.invalid" }, both),
      serve = service.serve,
    },
    untrusted = front.listen { tls = tls(stranger, home, both), serve = service.serve },
    stalled = front.listen { mute = true },
    silent = front.listen { tls = tls(trusted, home, both), mute = true },
    control = front.listen { serve = control.serve, private = true },
    ca = ca_file,
    pid = parent.own_pid(),
  }
end

local function main(directory)
  if not directory then
    io.stderr:write("usage: luajit main.lua DIR\n")
    os.exit(2)
  end
  local loop = cqueues.new()
  front.use(loop)
  counters.reset()
  loop:wrap(function() announce(directory, open_ports(directory)) end)
  loop:wrap(parent.watch)
  local ok, message, _, failed = loop:loop()
  if not ok then
    io.stderr:write(tostring(message), "\n")
    if failed then io.stderr:write(debug.traceback(failed, ""), "\n") end
    os.exit(1)
  end
end

main(arg[1])
