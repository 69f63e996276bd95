--- An explanation: markdown that streams into a window of its own, where one can ask on.
local known = require("mistral.editor.explain.known")
local prompt = require("mistral.editor.explain.prompt")
local rooms = require("mistral.editor.chat.room")
local scope = require("mistral.editor.scope")
local talks = require("mistral.editor.chat.talk")

local M = {}

local BUFFER = "mistral://explain"

local function model_of(options)
  return options.explain.model
end

local function opening(code, found)
  return {
    { role = "system", content = prompt.RULES },
    { role = "user", content = prompt.message(code, found) },
  }
end

--- What an explanation of this range would send.
---@param session mistral.Session
---@param range mistral.Range
---@param options mistral.Options
---@param done fun(params: table) may be called before this returns
---@return true|nil, string|nil message why nothing would be
function M.params(session, range, options, done)
  local code, message = scope.read(session.host, range, options, "explain")
  if not code then
    return nil, message
  end
  known.find(session.host, code, options, function(found)
    done({ model = model_of(options), messages = opening(code, found) })
  end)
  return true
end

-- Finds out what is known before the first question is sent; one that asks on needs no more of it.
local function prepare(code, options)
  return function(answer, done)
    if #answer.talk.opening > 0 then
      return done()
    end
    answer.stop_preparing = known.find(answer.session.host, code, options, function(found)
      answer.talk.opening = opening(code, found)
      done()
    end)
  end
end

local function show(session, code, options)
  local host = session.host
  local buffer = host.split({
    name = BUFFER,
    filetype = "markdown",
    position = options.explain.position,
    focus = options.explain.focus,
    omnifunc = "MistralWords",
  })
  host.fill(buffer, { "" })
  return talks.new(session, buffer, {
    kind = "explain",
    name = BUFFER,
    leading = "assistant",
    model = model_of,
    first_noun = ("the explanation of %s"):format(code.name),
    prepare = prepare(code, options),
    home = code.buffer,
  })
end

--- Starts one; an explanation that still runs makes room for it.
---@param session mistral.Session
---@param range mistral.Range
---@param options mistral.Options
---@return mistral.chat.Answer|nil, string|nil message
function M.start(session, range, options)
  local code, message = scope.read(session.host, range, options, "explain")
  if not code then
    return nil, message
  end
  local client
  client, message = session:client(options)
  if not client then
    return nil, message
  end
  session:stop("explain", "replaced")
  local talk = show(session, code, options)
  rooms.adopt(session, talk)
  return talk:start({ turns = {}, settings = {} }, options)
end

return M
