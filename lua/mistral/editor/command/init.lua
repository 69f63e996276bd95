--- :Mistral: reads what was typed, says what is wrong with it, and hands it on. What each word does
--- stands in this room, a file for each group of them.
local M = {}

---@class mistral.Command as the user gave it
---@field args string all behind :Mistral
---@field bang boolean
---@field first? integer range, when one was given
---@field last? integer
---@field taken table<string, mistral.Subcommand> all subcommands; prompts are none of them

---@class mistral.Subcommand
---@field words? string[] what may follow, and nothing else; none: anything may
---@field or_prompt? boolean whether the name of a prompt may follow, too
---@field needs_word? boolean whether one of them has to
---@field offer? fun(session: mistral.Session, before: string[], partial: string): string[] where
---  anything may follow: what may stand behind these words, for the command line's completion, and
---  may begin with what is typed of it
---@field range? boolean whether it takes a range
---@field bang? boolean whether it takes a bang
---@field run fun(session: mistral.Session, rest: string, command: mistral.Command): any, string|nil
---  true, or nil and a sentence

local function prompts()
  return require("mistral.editor.prompts") -- here: who has none need not have it
end

local GROUPS = { "ask", "edit", "fix", "review", "work", "write" }

---@type table<string, mistral.Subcommand>
local SUBCOMMANDS = {}
local NAMES = {}

for _, group in ipairs(GROUPS) do
  for name, subcommand in pairs(require("mistral.editor.command." .. group)) do
    SUBCOMMANDS[name] = subcommand
    NAMES[#NAMES + 1] = name
  end
end
table.sort(NAMES)

-- These words and the names of the prompts, which are looked for when one is asked for.
local function with_prompts(words, session)
  local all = {}
  for _, list in ipairs({ words, session and prompts().names(session, SUBCOMMANDS) or {} }) do
    for _, word in ipairs(list) do
      all[#all + 1] = word
    end
  end
  return all
end

--- All words that may follow :Mistral.
---@param session? mistral.Session for the prompts, too
---@return string[]
function M.names(session)
  return with_prompts(NAMES, session)
end

local function contains(list, word)
  for _, item in ipairs(list) do
    if item == word then
      return true
    end
  end
  return false
end

--- What is wrong with the words behind a subcommand, if anything.
local function bad_words(session, name, subcommand, rest)
  local words = subcommand.words
  local first = rest:match("^%S+")
  if not words or first and contains(words, first) then
    return nil
  end
  words = subcommand.or_prompt and with_prompts(words, session) or words
  if first and not contains(words, first) then
    local known = #words > 0 and "; it takes " .. table.concat(words, ", ") or ""
    return (":Mistral %s does not take `%s`%s"):format(name, first, known)
  elseif not first and subcommand.needs_word then
    return (":Mistral %s needs one of %s"):format(name, table.concat(words, ", "))
  end
end

local function bad_command(session, name, subcommand, rest, command)
  if name == "" then
    return ":Mistral needs one of " .. table.concat(M.names(session), ", ")
  elseif not subcommand then
    local known = table.concat(M.names(session), ", ")
    return ("there is no :Mistral %s; there are %s"):format(name, known)
  elseif command.first and not subcommand.range then
    return (":Mistral %s takes no range"):format(name)
  elseif command.bang and not subcommand.bang then
    return (":Mistral %s takes no !"):format(name)
  end
  return bad_words(session, name, subcommand, rest)
end

local function subcommand_of(session, name)
  return SUBCOMMANDS[name]
    or name ~= "" and prompts().subcommand(session, name, SUBCOMMANDS) or nil
end

--- Runs what was typed; what is wrong with it is said in one sentence.
---@param session mistral.Session
---@param command mistral.Command
function M.run(session, command)
  local name, bang, rest = command.args:match("^%s*([^%s!]*)(!?)%s*(.-)%s*$")
  local subcommand = subcommand_of(session, name)
  command.bang, command.taken = command.bang or bang == "!", SUBCOMMANDS
  local message = bad_command(session, name, subcommand, rest, command)
  if message then
    return session:tell(message, "error")
  end
  session:attempt(subcommand.run, session, rest, command)
end

--- The words before the one that is being typed.
local function words_before(words)
  local before = {}
  for word in words:gmatch("(%S+)%s") do
    before[#before + 1] = word
  end
  return before
end

--- The words that may stand where the cursor is.
---@param line string the command line up to the cursor
---@param session? mistral.Session for those that depend on what is there
---@return string[]
function M.candidates(line, session)
  local words = line:match("Mistral!?%s+(.*)$") or ""
  local name, rest = words:match("^([^%s!]+)!?%s+(.*)$")
  local subcommand = name and SUBCOMMANDS[name]
  if not name then
    return M.names(session)
  elseif not subcommand then
    return {}
  end
  local before = words_before(rest)
  if subcommand.words then
    local own = subcommand.or_prompt and with_prompts(subcommand.words, session)
    return #before == 0 and (own or subcommand.words) or {}
  end
  local partial = rest:match("%S*$")
  return subcommand.offer and session and subcommand.offer(session, before, partial) or {}
end

return M
