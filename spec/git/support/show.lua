--- Changes as short texts that a spec can compare.
local M = {}

---The rows of a file, each with its kind before it.
function M.rows(file)
  local rows = {}
  for _, hunk in ipairs(file.hunks) do
    for _, row in ipairs(hunk.lines) do
      rows[#rows + 1] = row.kind .. row.text
    end
  end
  return rows
end

---The new side of a file, byte for byte.
function M.new_side(file)
  local out = {}
  for _, hunk in ipairs(file.hunks) do
    for _, row in ipairs(hunk.lines) do
      if row.kind ~= "-" then out[#out + 1] = row.text .. (row.cr and "\r" or "") end
    end
  end
  return table.concat(out, "\n") .. (file.no_newline and "" or "\n")
end

---`status path` of each file, or `status old -> path`.
function M.files(changes)
  local list = {}
  for _, file in ipairs(changes.files) do
    local from = file.old_path and file.old_path .. " -> " or ""
    list[#list + 1] = file.status .. " " .. from .. file.path
  end
  return list
end

---Why a path was skipped, or nil.
function M.why(changes, path)
  for _, record in ipairs(changes.skipped) do
    if record.path == path then return record.why end
  end
end

---The file of a path.
function M.file(changes, path)
  for _, file in ipairs(changes.files) do
    if file.path == path then return file end
  end
end

return M
