--- What has changed and is not committed: staged, and not staged yet.
local git = require("mistral.git")
local text = require("mistral.lines")
local waiting = require("mistral.editor.waiting")
local words = require("mistral.text")

local CONTEXT = 3
local SCOPES = {
  { kind = "staged", title = "What is staged" },
  { kind = "unstaged", title = "What is changed and not staged" },
}

-- Showing -------------------------------------------------------------------------------------------

-- Which rows of a hunk are shown: what changed, and some lines around it.
local function near_changes(rows)
  local shown = {}
  for index, row in ipairs(rows) do
    if row.kind ~= " " then
      for near = math.max(1, index - CONTEXT), math.min(#rows, index + CONTEXT) do
        shown[near] = true
      end
    end
  end
  return shown
end

local function add_hunk(out, hunk)
  local shown, new_row, open = near_changes(hunk.lines), hunk.new_first, false
  for index, row in ipairs(hunk.lines) do
    if shown[index] and not open then
      out[#out + 1] = ("@@ line %d @@"):format(math.max(new_row, 1))
    end
    open = shown[index]
    if open then
      out[#out + 1] = row.kind .. text.code_line(row.text)
    end
    new_row = new_row + (row.kind == "-" and 0 or 1)
  end
end

local function add_file(out, file)
  local from = file.old_path and file.old_path ~= file.path
    and (" (was %s)"):format(words.line(file.old_path, 300)) or ""
  out[#out + 1] = ("--- %s, %s%s"):format(words.line(file.path, 300), file.status, from)
  for _, hunk in ipairs(file.hunks) do
    add_hunk(out, hunk)
  end
end

local function told(changes, title)
  local out = { title .. ":" }
  for _, file in ipairs(changes.files) do
    add_file(out, file)
  end
  for _, skipped in ipairs(changes.skipped) do
    out[#out + 1] = ("--- %s is left out: %s"):format(
      words.line(skipped.path, 300), words.line(skipped.why, 300))
  end
  return table.concat(out, "\n")
end

-- Reading -------------------------------------------------------------------------------------------

-- What there is of both; when there is nothing of either, why.
local function read_both(view, work)
  local parts, reasons = {}, {}
  for _, scope in ipairs(SCOPES) do
    local changes, reason = git.changes(work.run, { kind = scope.kind, folder = view.folder }, {
      allow_files = view.options.allow_files, max_file_bytes = view.options.max_bytes,
      breathe = work.breathe,
    })
    if changes then
      parts[#parts + 1] = told(changes, scope.title)
    else
      reason = reason:gsub("^nothing to review: ", "")
      reasons[#reasons + 1] = reason ~= reasons[1] and reason or nil
    end
  end
  if #parts == 0 then
    return nil, table.concat(reasons, ", and ")
  end
  return table.concat(parts, "\n\n")
end

---@param view mistral.chat.View
---@param answer fun(attachment: mistral.chat.Attachment|nil, reason: string|nil)
return function(view, _, answer)
  return waiting.start(view.host, function(work)
    return read_both(view, work)
  end, function(said, reason)
    if not said then
      return answer(nil, reason)
    end
    answer({ title = "what has changed and is not committed", language = "diff", text = said })
  end)
end
