--- The options: one table says name, type, default and meaning of each; merging, checking and the
--- option table of the help file are made from it.
local M = {}

---@class mistral.config.Key
---@field path string dotted name, as a user writes it
---@field type "string"|"integer"|"number"|"boolean"|"list"
---@field default string|number|boolean|string[]
---@field help string one sentence
---@field choices? string[]
---@field min? integer

---@class mistral.Options.Budget
---@field day number
---@field month number
---@field unit "usd"|"tokens"

---@class mistral.Options.Review
---@field model string
---@field instructions string
---@field max_findings integer
---@field virtual_text boolean
---@field open_list boolean

---@class mistral.Options.Explain
---@field model string
---@field position "right"|"below"
---@field focus boolean

---@class mistral.Options.Complete
---@field model string
---@field max_tokens integer
---@field prefix_bytes integer
---@field suffix_bytes integer
---@field timeout_ms integer

--- All options with their values; none is nil.
---@class mistral.Options
---@field api_key string
---@field api_key_command string[]
---@field key_file string
---@field env_file boolean
---@field redact boolean
---@field redact_allow string[]
---@field allow_files string[]
---@field provider string
---@field base_url string
---@field region string
---@field project string
---@field endpoint string
---@field api_version string
---@field auth string
---@field fim string
---@field ca_file string
---@field proxy string
---@field no_proxy string
---@field max_bytes integer
---@field ledger boolean
---@field plan ""|"experiment"|"scale"
---@field budget mistral.Options.Budget
---@field review mistral.Options.Review
---@field explain mistral.Options.Explain
---@field complete mistral.Options.Complete

---@type mistral.config.Key[]
M.schema = {
  {
    path = "api_key",
    type = "string",
    default = "",
    help = "Key for the service; when empty, MISTRAL_API_KEY is read from the environment, then "
      .. "from .env in the working folder.",
  },
  {
    path = "api_key_command",
    type = "list",
    default = {},
    help = "Command and its arguments that prints the key; it runs once, at the first request, "
      .. "unless the environment or .env has one.",
  },
  {
    path = "key_file",
    type = "string",
    default = "",
    help = "File whose first line is the key, asked last; it must be yours, with mode 0600 "
      .. "or 0400.",
  },
  {
    path = "env_file",
    type = "boolean",
    default = true,
    help = "Look for the key in .env in the working folder; nothing else in it is read.",
  },
  {
    path = "redact",
    type = "boolean",
    default = true,
    help = "Send names in place of keys, tokens and passwords, and put these back in the answer.",
  },
  {
    path = "redact_allow",
    type = "list",
    default = {},
    help = "Lua patterns: a secret in which one of them matches is sent as it is.",
  },
  {
    path = "allow_files",
    type = "list",
    default = {},
    help = "Names of files, such as *.pem, that are sent though their like hold keys.",
  },
  {
    path = "provider",
    type = "string",
    default = "mistral",
    choices = {
      "mistral", "azure", "vertex", "bedrock", "sagemaker", "compatible", "ollama",
    },
    help = "Who answers; what each of them needs besides is in |mistral-providers|.",
  },
  {
    path = "base_url",
    type = "string",
    default = "",
    help = "Where requests go; when empty, to the provider's own address.",
  },
  {
    path = "region",
    type = "string",
    default = "",
    help = "Region of mistral (eu or us), vertex, bedrock or sagemaker.",
  },
  {
    path = "project",
    type = "string",
    default = "",
    help = "Project of vertex; when empty, GOOGLE_CLOUD_PROJECT is read.",
  },
  {
    path = "endpoint",
    type = "string",
    default = "",
    help = "Of azure, the address of the resource; of sagemaker, the name of the endpoint.",
  },
  {
    path = "api_version",
    type = "string",
    default = "",
    help = "Version of azure's older route; when empty, its current route is taken.",
  },
  {
    path = "auth",
    type = "string",
    default = "",
    choices = { "", "bearer" },
    help = "What azure is shown: its key, or with bearer a token.",
  },
  {
    path = "fim",
    type = "string",
    default = "",
    choices = { "", "raw", "suffix", "infill" },
    help = "How a compatible server is asked to fill in the middle; when empty, raw.",
  },
  {
    path = "ca_file",
    type = "string",
    default = "",
    help = "PEM file of the certificate authorities to trust instead of the system's.",
  },
  {
    path = "proxy",
    type = "string",
    default = "",
    help = "Proxy to go through; when empty, the usual environment variables are read.",
  },
  {
    path = "no_proxy",
    type = "string",
    default = "",
    help = "Host names, separated by commas, that are reached without the proxy.",
  },
  {
    path = "max_bytes",
    type = "integer",
    default = 700000,
    min = 1,
    help = "Most bytes of code that one review or explanation may send.",
  },
  {
    path = "ledger",
    type = "boolean",
    default = true,
    help = "Write tokens and cost of each request, but none of its content, to the state folder.",
  },
  {
    path = "plan",
    type = "string",
    default = "",
    choices = { "", "experiment", "scale" },
    help = "How fast the key's plan lets requests go out; the service's headers correct it.",
  },
  {
    path = "budget.day",
    type = "number",
    default = 0,
    min = 0,
    help = "Most that requests may take in a day (UTC), counted by the ledger; 0 for no limit.",
  },
  {
    path = "budget.month",
    type = "number",
    default = 0,
    min = 0,
    help = "Most that requests may take in a month (UTC), counted by the ledger; 0 for no limit.",
  },
  {
    path = "budget.unit",
    type = "string",
    default = "usd",
    choices = { "usd", "tokens" },
    help = "What a budget is counted in: US dollars, in which the prices are, or tokens.",
  },
  {
    path = "review.model",
    type = "string",
    default = "mistral-medium-latest",
    help = "Model that reviews.",
  },
  {
    path = "review.instructions",
    type = "string",
    default = "",
    help = "Your own rules, added to what the model is told before each review.",
  },
  {
    path = "review.max_findings",
    type = "integer",
    default = 200,
    min = 1,
    help = "Most findings taken from one answer; the rest is counted only.",
  },
  {
    path = "review.virtual_text",
    type = "boolean",
    default = true,
    help = "Show the title of a finding behind its line.",
  },
  {
    path = "review.open_list",
    type = "boolean",
    default = false,
    help = "Open the quickfix window at the first finding, leaving the cursor where it is.",
  },
  {
    path = "explain.model",
    type = "string",
    default = "mistral-medium-latest",
    help = "Model that explains.",
  },
  {
    path = "explain.position",
    type = "string",
    default = "right",
    choices = { "right", "below" },
    help = "Where the window of the explanation opens.",
  },
  {
    path = "explain.focus",
    type = "boolean",
    default = false,
    help = "Move the cursor into the window of the explanation.",
  },
  {
    path = "complete.model",
    type = "string",
    default = "codestral-latest",
    help = "Model that completes; it must be able to fill in the middle.",
  },
  {
    path = "complete.max_tokens",
    type = "integer",
    default = 256,
    min = 1,
    help = "Most tokens of one completion.",
  },
  {
    path = "complete.prefix_bytes",
    type = "integer",
    default = 12000,
    min = 0,
    help = "About how many bytes before the cursor a completion sends, in whole lines.",
  },
  {
    path = "complete.suffix_bytes",
    type = "integer",
    default = 4000,
    min = 0,
    help = "About how many bytes behind the cursor a completion sends, in whole lines.",
  },
  {
    path = "complete.timeout_ms",
    type = "integer",
    default = 5000,
    min = 1,
    help = "How long a completion waits for the answer to begin.",
  },
}

local function copy(value)
  if type(value) ~= "table" then
    return value
  end
  local out = {}
  for key, item in pairs(value) do
    out[key] = copy(item)
  end
  return out
end

--- Group and name of a dotted path: "review.model" is "review", "model"; "proxy" is nil, "proxy".
local function split(path)
  local group, name = path:match("^([^.]+)%.(.+)$")
  return group, name or path
end

local function put(options, path, value)
  local group, name = split(path)
  if group then
    options[group] = options[group] or {}
    options = options[group]
  end
  options[name] = value
end

---@return mistral.Options
function M.defaults()
  local options = {}
  for _, key in ipairs(M.schema) do
    put(options, key.path, copy(key.default))
  end
  return options
end

--- How many single-character edits turn a into b.
local function distance(a, b)
  local row = {}
  for j = 0, #b do
    row[j] = j
  end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local substitution = diagonal + (a:byte(i) == b:byte(j) and 0 or 1)
      diagonal = row[j]
      row[j] = math.min(substitution, row[j] + 1, row[j - 1] + 1)
    end
  end
  return row[#b]
end

--- Every name that may be written: options, and the groups some are in.
local function known_names()
  local names = {}
  for _, key in ipairs(M.schema) do
    names[#names + 1] = key.path
    names[#names + 1] = (split(key.path))
  end
  return names
end

--- The known name that looks most like this one; its last part alone may be what was meant.
local function nearest(path)
  local best, best_distance
  for _, name in ipairs(known_names()) do
    local _, last = split(name)
    local d = math.min(distance(path, name), distance(path, last) + 1)
    if not best_distance or d < best_distance then
      best, best_distance = name, d
    end
  end
  return best
end

local function find_key(path)
  for _, key in ipairs(M.schema) do
    if key.path == path then
      return key
    end
  end
end

local function is_group(name)
  for _, key in ipairs(M.schema) do
    if split(key.path) == name then
      return true
    end
  end
  return false
end

local function is_string_list(value)
  if type(value) ~= "table" then
    return false
  end
  local count = 0
  for key, item in pairs(value) do
    if type(key) ~= "number" or type(item) ~= "string" then
      return false
    end
    count = count + 1
  end
  return count == #value
end

local CHECKS = {
  string = { "a string", function(v) return type(v) == "string" end },
  boolean = { "true or false", function(v) return type(v) == "boolean" end },
  list = { "a list of strings", is_string_list },
  number = {
    "a number",
    function(v) return type(v) == "number" and v == v end,
  },
  integer = {
    "a whole number",
    function(v) return type(v) == "number" and v % 1 == 0 end,
  },
}

local function check_choice(key, value)
  for _, choice in ipairs(key.choices) do
    if choice == value then
      return true
    end
  end
  local known = table.concat(key.choices, '" or "')
  return nil, ('option `%s` should be "%s", got "%s"'):format(key.path, known, value)
end

--- True and the value as the option takes it, or nil and what is wrong with it. In Vim script, 0
--- and 1 are booleans.
---@param key mistral.config.Key
local function checked(key, value)
  if key.type == "boolean" and (value == 0 or value == 1) then
    value = value == 1
  end
  local wanted, ok = CHECKS[key.type][1], CHECKS[key.type][2](value)
  if not ok then
    return nil, ("option `%s` should be %s, got %s"):format(key.path, wanted, type(value))
  end
  if key.min and value < key.min then
    return nil, ("option `%s` should be at least %g, got %g"):format(key.path, key.min, value)
  end
  if key.choices then
    local known, message = check_choice(key, value)
    if not known then
      return nil, message
    end
  end
  return true, copy(value)
end

local function unknown(path)
  return nil, ("unknown option `%s`; did you mean `%s`?"):format(path, nearest(path))
end

--- Copies what `given` says into `options`, having checked each name and value.
local function merge_into(options, given, prefix)
  for name, value in pairs(given) do
    local path = prefix .. tostring(name)
    local key = find_key(path)
    if key then
      local ok, result = checked(key, value)
      if not ok then
        return nil, result
      end
      put(options, path, result)
    elseif prefix == "" and is_group(path) then
      if type(value) ~= "table" then
        return nil, ("option `%s` should be a table, got %s"):format(path, type(value))
      end
      local ok, message = merge_into(options, value, path .. ".")
      if not ok then
        return nil, message
      end
    else
      return unknown(path)
    end
  end
  return true
end

--- The options with `given` laid over them; neither argument is changed.
---@param options mistral.Options
---@param given table what a user wrote
---@return mistral.Options|nil, string|nil message
function M.merge(options, given)
  if type(given) ~= "table" then
    return nil, "options should be a table, got " .. type(given)
  end
  local out = copy(options)
  local ok, message = merge_into(out, given, "")
  if not ok then
    return nil, message
  end
  return out
end

-- What g:mistral says lies under what setup() says, whichever came first.
local layers = { globals = {}, setup = {} }
local current = M.defaults()

local function rebuild(globals, setup)
  local under, message = M.merge(M.defaults(), globals)
  if not under then
    return nil, message
  end
  return M.merge(under, setup)
end

local function adopt(globals, setup)
  local options, message = rebuild(globals, setup)
  if not options then
    return nil, message
  end
  layers.globals, layers.setup, current = globals, setup, options
  return options
end

--- Changes options; may be called again, and keeps what earlier calls said.
---@param given? table
---@return mistral.Options|nil, string|nil message
function M.setup(given)
  if given ~= nil and type(given) ~= "table" then
    return nil, "options should be a table, got " .. type(given)
  end
  local setup = copy(layers.setup)
  local ok, message = merge_into(setup, given or {}, "")
  if not ok then
    return nil, message
  end
  return adopt(layers.globals, setup)
end

--- What the editor's global variable g:mistral says.
---@param given? table
---@return mistral.Options|nil, string|nil message
function M.globals(given)
  return adopt(given or {}, layers.setup)
end

---@return mistral.Options
function M.get()
  return current
end

--- Back to the defaults (for specs).
function M.reset()
  adopt({}, {})
end

local function show_default(value)
  if type(value) == "table" then
    return "{}"
  end
  return type(value) == "string" and '"' .. value .. '"' or tostring(value)
end

local function wrap(text, indent, width)
  local lines, line = {}, indent
  for word in text:gmatch("%S+") do
    if #line > #indent and #line + 1 + #word > width then
      lines[#lines + 1] = line
      line = indent
    end
    line = line .. (#line > #indent and " " or "") .. word
  end
  lines[#lines + 1] = line
  return lines
end

local function type_name(key)
  if key.choices then
    return '"' .. table.concat(key.choices, '" or "') .. '"'
  end
  return key.type == "list" and "list of strings" or key.type
end

--- The option table of doc/mistral.txt.
---@return string
function M.help_table()
  local out = {}
  for _, key in ipairs(M.schema) do
    local head = key.path
    local tag = "*mistral-" .. key.path .. "*"
    out[#out + 1] = head .. (" "):rep(math.max(1, 78 - #head - #tag)) .. tag
    local kind = ("%s, default %s"):format(type_name(key), show_default(key.default))
    for _, said in ipairs({ kind, key.help }) do
      for _, line in ipairs(wrap(said, "    ", 78)) do
        out[#out + 1] = line
      end
    end
    out[#out + 1] = ""
  end
  out[#out] = nil
  return table.concat(out, "\n")
end

return M
