--- What would be sent, to the byte, before anything is: `kinds` says who sends, `wire` how it looks.
local keys = require("mistral.keys")
local money = require("mistral.money.words")
local providers = require("mistral.api.provider")
local text = require("mistral.lines")
local wire = require("mistral.editor.preview.wire")

local M = {}

local BUFFER = "mistral://preview"

local function counted(n, word)
  return ("%d %s%s"):format(n, word, n == 1 and "" or "s")
end

-- What is to be shown ---------------------------------------------------------------------------

--- What a plan says of itself, and its requests, made when they are shown.
local function of_plan(plan)
  local cost = plan.cost and "about " .. money.usd(plan.cost) or "cost unknown"
  local head = {
    ("Review of %s: %s, %s, about %d tokens, %s"):format(text.code_line(plan.title),
      counted(#plan.files, "file"), counted(plan.count, "request"), plan.tokens, cost),
  }
  if plan.top then
    head[#head + 1] = "of the files in " .. text.code_line(plan.top)
  end
  for _, skipped in ipairs(plan.skipped) do
    head[#head + 1] = "left out: " .. text.code_line(skipped.why)
  end
  head[#head + 1] = ""
  return {
    head = head,
    count = plan.count,
    get = function(index)
      return { kind = "chat", params = plan.params(index) }
    end,
  }
end

local function of_requests(list)
  return {
    head = {},
    count = #list,
    get = function(index)
      return list[index]
    end,
  }
end

--- All forms in which an offer may say it, as one.
local function contents_of(said)
  if type(said.params) == "function" then
    return of_plan(said)
  elseif said[1] then
    return of_requests(said)
  end
  return of_requests({ { kind = "chat", params = said } })
end

-- Showing it ------------------------------------------------------------------------------------

--- What will hide secrets; the key is one of them, as far as it is known yet.
local function redactor_of(session, options)
  local redactor, message = session:redactor(options)
  local provider = redactor and providers.find(options)
  local key = provider and keys.known(providers.key_sources(provider, options))
  if key then
    redactor.learn(key)
  end
  return redactor, message
end

local function way_of(session, options)
  local redactor, wrong = redactor_of(session, options)
  if wrong then
    return nil, wrong
  end
  return wire.way(options, redactor)
end

local function heading(contents, index, request)
  if contents.count == 1 then
    return {}
  end
  local title = request.title and ": " .. text.code_line(request.title) or ""
  return { ("==== request %d of %d%s ===="):format(index, contents.count, title) }
end

--- The lines of one request; or the reason why it would not be sent.
local function lines_of(way, contents, index)
  local request = contents.get(index)
  local lines = heading(contents, index, request)
  local more, message = wire.lines(way, request)
  if not more then
    return nil, message
  end
  for _, line in ipairs(more) do
    lines[#lines + 1] = line
  end
  lines[#lines + 1] = index < contents.count and "" or nil
  return lines
end

local function open(session)
  return session.host.split({
    name = BUFFER, filetype = "", position = "below", focus = true, wrap = false,
  })
end

--- What is being written into the window; a newer preview ends it.
local function new_view(session, buffer, way, contents)
  local view = { buffer = buffer, way = way, contents = contents, stop = function() end }
  function view.close()
    view.stop()
    session:drop(view)
  end
  for other in session:each_kept() do
    if other.buffer == buffer then
      other:close()
      break
    end
  end
  session:keep(view)
  return view
end

--- One request each time the editor has had its turn: there may be many, and each is long.
local function add_rest(session, view, from)
  if from > view.contents.count then
    return view:close()
  end
  view.stop = session.host.timer(0, function()
    local host = session.host
    if not host.valid(view.buffer) then
      return view:close()
    end
    local lines, message = lines_of(view.way, view.contents, from)
    host.append(view.buffer, "\n" .. table.concat(lines or { message }, "\n"))
    add_rest(session, view, from + 1)
  end)
end

local function show(session, said, options)
  local way, message = way_of(session, options)
  if not way then
    return nil, message
  end
  local contents = contents_of(said)
  local first, problem = lines_of(way, contents, 1)
  if not first then
    return nil, problem
  end
  local buffer = open(session)
  local lines = contents.head
  for _, line in ipairs(first) do
    lines[#lines + 1] = line
  end
  session.host.fill(buffer, lines)
  session.host.set_cursor(1, 0)
  add_rest(session, new_view(session, buffer, way, contents), 2)
  return true
end

--- Shows what a subcommand would send from here.
---@param session mistral.Session
---@param offer mistral.preview.Offer that of a subcommand, see `kinds`
---@param range mistral.Range
---@param options mistral.Options
---@return true|nil, string|nil message
function M.start(session, offer, range, options)
  local function show_late(said)
    if not session.closed then
      session:attempt(show, session, said, options)
    end
  end
  local function done(said, message)
    if said then
      session.host.when_idle(function()
        show_late(said)
      end)
    elseif message then
      session:tell(message, "warn")
    end
  end
  local said, message = offer(session, range, options, done)
  if type(said) == "table" then
    return show(session, said, options)
  end
  return said, message
end

return M
