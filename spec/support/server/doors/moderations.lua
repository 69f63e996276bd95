--- What a text or a conversation is about: moderation, and classifiers somebody has trained.

local bodies = require "bodies"
local code = require "answers.code"
local gate = require "gate"
local shape = require "shape"

local M = {}

-- One word is enough to show which category answers.
local WORDS = {
  sexual = "erotic", hate_and_discrimination = "inferior", violence_and_threats = "kill",
  dangerous = "explosive", criminal = "burglary", selfharm = "suicide", health = "diagnosis",
  financial = "invest", law = "lawsuit", pii = "passport", jailbreaking = "jailbreak",
}
local HIGH, LOW, THRESHOLD = 0.97, 0.001, 0.5

local POSITIVE = { "good", "great", "love", "thanks" }

local TEXTS = shape.object({
  model = shape.text(),
  input = shape.union(shape.text(), shape.list(shape.text())),
  metadata = shape.optional(shape.map()),
}, { "model", "input" })

local CHATS = shape.object({
  model = shape.text(),
  input = shape.union(shape.list(bodies.message), shape.list(shape.list(bodies.message))),
}, { "model", "input" })

local function moderation(text)
  local result = { categories = {}, category_scores = {} }
  for category, word in pairs(WORDS) do
    local score = text:lower():find(word, 1, true) and HIGH or LOW
    result.category_scores[category], result.categories[category] = score, score > THRESHOLD
  end
  return result
end

local function classification(text)
  local score = 0.1
  for _, word in ipairs(POSITIVE) do
    if text:lower():find(word, 1, true) then score = 0.9 end
  end
  return { sentiment = { scores = { positive = score, negative = 1 - score } } }
end

local function texts_of(body)
  return type(body.input) == "table" and body.input or { body.input }
end

--- One conversation, or a list of them: only the last message of each is judged.
local function last_texts(body)
  local one = body.input[1] and body.input[1].role
  local texts = {}
  for index, messages in ipairs(one and { body.input } or body.input) do
    texts[index] = code.prompt_text { messages[#messages] }
  end
  return texts
end

local function judge(schema, capability, texts, verdict)
  return function(body)
    local trouble = gate.misfit(schema, body)
    if trouble then return nil, trouble end
    local model
    model, trouble = gate.model(body, capability)
    if not model then return nil, trouble end
    local results = {}
    for index, text in ipairs(texts(body)) do results[index] = verdict(text) end
    if #results == 0 then return nil, gate.invalid_args "input is empty" end
    return { id = gate.id(), model = body.model, results = results }
  end
end

M.answers = {
  ["/v1/moderations"] = judge(TEXTS, "moderation", texts_of, moderation),
  ["/v1/chat/moderations"] = judge(CHATS, "moderation", last_texts, moderation),
  ["/v1/classifications"] = judge(TEXTS, "classification", texts_of, classification),
  ["/v1/chat/classifications"] = judge(CHATS, "classification", last_texts, classification),
}

M.routes = {}
for path, answer in pairs(M.answers) do
  M.routes[#M.routes + 1] = { "^" .. path .. "$", POST = gate.door(answer) }
end

return M
