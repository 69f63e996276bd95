--- :Mistral log: the last requests of this session, the newest first: when, what for, which model, how
--- it went, how long it took, what it cost. Kept in memory only; no content, no key.
local columns = require("mistral.editor.columns")
local lines_of = require("mistral.lines")

local M = {}

local BUFFER = "mistral://log"

local COLUMNS = {
  { title = "time" }, { title = "kind" }, { title = "model" }, { title = "result" },
  { title = "first", right = true }, { title = "took", right = true },
  { title = "in", right = true }, { title = "out", right = true }, { title = "USD", right = true },
  { title = "tries", right = true }, { title = "request id" },
}

local function seconds(ms)
  return ms and ("%.2fs"):format(ms / 1000) or ""
end

local function result(entry)
  local words = { entry.status and ("%d"):format(entry.status) }
  words[#words + 1] = entry.outcome == "failed" and (entry.code or "failed") or entry.outcome
  return table.concat(words, " ")
end

local function ascii(text)
  return (text or ""):gsub("[\128-\255]", "?")
end

local function row_of(entry)
  return {
    os.date("%H:%M:%S", entry.time),
    ascii(entry.kind),
    ascii(entry.model),
    result(entry),
    seconds(entry.first_ms),
    seconds(entry.duration_ms),
    entry.tokens_in and columns.count(entry.tokens_in) or "",
    entry.tokens_out and columns.count(entry.tokens_out) or "",
    columns.money(entry.cost),
    ("%d"):format(entry.tries or 0),
    ascii(entry.request_id),
    below = entry.message and "    " .. lines_of.code_line(entry.message) or nil,
  }
end

--- What the window says.
---@param ended mistral.activity.Ended[] oldest first
---@return string[]
function M.lines(ended)
  if #ended == 0 then
    return { "Nothing was asked in this session yet." }
  end
  local rows = {}
  for i = #ended, 1, -1 do
    rows[#rows + 1] = row_of(ended[i])
  end
  return columns.lines(COLUMNS, rows)
end

--- Shows it.
---@param session mistral.Session
---@return true
function M.start(session)
  local host = session.host
  local buffer = host.split({
    name = BUFFER, filetype = "", position = "below", focus = true, wrap = false,
  })
  host.fill(buffer, M.lines(session.activity.ended))
  host.set_cursor(1, 0)
  return true
end

return M
