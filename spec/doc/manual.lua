-- doc/mistral.txt as the specs see it: its tags, its links, and its examples.
local M = {}

local PATH = "doc/mistral.txt"

---@class Manual
---@field text string
---@field lines string[]
---@field tags table<string, integer> how often each is set
---@field links string[]
---@field examples ManualExample[]

---@class ManualExample
---@field line integer of the manual, where it begins
---@field kind "lua"|"vim"|"command"|"shell"|"yaml"
---@field code string

local function lines_of(path)
  local list = {}
  for line in io.lines(path) do list[#list + 1] = line end
  return list
end

-- As Vim finds them: between stars, with white space or the line's ends around.
local function tags_in(text)
  local tags = {}
  for line in text:gmatch("[^\n]+") do
    for tag in (" " .. line:gsub(" ", "  ") .. " "):gmatch("%s%*([^*%s|]+)%*%f[%s]") do
      tags[tag] = (tags[tag] or 0) + 1
    end
  end
  return tags
end

local function links_in(text)
  local links = {}
  for link in text:gmatch("|([^|%s]+)|") do links[#links + 1] = link end
  return links
end

local SHELL = { export = true, make = true }

local function kind_of(section, before, code)
  local first = code:match("^%s*(%S+)")
  if before:find("In YAML: >$") then return "yaml" end
  if section:find("LUA:") or before:find("In Lua: >$") then return "lua" end
  if first:find("^:") then return "command" end
  return SHELL[first] and "shell" or "vim"
end

-- An example begins behind a line that ends in `>` and ends before the first line that is not
-- indented, or that begins with `<`.
local function example_from(lines, at)
  local code = {}
  while lines[at] and (lines[at] == "" or lines[at]:find("^ ")) do
    code[#code + 1] = lines[at]
    at = at + 1
  end
  return table.concat(code, "\n"), at
end

local function examples_in(lines)
  local examples, section, at = {}, "", 1
  while at <= #lines do
    local line = lines[at]
    if line:find("^====") then section = lines[at + 1] end
    if line == ">" or line:find("%s>$") then
      local code, next_at = example_from(lines, at + 1)
      examples[#examples + 1] = { line = at + 1, kind = kind_of(section, line, code), code = code }
      at = next_at
    else
      at = at + 1
    end
  end
  return examples
end

---@return Manual
function M.read()
  local lines = lines_of(PATH)
  local text = table.concat(lines, "\n") .. "\n"
  return {
    text = text,
    lines = lines,
    tags = tags_in(text),
    links = links_in(text),
    examples = examples_in(lines),
  }
end

return M
