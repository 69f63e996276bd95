--- The catalogue: what GET /v1/models lists (one entry per alias, as the service does) and what
--- each model can do.

local M = {}

local CHAT = { "completion_chat", "function_calling" }
local EFFORT = { none = true, high = true }

local CATALOGUE = {
  { id = "mistral-large-2512", aliases = { "mistral-large-latest" }, context = 262144,
    can = { "vision" }, temperature = 0.0 },
  { id = "mistral-medium-3-5", context = 262144, can = { "vision", "reasoning" }, effort = EFFORT,
    aliases = { "mistral-medium-latest", "mistral-medium-2604", "mistral-medium" } },
  { id = "mistral-small-2603", aliases = { "mistral-small-latest" }, context = 262144,
    can = { "vision", "reasoning" }, effort = EFFORT },
  { id = "codestral-2508", context = 256000, can = { "completion_fim" },
    aliases = { "codestral-latest", "mistral-code-latest", "mistral-code-fim-latest" } },
  { id = "ministral-8b-2512", aliases = { "ministral-8b-latest" }, context = 262144,
    can = { "vision" } },
  { id = "ministral-3b-2512", aliases = { "ministral-3b-latest" }, context = 131072,
    can = { "vision" }, deprecation = "2027-03-31T12:00:00Z",
    replacement = "ministral-8b-latest" },
  { id = "codestral-embed-2505", aliases = { "codestral-embed" }, context = 8192, can = {},
    chat = false, embeds = 1536, most_dimensions = 3072 },
  { id = "mistral-embed-2312", aliases = { "mistral-embed" }, context = 8192, can = {},
    chat = false, embeds = 1024 },
  { id = "mistral-moderation-2603", aliases = {}, context = 131072, can = { "moderation" },
    chat = false },
  { id = "mistral-ocr-4-1", aliases = { "mistral-ocr-latest", "mistral-ocr-4" }, context = 32768,
    can = { "ocr" }, chat = false },
  { id = "voxtral-mini-2602", aliases = { "voxtral-mini-latest" }, context = 32768,
    can = { "audio_transcription" }, chat = false },
  { id = "ft:classifier:ministral-3b:loopback:20260101:1a2b3c4d", aliases = {}, context = 131072,
    can = { "classification" }, chat = false },
}

local CAPABILITIES = {
  "completion_chat", "completion_fim", "function_calling", "reasoning", "vision", "ocr",
  "classification", "moderation", "audio", "audio_transcription", "audio_speech", "fine_tuning",
}

local by_name = {}
for _, model in ipairs(CATALOGUE) do
  local can = {}
  for _, name in ipairs(CAPABILITIES) do can[name] = false end
  for _, name in ipairs(model.can) do can[name] = true end
  for _, name in ipairs(model.chat == false and {} or CHAT) do can[name] = true end
  model.capabilities = can
  by_name[model.id] = model
  for _, alias in ipairs(model.aliases) do by_name[alias] = model end
end

---@return table? model
function M.find(name)
  return by_name[name]
end

local function others(model, name)
  local list = {}
  if name ~= model.id then list[1] = model.id end
  for _, alias in ipairs(model.aliases) do
    if alias ~= name then list[#list + 1] = alias end
  end
  return list
end

--- The entry for one name of a model.
function M.card(model, name, null)
  return {
    id = name, object = "model", created = 1755000000, owned_by = "mistralai", type = "base",
    name = model.id, description = "A model of the loopback server.",
    max_context_length = model.context, aliases = others(model, name),
    deprecation = model.deprecation or null,
    deprecation_replacement_model = model.replacement or null,
    default_model_temperature = model.temperature or 0.3, capabilities = model.capabilities,
  }
end

--- One entry per name, the id first.
function M.list(null)
  local cards = {}
  for _, model in ipairs(CATALOGUE) do
    cards[#cards + 1] = M.card(model, model.id, null)
    for _, alias in ipairs(model.aliases) do cards[#cards + 1] = M.card(model, alias, null) end
  end
  return cards
end

return M
