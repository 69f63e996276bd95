--- The words of the review's command line, read into what it is to do. What is wrong with them is one
--- sentence.
local export = require "mistral.review.export"
local finding = require "mistral.review.finding"
local text = require "mistral.text"

local M = {}

---@class mistral.program.Wanted
---@field help? boolean
---@field version? boolean
---@field scope table as client:review takes it
---@field review table further fields of client:review's
---@field client table options of mistral.client
---@field format string
---@field output? string path; else it is printed
---@field fail_on mistral.Severity|"never"
---@field dry_run? boolean
---@field yes? boolean
---@field max_cost number US dollars
---@field own_max_cost? boolean that was said
---@field quiet? boolean

local MAX_COST = 1

local function add(list, value)
  list = list or {}
  list[#list + 1] = value
  return list
end

local function one_of(words)
  return function(value)
    for _, word in ipairs(words) do
      if value == word then return value end
    end
    return nil, "should be one of " .. table.concat(words, ", ")
  end
end

local function number(least, most, whole)
  return function(value)
    local read = tonumber(value)
    local good = read and read >= least and read <= most and (not whole or read % 1 == 0)
    if good then return read end
    return nil, ("should be a %snumber from %g to %g"):format(whole and "whole " or "", least, most)
  end
end

local function content(path)
  local file, why = io.open(path, "rb")
  if not file then return nil, "cannot be read: " .. why end
  local all = file:read "*a"
  file:close()
  if not all then return nil, "cannot be read: " .. path .. " is no file" end
  return all
end

local LEVELS = { "never" }
for _, severity in ipairs(finding.severities) do
  table.insert(LEVELS, #LEVELS, severity)
end

-- value: "none", "may" or "must" follow; into: the table and the field it goes to; read: checks it.
local OPTIONS = {
  branch = { kind = "branch", value = "may", field = "base" },
  staged = { kind = "staged" },
  unstaged = { kind = "unstaged" },
  commit = { kind = "commit", value = "may", field = "rev" },
  base = { into = "scope", field = "base", value = "must" },
  folder = { into = "review", value = "must" },
  model = { into = "review", value = "must" },
  instructions = { into = "review", value = "must" },
  ["instructions-file"] = {
    into = "review", field = "instructions", value = "must", read = content,
  },
  wish = { into = "review", value = "must" },
  skip = { into = "review", value = "must", list = true },
  keep = { into = "review", value = "must", list = true },
  ["max-findings"] = {
    into = "review", field = "max_findings", value = "must", read = number(1, 1000, true),
  },
  ["min-confidence"] = {
    into = "review", field = "min_confidence", value = "must", read = number(0, 1),
  },
  ["in-flight"] = {
    into = "review", field = "in_flight", value = "must", read = number(1, 100, true),
  },
  score = { into = "review" },
  provider = { into = "client", value = "must" },
  ["base-url"] = { into = "client", field = "base_url", value = "must" },
  ["ca-file"] = { into = "client", field = "ca_file", value = "must" },
  format = { value = "must", read = one_of(export.formats) },
  output = { value = "must" },
  ["fail-on"] = { field = "fail_on", value = "must", read = one_of(LEVELS) },
  ["max-cost"] = { field = "max_cost", value = "must", read = number(0, 1e6) },
  ["dry-run"] = { field = "dry_run" },
  yes = {},
  quiet = {},
  help = {},
  version = {},
}

local SHORT = { h = "help", q = "quiet", y = "yes", o = "output", f = "format", m = "model" }

local function unknown(word)
  local name = word:gsub("^%-+", ""):gsub("=.*", "")
  local close = text.nearest(name, OPTIONS)
  local hint = close and ("; did you mean --%s?"):format(close) or "; --help lists what there is"
  return ("there is no option %s%s"):format(text.line(word, 80), hint)
end

-- The option of a word, and the value that stands in it.
local function option_of(word)
  local name, value = word:match "^%-%-([%w-]+)=(.*)$"
  name = name or word:match "^%-%-([%w-]+)$"
  local short = word:match "^%-(%a)$"
  name = name or short and SHORT[short]
  return OPTIONS[name] and name, value
end

local function set_scope(wanted, name, option, value)
  local scope = wanted.scope
  if scope.kind and scope.kind ~= option.kind then
    return ("--%s and --%s: one review has one scope"):format(scope.kind, name)
  end
  scope.kind = option.kind
  if value then scope[option.field] = value end
end

local function set(wanted, name, option, value)
  if option.kind then return set_scope(wanted, name, option, value) end
  local problem
  if option.read then
    value, problem = option.read(value)
    if value == nil then return ("--%s %s"):format(name, problem) end
  end
  if value == nil then value = true end
  local into, field = option.into and wanted[option.into] or wanted, option.field or name
  into[field] = option.list and add(into[field], value) or value
end

-- One option at `at`; where the next word stands, or nil and a sentence.
local function take_option(wanted, words, at)
  local name, value = option_of(words[at])
  local option = OPTIONS[name]
  if not option then return nil, unknown(words[at]) end
  if value and not option.value then return nil, ("--%s takes no value"):format(name) end
  local follows = words[at + 1] and words[at + 1]:sub(1, 1) ~= "-"
  if value == nil and (option.value == "must" or option.value == "may" and follows) then
    at = at + 1
    value = words[at]
  end
  if option.value == "must" and (value == nil or value == "") then
    return nil, ("--%s needs a value"):format(name)
  end
  local problem = set(wanted, name, option, value)
  if problem then return nil, problem end
  return at + 1
end

local function check_scope(wanted, paths)
  local scope = wanted.scope
  if #paths > 0 and scope.kind then
    scope.paths = paths
  elseif #paths > 0 then
    scope.kind, scope.paths = "files", paths
  end
  if scope.base and not scope.kind then scope.kind = "branch" end
  if not scope.kind then
    return "say what to review: --branch, --staged, --unstaged, --commit or names of files"
  elseif scope.base and scope.kind ~= "branch" then
    return "--base goes with --branch"
  end
end

local function new()
  return {
    scope = {}, review = {}, client = {}, format = "text", fail_on = "error",
  }
end

--- Read them.
---@param words string[]
---@return mistral.program.Wanted? wanted
---@return string? message
function M.read(words)
  local wanted, paths, at, problem = new(), {}, 1
  while words[at] do
    local word = words[at]
    if word == "--" then
      for index = at + 1, #words do paths[#paths + 1] = words[index] end
      break
    elseif word:sub(1, 1) == "-" and word ~= "-" then
      at, problem = take_option(wanted, words, at)
      if not at then return nil, problem end
    else
      paths[#paths + 1], at = word, at + 1
    end
  end
  if wanted.help or wanted.version then return wanted end
  problem = check_scope(wanted, paths)
  if problem then return nil, problem end
  wanted.own_max_cost, wanted.max_cost = wanted.max_cost ~= nil, wanted.max_cost or MAX_COST
  return wanted
end

M.usage = [[
usage: lua5.4 -l mistral.review -- WHAT [OPTIONS]

WHAT to review of the repository that the working folder is in:
  --branch [BASE]         what HEAD has that BASE lacks; BASE is guessed unless named
  --staged  --unstaged    what is staged; what is not, new files included
  --commit [REV]          one commit; HEAD unless named
  FILE...                 whole files; with one of the above, only these of it

  --format FORMAT         text (default), rdjsonl, sarif, markdown, json
  --output FILE           write there instead of printing
  --fail-on LEVEL         status 1 from this severity on: error (default), warning, info,
                          hint; or never
  --dry-run               say what would be sent and what it may cost, and send nothing
  --max-cost USD          ask at a terminal, refuse elsewhere, when it may cost more (1.00)
  --yes                   do not ask

  --model MODEL           --instructions TEXT     --instructions-file FILE   --wish TEXT
  --skip GLOB             --keep GLOB             each may be given several times
  --max-findings N        of each file            --min-confidence 0..1
  --score                 weigh every finding with a second request
  --in-flight N           requests at once        --folder FOLDER
  --provider NAME         --base-url URL          --ca-file FILE
  --quiet  --version  --help

The key comes from MISTRAL_API_KEY. Status: 0 nothing found that counts, 1 something found,
2 it could not be done or not to its end, 130 interrupted.
]]

return M
