--- A prompt out of the bytes of its file. Pure.
local front = require("mistral.editor.prompts.front")
local lines_of = require("mistral.lines")
local text = require("mistral.text")

local M = {}

---@class mistral.prompts.Prompt
---@field name string
---@field description string
---@field model? string
---@field temperature? number
---@field scope "range"|"buffer"|"diff"|"none"
---@field output "split"|"chat"|"replace"
---@field body string what is asked

local BOM = "\239\187\191"

--- What each placeholder needs; "" for nothing.
local PLACEHOLDERS = {
  code = "code", file = "code", filetype = "code", first = "code", last = "code", diff = "diff",
  wish = "",
}
local KNOWN = "{{code}}, {{file}}, {{filetype}}, {{first}}, {{last}}, {{diff}} and {{wish}}"

local NEEDS = {
  code = "{{%s}} needs `scope: range` or `scope: buffer`", diff = "{{%s}} needs `scope: diff`",
}

--- What a scope gives.
---@param scope string
---@return "code"|"diff"|"none"
function M.gives(scope)
  return (scope == "range" or scope == "buffer") and "code" or scope
end

local function problem(row, message)
  return nil, { row = row, message = message }
end

-- Bytes --------------------------------------------------------------------------------------------

-- The lines of the file, whatever its line ends.
local function split(bytes)
  if bytes:sub(1, #BOM) == BOM then
    bytes = bytes:sub(#BOM + 1)
  end
  local lines = lines_of.split_lines((bytes:gsub("\r\n", "\n")))
  for row, line in ipairs(lines) do
    if line:find("%z") then
      return problem(row, "this is no text")
    elseif text.valid(line) ~= line then
      return problem(row, "this is not valid UTF-8")
    end
  end
  return lines
end

-- What is asked ------------------------------------------------------------------------------------

local function bad_placeholder(word, given)
  local needs = PLACEHOLDERS[word]
  if not needs then
    return ("there is no {{%s}}; there are %s"):format(word, KNOWN)
  elseif needs ~= "" and needs ~= given then
    return NEEDS[needs]:format(word)
  end
end

local function check_placeholders(lines, first, scope)
  for row = first, #lines do
    for word in lines[row]:gmatch("{{(%l+)}}") do
      local message = bad_placeholder(word, M.gives(scope))
      if message then
        return problem(row, message)
      end
    end
  end
  return true
end

local function body_of(lines, first)
  local body = table.concat(lines, "\n", first):gsub("^%s*\n", "")
  return lines_of.without_end(body)
end

local function named(settings, stem)
  if settings.name or front.is_name(stem) then
    return settings.name or stem
  end
  return nil, ("`%s` cannot be the name of a prompt: give it one with `name:`, or name the file "
    .. "otherwise; %s"):format(text.line(stem, 60), front.NAME)
end

-- What its parts say of each other.
local function check(prompt, lines, last, rows)
  if prompt.output == "replace" and M.gives(prompt.scope) ~= "code" then
    return problem(rows.output, "`output: replace` needs `scope: range` or `scope: buffer`")
  elseif prompt.body == "" then
    return problem(math.max(1, last), "there is nothing to ask: write it below the block")
  end
  return check_placeholders(lines, last + 1, prompt.scope)
end

--- Reads it.
---@param bytes string
---@param stem string name of the file without .md, its name unless it has another
---@return mistral.prompts.Prompt|nil
---@return mistral.prompts.Problem|nil
---@return string|nil name as far as it is known, when there is a problem
function M.prompt(bytes, stem)
  local lines, wrong = split(bytes)
  if not lines then
    return nil, wrong, stem
  end
  local settings, last, rows = front.read(lines)
  if not settings then
    return nil, last, stem
  end
  local name, message = named(settings, stem)
  if not name then
    return nil, { row = 1, message = message }, stem
  end
  local prompt = {
    name = name, description = settings.description or "", model = settings.model,
    temperature = settings.temperature, scope = settings.scope or "range",
    output = settings.output or "split", body = body_of(lines, last + 1),
  }
  local fine
  fine, wrong = check(prompt, lines, last, rows)
  if not fine then
    return nil, wrong, name
  end
  return prompt
end

return M
