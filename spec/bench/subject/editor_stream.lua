--- What a fast stream does to the editor's loop: the answer's text goes to the end of a buffer, one
--- edit per turn of the loop, whichever way it comes.
---
---   stream idle SECONDS   nothing but the meter
---   stream ours           `client:chat`
---   stream curl           a curl that jobstart started, its events decoded on the loop
---   -> cpu_ms_per_s of the main thread, all_cpu_ms_per_s of the process, gap_ms, edits, bytes,
---      wall_ms

local meter = require("spec.bench.subject.meter")

local M = {}

local MESSAGES = { { role = "user", content = "Say it." } }
local PARAMS = { model = "mistral-small-latest", messages = MESSAGES }

--- A buffer that text is added to: what one turn of the loop brings becomes one edit.
local function new_sink()
  local sink = { edits = 0, bytes = 0 }
  local buffer = vim.api.nvim_create_buf(false, true)
  local pending = {}

  local function flush()
    local text = table.concat(pending)
    pending = {}
    local last = vim.api.nvim_buf_line_count(buffer) - 1
    local column = #vim.api.nvim_buf_get_lines(buffer, last, last + 1, false)[1]
    local lines = vim.split(text, "\n", { plain = true })
    vim.api.nvim_buf_set_text(buffer, last, column, last, column, lines)
    sink.edits, sink.bytes = sink.edits + 1, sink.bytes + #text
  end

  function sink.add(text)
    if #pending == 0 then vim.schedule(flush) end
    pending[#pending + 1] = text
  end

  return sink
end

--- Splits what jobstart hands over into events and decodes them.
local function new_decoder(add)
  local partial = ""
  return function(lines)
    for i, line in ipairs(lines) do
      partial = i == 1 and partial .. line or line
      if i < #lines and partial:sub(1, 7) == "data: {" then
        add(vim.json.decode(partial:sub(7)).choices[1].delta.content)
      end
    end
  end
end

---@param host bench.Host
---@return table<string, fun(rest: string)>
function M.commands(host)
  local ways = {}
  local client

  local function finish(stop, sink, problem)
    vim.schedule(function()
      local values = stop()
      values.edits, values.bytes = sink.edits, sink.bytes
      values.error = problem and tostring(problem) or nil
      host.answer(values)
    end)
  end

  function ways.idle(seconds)
    local stop = meter(host)
    host.after(tonumber(seconds) * 1e3, function() finish(stop, { edits = 0, bytes = 0 }) end)
  end

  function ways.ours()
    client = client or require("mistral").client({
      api_key = "test-key-bench",
      base_url = os.getenv("MISTRAL_BENCH_URL"),
      ca_file = os.getenv("MISTRAL_BENCH_CA"),
      watch = host.watch,
    })
    local sink, stop = new_sink(), nil
    client:chat(PARAMS, {
      on_delta = function(delta)
        stop = stop or meter(host)
        if delta.text and delta.text ~= "" then sink.add(delta.text) end
      end,
      on_done = function() finish(stop, sink) end,
      on_error = function(err) finish(stop or meter(host), sink, err) end,
    })
  end

  function ways.curl()
    local request = vim.tbl_extend("error", PARAMS, { stream = true })
    local argv = { "curl", "-sS", "-N", "--json", vim.json.encode(request), "--cacert",
      os.getenv("MISTRAL_BENCH_CA"), "-H", "Authorization: Bearer test-key-bench",
      os.getenv("MISTRAL_BENCH_URL") .. "/chat/completions" }
    local sink, stop = new_sink(), nil
    local decode = new_decoder(function(text)
      stop = stop or meter(host)
      if text ~= "" then sink.add(text) end
    end)
    vim.fn.jobstart(argv, {
      on_stdout = function(_, lines) decode(lines) end,
      on_exit = function(_, code)
        finish(stop or meter(host), sink, code ~= 0 and "curl exits with " .. code or nil)
      end,
    })
  end

  return {
    stream = function(line)
      local word, rest = line:match("^(%S+)%s*(.*)$")
      ways[word](rest)
    end,
  }
end

return M
