--- Decides what to answer: a review when findings are asked for, an edit when a replacement is, a tool
--- call when tools are, an explanation otherwise.

local code = require "answers.code"
local edit = require "answers.edit"
local explain = require "answers.explain"
local fim = require "answers.fim"
local json = require "json"
local plan = require "plan"
local review = require "answers.review"
local tools = require "answers.tools"

local M = {}

local function given(value)
  return value ~= nil and value ~= json.null
end

local function format_of(body)
  return given(body.response_format) and body.response_format.type or "text"
end

--- The schema of what is asked for: of what the list holds, where it is one.
local function list_asked(body, name)
  if format_of(body) ~= "json_schema" then return nil end
  local properties = body.response_format.json_schema.schema.properties
  local list = type(properties) == "table" and properties[name]
  return list and (list.items or {})
end

local function thought(body, text)
  if body.reasoning_effort ~= "high" then return nil end
  return ("The request is %d characters long; I read it from the top."):format(#text)
end

local function text_for(body, prompt, changes)
  if changes.text then return changes.text end
  local lines = code.numbered(prompt)
  local language = code.language(prompt, lines)
  local finding = list_asked(body, "findings")
  if finding then return review.answer(prompt, finding, changes) end
  if list_asked(body, "scores") then return review.scores(prompt) end
  if list_asked(body, "replacement") then return edit.answer(prompt) end
  if format_of(body) ~= "text" then return json.encode { answer = explain.sentence(prompt) } end
  return explain.answer(prompt, lines, language)
end

---@param body table     checked
---@param changes table  what an armed fault wants different: text, wrong_lines, wrong_quotes
---@return Plan
function M.chat(body, changes)
  local read = code.prompt_text(body.messages)
  local calls = not changes.text and tools.calls(body)
  if calls then return plan.call(body, read, calls) end
  local prompt = code.last_user_text(body.messages)
  return plan.say(body, read, text_for(body, prompt, changes), thought(body, prompt))
end

---@return Plan
function M.fim(body, changes)
  local suffix = given(body.suffix) and body.suffix or ""
  return plan.say(body, body.prompt .. suffix, changes.text or fim.complete(body.prompt, suffix))
end

return M
