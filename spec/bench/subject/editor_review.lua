--- What a large review does to the editor's loop.
---
---   review FILE    `:Mistral review staged` of the repository that this file is in, then `clear`
---   review         nothing, for half a second
---   -> gap_ms, cpu_ms_per_s of the main thread, wall_ms, findings

local meter = require("spec.bench.subject.meter")

local M = {}

local function set_up()
  vim.cmd("runtime plugin/mistral.vim")
  require("mistral").setup({
    api_key = "test-key-bench",
    base_url = os.getenv("MISTRAL_BENCH_URL"),
    ca_file = os.getenv("MISTRAL_BENCH_CA"),
    ledger = false,
    review = { request_tokens = 4000, ask_tokens = 0, ask_cost = 0, kept = 0 },
  })
end

---@param host bench.Host
---@return table<string, fun(rest: string)>
function M.commands(host)
  local function finish(stop, findings)
    vim.schedule(function()
      local values = stop()
      values.findings = findings
      host.answer(values)
    end)
  end

  local function review(file)
    set_up()
    vim.cmd("silent edit " .. vim.fn.fnameescape(file))
    local stop = meter(host)
    vim.api.nvim_create_autocmd("User", { pattern = "MistralReview", once = true, callback = function()
      finish(stop, #vim.fn.getqflist())
      vim.schedule(function() vim.cmd("Mistral clear") end)
    end })
    vim.cmd("Mistral review staged")
  end

  return {
    review = function(file)
      if file ~= "" then return review(file) end
      local stop = meter(host)
      host.after(500, function() finish(stop, 0) end)
    end,
  }
end

return M
