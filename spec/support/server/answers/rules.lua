--- The review rules, by language.

local M = {}

local families = {
  c = require "answers.rules_c",
  lua = require "answers.rules_lua",
  python = require "answers.rules_python",
  javascript = require "answers.rules_javascript",
  go = require "answers.rules_go",
  shell = require "answers.rules_shell",
}
local anywhere = require "answers.rules_any"

local sets = {}

---@class Rule
---@field severity string
---@field category string
---@field title string    %1 stands for what was found
---@field detail string
---@field in_comments? boolean  looks at lines that are nothing but a comment, too
---@field scenario? string
---@field fix? fun(text: string): string?  the line as it should be
---@field find fun(text: string, lines: CodeLine[], index: integer): string|boolean|nil

--- The rules for a language, and those for every language.
---@return Rule[]
function M.of(language)
  local key = language or ""
  if not sets[key] then
    local set = {}
    for _, rule in ipairs(families[key] or {}) do set[#set + 1] = rule end
    for _, rule in ipairs(anywhere) do set[#set + 1] = rule end
    sets[key] = set
  end
  return sets[key]
end

return M
