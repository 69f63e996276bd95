--- A request as it would go over the wire: method, address, headers and body to the byte, and the texts
--- of the body once more with their line ends, for people.
local endpoint = require("mistral.api.endpoint")
local errors = require("mistral.errors")
local keys = require("mistral.keys")
local plans = require("mistral.api.plan")
local providers = require("mistral.api.provider")
local sessions = require("mistral.editor.session")
local text = require("mistral.lines")

local M = {}

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

--- The texts in it with their line ends; the body is the truth.
local function add_readable(lines, params)
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
local function plan_of(way, kind, params)
  local call, err = endpoint.call(kind, params, true)
  if not call then
    return nil, err
  end
  if way.redactor then
    call.params = way.redactor:hide(call.params)
  end
  local plan
  plan, err = plans.new(way.provider, way.site, call)
  return plan, err, call.params
end

---@class mistral.preview.Way how requests would go out under these options
---@field provider mistral.Provider
---@field site mistral.Site
---@field keyed boolean
---@field redactor? mistral.Redactor

---@param options mistral.Options
---@param redactor? mistral.Redactor
---@return mistral.preview.Way|nil, string|nil message
function M.way(options, redactor)
  local provider, site, message = service_of(options)
  if not provider then
    return nil, message
  end
  return {
    provider = provider, site = site, redactor = redactor, keyed = has_key(provider, options),
  }
end

---@param way mistral.preview.Way
---@param request mistral.preview.Request
---@return string[]|nil lines, string|nil message
function M.lines(way, request)
  local plan, err, sent = plan_of(way, request.kind, request.params)
  if not plan then
    return nil, tostring(err)
  end
  local lines = { plan.method .. " " .. plan.url }
  append(lines, table.concat(headers(plan, way.keyed), "\n") .. "\n\n" .. plan.body)
  for _, other in ipairs(request.also or {}) do
    append(lines, "\n" .. other.title .. "\n" .. plan_of(way, request.kind, other.params).body)
  end
  append(lines, "\nThe same, to read:")
  add_readable(lines, sent)
  return lines
end

return M
