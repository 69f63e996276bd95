--- How findings and ghost text look in Vim: groups that a colour scheme or a user may set otherwise.
local callbacks = require("mistral.host.vim.callbacks")

local M = {}

---@class mistral.host.vim.Look
---@field letter string
---@field group string of the underlined text; with Sign and Text behind it, of those
---@field cterm integer colours
---@field gui string

---@type table<mistral.Severity, mistral.host.vim.Look>
M.severities = {
  error = { letter = "E", group = "MistralError", cterm = 1, gui = "Red" },
  warning = { letter = "W", group = "MistralWarning", cterm = 3, gui = "Orange" },
  info = { letter = "I", group = "MistralInfo", cterm = 4, gui = "SkyBlue" },
  hint = { letter = "H", group = "MistralHint", cterm = 7, gui = "Gray" },
}

local function define_groups()
  vim.command("highlight default link MistralGhost NonText")
  for _, look in pairs(M.severities) do
    local group = look.group
    vim.command(("highlight default %s cterm=underline gui=undercurl guisp=%s"):format(
      group, look.gui))
    vim.command(("highlight default %sSign ctermfg=%d guifg=%s"):format(
      group, look.cterm, look.gui))
    vim.command(("highlight default link %sText %sSign"):format(group, group))
  end
end

--- Defines the groups, and again whenever a colour scheme has cleared them.
function M.define()
  define_groups()
  vim.command("augroup mistral_looks | autocmd! | augroup END")
  vim.command("autocmd mistral_looks ColorScheme * call "
    .. callbacks.expression(callbacks.add(define_groups)))
end

return M
