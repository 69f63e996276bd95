--- Code that a question speaks of: a buffer, lines of it, or a file of the project.
local disk = require("mistral.api.disk")
local files = require("mistral.redact.files")
local project = require("mistral.editor.chat.project")
local text = require("mistral.lines")
local words = require("mistral.text")

local M = {}

local MEBIBYTE = 1024 * 1024

--- Why nothing of a file is sent, if so: asked before a byte of it is read.
---@param view mistral.chat.View
---@param path string
---@return string|nil
function M.refused(view, path)
  local refused = files.refused(path, view.options.allow_files)
  return refused and refused .. "; option allow_files lets it through"
end

--- The same of a buffer. One that shows a version of a file, or output, has no path, but a name.
---@param view mistral.chat.View
---@param buffer integer
---@return string|nil
function M.refused_buffer(view, buffer)
  local host = view.host
  return M.refused(view, host.name(buffer)) or M.refused(view, host.path(buffer))
end

-- Buffers ------------------------------------------------------------------------------------------

local function called(view, buffer, name)
  local path = view.host.path(buffer)
  return view.host.name(buffer) == name or path == name
    or path ~= "" and path:sub(-#name - 1) == "/" .. name
end

local function named(view, name)
  local found = {}
  for _, buffer in ipairs(view.host.buffers()) do
    if called(view, buffer, name) then
      found[#found + 1] = buffer
    end
  end
  if #found == 1 then
    return found[1]
  elseif #found == 0 then
    return nil, "no buffer of that name is loaded"
  end
  return nil, ("%d buffers are called that; give more of the path"):format(#found)
end

--- The buffer that a word speaks of: the one of that name, or the one the chat was entered from.
---@param view mistral.chat.View
---@param name? string
---@return integer|nil buffer, string|nil reason
function M.buffer(view, name)
  if name then
    return named(view, name)
  elseif view.home and view.host.valid(view.home) then
    return view.home
  end
  return nil, "the chat was entered from no other buffer; say @buffer:name"
end

--- How a buffer is called: by the project's name of its file.
function M.title(view, buffer)
  local path = view.host.path(buffer)
  return path == "" and "[No Name]" or text.code_line(project.name(view.folder, path))
end

-- Lines --------------------------------------------------------------------------------------------

local function titled(title, filetype, first, last, whole)
  local language = filetype ~= "" and (" (%s)"):format(filetype) or ""
  if whole then
    return title .. language
  end
  return ("%s%s, lines %d to %d"):format(title, language, first, last)
end

local function lines_asked(mention, count)
  local first, last = mention.first or 1, math.min(mention.last or count, count)
  if first > last then
    return nil, nil, ("it has %d lines"):format(count)
  end
  return first, last
end

local function attachment(title, filetype, lines, first, last, whole)
  return {
    title = titled(title, filetype, first, last, whole),
    language = filetype:match("^[%w_+-]+"),
    text = table.concat(lines, "\n"),
  }
end

local SLICE = 1000 -- lines that are read in one turn of the editor
local CHANGED = "it was changed while it was read; send the question again"

-- Reads lines of a buffer, many of them in several turns.
local function read_lines(host, buffer, first, last, done)
  local lines, tick = {}, host.tick(buffer)
  local function read(from)
    if not host.valid(buffer) or host.tick(buffer) ~= tick then
      return done(nil, CHANGED)
    end
    local to = math.min(from + SLICE - 1, last)
    for _, line in ipairs(text.code_lines(host.lines(buffer, from, to))) do
      lines[#lines + 1] = line
    end
    if to >= last then
      return done(lines)
    end
    host.schedule(function()
      read(to + 1)
    end)
  end
  read(first)
end

--- Some lines of a buffer.
---@param view mistral.chat.View
---@param buffer integer
---@param first integer
---@param last integer
---@param answer fun(attachment: mistral.chat.Attachment|nil, reason: string|nil)
function M.lines(view, buffer, first, last, answer)
  local host = view.host
  local refused = M.refused_buffer(view, buffer)
  if refused then
    return answer(nil, refused)
  end
  local whole = first == 1 and last >= host.line_count(buffer)
  read_lines(host, buffer, first, math.min(last, host.line_count(buffer)), function(lines, reason)
    if not lines then
      return answer(nil, reason)
    end
    local title = M.title(view, buffer)
    answer(attachment(title, host.filetype(buffer), lines, first, last, whole))
  end)
end

function M.of_buffer(view, mention, answer)
  local buffer, reason = M.buffer(view, mention.name)
  if not buffer then
    return answer(nil, reason)
  end
  local first, last
  first, last, reason = lines_asked(mention, view.host.line_count(buffer))
  if not first then
    return answer(nil, reason)
  end
  M.lines(view, buffer, first, last, answer)
end

function M.of_range(view, _, answer)
  local range = view.range
  if range and range.first then
    return M.lines(view, range.buffer, range.first, range.last, answer)
  elseif range then
    return answer(nil, "the lines that were given are gone; select others, and ask again")
  end
  local buffer, reason = M.buffer(view)
  if not buffer then
    return answer(nil, reason)
  end
  local first, last = view.host.visual(buffer)
  if not first then
    return answer(nil, "nothing has been selected in " .. M.title(view, buffer))
  end
  M.lines(view, buffer, first, last, answer)
end

-- Files --------------------------------------------------------------------------------------------

local function stat(path, most)
  local found, message, code = disk.stat(path)
  if not found then
    return code == "missing" and "there is no such file" or message
  elseif found.type ~= "file" then
    return found.type == "directory" and "it is a folder" or "it is not an ordinary file"
  elseif found.size > most then
    return ("it has %.1f MiB, and option max_bytes lets %.1f through; name the lines, as in :1-200")
      :format(found.size / MEBIBYTE, most / MEBIBYTE)
  end
end

local function read(path, most)
  local reason = stat(path, most)
  if reason then
    return nil, reason
  end
  local file, message = io.open(path, "rb")
  if not file then
    return nil, "it cannot be read: " .. message:gsub("^.-: ", "")
  end
  local bytes = file:read(most + 1) or ""
  file:close()
  if bytes:find("%z") then
    return nil, "it is not a text"
  end
  return text.split_lines((bytes:gsub("\n$", "")))
end

--- The path of a file that a word names.
---@param view mistral.chat.View
---@param name string
---@return string|nil path, string|nil reason
function M.path(view, name)
  local path, reason = project.file(view.host, view.folder, name)
  reason = reason or M.refused(view, name) or M.refused(view, path)
  return not reason and path or nil, reason
end

-- The same of a file that no buffer has.
local function of_closed_file(view, mention, path)
  -- Lines of a file may be asked for though the whole is too much, up to a point.
  local lines, reason = read(path, view.options.max_bytes * (mention.first and 16 or 1))
  if not lines then
    return nil, reason
  end
  local first, last
  first, last, reason = lines_asked(mention, #lines)
  if not first then
    return nil, reason
  end
  local some = {}
  for row = first, last do
    some[#some + 1] = text.code_line(lines[row])
  end
  local title = words.line(project.name(view.folder, path), 200)
  return attachment(title, "", some, first, last, not mention.first)
end

function M.of_file(view, mention, answer)
  local path, reason = M.path(view, mention.name)
  if not path then
    return answer(nil, reason)
  end
  if view.host.find(path) then
    local buffer = { name = path, first = mention.first, last = mention.last }
    return M.of_buffer(view, buffer, answer)
  end
  answer(of_closed_file(view, mention, path))
end

return M
