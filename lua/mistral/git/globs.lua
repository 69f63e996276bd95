--- File names held against globs as .gitignore has them: `*` and `?` stand for a part of a name and
--- one character of it, `[a-z]` for one of several, `**` for any folders. A glob with a slash in it is
--- held against the path from the top, one without against each part of it; what lies below a
--- folder that matches is matched.
local M = {}

---@class mistral.git.Globs
---@field names table<string, string> globs that are a plain name
---@field endings table<string, string> globs of the form `*.ending`
---@field others table[]

-- Characters of UTF-8; what is none stands alone.
local function characters(text)
  local list = {}
  for char in text:gmatch ".[\128-\191]*" do
    list[#list + 1] = char
  end
  return list
end

-- Characters as numbers in the order of their code points.
local function order(char)
  local number = 0
  for index = 1, #char do
    number = number * 256 + char:byte(index)
  end
  return number
end

-- The set behind the "[" at `at`, and where the glob goes on; nil when nothing closes it.
local function read_set(chars, at)
  local ranges, index = {}, at + 1
  local negated = chars[index] == "!" or chars[index] == "^"
  if negated then index = index + 1 end
  local first = index
  while chars[index] and (chars[index] ~= "]" or index == first) do
    if chars[index] == "\\" and chars[index + 1] then index = index + 1 end
    local low = chars[index]
    local high = low
    if chars[index + 1] == "-" and chars[index + 2] and chars[index + 2] ~= "]" then
      high, index = chars[index + 2], index + 2
    end
    ranges[#ranges + 1] = { order(low), order(high) }
    index = index + 1
  end
  if not chars[index] then return nil end
  return { ranges = ranges, negated = negated }, index + 1
end

local function holds(set, char)
  local number, found = order(char), false
  for _, range in ipairs(set.ranges) do
    found = found or number >= range[1] and number <= range[2]
  end
  return found ~= set.negated
end

local ANY, ONE = {}, {} -- the tokens of `*` and `?`

-- The tokens of one part of a glob: a character, ANY, ONE or a set each.
local function tokens_of(part)
  local chars, tokens, at = characters(part), {}, 1
  while chars[at] do
    local char, token, after = chars[at], nil, at + 1
    if char == "*" then
      token = ANY
    elseif char == "?" then
      token = ONE
    elseif char == "[" then
      token, after = read_set(chars, at)
    elseif char == "\\" and chars[at + 1] then
      token, after = chars[at + 1], at + 2
    end
    tokens[#tokens + 1] = token or char
    at = after or at + 1
  end
  return tokens
end

local function fits(token, char)
  if char == nil then return false end
  if token == ONE then return true end
  if type(token) == "table" then return holds(token, char) end
  return token == char
end

-- Whether all of `list` matches all of `tokens`, of which some equal `any`, which takes any run. Only
-- the last such run is ever made longer, so that this takes no more than one step for each pair.
local function matches(tokens, list, any, fit)
  local token, at, star, resume = 1, 1, nil, nil
  while at <= #list do
    if tokens[token] == any then
      star, resume, token = token, at, token + 1
    elseif tokens[token] and fit(tokens[token], list[at]) then
      token, at = token + 1, at + 1
    elseif star then
      resume, token = resume + 1, star + 1
      at = resume
    else
      return false
    end
  end
  while tokens[token] == any and token <= #tokens do
    token = token + 1
  end
  return token > #tokens
end

local function part_fits(tokens, chars)
  return matches(tokens, chars, ANY, fits)
end

local FOLDERS = {} -- the part `**`

local function parts_of(path)
  local parts = {}
  for part in path:gmatch("[^/]+") do
    parts[#parts + 1] = part
  end
  return parts
end

-- A glob as parts, each of tokens.
local function compile(glob)
  local folder = glob:sub(-1) == "/"
  local anchored = glob:sub(1, -2):find("/", 1, true) ~= nil
  local parts = {}
  for index, part in ipairs(parts_of(glob)) do
    parts[index] = part == "**" and FOLDERS or tokens_of(part)
  end
  return { glob = glob, parts = parts, folder = folder, anchored = anchored }
end

local SPECIAL = "[%*%?%[\\/]"

--- Globs made ready.
---@param list string[]
---@return mistral.git.Globs
function M.new(list)
  local globs = { names = {}, endings = {}, others = {} }
  for _, glob in ipairs(list) do
    local ending = glob:match("^%*(%.[^/]+)$")
    if glob ~= "" and not glob:find(SPECIAL) then
      globs.names[glob] = glob
    elseif ending and not ending:find(SPECIAL) then
      globs.endings[ending] = glob
    elseif glob:find("[^/]") then
      globs.others[#globs.others + 1] = compile(glob)
    end
  end
  return globs
end

local function plain_match(globs, parts)
  for _, part in ipairs(parts) do
    if globs.names[part] then return globs.names[part] end
    local dot = part:find(".", 1, true)
    while dot do
      local found = globs.endings[part:sub(dot)]
      if found then return found end
      dot = part:find(".", dot + 1, true)
    end
  end
end

-- The path itself, or a folder above it: a run that begins at the top and is cut anywhere.
local function anchored_match(one, chars)
  local last = one.folder and #chars - 1 or #chars
  local above = {}
  for index = 1, last do
    above[index] = chars[index]
    if matches(one.parts, above, FOLDERS, part_fits) then return true end
  end
  return false
end

local function loose_match(one, chars)
  for index = 1, one.folder and #chars - 1 or #chars do
    if one.parts[1] == FOLDERS or part_fits(one.parts[1], chars[index]) then return true end
  end
  return false
end

--- The glob that a path matches, or nil.
---@param globs mistral.git.Globs
---@param path string "/"-separated, from the top of the work tree
---@return string?
function M.match(globs, path)
  local parts = parts_of(path)
  local found = plain_match(globs, parts)
  if found or #globs.others == 0 then return found end
  local chars = {}
  for index, part in ipairs(parts) do
    chars[index] = characters(part)
  end
  for _, one in ipairs(globs.others) do
    if (one.anchored and anchored_match or loose_match)(one, chars) then return one.glob end
  end
end

return M
