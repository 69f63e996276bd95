--- What the editor knows of some lines: the function they stand in, what other programs say of them,
--- and where the names in them are defined.
local around = require("mistral.editor.explain.around")
local definitions = require("mistral.editor.explain.definitions")
local project = require("mistral.editor.chat.project")
local text = require("mistral.lines")

local M = {}

local NEAR = 400 -- lines above and below that are looked at

-- The function around the lines, by what the editor's parser says or by its looks.
local function function_around(host, code)
  local first, last, name = host.outline(code.buffer, code.first)
  if first and first <= code.first and last >= code.last then
    return first, last, name
  end
  local top = math.max(1, code.first - NEAR)
  local bottom = math.min(host.line_count(code.buffer), code.last + NEAR)
  local lines = host.lines(code.buffer, top, bottom)
  first, last = around.find(lines, code.first - top + 1, code.last - top + 1)
  if first then
    return first + top - 1, last + top - 1
  end
end

local function size(lines)
  return #table.concat(lines, "\n")
end

local function read_around(host, code, most)
  if code.whole or code.last - code.first > 2 * NEAR then
    return nil
  end
  local first, last, name = function_around(host, code)
  if not first or last - first > 2 * NEAR or first == code.first and last == code.last then
    return nil
  end
  local above = first < code.first and host.lines(code.buffer, first, code.first - 1) or {}
  local below = last > code.last and host.lines(code.buffer, code.last + 1, last) or {}
  if size(code.lines) + size(above) + size(below) > most then
    return nil
  end
  return {
    first = first, last = last, name = name,
    above = text.code_lines(above), below = text.code_lines(below),
  }
end

--- Finds out. Calls `done` once, perhaps before this returns, and at the latest after 300 ms.
---@param host mistral.Host
---@param code mistral.Scope
---@param options mistral.Options
---@param done fun(known: mistral.explain.Known)
---@return fun() stop
function M.find(host, code, options, done)
  local known = {
    around = read_around(host, code, options.max_bytes),
    diagnostics = host.diagnostics(code.buffer, code.first, code.last),
    definitions = {},
  }
  if not options.explain.definitions then
    done(known)
    return function() end
  end
  return definitions.find({
    host = host, buffer = code.buffer, lines = code.lines, row = code.first,
    path = host.real_path(host.path(code.buffer)), folder = project.folder(host),
    first = known.around and known.around.first or code.first,
    last = known.around and known.around.last or code.last,
    allow_files = options.allow_files,
  }, function(found)
    known.definitions = found
    done(known)
  end)
end

return M
