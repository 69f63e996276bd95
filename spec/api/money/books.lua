--- A ledger in a folder of its own, a clock that stands still, and an account on both.
local accounts = require "mistral.money.account"
local json = require "mistral.json"
local lfs = require "lfs"

local M = {}

M.NOW = 1795374763 -- 2026-11-22T19:12:43Z
M.SITE = { base = "https://api.mistral.ai/v1", host = "api.mistral.ai", service = true }

--- A new empty folder; the runner removes the one it is in.
function M.folder()
  local name = os.tmpname()
  os.remove(name)
  local path = (os.getenv "TMPDIR" or "/tmp") .. "/" .. name:match "[^/]+$"
  assert(lfs.mkdir(path))
  return path
end

--- As native.append, in one write of the C library.
function M.append(path, line)
  local file, message = io.open(path, "ab")
  if not file then return nil, message end
  file:write(line .. "\n")
  file:close()
  return true
end

--- An account, what it has noticed, and its clock, which can be set.
function M.account(options)
  local at = { now = M.NOW, notices = {} }
  local all = {
    provider = "mistral", ledger = M.folder(), append = M.append,
    clock = function() return at.now end,
    notify = function(sentence) at.notices[#at.notices + 1] = sentence end,
  }
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  at.folder = all.ledger
  return accounts.new(all), at
end

--- A checked call of this kind, as the endpoints make it.
function M.call(params, fields)
  local call = {
    kind = "chat", endpoint = { method = "POST" }, path = "/chat/completions", streamed = false,
    params = { model = "mistral-small-latest", messages = { { role = "user", content = "hello" } } },
  }
  for name, value in pairs(params or {}) do
    call.params[name] = value
  end
  for name, value in pairs(fields or {}) do
    call[name] = value
  end
  return call
end

--- Have a request of these counts go through.
function M.spend(account, tokens_in, tokens_out, params, fields)
  local call = M.call(params, fields)
  assert(not account:admit(call, M.SITE))
  account:ended(call, {
    outcome = "done", status = 200, duration_ms = 5, sent = true,
    usage = { prompt_tokens = tokens_in, completion_tokens = tokens_out },
  })
end

--- The lines of a month, decoded.
function M.lines(folder, month)
  local list = {}
  local file = io.open(("%s/ledger-%s.jsonl"):format(folder, month or "2026-11"))
  if not file then return list end
  for line in file:lines() do
    list[#list + 1] = assert(json.decode(line))
  end
  file:close()
  return list
end

--- Put text into a month's file as it is.
function M.write(folder, month, text)
  local file = assert(io.open(("%s/ledger-%s.jsonl"):format(folder, month), "ab"))
  file:write(text)
  file:close()
end

return M
