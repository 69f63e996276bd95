--- What Vim shows that is not in the buffer: ghost text and findings, by text properties and signs.
local expand_tabs = require("mistral.host.tabs")
local looks = require("mistral.host.vim.looks")
local value = require("mistral.host.vim.value")

local call = value.call

local M = {}

looks.define()

local function define_property(name, highlight, combine)
  call("prop_type_delete", name)
  call("prop_type_add", name, { highlight = highlight, combine = combine, priority = 10 })
end

-- Ghost -----------------------------------------------------------------------------------------

define_property("mistral_ghost", "MistralGhost", 0)

local function drawable(buffer, row, col, lines)
  local line = call("getbufline", buffer, row)[1] or ""
  local tabstop = call("getbufvar", buffer, "&tabstop")
  local function width(text)
    return call("strdisplaywidth", text)
  end
  local drawn = { expand_tabs(lines[1], width(line:sub(1, col)), tabstop, width) }
  for i = 2, #lines do
    local below = expand_tabs(lines[i], 0, tabstop, width)
    drawn[i] = below == "" and " " or below -- a property without text is none
  end
  return drawn
end

--- Vim 9.0 forgets to draw what stands below when such lines come and go between two redraws; an
--- option set to what it is makes it draw the window anew.
local function redraw_below(drawn)
  if drawn[2] then
    vim.command("let &l:list = &l:list")
  end
end

local function add_ghost(buffer, row, col, drawn)
  local function add(column, text, align)
    call("prop_add", row, column, {
      bufnr = buffer, type = "mistral_ghost", text = text, text_align = align,
    })
  end
  if drawn[1] ~= "" then
    add(col + 1, drawn[1])
  end
  for i = 2, #drawn do
    add(0, drawn[i], "below")
  end
end

function M.ghost(buffer, row, col, lines)
  local drawn = drawable(buffer, row, col, lines)
  add_ghost(buffer, row, col, drawn)
  redraw_below(drawn)
  return {
    remove = function()
      if call("bufloaded", buffer) == 1 then
        call("prop_remove", { bufnr = buffer, type = "mistral_ghost", all = 1 })
        redraw_below(drawn)
      end
    end,
  }
end

-- Findings --------------------------------------------------------------------------------------

for severity, look in pairs(looks.severities) do
  define_property("mistral_" .. severity, look.group, 1)
  define_property("mistral_text_" .. severity, look.group .. "Text", 0)
  call("sign_define", "mistral_" .. severity, {
    text = look.letter .. ">", texthl = look.group .. "Sign",
  })
end

local function clear(buffer)
  call("sign_unplace", "mistral", { buffer = buffer })
  if call("bufloaded", buffer) == 0 then
    return
  end
  for severity in pairs(looks.severities) do
    call("prop_remove", { bufnr = buffer, type = "mistral_" .. severity, all = 1 })
    call("prop_remove", { bufnr = buffer, type = "mistral_text_" .. severity, all = 1 })
  end
end

local function underline(buffer, shown)
  local lines = call("getbufline", buffer, shown.first, shown.last)
  local indent = #lines[1]:match("^%s*")
  call("prop_add", shown.first, indent + 1, {
    bufnr = buffer,
    type = "mistral_" .. shown.severity,
    end_lnum = shown.last,
    end_col = #lines[#lines] + 1,
  })
end

local function show(buffer, shown, virtual_text)
  call("sign_place", 0, "mistral", "mistral_" .. shown.severity, buffer, {
    lnum = shown.first, priority = 10,
  })
  underline(buffer, shown)
  if virtual_text then
    call("prop_add", shown.first, 0, {
      bufnr = buffer,
      type = "mistral_text_" .. shown.severity,
      text = looks.severities[shown.severity].letter .. " " .. shown.title,
      text_align = "after",
      text_padding_left = 2,
      text_wrap = "truncate",
    })
  end
end

function M.findings(buffer, shown, virtual_text)
  if call("bufexists", buffer) == 1 then
    clear(buffer)
  end
  for _, item in ipairs(shown) do
    show(buffer, item, virtual_text)
  end
end

return M
