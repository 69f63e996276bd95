--- Neovim as a subject for rows to ask: mistral.vim by the commands of runner.lua, a curl per
--- request as plugins do it (`curl …`), and what the editor itself shows (memory, its loop).
---
---   grow MB       makes the editor that much larger
---   memory        -> rss_kb, pss_kb
---   and the commands of editor_curl.lua, editor_stream.lua and editor_review.lua

package.path = "./?.lua;" .. package.path

local curl = require("spec.bench.subject.editor_curl")
local review = require("spec.bench.subject.editor_review")
local runner = require("spec.bench.subject.runner")
local stream = require("spec.bench.subject.editor_stream")
local smaps = require("spec.bench.subject.smaps")

local uv = vim.loop
local stdin, stdout = uv.new_pipe(false), uv.new_pipe(false)
stdin:open(0)
stdout:open(1)

local host = {
  door = os.getenv("MISTRAL_BENCH_DOOR") or "client",
  pump = false,
  watch = require("mistral.host.nvim").watch,
  decode = vim.json.decode,
  encode = vim.json.encode,
}

function host.now_ms() return uv.hrtime() / 1e6 end

function host.after(ms, go_on) vim.defer_fn(go_on, ms) end

function host.answer(values) stdout:write(vim.json.encode(values) .. "\n") end

local subject = runner.new(host)
local ballast = {}
local commands = {}

function commands.grow(megabytes)
  for i = 1, tonumber(megabytes) do
    ballast[i] = ("%08d"):format(i):rep(131072)
  end
  host.answer({ held_mb = #ballast })
end

function commands.memory()
  collectgarbage()
  collectgarbage()
  host.answer(smaps.read("self"))
end

for name, command in pairs(curl.commands(host)) do commands[name] = command end
for name, command in pairs(stream.commands(host)) do commands[name] = command end
for name, command in pairs(review.commands(host)) do commands[name] = command end

local function run(line)
  local word, rest = line:match("^(%S+)%s*(.*)$")
  if commands[word] then
    commands[word](rest)
  else
    subject:run(line)
  end
end

local function guarded(line)
  local ok, problem = xpcall(run, debug.traceback, line)
  if not ok then host.answer({ error = problem }) end
end

local partial = ""
stdin:read_start(vim.schedule_wrap(function(_, bytes)
  if not bytes then return vim.cmd("qa!") end
  partial = partial .. bytes
  while partial:find("\n", 1, true) do
    local line, rest = partial:match("^(.-)\n(.*)$")
    partial = rest
    guarded(line)
  end
end))
