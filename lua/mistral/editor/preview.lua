--- What would be sent, to the byte, before anything is.
local complete = require("mistral.editor.complete")
local context = require("mistral.editor.context")
local endpoints = require("mistral.api.endpoints")
local explain = require("mistral.editor.explain")
local review = require("mistral.editor.review")
local text = require("mistral.editor.text")

local M = {}

local BUFFER = "mistral://preview"

---@alias mistral.preview.Params
---| fun(session: mistral.Session, range: mistral.Range, options: mistral.Options): table|nil, any

---@type table<string, mistral.preview.Params>
local PARAMS = {
  review = review.params,
  explain = explain.params,
  complete = function(session, _, options)
    return complete.params(context.read(session.host, options.complete), options.complete)
  end,
}

local ENDPOINT = { review = "chat", explain = "chat", complete = "fim" }

M.kinds = { "review", "explain", "complete" }

local function append(lines, more)
  for _, line in ipairs(text.split_lines(more)) do
    lines[#lines + 1] = line
  end
end

--- The texts in it with their line ends, for people; the body above is the truth.
local function readable(lines, params)
  local parts = {}
  for _, message in ipairs(params.messages or {}) do
    parts[#parts + 1] = { message.role, message.content }
  end
  parts[#parts + 1] = params.prompt and { "prompt", params.prompt }
  parts[#parts + 1] = params.suffix and { "suffix", params.suffix }
  for _, part in ipairs(parts) do
    append(lines, "\n---- " .. part[1] .. " ----\n" .. part[2])
  end
end

--- Method, address, headers and body, and the body's texts once more to read.
---@param base_url string
---@param kind "review"|"explain"|"complete"
---@param params table
---@return string[]|nil lines, mistral.Error|nil err
function M.lines(base_url, kind, params)
  local plan, err = endpoints.plan(base_url:gsub("/+$", ""), ENDPOINT[kind], params, true)
  if not plan then
    return nil, err
  end
  local lines = {
    plan.method .. " " .. plan.url,
    "Accept: text/event-stream",
    "Authorization: Bearer \194\171not shown\194\187",
    "Content-Type: application/json",
    "",
    plan.body,
    "",
    "The same, to read:",
  }
  readable(lines, params)
  return lines
end

--- Shows what `:Mistral kind` would send from here.
---@param session mistral.Session
---@param kind "review"|"explain"|"complete"
---@param range mistral.Range
---@param options mistral.Options
---@return true|nil, string|nil message
function M.start(session, kind, range, options)
  local params, message = PARAMS[kind](session, range, options)
  if not params then
    return nil, message
  end
  local lines, err = M.lines(options.base_url, kind, params)
  if not lines then
    return nil, tostring(err)
  end
  local buffer = session.host.split({
    name = BUFFER, filetype = "", position = "below", focus = true,
  })
  session.host.fill(buffer, lines)
  session.host.set_cursor(1, 0)
  return true
end

return M
