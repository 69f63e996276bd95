--- How much of the corpus is found, and how often ordinary code is taken for a secret.
---   lua5.4 spec/api/redact/corpus/measure.lua [tuned|held_out] [list]     from the repository's root
local running = arg and arg[0] and arg[0]:find("measure%.lua$")
if running then package.path = "./?.lua;lua/?.lua;lua/?/init.lua;" .. package.path end

local made = require "spec.api.redact.corpus.made"
local plain = require "spec.api.redact.corpus.plain"
local secrets = require "mistral.redact.secrets"

local M = {}

local WINDOW = 12 -- bytes in a row of a secret that may not be left

local function is_gone(part, text)
  local size = math.min(WINDOW, #part)
  for at = 1, #part - size + 1 do
    if text:find(part:sub(at, at + size - 1), 1, true) then return false end
  end
  return true
end

local function are_gone(parts, text)
  for _, part in ipairs(parts) do
    if not is_gone(part, text) then return false end
  end
  return true
end

local function count_keys(set)
  local count = 0
  for _ in pairs(set) do
    count = count + 1
  end
  return count
end

--- What is found of what was planted.
---@param part "tuned"|"held_out"
function M.recall(part)
  local files = made.files(require("spec.api.redact.corpus." .. part), 3)
  local redactor, kinds, planted, found, missed = secrets.new(), {}, 0, 0, {}
  local told_as = {}
  for _, file in ipairs(files) do
    local value, hidden = redactor:hide { content = file.text }
    local sent = value.content
    for kind in pairs(hidden and hidden.kinds or {}) do told_as[kind] = true end
    for _, one in ipairs(file.planted) do
      planted, kinds[one.kind] = planted + 1, true
      if are_gone(one.parts, sent) then
        found = found + 1
      else
        missed[#missed + 1] = file.name .. ": " .. one.kind
      end
    end
  end
  return {
    planted = planted, found = found, share = found / planted,
    kinds = count_keys(kinds), missed = missed, told_as = told_as,
  }
end

--- What is found where there is nothing to find.
---@param part "tuned"|"held_out"
---@param most integer lines of each place at most
function M.alarms(part, most)
  local files, lines = plain.files(part, most)
  local redactor, alarms, list = secrets.new(), 0, {}
  for _, file in ipairs(files) do
    local _, hidden = redactor:hide({ content = file.text })
    if hidden then
      alarms = alarms + hidden.count
      list[#list + 1] = ("%s: %d"):format(file.name, hidden.count)
    end
  end
  return {
    lines = lines, files = #files, alarms = alarms, per_1000 = 1000 * alarms / lines, list = list,
  }
end

-- Microseconds for 6 KB of ordinary code, each time another text, so that none is remembered.
local function speed(part)
  local redactor, blocks = secrets.new(), {}
  for _, file in ipairs((plain.files(part, 4000))) do
    for at = 1, #file.text - 6143, 6144 do
      blocks[#blocks + 1] = { content = file.text:sub(at, at + 6143) }
    end
  end
  local function pass()
    local began = os.clock()
    for _, block in ipairs(blocks) do
      redactor:hide(block)
    end
    return (os.clock() - began) / #blocks * 1e6
  end
  return pass(), pass(), #blocks
end

if running then
  local part = arg[1] or "held_out"
  local recall, alarms = M.recall(part), M.alarms(part, 15000)
  print(("%s: %d of %d planted secrets of %d kinds hidden, %.1f %%"):format(
    part, recall.found, recall.planted, recall.kinds, 100 * recall.share))
  print(("%s: %d false alarms in %d lines of %d files, %.2f per 1000 lines"):format(
    part, alarms.alarms, alarms.lines, alarms.files, alarms.per_1000))
  print(("%s: %.0f us for 6 KB the first time, %.0f us with its tokens known, mean of %d texts"):format(
    part, speed(part)))
  if arg[2] then print(table.concat(recall.missed, "\n") .. "\n" .. table.concat(alarms.list, "\n")) end
end

return M
