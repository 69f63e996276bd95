--- What a review will send: which files, in how many requests, and what that may cost.
local cut = require "mistral.review.cut"
local endpoint = require "mistral.api.endpoint"
local errors = require "mistral.errors"
local estimate = require "mistral.money.estimate"
local files = require "mistral.redact.files"
local hide = require "mistral.api.hide"
local given = require "mistral.api.work.review_params"
local prices = require "mistral.money.prices"
local prompt = require "mistral.review.prompt"
local source = require "mistral.review.source"
local words = require "mistral.text"

local M = {}

-- Of the tokens that prompt and answer share, what the code of one request may take.
local SHARE_OF_CONTEXT = 0.5

-- Tokens of an answer with findings of usual number and length.
local ANSWER_TOKENS = 1200

local NAMES = { skip = "`skip`", keep = "`keep`" }

---@class mistral.ReviewPlan
---@field title string what is reviewed, for people
---@field top? string folder of the repository, whose paths are relative to it
---@field files mistral.review.Source[]
---@field skipped { path: string, why: string, missing?: true }[] missing: named, and not there
---@field count integer requests
---@field tokens integer of all prompts, likely
---@field cost? number US dollars, likely; nil: nobody knows
---@field params fun(index: integer): table the chat parameters of a request

local Builder = {}
Builder.__index = Builder

function Builder:skip(path, why, missing)
  self.skipped[#self.skipped + 1] = { path = path, why = why, missing = missing }
end

-- Two files of one name cannot be told apart by a model that has to name them.
function Builder:label(one)
  local label, count = one.label, 1
  while self.labels[one.label] do
    count = count + 1
    one.label = ("%s (%d)"):format(label, count)
  end
  self.labels[one.label] = true
end

function Builder:add(path, make)
  local refused = files.refused(path, self.client.allow_files)
  if refused then return self:skip(path, refused .. "; " .. hide.HINT) end
  local one = make()
  self:label(one)
  self.files[#self.files + 1] = one
  self.breathe()
end

local function is_empty(text)
  for _, line in ipairs(text.lines or { text.text }) do
    if line:find "%S" then return false end
  end
  return true
end

function Builder:add_texts(texts)
  for _, text in ipairs(texts) do
    if is_empty(text) then
      self:skip(text.path, ("%s has nothing in it"):format(words.line(text.path, 200)))
    else
      self:add(text.path, function() return source.of_text(text, self.breathe) end)
    end
  end
  self.title = #texts == 1 and texts[1].path or ("%d texts"):format(#texts)
end

function Builder:add_changes(changes)
  for _, skipped in ipairs(changes.skipped) do
    self:skip(skipped.path, skipped.why, skipped.missing)
  end
  for _, file in ipairs(changes.files) do
    self:add(file.path, function() return source.of_file(file, self.breathe) end)
  end
  self.title, self.top = changes.title, changes.top
end

-- Waits for git.
local function changes_of(task, params, breathe)
  local git = require "mistral.git" -- here, so that a review of texts loads none of it
  local scope = {}
  for name, value in pairs(params.scope) do
    scope[name] = value
  end
  scope.folder = scope.folder or params.folder
  return git.changes(function(argv, options) return task:run(argv, options) end, scope, {
    skip = params.skip, keep = params.keep, names = params.names or NAMES,
    allow_files = task.client.allow_files,
    breathe = breathe,
  })
end

-- A model with a small context gets smaller requests.
local function request_tokens(client, params)
  local wanted = params.request_tokens or cut.REQUEST_TOKENS
  local context = client.account.known:context(params.model or given.MODEL)
  return context and math.min(wanted, math.floor(context * SHARE_OF_CONTEXT)) or wanted
end

local function prompt_options(params)
  return {
    model = params.model or given.MODEL,
    max_findings = params.max_findings or given.MAX_FINDINGS,
    instructions = params.instructions,
    wish = params.wish,
  }
end

-- With scores, each piece is sent twice, the second time with a short answer.
local function weigh(client, plan, score, breathe)
  local tokens = 0
  for index = 1, plan.count do
    tokens = tokens + estimate.likely(estimate.prompt(plan.params(index)))
    breathe()
  end
  plan.tokens = tokens * (score and 2 or 1)
  plan.cost = prices.amount({
    tokens_in = plan.tokens, tokens_cached = 0, tokens_out = plan.count * ANSWER_TOKENS,
  }, client.account.known:price(plan.options.model, client.site))
end

local function planned(client, builder, params)
  local plan = {
    title = builder.title,
    top = builder.top,
    files = builder.files,
    skipped = builder.skipped,
    options = prompt_options(params),
    pieces = cut.plan(builder.files, {
      request_tokens = request_tokens(client, params), breathe = builder.breathe,
    }),
  }
  plan.count = #plan.pieces
  function plan.params(index) return prompt.params(plan.pieces[index], plan.options) end
  weigh(client, plan, params.score, builder.breathe)
  return plan
end

-- What the first request of a client would make ready in one long step.
local function warm(task)
  task:breathe_or_end(true)
  endpoint.get "chat"
  task:breathe_or_end(true)
  if task.client.redactor then task.client.redactor:hide { "" } end
  task:breathe_or_end(true)
end

-- A plan is worth nothing once its review is cancelled; what was found by then is. The texts of the plan
-- breathe as it did, for as long as something is looked up in them.
local function new_builder(task)
  local builder = setmetatable({
    client = task.client, files = {}, skipped = {}, labels = {}, planning = true,
  }, Builder)
  function builder.breathe()
    if builder.planning then return task:breathe_or_end() end
    task:breathe()
  end
  return builder
end

--- Make the plan of a review. Only inside the function of a task: it may wait for git.
---@param task mistral.Task
---@param params mistral.ReviewParams
---@return mistral.ReviewPlan? plan
---@return mistral.Error? err
function M.make(task, params)
  local builder = new_builder(task)
  warm(task)
  if params.texts then
    builder:add_texts(params.texts)
  else
    local changes, message, code = changes_of(task, params, builder.breathe)
    builder.breathe()
    if not changes then return nil, errors.new("refused", message, { detail = code }) end
    builder:add_changes(changes)
  end
  local plan = planned(task.client, builder, params)
  builder.planning = false
  return plan
end

return M
