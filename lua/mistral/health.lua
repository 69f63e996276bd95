--- `:checkhealth mistral` in Neovim: what `:Mistral health` says.
local M = {}

local function reporter()
  local health = vim.health or require("health")
  return {
    start = health.start or health.report_start,
    ok = health.ok or health.report_ok,
    info = health.info or health.report_info,
    warn = health.warn or health.report_warn,
    error = health.error or health.report_error,
  }
end

function M.check()
  local report = reporter()
  local session = require("mistral.editor").session()
  local entries = require("mistral.editor.health.facts").entries(session.host, session:options())
  report.start("mistral.vim")
  for _, entry in ipairs(entries) do
    report[entry.level](entry.text)
  end
  report.info("`:Mistral health online` asks the service, too.")
end

return M
