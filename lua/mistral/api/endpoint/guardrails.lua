--- `guardrails`, field by field. The service's description leaves them open; they are closed here,
--- since a guardrail that is misspelt would guard nothing.
local V1 = {
  "sexual", "hate_and_discrimination", "violence_and_threats", "dangerous_and_criminal_content",
  "selfharm", "health", "financial", "law", "pii",
}

local V2 = {
  "sexual", "hate_and_discrimination", "violence_and_threats", "dangerous", "criminal",
  "selfharm", "health", "financial", "law", "pii", "jailbreaking",
}

local function moderation(categories)
  local thresholds = {}
  for _, name in ipairs(categories) do
    thresholds[name] = { kind = "number", null = true }
  end
  return {
    kind = "object", null = true,
    fields = {
      model_name = { kind = "string" },
      custom_category_thresholds = { kind = "object", null = true, fields = thresholds },
      ignore_other_categories = { kind = "boolean" },
      action = { kind = "string", one_of = { "none", "block" } },
    },
  }
end

return {
  kind = "list", null = true, none = "is empty; leave it out",
  of = {
    kind = "object",
    fields = {
      block_on_error = { kind = "boolean" },
      moderation_llm_v1 = moderation(V1),
      moderation_llm_v2 = moderation(V2),
    },
  },
}
