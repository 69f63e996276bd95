--- Which subcommands show what they would send. One that sends has an entry here: the module, loaded
--- when it is asked for, and its function
---
---     offer(session, range, options, done) -> said, message
---
--- It returns what would be sent, or nil and a sentence when nothing would be; or, when it has to find
--- that out first, true, and calls `done(said, message)` with the same later. What would be sent is
---
---     params                       the fields of one chat
---     { request, request ... }     several requests, each { kind =, params =, title = }: see below
---     a plan                       of client:review_plan: all its requests, and what it says of them
---
--- What the offer is given is what the command would be: `range` has its lines and the words behind it
--- (`wish`).
local M = {}

---@class mistral.preview.Request
---@field kind string of the request: chat, fim ...
---@field params table
---@field title? string which of several it is
---@field also? { title: string, params: table }[] bodies that may go out in its place

---@alias mistral.preview.Said table|mistral.preview.Request[]|mistral.ReviewPlan
---@alias mistral.preview.Offer
---| fun(session: mistral.Session, range: mistral.Range, options: mistral.Options, done: fun(said: mistral.preview.Said|nil, message: string|nil)): mistral.preview.Said|true|nil, string|nil

local OFFERS = {
  { "review", "mistral.editor.review.preview", "params" },
  { "explain", "mistral.editor.explain", "params" },
  { "chat", "mistral.editor.chat", "params" },
  { "edit", "mistral.editor.edit", "params" },
  { "fix", "mistral.editor.edit", "fix_params" },
  { "commit", "mistral.editor.commit", "params" },
  { "complete", "mistral.editor.complete", "preview" },
}

--- The subcommands, for the command line.
---@return string[]
function M.names()
  local names = {}
  for i, offer in ipairs(OFFERS) do
    names[i] = offer[1]
  end
  return names
end

---@param name string
---@return mistral.preview.Offer|nil
function M.find(name)
  for _, offer in ipairs(OFFERS) do
    if offer[1] == name then
      return require(offer[2])[offer[3]]
    end
  end
end

return M
