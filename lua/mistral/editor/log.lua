--- :Mistral log: the last requests of this session, the newest first: when, what for, which model, how
--- it went, how long it took, what it cost. Kept in memory only; no content, no key.
local columns = require("mistral.editor.columns")
local lines_of = require("mistral.lines")

local M = {}

local BUFFER = "mistral://log"
local INDENT = "    "

local COLUMNS = {
  { title = "time" }, { title = "kind" }, { title = "model" }, { title = "result" },
  { title = "first", right = true }, { title = "took", right = true },
  { title = "in", right = true }, { title = "out", right = true }, { title = "USD", right = true },
  { title = "tries", right = true }, { title = "id" },
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

--- A sentence below its row, in lines that fit.
local function below(message, width)
  if not message then
    return nil
  end
  local lines, line = {}, INDENT
  for word in lines_of.code_line(message):gmatch("%S+") do
    if #line + #word >= width and line ~= INDENT then
      lines[#lines + 1] = line
      line = INDENT
    end
    line = line .. (line == INDENT and "" or " ") .. word
  end
  lines[#lines + 1] = line
  return lines
end

local function row_of(entry, width)
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
    below = below(entry.message, width),
  }
end

--- What the window says.
---@param ended mistral.activity.Ended[] oldest first
---@param width integer columns that sentences may take
---@return string[]
function M.lines(ended, width)
  if #ended == 0 then
    return { "Nothing was asked in this session yet." }
  end
  local rows = {}
  for i = #ended, 1, -1 do
    rows[#rows + 1] = row_of(ended[i], width)
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
  host.fill(buffer, M.lines(session.activity.ended, math.max(40, host.width())))
  host.set_cursor(1, 0)
  return true
end

return M
