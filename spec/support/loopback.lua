--- The loopback server, as specs see it: starts it, names its addresses, and talks to its control
--- port. Works in every Lua, also inside Neovim and Vim; needs luajit, lua-http and curl.
---
---   local loopback = require "spec.support.loopback"
---   local server = loopback.start()      -- one per process; or the one named by MISTRAL_LOOPBACK
---   server.url                           -- "https://127.0.0.1:PORT/v1"; ALPN h2 and http/1.1
---   server.url_h1  server.url_http       -- TLS with http/1.1 only; plain http/1.1
---   server.url_wrong_host                -- its certificate is for another name
---   server.url_untrusted                 -- its certificate is from another authority
---   server.url_stalled                   -- accepts TCP and never speaks
---   server.url_silent                    -- the same, but for TLS: its handshake and its tickets
---   server.ca_file  server.key           -- the authority; a key it accepts (any ^test%-key)
---   other services' dialects are below the same ports: see spec/support/server/dialects.lua
---   server:stop()                        -- it also ends by itself when this process is gone
---
--- To start it by hand: `luajit spec/support/server/main.lua DIR` and wait for DIR/ready.json (its
--- ports by name, `ca`, `pid`). Standard input must be a pipe that stays open, or /dev/null; it
--- ends when that pipe closes or its parent process is gone.
---
--- Control calls, in Lua and on the wire (plain http to the control port, JSON both ways). All
--- times are milliseconds of CLOCK_MONOTONIC, the clock of uv.hrtime().
---
--- server:stats()                 GET /stats
---   {now_ms, connections, tls, tls_failed, stalled, requests, resets, pings, flow_waits, faults,
---    ended = {done, reset, lost, cut}, open_connections, open_streams, last_reset_ms?,
---    last_reset_age_ms?}
---   ended by: done = sent whole; reset = the client stopped it (RST_STREAM; in HTTP/1.1 by
---   closing); lost = its connection went away; cut = a fault. resets = ended.reset. pings = HTTP/2
---   PING frames. flow_waits = times an answer waited for the client's HTTP/2 window.
--- server:requests()              GET /requests
---   the last 100, oldest first: {id, method, path, headers, authorization (boolean),
---    authorization_sha256 (of the key), body, body_bytes, connection, stream?, http, state
---    ("reading", "answering", or how it ended), status?, fault?, flow_waited?, started_ms,
---    parts? (of a form: {name, filename?, content_type?, bytes, sha256}),
---    head_ms?, first_byte_ms?, last_byte_ms?, ended_ms?, reset_ms?, sent_bytes}
--- server:keep(n)                 POST /keep {requests=n}: that many instead of 100, until a reset
--- server:now()                   GET /now -> milliseconds
--- server:reset()                 POST /reset: counts, records, faults, pace, files and jobs;
---   closes nothing
--- server:pace(n [, first_ms])    POST /pace {tokens_per_s=, first_ms=}: 0 tokens per second (the
---   default) is as fast as it goes; running answers follow; first_ms waits after the response head
--- server:jobs{polls=2, outcome="SUCCESS", hold=false}   POST /jobs: a batch job ends at so many
---   looks at it, like this; with hold it stays as it is
--- server:close_idle()            POST /close_idle -> number closed: connections without a stream
--- server:faults()                GET /faults -> what is armed
--- server:wait(conditions [, s])  POST /wait {at_least={resets=1}, equal={open_streams=0},
---   seconds=10} -> met (boolean), stats; names are those of stats and of `ended`
--- server:fault{kind=, times=1, path=nil, …}   POST /fault
---   Each request takes the first armed fault whose `path` it contains; times = 0: until reset.
---   With rate = 0.1 it strikes a tenth of them only, the same ones for the same `seed`.
---   Instead of an answer:
---     status{status= | name=, shape=, body=, message=, type=, code=, headers=, retry_after=}
---       name: unauthorized unauthorized_detail authentication forbidden no_route timeout
---         too_early order function_call context context_422 invalid_model unprocessable
---         rate_limited capacity no_allowance month_spent internal bad_gateway unavailable
---         gateway_timeout
---       shape: error detail_object detail detail_both gateway detail_text azure azure_nested html
---         text broken_json empty
---     redirect{location=, status=307}   not_stream{}   bomb{bytes=256 MiB, content_type=}
---     replay{body=, status=200, content_type=, headers=, pieces=1, pause_ms=0,
---       repeats=1}  these very bytes
---     garbage{where="body"|"event"|"frames", bytes=4096}
---     endless_headers{bytes=64 MiB, informational=false}   lying_length{by=1000, body=}
---     goaway{code=0}                    HTTP/2: this request was not looked at; then it closes
---     dead_idle{} (at once, no request needed) -> {frozen=n}: every connection open now stays
---       open and is never answered again; new ones work
---   To the bytes of an answer (or with head=true, before its head):
---     cut{after_bytes=0, head=, tcp_reset=}   reset{after_bytes=0, head=, code=2}
---     silence{after_bytes=0, head=, for_ms=nil}   trickle{bytes=nil, interval_ms=0}
---     compressed{}   goaway{after_bytes=n}    the answer is finished, then the connection closes
---   While the request comes in:
---     upload_cut{after_bytes=0, tcp_reset=}   upload_reset{after_bytes=0, code=2}
---     upload_stall{after_bytes=0, still=} (reads no more, in HTTP/1.1 slowly unless still, until the
---     client leaves or there is a reset, after which it reads on)
---     upload_refuse{after_bytes=0, status=413} (answers, and throws the rest away)
---     upload_early{after_bytes=0, rest_ms=5} (HTTP/1.1: says 200, and takes the rest slowly)
---   To what is said (after_text counts bytes of text):
---     say{text=, finish_reason=}   not_json{text=}   wrong_lines{by=3}   wrong_quotes{}
---     truncate{after_text=half, finish_reason="length"}
---     giant_event{bytes=8 MiB, after_text=0}   finish_error{after_text=0}
---     error_frame{after_text=0, shape="error", message=, code=, type=, status=, done=false}
---     no_done{finish=true}              without [DONE]; finish=false: without finish_reason too

-- Neovim has the code of lua-cjson built in, and lua-cjson itself does not work in every Neovim.
local editor = rawget(_G, "vim")
local json = editor and editor.json or require "cjson"

local M = {}

local KEY = "test-key-0123456789abcdef"
local START_TRIES = 1000
local CONTROL_SECONDS = 70
local MAX_ARGUMENT = 100000

---@class Loopback
---@field url string
---@field url_h1 string
---@field url_http string
---@field url_wrong_host string
---@field url_untrusted string
---@field url_stalled string
---@field url_silent string
---@field ca_file string
---@field key string
---@field pid integer
---@field directory string
local loopback = {}
loopback.__index = loopback

local running

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function output_of(command)
  local pipe = assert(io.popen(command, "r"))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

local function read_file(path)
  local file = io.open(path, "r")
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return text
end

--- Where this file is, so that specs may run in any folder.
local function support_folder()
  local source = debug.getinfo(1, "S").source:match("^@(.*)/[^/]*$")
  return source or "spec/support"
end

--- Looks again and again, in the shell, until the server is ready or has complained.
local function await_ready(directory)
  output_of(("cd %s && n=0; while [ ! -s ready.json ] && [ ! -s log ] && [ $n -lt %d ]; do "
    .. "sleep 0.01; n=$((n+1)); done"):format(quoted(directory), START_TRIES))
  return read_file(directory .. "/ready.json")
end

local function attach(directory)
  local text = await_ready(directory)
  if not text then
    error("the loopback server did not start:\n" .. (read_file(directory .. "/log") or ""), 0)
  end
  local ready = json.decode(text)
  local function url(port, scheme)
    return ("%s://127.0.0.1:%d/v1"):format(scheme or "https", ready[port])
  end
  return setmetatable({
    url = url "https", url_h1 = url "https_h1", url_http = url("http", "http"),
    url_wrong_host = url "wrong_host", url_untrusted = url "untrusted",
    url_stalled = url "stalled", url_silent = url "silent",
    ca_file = ready.ca, key = KEY, pid = ready.pid,
    control = ("http://127.0.0.1:%d"):format(ready.control), directory = directory,
  }, loopback)
end

--- The write end of the server's standard input stays open here; when this process goes, it closes.
local function launch()
  local directory = output_of("mktemp -d"):match("%S+")
  local command = ("exec luajit %s %s > %s 2>&1"):format(
    quoted(support_folder() .. "/server/main.lua"), quoted(directory),
    quoted(directory .. "/log"))
  local lifeline = assert(io.popen(command, "w"))
  local self = attach(directory)
  self.lifeline = lifeline
  return self
end

--- The server of this process, started when there is none yet.
---@param options? {fresh?: boolean}  fresh: one of its own, even if another is running
---@return Loopback
function M.start(options)
  if options and options.fresh then return launch() end
  local shared = os.getenv "MISTRAL_LOOPBACK"
  if not running then
    running = shared and shared ~= "" and attach(shared) or launch()
  end
  return running
end

--- Ends it, unless somebody else started it. Safe to call again. It is told to end, too, since a
--- child of this process may still hold the pipe.
function loopback:stop()
  if running == self then running = nil end
  if not self.lifeline then return end
  os.execute(("kill %d"):format(self.pid))
  self.lifeline:close()
  self.lifeline = nil
  os.execute("rm -rf " .. quoted(self.directory))
end

--- The body for curl's --data-binary; one too long for a command line goes through a file.
local function argument(self, text)
  if #text < MAX_ARGUMENT then return quoted(text) end
  local path = self.directory .. "/control.json"
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  return quoted("@" .. path)
end

local function call(self, method, path, body)
  local data = ""
  if body then
    data = " -H 'content-type: application/json' --data-binary " .. argument(self, json.encode(body))
  end
  local text = output_of(("curl -sS --noproxy '*' --max-time %d -X %s%s %s 2>&1"):format(
    CONTROL_SECONDS, method, data, quoted(self.control .. path)))
  local ok, answer = pcall(json.decode, text)
  if not ok then error("the loopback server's control port said: " .. text, 3) end
  if type(answer) == "table" and answer.message then error(answer.message, 3) end
  return answer
end

---@return table
function loopback:stats()
  return call(self, "GET", "/stats")
end

---@return table[]
function loopback:requests()
  return call(self, "GET", "/requests")
end

---@return number milliseconds
function loopback:now()
  return call(self, "GET", "/now").now_ms
end

---@return table stats
function loopback:reset()
  return call(self, "POST", "/reset", { all = true })
end

---@param count integer
function loopback:keep(count)
  return call(self, "POST", "/keep", { requests = count })
end

---@param fault table
function loopback:fault(fault)
  return call(self, "POST", "/fault", fault)
end

---@return table[]
function loopback:faults()
  return call(self, "GET", "/faults")
end

---@param tokens_per_s number
---@param first_ms? number
function loopback:pace(tokens_per_s, first_ms)
  return call(self, "POST", "/pace", { tokens_per_s = tokens_per_s, first_ms = first_ms or 0 })
end

--- How batch jobs go from now on.
---@param wanted {polls?: integer, outcome?: string, hold?: boolean}
function loopback:jobs(wanted)
  return call(self, "POST", "/jobs", wanted)
end

---@return integer closed
function loopback:close_idle()
  return call(self, "POST", "/close_idle", { all = true }).closed
end

--- Waits in the server until its counts are as wanted.
---@param conditions {at_least?: table<string, integer>, equal?: table<string, integer>}
---@param seconds? number
---@return boolean met, table stats
function loopback:wait(conditions, seconds)
  local answer = call(self, "POST", "/wait", {
    at_least = conditions.at_least, equal = conditions.equal, seconds = seconds or 10,
  })
  return answer.met, answer.stats
end

return M
