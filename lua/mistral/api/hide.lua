--- Takes the secrets out of a call before anything is made of it, and refuses files full of them.
local endpoint = require "mistral.api.endpoint"
local errors = require "mistral.errors"
local files = require "mistral.redact.files"
local plans = require "mistral.api.plan"
local walk = require "mistral.redact.walk"

local M = { HINT = "name it in the option allow_files if it may be sent" }

local function asks_json(params)
  local format = params.response_format
  return type(format) == "table" and format.type ~= nil and format.type ~= "text"
end

-- Each path of a file in the fields of a request: that of a form, and those of parts to be read.
local function each_path(value, each, depth)
  if type(value) ~= "table" or depth > 8 then return end
  if value.wanted and type(value.source) == "string" then each(value.source) end
  for _, item in pairs(value) do
    each_path(item, each, depth + 1)
  end
end

local function is_elsewhere(source)
  return source:find("^%a[%w+.-]*:") ~= nil and not source:find("^%a:[/\\]")
end

--- Why nothing is sent at all: one of its files is of a name that holds keys.
---@param kind string
---@param params table
---@param allow? string[] names of files that are let through
---@return mistral.Error?
function M.refused(kind, params, allow)
  local reason
  local function look(path)
    if not is_elsewhere(path) then reason = reason or files.refused(path, allow) end
  end
  if endpoint.get(kind).send == "form" and type(params.file) == "string" then look(params.file) end
  if kind == "ocr" and type(params.document) == "string" then look(params.document) end
  each_path(params, look, 0)
  if not reason then return nil end
  return errors.new("refused", ("%s: %s"):format(kind, reason), { hint = M.HINT })
end

--- The call as it may leave. In what goes along unchecked there may be secrets as well.
---@param redactor? mistral.Redactor none: as it is
---@param call mistral.Call
function M.call(redactor, call)
  if not redactor then return end
  local params, extra = call.params, call.extra
  if call.asked then params, extra = call.asked() end
  -- A closure, so that printing a request prints no secret.
  call.asked = function() return params, extra end
  local safe, hidden = redactor:hide { params, extra }
  call.params, call.extra, call.hidden = safe[1], safe[2], hidden
  if hidden then hidden.as_json = asks_json(call.params) end
end

--- Keep the key out of what is sent with it. It is not known before it is needed, so what was
--- prepared without it is prepared anew when it turns out to have the key in it.
---@param owner mistral.Owner
---@param key string
---@param call mistral.Call
---@param plan mistral.Plan
---@return mistral.Plan? plan
---@return mistral.Error? err
function M.key(owner, key, call, plan)
  local redactor = owner.redactor
  if not redactor or not redactor.learn(key) then return plan end
  -- Not in the body: as JSON, the key may look another way there.
  if not walk.has({ call.params, call.extra }, key) then return plan end
  M.call(redactor, call)
  return plans.new(owner.provider, owner.site, call)
end

return M
