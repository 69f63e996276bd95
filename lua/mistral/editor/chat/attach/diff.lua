--- What has changed and is not committed: staged, and not staged yet.
local git = require("mistral.git")
local patch = require("mistral.git.text")
local text = require("mistral.lines")
local waiting = require("mistral.editor.waiting")

local SCOPES = {
  { kind = "staged", title = "What is staged" },
  { kind = "unstaged", title = "What is changed and not staged" },
}

local TOO_MUCH = "it is longer than option max_bytes lets through, %d bytes; name what matters, "
  .. "as in @file:name:1-200"

local function told(view, work, scope)
  local options = view.options
  local changes, reason, code = git.changes(work.run, { kind = scope.kind, folder = view.folder }, {
    allow_files = options.allow_files, max_file_bytes = options.max_bytes, breathe = work.breathe,
  })
  if not changes then
    return nil, reason, code
  end
  local diff, whole = patch.of(changes, { limit = options.max_bytes, breathe = work.breathe })
  if not whole then
    return nil, TOO_MUCH:format(options.max_bytes)
  end
  local lines = text.code_lines(text.split_lines((diff:gsub("\n$", ""))))
  return scope.title .. ":\n" .. table.concat(lines, "\n")
end

-- What there is of both; when there is nothing of either, or one cannot be read, why.
local function read_both(view, work)
  local parts, reasons = {}, {}
  for _, scope in ipairs(SCOPES) do
    local said, reason, code = told(view, work, scope)
    if not said and code ~= "nothing" then
      return nil, reason
    end
    local list = said and parts or reasons
    list[#list + 1] = said or (reason:gsub("^nothing to review: ", ""))
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
