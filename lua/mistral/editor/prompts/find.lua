--- Which prompts there are: files of the user's folder, and of the project's.
local disk = require("mistral.api.disk")
local project = require("mistral.editor.chat.project")
local read = require("mistral.editor.prompts.read")
local text = require("mistral.text")

local M = {}

M.MOST_BYTES = 64 * 1024
M.MOST_FILES = 200
M.MOST_TOGETHER = 256 * 1024 -- bytes of a folder's: they are read while somebody waits
M.IN_PROJECT = ".mistral/prompts"

---@class mistral.prompts.Entry a file that is, or should be, a prompt
---@field name string
---@field path string
---@field project boolean it came with the project: somebody else may have written it
---@field bytes? string of the file
---@field prompt? mistral.prompts.Prompt
---@field problem? string why it cannot be run, one sentence

-- Folders ------------------------------------------------------------------------------------------

local function home()
  local found = os.getenv("HOME")
  return found and found ~= "" and found or nil
end

--- The folder of the user's own.
---@param options mistral.Options
---@return string|nil nil where the environment does not say
function M.own(options)
  local folder = options.prompts.folder
  if folder ~= "" then
    return (folder:gsub("^~/", function()
      return (home() or "~") .. "/"
    end):gsub("(.)/+$", "%1"))
  end
  local config = os.getenv("XDG_CONFIG_HOME")
  if config and config:sub(1, 1) == "/" then
    return config .. "/mistral/prompts"
  end
  return home() and home() .. "/.config/mistral/prompts"
end

--- The folder of the project, if it has one that is inside of it.
---@param host mistral.Host
---@return string|nil
function M.of_project(host)
  local top = project.folder(host)
  return disk.exists(top .. "/" .. M.IN_PROJECT) and project.file(host, top, M.IN_PROJECT) or nil
end

-- Files --------------------------------------------------------------------------------------------

local LARGE = "%s has %d KiB, and a prompt may have %d"

-- The bytes of a file; nil and a sentence. It is asked what it is before it is opened: opening a pipe
-- would wait for whoever writes to it.
local function bytes_of(path)
  local found, message = disk.stat(path)
  if not found then
    return nil, ("%s cannot be read: %s"):format(path, message)
  elseif found.type ~= "file" then
    return nil, path .. " is no ordinary file"
  elseif found.size > M.MOST_BYTES then
    return nil, LARGE:format(path, math.ceil(found.size / 1024), M.MOST_BYTES / 1024)
  end
  local file, why = io.open(path, "rb")
  if not file then
    return nil, ("%s cannot be read: %s"):format(path, (why:gsub("^.-: ", "")))
  end
  local bytes = file:read(M.MOST_BYTES + 1) or ""
  file:close()
  return bytes
end

-- Where a file of the project really is; nil when that is elsewhere.
local function inside(host, folder, path)
  local real = host.real_path(path)
  return real:sub(1, #folder + 1) == folder .. "/" and real or nil
end

local function entry_of(host, folder, stem, of_project)
  local path = folder .. "/" .. stem .. ".md"
  local entry = { name = stem, path = path, project = of_project }
  local shown = text.line(path, 300)
  if of_project and not inside(host, folder, path) then
    entry.problem = shown .. " is a link that leads out of its folder"
    return entry
  end
  local problem
  entry.bytes, entry.problem = bytes_of(path)
  if not entry.bytes then
    entry.problem = text.line(entry.problem, 500)
    return entry
  end
  local name
  entry.prompt, problem, name = read.prompt(entry.bytes, stem)
  entry.name = entry.prompt and entry.prompt.name or name
  entry.problem = problem and ("%s, line %d: %s"):format(shown, problem.row, problem.message)
  return entry
end

local TOO_MANY = "%s has more than the %d KiB of prompts that are read of a folder; the last that "
  .. "is read is %s"

-- Reads the files in turn, as far as they are read at all.
local function add_files(host, list, folder, stems, of_project)
  local size = 0
  for index = 1, math.min(#stems, M.MOST_FILES) do
    local entry = entry_of(host, folder, stems[index], of_project)
    list[#list + 1] = entry
    size = size + #(entry.bytes or "")
    if size > M.MOST_TOGETHER then
      return TOO_MANY:format(text.line(folder, 300), M.MOST_TOGETHER / 1024,
        text.line(stems[index], 100))
    end
  end
  return #stems > M.MOST_FILES and ("%s has %d prompts, of which the first %d are read"):format(
    text.line(folder, 300), #stems, M.MOST_FILES)
end

local function add_folder(host, list, folder, of_project)
  local stems = {}
  for _, name in ipairs(host.names_in(folder)) do
    stems[#stems + 1] = name:match("^([^.].*)%.md$")
  end
  table.sort(stems)
  local problem = add_files(host, list, folder, stems, of_project)
  if problem then
    list[#list + 1] = { name = "", path = folder, project = of_project, problem = problem }
  end
end

-- Names --------------------------------------------------------------------------------------------

local BUILT_IN = "%s: `%s` is a subcommand of :Mistral already; give the prompt another name"
local TWICE = "%s: `%s` is the name of %s already"

-- The first of a name has it: the user's own come before the project's.
local function settle_names(list, taken)
  local first = {}
  for _, entry in ipairs(list) do
    local shown, other = text.line(entry.path, 300), first[entry.name]
    if taken[entry.name] then
      entry.problem = entry.problem or BUILT_IN:format(shown, entry.name)
    elseif other then
      entry.problem = entry.problem or TWICE:format(shown, entry.name, text.line(other.path, 300))
    elseif entry.name ~= "" then
      first[entry.name] = entry
    end
  end
  return first
end

--- All of them.
---@param host mistral.Host
---@param options mistral.Options
---@param taken table<string, any> names of subcommands, which no prompt can have
---@return mistral.prompts.Entry[] list the user's own first, by name of the file
---@return table<string, mistral.prompts.Entry> by_name those that can be called
function M.all(host, options, taken)
  local list, own = {}, M.own(options)
  if own then
    add_folder(host, list, own, false)
  end
  local theirs = M.of_project(host)
  if theirs and theirs ~= (own and host.real_path(own)) then
    add_folder(host, list, theirs, true)
  end
  return list, settle_names(list, taken)
end

return M
