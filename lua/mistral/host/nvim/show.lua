--- What Neovim shows that is not in the buffer: ghost text and findings.
local expand_tabs = require("mistral.host.tabs")

local api = vim.api

local M = {}

api.nvim_set_hl(0, "MistralGhost", { link = "NonText", default = true })

-- Ghost -----------------------------------------------------------------------------------------

local ghosts = api.nvim_create_namespace("mistral.ghost")
local HAS_INLINE = vim.fn.has("nvim-0.10") == 1

--- Text behind the cursor cannot make room before 0.10, so it is drawn again behind the ghost.
local function overlay(first, rest)
  local chunks = { { first, "MistralGhost" } }
  if rest ~= "" then
    chunks[2] = { rest, "Normal" }
  end
  return { virt_text = chunks, virt_text_pos = "overlay" }
end

local function first_line(first, rest)
  if not HAS_INLINE then
    return overlay(first, rest)
  end
  return { virt_text = { { first, "MistralGhost" } }, virt_text_pos = "inline" }
end

--- The ghost's lines, and the buffer's text behind it, as they can be drawn.
local function drawable(buffer, row, col, lines)
  local line = api.nvim_buf_get_lines(buffer, row - 1, row, false)[1] or ""
  local tabstop = vim.bo[buffer].tabstop
  local width = vim.fn.strdisplaywidth
  local column = width(line:sub(1, col))
  local drawn = { expand_tabs(lines[1], column, tabstop, width) }
  for i = 2, #lines do
    drawn[i] = expand_tabs(lines[i], 0, tabstop, width)
  end
  return drawn, expand_tabs(line:sub(col + 1), column + width(drawn[1]), tabstop, width)
end

function M.ghost(buffer, row, col, lines)
  local drawn, rest = drawable(buffer, row, col, lines)
  local mark = first_line(drawn[1], rest)
  mark.hl_mode = "replace"
  mark.priority = 65535 -- above inlay hints
  if drawn[2] then
    mark.virt_lines = {}
    for i = 2, #drawn do
      mark.virt_lines[i - 1] = { { drawn[i], "MistralGhost" } }
    end
  end
  local id = api.nvim_buf_set_extmark(buffer, ghosts, row - 1, col, mark)
  return {
    remove = function()
      if api.nvim_buf_is_valid(buffer) then
        api.nvim_buf_del_extmark(buffer, ghosts, id)
      end
    end,
  }
end

-- Findings --------------------------------------------------------------------------------------

local review = api.nvim_create_namespace("mistral.review")

local SEVERITY = {
  error = vim.diagnostic.severity.ERROR,
  warning = vim.diagnostic.severity.WARN,
  info = vim.diagnostic.severity.INFO,
  hint = vim.diagnostic.severity.HINT,
}

local function message(shown)
  return shown.detail == "" and shown.title or shown.title .. "\n" .. shown.detail
end

local function diagnostic(buffer, shown)
  local lines = api.nvim_buf_get_lines(buffer, shown.first - 1, shown.last, false)
  return {
    lnum = shown.first - 1,
    col = #(lines[1] or ""):match("^%s*"),
    end_lnum = shown.last - 1,
    end_col = #(lines[#lines] or ""),
    severity = SEVERITY[shown.severity],
    source = "mistral",
    code = shown.category ~= "" and shown.category or nil,
    message = message(shown),
    user_data = { mistral = { title = shown.title } },
  }
end

local function title_of(entry)
  return entry.user_data and entry.user_data.mistral.title or entry.message
end

function M.findings(buffer, shown, virtual_text)
  if not api.nvim_buf_is_valid(buffer) then
    return
  end
  vim.diagnostic.config({ virtual_text = virtual_text and { format = title_of } }, review)
  local entries = {}
  for i, item in ipairs(shown) do
    entries[i] = diagnostic(buffer, item)
  end
  vim.diagnostic.set(review, buffer, entries)
end

return M
