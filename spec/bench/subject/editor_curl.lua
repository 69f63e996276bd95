--- A curl process per request, spawned by Neovim: how most plugins reach a service today.
---
---   curl params JSON    the request
---   curl fim            -> first_ms, total_ms, call_us
---   curl cancelled MS   three, stopped after MS, then one more, which is timed
---   curl memory         -> rss_kb, pss_kb of one curl while it connects

local smaps = require("spec.bench.subject.smaps")

local M = {}

local ARGV = {
  "curl", "-sS", "-N", "-d", "@-",
  "-H", "Content-Type: application/json",
  "-H", "Accept: text/event-stream",
  "-H", "Authorization: Bearer test-key-bench",
}

---@param host bench.Host
---@return table<string, fun(rest: string)>
function M.commands(host)
  local body
  local argv = vim.list_extend({}, ARGV)
  table.insert(argv, os.getenv("MISTRAL_BENCH_URL") .. "/fim/completions")

  local function spawn(on_stdout, on_exit)
    local job = vim.fn.jobstart(argv, {
      on_stdout = function(_, lines) on_stdout(lines) end,
      on_exit = function(_, code) on_exit(code) end,
    })
    vim.fn.chansend(job, body)
    vim.fn.chanclose(job, "stdin")
    return job
  end

  local function nothing() end

  local function fim()
    local began = host.now_ms()
    local first_ms, call_ms
    spawn(function(lines)
      if not first_ms and table.concat(lines, "\n"):find("data:", 1, true) then
        first_ms = host.now_ms() - began
      end
    end, function(code)
      local problem = code ~= 0 and "curl exits with " .. code or nil
      local total_ms = host.now_ms() - began
      host.answer({ first_ms = first_ms, total_ms = total_ms, call_us = call_ms * 1e3,
        error = problem })
    end)
    call_ms = host.now_ms() - began
  end

  local function cancelled(ms)
    local burst = {}
    for i = 1, 3 do burst[i] = spawn(nothing, nothing) end
    host.after(tonumber(ms), function()
      for _, job in ipairs(burst) do vim.fn.jobstop(job) end
      fim()
    end)
  end

  local function memory()
    local job = spawn(nothing, nothing)
    host.after(150, function()
      host.answer(smaps.read(vim.fn.jobpid(job)) or { error = "curl had already ended" })
    end)
  end

  local function params(json)
    local request = host.decode(json)
    request.stream = true
    body = host.encode(request)
    host.answer({ ok = true })
  end

  local words = { fim = fim, cancelled = cancelled, memory = memory, params = params }
  return {
    curl = function(line)
      local word, rest = line:match("^(%S+)%s*(.*)$")
      words[word](rest)
    end,
  }
end

return M
