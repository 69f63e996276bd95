---Finds the C module for the running Lua; the only file that requires it.
---
---An installed module wins over the one in the build tree beside this file. A module of another
---version than these Lua files is passed over, so that an old installation does no harm.

---@class mistral.Native
---@field version string
---@field curl string libcurl's version
---@field features table<string, boolean> http2, tls, gzip, brotli, zstd, async_dns, sigv4
---@field decoder fun(kind: "sse"|"eventstream", limit?: integer): mistral.native.Decoder
---@field append fun(path: string, line: string): true?, string?, string? one line, whole or not at all
---@field write fun(path: string, bytes: string, soon?: boolean): true?, string?, string? all of the file at once, 0600; `soon`: not yet on the disk
---@field stat fun(path: string): mistral.native.Stat?, string?, string? follows symbolic links
---@field base64 fun(bytes: string): string RFC 4648, with padding
---@field unbase64 fun(text: string): string?, string?, string? nil for anything base64 would not give
---@field floats fun(bytes: string): number[]?, string?, string? from IEEE 754 singles, little endian
---@field tokens fun(text: string, min: integer): integer[] first, last, first, last … of runs of at
---  least min bytes out of A-Z a-z 0-9 + / _ = -; of 10000 runs at most
---@field entropy fun(text: string, first?: integer, last?: integer): number bits per byte, 0 to 8
---@field run fun(argv: string[], options?: mistral.native.RunOptions): mistral.CommandResult?, string?,
---  string? waits for a command's end; nil when it cannot be started ("missing", "denied", "system"),
---  for want of "memory", and when somebody else took its status ("lost"). An editor would wait, too
---@field transport fun(options?: table): mistral.native.Transport?, string?, string?

---@class mistral.native.Stat
---@field type "file"|"directory"|"fifo"|"socket"|"block"|"char"|"unknown"
---@field size integer bytes
---@field mode integer permission bits, 384 is 0600
---@field mtime integer seconds since 1970 of the last change of its content
---@field mtime_ns integer and nanoseconds on top
---@field uid integer the owner
---@field mine boolean the owner is who this process acts as

---@class mistral.CommandResult
---@field code integer its status; 128 + the number of the signal that ended it; 124: its time was over,
--- 125: it printed more than `limit`, and both then hold what came before
---@field stdout string bytes, as they came
---@field stderr string
---@field after_ms? integer its time was over after so many milliseconds

---@class mistral.native.RunOptions no shell is involved: each word of argv reaches the command as it is
---@field cwd? string the folder it runs in
---@field input? string what it reads; without, it reads where this process does, from a terminal say
---@field stderr? boolean false: what it complains of is not caught, and goes where this process's goes
---@field timeout_ms? integer default 60000; then it is asked to end, and two seconds later made to
---@field limit? integer bytes of stdout and stderr together; default 64 MiB

---@class mistral.native.Decoder
---@field feed fun(self, bytes: string): table[]?, string?, string? events {type, data}, of "sse" with
---  {id, retry}, of "eventstream" with {message_type, headers}
---@field finish fun(self): table[]?, string?, string? nil when a frame is cut off

---@class mistral.native.Part one field of a form; the value from memory or a file from disk
---@field name string no line end, no NUL; nor in filename and content_type
---@field value? string these bytes, or
---@field file? string the path of a regular file, opened when its request starts and read as it is
--- sent, never whole; one that cannot be read, or changes meanwhile, fails with the code "file"
---@field filename? string what the server is told; default for a file: the end of its path
---@field content_type? string default: a guess by the file name

---@class mistral.native.Signer Amazon's Signature Version 4; the url has no query and nothing encoded
---@field region string
---@field service string
---@field access_key string
---@field secret_key string
---@field session_token? string

---@class mistral.native.Request
---@field url string
---@field method? string default GET, or POST with a body or parts
---@field headers? table<string, string>
---@field body? string
---@field parts? mistral.native.Part[] in place of a body: multipart/form-data
---@field sigv4? mistral.native.Signer signs each try; counts as a key, and takes no form
---@field sink? string a path: the body of a 2xx answer goes there and not into the mail. It is written
--- to a fresh file beside it and put in its place at a good end, of which the head event tells; at any
--- other end nothing is left. A GET that breaks off is tried again. The code "file" when the disk will not
---@field progress? boolean with events {kind = "progress", sent_bytes, sent_total, received_bytes,
--- received_total}: bytes of this attempt's bodies as they cross the wire, ten times a second at most and
--- at the end; a total that is not known is absent, and a reader who is behind misses some
---@field lane? string who waits for whom; default: the host. A 429 holds the whole lane back: who waits
--- there more than a second for another's is told once, by an event {kind = "held", delay_ms}
---@field lane_limit? integer requests in flight there, 0 for no cap
---@field lane_rate? number starts per second there, 0 for no cap
---@field lane_tokens? integer tokens per minute there, 0 for no cap. Of these two the service's own limits
--- (x-ratelimit-*) take the place as soon as it has named them
---@field lane_firm? boolean these two are bounds: the service's own limits can only lower them
---@field tokens? integer what this request may cost, by an estimate
---@field sink_replace? boolean whether a file that is there is replaced; default true. When not, also one that
--- came while the answer was on its way is left alone, and the code is "file"
---@field sink_bytes? integer ceiling of such a body, default 2 GiB

---@class mistral.native.Transport
---@field submit fun(self, request: table): integer?, string?, string? the request's id
---@field cancel fun(self, id: integer)
---@field warm fun(self, url: string)
---@field drain fun(self, max?: integer): table[] events, oldest first; never blocks
---@field wait fun(self, ms: integer): boolean true when there is mail
---@field wake fun(self) makes the descriptor readable once
---@field fd fun(self): integer readable while there is mail
---@field listen fun(self): string?, string?, string? path of a unix socket that says the same
---@field stats fun(self): table<string, integer>
---@field close fun(self)

local search = require("mistral.search")

local VERSION = "0.1.0"
local OPEN = "luaopen_mistral_core"

---"5.1" for LuaJIT too: they share the ABI.
local function abi()
  return _VERSION:match("%d+%.%d+")
end

local function root()
  local source = debug.getinfo(1, "S").source:gsub("^@", "")
  return (source:gsub("lua[/\\]mistral[/\\]native%.lua$", ""))
end

---The files that `require "mistral_core"` would try, but none of the current folder.
local function installed_paths()
  local paths = {}
  for index, template in ipairs(search.templates(package.cpath)) do
    paths[index] = (template:gsub("%?", "mistral_core"))
  end
  return paths
end

local function exists(path)
  local file = io.open(path, "rb")
  if file then
    file:close()
  end
  return file ~= nil
end

---@return mistral.Native? native
---@return string? problem why this file will not do; nil when there is no such file
local function try(path)
  if not exists(path) then
    return nil, nil
  end
  local open, message = package.loadlib(path, OPEN)
  if not open then
    return nil, message
  end
  local native = open()
  if native.version ~= VERSION then
    return nil, ("it is version %s, these Lua files are %s"):format(native.version, VERSION)
  end
  return native
end

-- First what to do: there may be room for one line only.
local function explain(tried)
  local here = root()
  local lines = {
    ("build the C module for %s: make -C %s"):format(_VERSION, here == "" and "." or here),
    ("None is there for this Lua (%s). Tried:"):format(
      rawget(_G, "jit") and rawget(_G, "jit").version or "PUC " .. _VERSION),
  }
  for _, one in ipairs(tried) do
    lines[#lines + 1] = ("  %s: %s"):format(one.path, one.problem or "no such file")
  end
  return table.concat(lines, "\n")
end

local function find()
  local paths, tried = installed_paths(), {}
  paths[#paths + 1] = ("%sbuild/lua%s/mistral_core.so"):format(root(), abi())
  for _, path in ipairs(paths) do
    local native, problem = try(path)
    if native then
      return native
    end
    tried[#tried + 1] = { path = path, problem = problem }
  end
  -- Or the next require would speak of a loop (Lua 5.1), and not look for what is built by then.
  package.loaded["mistral.native"] = nil
  error(explain(tried), 0)
end

return find()
