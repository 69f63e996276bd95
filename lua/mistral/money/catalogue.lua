--- What is known of the service's models without asking it: names, contexts, prices, what each can
--- do, and which names are gone. Prices are US dollars, as the service's documentation of August
--- 2026 has them; client:models() and the option `prices` know better.
local dates = require "mistral.money.dates"
local tables = require "mistral.tables"

local M = {}

---@class mistral.Price US dollars; what is nil is unknown
---@field input? number per million tokens
---@field cached? number per million tokens that were cached; a tenth of `input` unless told
---@field output? number per million tokens
---@field page? number
---@field minute? number of audio

---@class mistral.Card
---@field id string the name that does not move
---@field aliases string[]
---@field context? integer tokens that prompt and answer share
---@field price mistral.Price
---@field capabilities table<string, boolean>
---@field deprecation? string ISO date on which it goes away
---@field replacement? string

local function can(words)
  local set = {}
  for word in words:gmatch("%S+") do
    set[word] = true
  end
  return set
end

local CHAT = "completion_chat function_calling"
local SEEING = CHAT .. " vision"
local K256 = 262144

---@type mistral.Card[]
local CARDS = {
  {
    id = "codestral-2508", context = 256000, price = { input = 0.3, output = 0.9 },
    aliases = { "codestral-latest", "mistral-code-fim-latest", "mistral-code-latest" },
    capabilities = can(CHAT .. " completion_fim"),
  },
  {
    id = "codestral-embed-2505", context = 8192, price = { input = 0.15 },
    aliases = { "codestral-embed" }, capabilities = can "",
  },
  {
    id = "labs-leanstral-1-5", context = K256, price = { input = 0, output = 0 },
    aliases = {}, capabilities = can "completion_chat reasoning",
  },
  {
    id = "ministral-14b-2512", context = K256, price = { input = 0.2, output = 0.2 },
    aliases = { "ministral-14b-latest" }, capabilities = can(SEEING),
  },
  {
    id = "ministral-3b-2512", context = K256, price = { input = 0.1, output = 0.1 },
    aliases = { "ministral-3b-latest" }, capabilities = can(SEEING),
  },
  {
    id = "ministral-8b-2512", context = K256, price = { input = 0.15, output = 0.15 },
    aliases = { "ministral-8b-latest" }, capabilities = can(SEEING),
  },
  {
    id = "mistral-embed-2312", context = 8192, price = { input = 0.1 },
    aliases = { "mistral-embed" }, capabilities = can "",
  },
  {
    id = "mistral-large-2512", context = K256, price = { input = 0.5, output = 1.5 },
    aliases = { "mistral-large-latest" }, capabilities = can(SEEING),
  },
  {
    id = "mistral-large-4-0", context = 1048576, price = { input = 0.7, output = 2.1 },
    aliases = { "mistral-large-4" }, capabilities = can(SEEING .. " reasoning"),
  },
  {
    id = "mistral-medium-3-5", context = K256, price = { input = 1.5, output = 7.5 },
    aliases = {
      "mistral-medium", "mistral-medium-2604", "mistral-medium-3", "mistral-medium-latest",
      "mistral-vibe-cli-latest",
    },
    capabilities = can(SEEING .. " reasoning"),
  },
  {
    id = "mistral-moderation-2603", context = 131072, price = { input = 0, output = 0 },
    aliases = {}, capabilities = can "moderation",
  },
  { id = "mistral-ocr-2512", aliases = {}, price = { page = 0.002 }, capabilities = can "ocr" },
  { id = "mistral-ocr-4-0", aliases = {}, price = { page = 0.004 }, capabilities = can "ocr" },
  {
    id = "mistral-ocr-4-1", price = { page = 0.004 },
    aliases = { "mistral-ocr-4", "mistral-ocr-latest" }, capabilities = can "ocr",
  },
  {
    id = "mistral-small-2603", context = K256, price = { input = 0.15, output = 0.6 },
    aliases = { "mistral-small-latest", "mistral-vibe-cli-fast" },
    capabilities = can(SEEING .. " reasoning"),
  },
  {
    id = "voxtral-mini-2602", price = { minute = 0.003 },
    aliases = { "voxtral-mini-latest" }, capabilities = can "audio_transcription",
  },
  {
    id = "voxtral-mini-transcribe-realtime-2602", price = { minute = 0.006 },
    aliases = {}, capabilities = can "audio_transcription_realtime",
  },
  {
    id = "voxtral-mini-tts-2603", aliases = {}, price = {}, -- per character: no answer counts them
    capabilities = can "audio_speech",
  },
  {
    id = "voxtral-small-2507", context = 32768,
    price = { input = 0.1, output = 0.4, minute = 0.004 },
    aliases = { "voxtral-small-latest" }, capabilities = can(CHAT .. " audio"),
  },
  {
    id = "zai-glm-5-2", context = 1048576, price = { input = 1.4, cached = 0.14, output = 4.4 },
    aliases = {}, capabilities = can(CHAT .. " reasoning"),
  },
}

---@class mistral.Retired
---@field since string ISO date
---@field replacement? string
---@field answers? boolean the service sends such requests to another model instead of refusing

local MEDIUM, SMALL = "mistral-medium-latest", "mistral-small-latest"

-- Date, replacement, names; and whether they still answer, which some were seen to do.
local GONE = {
  { "2025-03-30", "ministral-8b-latest", "open-mistral-7b" },
  { "2025-03-30", SMALL, "open-mixtral-8x7b open-mixtral-8x22b" },
  { "2025-06-16", "mistral-large-latest", "mistral-large-2402" },
  { "2025-06-16", MEDIUM, "mistral-medium-2312" },
  { "2025-06-16", SMALL, "mistral-small-2402" },
  { "2025-06-16", "codestral-latest", "codestral-2405" },
  { "2025-11-30", "codestral-latest", "codestral-2501" },
  { "2025-11-30", SMALL, "mistral-small-2409 mistral-small-2501 mistral-small-2503" },
  { "2025-11-30", SMALL, "magistral-small-2506 magistral-small-2507" },
  { "2025-11-30", MEDIUM, "magistral-medium-2506 magistral-medium-2507 devstral-small-2505" },
  { "2025-12-31", "ministral-14b-latest", "pixtral-12b-2409" },
  { "2025-12-31", "ministral-3b-latest", "ministral-3b-2410" },
  { "2025-12-31", "ministral-8b-latest", "ministral-8b-2410" },
  { "2025-12-31", "mistral-ocr-latest", "mistral-ocr-2503" },
  { "2026-03-31", MEDIUM, "devstral-small-latest labs-devstral-small-2512", answers = true },
  { "2026-05-31", MEDIUM, "pixtral-large-latest pixtral-large-2411 mistral-large-2411" },
  { "2026-05-31", MEDIUM, "devstral-small-2507 devstral-medium-2507" },
  { "2026-05-31", "mistral-ocr-latest", "mistral-ocr-2505" },
  { "2026-05-31", "voxtral-mini-latest", "voxtral-mini-2507" },
  { "2026-06-30", "mistral-moderation-2603", "mistral-moderation-2411" },
  { "2026-07-31", MEDIUM, "devstral-2512 devstral-latest devstral-medium-latest", answers = true },
  { "2026-07-31", MEDIUM, "magistral-medium-latest", answers = true },
  { "2026-07-31", SMALL, "magistral-small-latest", answers = true },
  { "2026-07-31", MEDIUM, "magistral-medium-2509" },
  { "2026-07-31", SMALL, "magistral-small-2509 mistral-small-2506" },
  { "2026-07-31", "ministral-8b-latest", "open-mistral-nemo open-mistral-nemo-2407" },
  { "2026-08-31", MEDIUM, "mistral-medium-2505 mistral-medium-2508" },
  { "2026-09-30", nil, "labs-leanstral-1-5", answers = true },
}

local by_name, gone_by_name = {}, {}

for _, card in ipairs(CARDS) do
  by_name[card.id] = card
  for _, alias in ipairs(card.aliases) do
    by_name[alias] = card
  end
end

for _, group in ipairs(GONE) do
  local retired = { since = group[1], replacement = group[2], answers = group.answers }
  for name in group[3]:gmatch("%S+") do
    gone_by_name[name] = retired
    if by_name[name] then by_name[name].deprecation = retired.since end
  end
end

--- The model of that name, be it the one that does not move or another.
---@param name string
---@return mistral.Card?
function M.find(name)
  return by_name[name]
end

--- Since when a name is retired, and what takes its place; nil when it is not, or not yet.
---@param name string
---@param today? string ISO date, today unless told
---@return mistral.Retired?
function M.retired(name, today)
  local retired = gone_by_name[name]
  if not retired or retired.since > (today or dates.day(dates.iso(os.time()))) then return nil end
  return retired
end

--- When a name goes away, whether that lies ahead or behind.
---@param name string
---@return mistral.Retired?
function M.leaving(name)
  return gone_by_name[name]
end

--- All models, by id, in the form in which client:models() lists them, with their prices.
---@return mistral.Model[]
function M.list()
  local models = {}
  for index, card in ipairs(CARDS) do
    models[index] = {
      id = card.id,
      aliases = tables.copy(card.aliases),
      max_context_length = card.context,
      capabilities = tables.copy(card.capabilities),
      deprecation = card.deprecation,
      price = tables.copy(card.price),
    }
  end
  return models
end

return M
