--- What would be sent, to the byte, before anything is.
local chat = require("mistral.editor.chat")
local complete = require("mistral.editor.complete")
local context = require("mistral.editor.context")
local edit = require("mistral.editor.edit")
local endpoint = require("mistral.api.endpoint")
local errors = require("mistral.errors")
local explain = require("mistral.editor.explain")
local keys = require("mistral.keys")
local plans = require("mistral.api.plan")
local providers = require("mistral.api.provider")
local review = require("mistral.editor.review")
local sessions = require("mistral.editor.session")
local text = require("mistral.lines")

local M = {}

local BUFFER = "mistral://preview"

--- What would be sent: `done` gets it, perhaps before this returns; nil and a sentence when nothing
--- would be. A subcommand that sends has its entry here, and the kind of its request below.
---@alias mistral.preview.Params
---| fun(session: mistral.Session, range: mistral.Range, options: mistral.Options, done: fun(params: table)): true|nil, string|nil

---@param read fun(session: mistral.Session, range: mistral.Range, options: mistral.Options): table|nil, any
---@return mistral.preview.Params
local function at_once(read)
  return function(session, range, options, done)
    local params, message = read(session, range, options)
    if not params then
      return nil, message
    end
    done(params)
    return true
  end
end

local function completion(session, _, options)
  local refused = complete.refused(session.host, options)
  if refused then
    return nil, refused .. "; option allow_files lets it through"
  end
  return complete.params(context.read(session.host, options.complete), options.complete)
end

---@type table<string, mistral.preview.Params>
local PARAMS = {
  review = at_once(review.params),
  explain = explain.params,
  chat = chat.params,
  edit = at_once(edit.params),
  fix = at_once(edit.fix_params),
  complete = at_once(completion),
}

local ENDPOINT = {
  review = "chat", explain = "chat", chat = "chat", edit = "chat", fix = "chat", complete = "fim",
}

local function append(lines, more)
  for _, line in ipairs(text.split_lines(more)) do
    lines[#lines + 1] = line
  end
end

--- What a message says; of a picture, only that it is one.
local function words_of(content)
  if type(content) == "string" then
    return content
  end
  local out = {}
  for index, part in ipairs(content) do
    out[index] = part.text or ("[%s]"):format(part.type)
  end
  return table.concat(out, "\n")
end

--- The texts in it with their line ends, for people; the body above is the truth.
local function readable(lines, params)
  local parts = {}
  for _, message in ipairs(params.messages or {}) do
    parts[#parts + 1] = { message.role, words_of(message.content) }
  end
  parts[#parts + 1] = params.prompt and { "prompt", params.prompt }
  parts[#parts + 1] = params.suffix and { "suffix", params.suffix }
  for _, part in ipairs(parts) do
    append(lines, "\n---- " .. part[1] .. " ----\n" .. part[2])
  end
end

local function has_key(provider, options)
  local own = provider.key.command ~= nil
  return own or keys.origin(providers.key_sources(provider, options)) ~= nil
end

--- All headers but Host, which the address has.
local function headers(plan, keyed)
  local all = plan.headers(keyed and "\194\171not shown\194\187" or nil)
  all["Accept-Encoding"] = "identity"
  all["Content-Length"] = tostring(#plan.body)
  all["User-Agent"] = sessions.user_agent
  local lines = {}
  for name, value in pairs(all) do
    lines[#lines + 1] = name .. ": " .. value
  end
  table.sort(lines)
  return lines
end

--- The provider, and where it is, when a request could go there.
local function service_of(options)
  local provider, site = providers.find(options)
  if not provider then
    return nil, nil, site
  end
  if site.plain and not site.loopback and has_key(provider, options) then
    return nil, nil, tostring(errors.new("insecure", "plain http may not carry this request"))
  end
  return provider, site
end

--- What would go over the wire, and the fields it was made from.
local function plan_of(provider, site, kind, params, redactor)
  local call, err = endpoint.call(kind, params, true)
  if not call then
    return nil, err
  end
  if redactor then
    call.params = redactor:hide(call.params)
  end
  local plan
  plan, err = plans.new(provider, site, call)
  return plan, err, call.params
end

--- For a completion in the menu, the body is another one.
local function menu_body(lines, provider, site, params, redactor)
  local plan = plan_of(provider, site, "fim", complete.for_menu(params), redactor)
  append(lines, "\nThe body of one that opens in the completion menu:\n" .. plan.body)
end

--- Method, address, headers and body, and the body's texts once more to read.
---@param options mistral.Options
---@param kind "review"|"explain"|"chat"|"edit"|"fix"|"complete"
---@param params table
---@param redactor? mistral.Redactor
---@return string[]|nil lines, string|nil message
function M.lines(options, kind, params, redactor)
  local provider, site, message = service_of(options)
  if not provider then
    return nil, message
  end
  local plan, err, sent = plan_of(provider, site, ENDPOINT[kind], params, redactor)
  if not plan then
    return nil, tostring(err)
  end
  local lines = { plan.method .. " " .. plan.url }
  local head = headers(plan, has_key(provider, options))
  append(lines, table.concat(head, "\n") .. "\n\n" .. plan.body)
  if kind == "complete" then
    menu_body(lines, provider, site, params, redactor)
  end
  append(lines, "\nThe same, to read:")
  readable(lines, sent)
  return lines
end

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

local function show(session, kind, params, options)
  local redactor, wrong = redactor_of(session, options)
  if wrong then
    return nil, wrong
  end
  local lines, problem = M.lines(options, kind, params, redactor)
  if not lines then
    return nil, problem
  end
  local buffer = session.host.split({
    name = BUFFER, filetype = "", position = "below", focus = true,
  })
  session.host.fill(buffer, lines)
  session.host.set_cursor(1, 0)
  return true
end

--- Shows what `:Mistral kind` would send from here.
---@param session mistral.Session
---@param kind "review"|"explain"|"chat"|"complete"
---@param range mistral.Range
---@param options mistral.Options
---@return true|nil, string|nil message
function M.start(session, kind, range, options)
  return PARAMS[kind](session, range, options, function(params, message)
    local shown
    if params then
      shown, message = show(session, kind, params, options)
    end
    if not shown then
      session:tell(message, "warn")
    end
  end)
end

return M
