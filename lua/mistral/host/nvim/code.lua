--- What Neovim knows of code: diagnostics of others, definitions from language servers, functions
--- from a syntax tree. None of it is waited for.
local loop = require("mistral.host.nvim.loop")

local api = vim.api

local M = {}

local MOST = 200
local ANSWER_MS = 1000
local PARSED_BYTES = 50000 -- what a tree is made of at once

-- Diagnostics -------------------------------------------------------------------------------------

local SEVERITIES = { "error", "warning", "info", "hint" }

function M.diagnostics(buffer, first, last)
  local ours = api.nvim_create_namespace("mistral.review")
  local found = {}
  for _, item in ipairs(vim.diagnostic.get(buffer)) do
    local from, to = item.lnum + 1, (item.end_lnum or item.lnum) + 1
    if item.namespace ~= ours and to >= first and from <= last and #found < MOST then
      found[#found + 1] = {
        row = from, last = to, severity = SEVERITIES[item.severity] or "info",
        message = item.message, source = item.source or "",
      }
    end
  end
  return found
end

-- Definitions -------------------------------------------------------------------------------------

local METHOD = "textDocument/definition"

--- Not by looking at vim.lsp, which would load it, and open its log.
local function clients_of(buffer)
  if not package.loaded["vim.lsp"] then
    return {}
  end
  local all = vim.lsp.get_clients and vim.lsp.get_clients({ bufnr = buffer })
    or vim.lsp.buf_get_clients(buffer)
  local able = {}
  for _, client in pairs(all) do
    local can = client.server_capabilities
    if type(can) == "table" and can.definitionProvider then
      able[#able + 1] = client
    end
  end
  return able
end

local function character(line, col, encoding)
  if encoding == "utf-8" then
    return col
  end
  local utf32, utf16 = vim.str_utfindex(line, math.min(col, #line))
  return encoding == "utf-32" and utf32 or utf16
end

local function params_at(client, buffer, row, col)
  local line = api.nvim_buf_get_lines(buffer, row - 1, row, false)[1] or ""
  local encoding = client.offset_encoding or "utf-16"
  return {
    textDocument = { uri = vim.uri_from_bufnr(buffer) },
    position = { line = row - 1, character = character(line, col, encoding) },
  }
end

local function request(client, params, heard, buffer)
  if vim.fn.has("nvim-0.11") == 1 then
    return client:request(METHOD, params, heard, buffer)
  end
  return client.request(METHOD, params, heard, buffer)
end

--- A Location, a LocationLink, or a list of either.
local function add_places(result, places)
  if type(result) ~= "table" then
    return
  end
  for _, location in ipairs(result[1] and result or { result }) do
    local uri = location.targetUri or location.uri
    local range = location.targetSelectionRange or location.range
    if type(uri) == "string" and uri:find("^file:") and type(range) == "table" then
      places[#places + 1] = { path = vim.uri_to_fname(uri), row = range.start.line + 1 }
    end
  end
end

function M.definition(buffer, row, col, done)
  local places, waiting, over, forget = {}, 0, false, nil
  local function finish()
    if not over then
      over = true
      forget()
      done(places)
    end
  end
  forget = loop.timer(ANSWER_MS, finish)
  for _, client in ipairs(clients_of(buffer)) do
    local sent = request(client, params_at(client, buffer, row, col), function(_, result)
      if not over then
        pcall(add_places, result, places)
        waiting = waiting - 1
      end
      if waiting == 0 then
        vim.schedule(finish)
      end
    end, buffer)
    waiting = waiting + (sent and 1 or 0)
  end
  if waiting == 0 then
    vim.schedule(finish)
  end
end

-- Functions ---------------------------------------------------------------------------------------

--- Its syntax tree, when that is there or is made in no time.
local function tree_of(buffer)
  local parsed, parser = pcall(vim.treesitter.get_parser, buffer)
  if not parsed or not parser then
    return nil
  end
  local bytes = api.nvim_buf_get_offset(buffer, api.nvim_buf_line_count(buffer))
  local is_kept = package.loaded["vim.treesitter.highlighter"]
    and vim.treesitter.highlighter.active[buffer]
  if not is_kept and bytes > PARSED_BYTES then
    return nil
  end
  return parser:parse()[1]
end

local function text_of(node, buffer)
  local row, col, end_row, end_col = node:range()
  return row == end_row and api.nvim_buf_get_text(buffer, row, col, end_row, end_col, {})[1] or nil
end

--- In C, a name is within declarators.
local function name_of(node, buffer)
  local named = node:field("name")[1]
  local inner = node:field("declarator")[1]
  while not named and inner do
    local deeper = inner:field("declarator")[1]
    named, inner = not deeper and inner or nil, deeper
  end
  return named and text_of(named, buffer)
end

local function is_function(kind)
  return (kind:find("function") or kind:find("method")) and not kind:find("call")
    and not kind:find("name") and not kind:find("declarator") and not kind:find("type")
end

local function enclosing(buffer, row)
  local tree = tree_of(buffer)
  local line = tree and api.nvim_buf_get_lines(buffer, row - 1, row, false)[1]
  if not line then
    return nil
  end
  local col = #line:match("^%s*")
  local node = tree:root():named_descendant_for_range(row - 1, col, row - 1, col)
  while node and not is_function(node:type()) do
    node = node:parent()
  end
  if node then
    local first, _, last, last_col = node:range()
    return first + 1, last_col == 0 and last or last + 1, name_of(node, buffer)
  end
end

function M.outline(buffer, row)
  local found, first, last, name = pcall(enclosing, buffer, row)
  if found then
    return first, last, name
  end
end

return M
