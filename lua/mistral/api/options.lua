--- What `mistral.client` and the calls of a client may be told. Raises on what only a mistake in the
--- calling code can bring about.
local schema = require "mistral.api.schema"
local tables = require "mistral.tables"

local M = {}

---@class mistral.ClientOptions
---@field api_key? string|fun(): string a function is asked before each request
---@field api_key_command? string[] prints the key; run once
---@field key_file? string its first line is the key; nobody but you may read it
---@field env_file? boolean whether `.env` in the working folder may hold the key; it may unless told
---@field allow_files? string[] names of files, such as *.pem, that may be sent though they hold keys
---@field redact? boolean|mistral.RedactOptions whether secrets are hidden; they are unless told
---@field provider? string mistral unless told
---@field base_url? string the provider's own unless told
---@field region? string of the provider: mistral, vertex, bedrock and sagemaker have several
---@field project? string of vertex
---@field endpoint? string of azure: the resource's address; of sagemaker: the endpoint's name
---@field access_key? string of sagemaker, with the two that belong to it
---@field secret_key? string
---@field session_token? string
---@field api_version? string of azure's older route
---@field auth? "bearer" for azure, with a token in place of a key
---@field fim? "raw"|"suffix"|"infill" how a compatible server fills in the middle
---@field ca_file? string PEM file of the authorities to trust instead of the system's
---@field proxy? string else what the environment says
---@field no_proxy? string
---@field user_agent? string else the C module's own
---@field watch? fun(transport: table, drain: fun()): fun() an editor's: drain when there is mail
---@field spawn? mistral.Spawn an editor's: run a command without waiting
---@field later? fun(fn: fun()) an editor's: call this when it had its turn
---@field timeout? mistral.Timeout of each request; field by field, a call's own wins
---@field retry? integer most further tries of each request whose call says nothing
---@field on_retry? fun(retry: mistral.Retry) of each request whose call has none
---@field report? fun(trace: string) hears of errors in callbacks; without it, drain raises them
---@field ledger? boolean|string false: nothing is written down; a string: the folder to do it in
---@field budget? mistral.BudgetOptions
---@field plan? "experiment"|"scale"|mistral.Plan.Limits how fast its requests may go out
---@field prices? mistral.Prices instead of the catalogue's
---@field on_notice? false|fun(sentence: string) hears what no request can tell; false: nobody
---@field log? fun(line: string) hears how each request went: where, how long, how often
---@field observe? fun(step: mistral.Step) hears of the steps of each request
---@field transport? table to use instead of a transport of the C module

local KNOWN = {
  api_key = { string = true, ["function"] = true },
  api_key_command = { table = true },
  key_file = { string = true },
  env_file = { boolean = true },
  redact = { boolean = true, table = true },
  allow_files = { table = true },
  provider = { string = true },
  base_url = { string = true },
  region = { string = true },
  project = { string = true },
  endpoint = { string = true },
  access_key = { string = true },
  secret_key = { string = true },
  session_token = { string = true },
  api_version = { string = true },
  auth = { string = true },
  fim = { string = true },
  ca_file = { string = true },
  proxy = { string = true },
  no_proxy = { string = true },
  user_agent = { string = true },
  watch = { ["function"] = true },
  spawn = { ["function"] = true },
  later = { ["function"] = true },
  timeout = { table = true },
  retry = { number = true },
  on_retry = { ["function"] = true },
  report = { ["function"] = true },
  ledger = { boolean = true, string = true },
  budget = { table = true },
  plan = { string = true, table = true },
  prices = { table = true },
  on_notice = { ["function"] = true, boolean = true },
  log = { ["function"] = true },
  observe = { ["function"] = true },
  transport = { table = true, userdata = true },
}

local CALLBACKS = {
  on_delta = { ["function"] = true },
  on_done = { ["function"] = true },
  on_error = { ["function"] = true },
  on_retry = { ["function"] = true },
  on_progress = { ["function"] = true },
  priority = { number = true },
  timeout = { table = true },
  retry = { number = true },
  extra = { table = true },
  purpose = { string = true, table = true },
}

local MILLISECONDS = { number = true }
local TIMEOUTS = {
  connect_ms = MILLISECONDS, head_ms = MILLISECONDS, idle_ms = MILLISECONDS,
  total_ms = MILLISECONDS,
}

-- What other libraries call it, and what of theirs belongs elsewhere here.
local ELSEWHERE = {
  url = "it is called `base_url`", host = "it is called `base_url`",
  api_base = "it is called `base_url`", server_url = "it is called `base_url`",
  key = "it is called `api_key`", token = "it is called `api_key`",
  timeout_ms = "it is called `timeout`, a table: timeout = { total_ms = 30000 }",
  retries = "it is called `retry`", max_retries = "it is called `retry`",
  model = "each request names its own",
}

-- What a value looks like, where its type says too little.
local LOOKS = { timeout = ", such as { total_ms = 30000 }" }

local LONGEST_MS = 1000 * 24 * 60 * 60 * 1000 -- a thousand days

local function unknown(name, known, what, elsewhere)
  local said = ("%s has no `%s`"):format(what, name)
  if elsewhere[name] then return ("%s: %s"):format(said, elsewhere[name]) end
  local close = schema.nearest(name, known)
  return close and ("%s; did you mean `%s`?"):format(said, close) or said
end

local function kinds_of(kinds)
  local names = {}
  for kind in pairs(kinds) do
    names[#names + 1] = "a " .. kind
  end
  table.sort(names)
  return table.concat(names, " or ")
end

-- Raises on what only a mistake in the calling code can bring about.
local function check_names(values, known, what, level, elsewhere)
  for name, value in pairs(values) do
    local kinds = known[name]
    if not kinds then error(unknown(tostring(name), known, what, elsewhere or {}), level + 1) end
    if not kinds[type(value)] then
      local wanted = kinds_of(kinds) .. (LOOKS[name] or "")
      error(("%s: `%s` should be %s, got a %s"):format(what, name, wanted, type(value)), level + 1)
    end
  end
end

local function check_whole(value, least, most, name, level)
  if value == nil or value >= least and value <= most and value % 1 == 0 then return end
  error(("%s should be a whole number from %.0f to %.0f"):format(name, least, most), level + 1)
end

local function check_limits(limits, what, level)
  check_whole(limits.retry, 0, 100, what .. ": `retry`", level + 1)
  check_whole(limits.priority, -1000, 1000, what .. ": `priority`", level + 1)
  local timeout = limits.timeout or {}
  check_names(timeout, TIMEOUTS, what .. ": `timeout`", level + 1)
  for name, value in pairs(timeout) do
    check_whole(value, 0, LONGEST_MS, ("%s: `timeout.%s`"):format(what, name), level + 1)
  end
end

local function check_list(options, name)
  local list = options[name]
  if list == nil or list[1] == nil and next(list) == nil then return end
  for index = 1, #list do
    if type(list[index]) ~= "string" then list = {} end
  end
  if #list == 0 then error(("client: `%s` should be a list of strings"):format(name), 5) end
end

local function check_money(options)
  if not (options.budget or options.plan or options.prices) then return end
  local message = require("mistral.money.account").problem(options)
  if message then error("client: " .. message, 4) end
end

-- An option that is empty is as good as none.
local function given(value)
  if value == "" or type(value) == "table" and next(value) == nil then return nil end
  return value
end

--- The options of a client without the empty ones. Raises on one that is unknown or of a wrong type.
---@param options table
---@return mistral.ClientOptions
function M.client(options)
  check_names(options, KNOWN, "client", 3, ELSEWHERE)
  check_list(options, "api_key_command")
  check_list(options, "allow_files")
  local out = {}
  for name, value in pairs(options) do
    out[name] = given(value)
  end
  check_limits(out, "client", 3)
  check_money(out)
  return out
end

local function with(known, more)
  if not more then return known end
  return tables.with(known, more)
end

--- Check the callbacks and limits of a call.
---@param callbacks table
---@param what string the call, as in "client:chat"
---@param level integer of the caller to blame, as for error()
---@param more? table<string, table<string, boolean>> what this call takes beside the usual
function M.check(callbacks, what, level, more)
  if type(callbacks) ~= "table" then
    error(("%s takes a table of callbacks, got a %s"):format(what, type(callbacks)), level + 1)
  end
  check_names(callbacks, with(CALLBACKS, more), what, level + 1)
  check_limits(callbacks, what, level + 1)
end

--- Check that a method was called with a colon: behind a dot the first argument is another table.
---@param self any
---@param mark string a field that only the right one has
---@param name string as in "client:chat"
---@param level integer of the caller to blame, as for error()
function M.method(self, mark, name, level)
  if type(self) == "table" and self[mark] ~= nil then return end
  error(("%s is called with a colon, not with a dot"):format(name), level + 1)
end

--- Check one call of a client.
---@param name string of the method
---@param params any
---@param callbacks table
---@param level integer of the caller to blame, as for error()
---@param more? table<string, table<string, boolean>> what this method takes beside the usual
function M.call(name, params, callbacks, level, more)
  if type(params) ~= "table" then
    error(("client:%s takes a table of fields, got %s"):format(name,
      params == nil and "nothing" or "a " .. type(params)), level + 1)
  end
  M.check(callbacks, "client:" .. name, level + 1, more)
end

--- Whether a table is one of callbacks, where fields may be left out.
---@param values any
---@return boolean
function M.are_callbacks(values)
  for name in pairs(type(values) == "table" and values or {}) do
    -- A list of files is asked for by its purpose, too.
    if CALLBACKS[name] and name ~= "purpose" then return true end
  end
  return false
end

-- Those of a call's options that each request of a task takes over.
local LIMITS = { "priority", "timeout", "retry", "extra", "on_retry", "purpose" }

--- The limits of a call, for the requests it is made of.
---@param callbacks mistral.Callbacks
---@return mistral.Callbacks
function M.limits(callbacks)
  return tables.pick(callbacks, LIMITS)
end

local DEFAULTS = { "timeout", "retry", "on_retry" }

--- What a client's options say of all its requests.
---@param options mistral.ClientOptions
---@return mistral.Callbacks
function M.defaults(options)
  local out = tables.pick(options, DEFAULTS)
  out.timeout = out.timeout and tables.copy(out.timeout)
  return out
end

--- The callbacks of a call with what its client says of all of them; the call's own wins.
---@param callbacks mistral.Callbacks
---@param defaults mistral.Callbacks
---@return mistral.Callbacks
function M.with_defaults(callbacks, defaults)
  if next(defaults) == nil then return callbacks end
  local out = tables.with(defaults, callbacks)
  if defaults.timeout and callbacks.timeout then
    out.timeout = tables.with(defaults.timeout, callbacks.timeout)
  end
  return out
end

return M
