--- Credentials that can be told by their shape alone: the prefix their maker gave them. Judges one
--- run of token characters ([A-Za-z0-9+/_=-]) at a time; what it says of a run never changes, so it
--- is remembered by whoever asks.
local entropy = require "mistral.redact.entropy"

local M = {}

-- What follows the prefix: its least length, and the characters it is made of.
local WORD, HEX, URL, UPPER = "[%w_]", "%x", "[%w_-]", "[A-Z0-9]"

-- prefix, kind, least length of the rest, characters of the rest
local PREFIXES = {
  { "ghp_", "github_token", 30, WORD },
  { "gho_", "github_token", 30, WORD },
  { "ghu_", "github_token", 30, WORD },
  { "ghs_", "github_token", 30, WORD },
  { "ghr_", "github_token", 30, WORD },
  { "github_pat_", "github_token", 40, WORD },
  { "glpat-", "gitlab_token", 18, URL },
  { "gldt-", "gitlab_token", 18, URL },
  { "glrt-", "gitlab_token", 18, URL },
  { "glptt-", "gitlab_token", 18, URL },
  { "glcbt-", "gitlab_token", 18, URL },
  { "glsoat-", "gitlab_token", 18, URL },
  { "glagent-", "gitlab_token", 30, URL },
  { "AKIA", "aws_key", 16, UPPER, 16 },
  { "ASIA", "aws_key", 16, UPPER, 16 },
  { "ABIA", "aws_key", 16, UPPER, 16 },
  { "LTAI", "alibaba_key", 16, "%w", 24 },
  { "AIza", "google_key", 33, URL },
  { "GOCSPX-", "google_secret", 24, URL },
  { "xoxa-", "slack_token", 20, URL },
  { "xoxb-", "slack_token", 20, URL },
  { "xoxe-", "slack_token", 20, URL },
  { "xoxo-", "slack_token", 20, URL },
  { "xoxp-", "slack_token", 20, URL },
  { "xoxr-", "slack_token", 20, URL },
  { "xoxs-", "slack_token", 20, URL },
  { "xapp-", "slack_token", 20, URL },
  { "sk_live_", "stripe_key", 16, WORD },
  { "sk_test_", "stripe_key", 16, WORD },
  { "rk_live_", "stripe_key", 16, WORD },
  { "rk_test_", "stripe_key", 16, WORD },
  { "whsec_", "stripe_key", 24, "[%w+/=]" },
  { "npm_", "npm_token", 36, "%w" },
  { "pypi-", "pypi_token", 50, URL },
  { "hf_", "huggingface_token", 30, "%w" },
  { "sk-ant-", "anthropic_key", 20, URL },
  { "sk-", "openai_key", 20, URL },
  { "gsk_", "groq_key", 30, "%w" },
  { "xai-", "xai_key", 30, "%w" },
  { "pplx-", "perplexity_key", 30, "%w" },
  { "r8_", "replicate_token", 30, "%w" },
  { "dop_v1_", "digitalocean_token", 60, HEX },
  { "doo_v1_", "digitalocean_token", 60, HEX },
  { "dor_v1_", "digitalocean_token", 60, HEX },
  { "SK", "twilio_key", 32, HEX, 32 },
  { "AGE-SECRET-KEY-1", "age_key", 50, UPPER },
  { "shpat_", "shopify_token", 32, HEX },
  { "shpss_", "shopify_token", 32, HEX },
  { "shpca_", "shopify_token", 32, HEX },
  { "shppa_", "shopify_token", 32, HEX },
  { "sq0csp-", "square_token", 40, URL },
  { "sq0atp-", "square_token", 20, URL },
  { "key-", "mailgun_key", 32, HEX, 32 },
  { "xkeysib-", "brevo_key", 60, URL },
  { "sntrys_", "sentry_token", 40, "[%w+/=_]" },
  { "sntryu_", "sentry_token", 60, HEX },
  { "glsa_", "grafana_token", 32, WORD },
  { "glc_", "grafana_token", 40, "[%w+/=]" },
  { "lin_api_", "linear_key", 36, "%w" },
  { "ntn_", "notion_token", 40, "%w" },
  { "PMAK-", "postman_key", 50, URL },
  { "dapi", "databricks_token", 32, HEX, 32 },
  { "NRAK-", "newrelic_key", 27, UPPER },
  { "pscale_tkn_", "planetscale_token", 32, URL },
  { "pscale_pw_", "planetscale_token", 32, URL },
  { "sbp_", "supabase_token", 40, HEX },
  { "dckr_pat_", "docker_token", 24, URL },
  { "rubygems_", "rubygems_key", 48, HEX },
  { "ATATT3", "atlassian_token", 60, "[%w_=-]" },
  { "ATBB", "bitbucket_token", 28, "%w" },
  { "figd_", "figma_token", 36, URL },
  { "EAAA", "square_token", 56, URL },
  { "ops_eyJ", "onepassword_token", 100, URL },
  { "CCIPAT_", "circleci_token", 40, WORD },
  { "pul-", "pulumi_token", 40, HEX },
  { "nfp_", "netlify_token", 36, "%w" },
  { "sonar_", "sonar_token", 40, HEX },
  { "sqp_", "sonar_token", 40, HEX },
  { "squ_", "sonar_token", 40, HEX },
  { "tfp_", "typeform_token", 40, URL },
  { "HRKU-", "heroku_key", 36, URL },
  { "FlyV1", "fly_token", 60, "[%w+/=_-]" },
}

-- By the first two letters, so that most words of ordinary code are passed over at one look.
local BY_START = {}
for _, row in ipairs(PREFIXES) do
  local prefix, kind, least, set, most = row[1], row[2], row[3], row[4], row[5]
  local start = prefix:sub(1, 2)
  BY_START[start] = BY_START[start] or {}
  table.insert(BY_START[start], {
    prefix = prefix, size = #prefix, kind = kind, least = least, most = most,
    body = "^" .. set .. "+",
  })
end

-- Not a doc's example, and not words joined by bars as in a class name of CSS.
local function is_real(token, body)
  if token:find("EXAMPLE", 1, true) or token:find("[xX][xX][xX][xX]") then return false end
  return token:find("%d") ~= nil or entropy.shape_of(body:sub(1, 64)).changes >= 0.3
end

-- `sk-` also begins class names: those are short words with bars between.
local function has_long_part(body)
  for part in body:gmatch("%w+") do
    if #part >= 16 and part:find("%d") and part:find("%a") then return true end
  end
  return false
end

local WINDOW = 200 -- bytes that tell whether it is one; this bounds the work for each prefix

local function fits(rule, token)
  local body = token:sub(rule.size + 1)
  local size = #(body:match(rule.body) or "")
  if size < rule.least or rule.most and size > rule.most then return false end
  local real = token:sub(1, rule.size + size)
  if rule.prefix == "sk-" and not has_long_part(real) then return false end
  return is_real(real, body:sub(1, size))
end

local function match_at(run, at)
  for _, rule in ipairs(BY_START[run:sub(at, at + 1)] or {}) do
    local from = at + rule.size
    if run:sub(at, from - 1) == rule.prefix and fits(rule, run:sub(at, at + WINDOW)) then
      return at, from + #run:match(rule.body, from) - 1, rule.kind
    end
  end
end

-- Secrets that have no prefix, but a place: after a slash of the address they belong to.
local PLACES = {
  { "services/T%w+/B%w+/()%w+()$", "slack_webhook" },
  { "webhooks/%d%d%d%d%d%d%d+/()[%w_-]+()$", "discord_webhook" },
}

local function match_place(run)
  for _, place in ipairs(PLACES) do
    local from, past = run:match(place[1])
    if from and past - from >= 16 then return from, past - 1, place[2] end
  end
end

--- Add the names of the kinds that are found here.
---@param kinds table<string, boolean>
function M.kinds(kinds)
  for _, rows in ipairs { PREFIXES, PLACES } do
    for _, row in ipairs(rows) do kinds[row[2]] = true end
  end
end

--- Whether a run begins as a credential may; most words do not.
---@param run string
---@return boolean
function M.may_begin(run)
  return BY_START[run:sub(1, 2)] ~= nil
end

--- The credential in a run, as first and last byte within it and its kind; nothing when there is
--- none that shows by its own shape.
---@param run string
---@return integer? first, integer? last, string? kind
function M.find(run)
  -- A letter behind `-`, `_`, `=`, `/` or `+` begins a word as well as the run's first does.
  local at = 1
  while at do
    local first, last, kind = match_at(run, at)
    if first then return first, last, kind end
    at = run:match("[^%w]()%w", at)
  end
  return match_place(run)
end

return M
