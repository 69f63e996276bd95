--- The public door: `local mistral = require "mistral"`.
require("mistral.compiler").tame() -- before anything else of ours is loaded

local M = {}

M.version = "0.1.0"

-- Required where they are used: an editor asks for the version long before it needs a client.

--- Change options; all have defaults, and it may be called again. Raises on one it does not know.
---@param options? table see `mistral.options()`
function M.setup(options)
  local set, message = require("mistral.config").setup(options or {})
  if not set then error(message, 2) end
end

-- In an editor its host is asked, which also gives json.lua a codec; elsewhere that is one small
-- file that says there is none.
local function read_options()
  local config, host = require("mistral.config"), require("mistral.host").get()
  if host then return config.globals(host.options()) end
  return config.get()
end

--- All options with their values; in an editor, with what g:mistral says now. Raises when that says
--- something wrong.
---@return mistral.Options
function M.options()
  local options, message = read_options()
  if not options then error(message, 2) end
  return options
end

-- What leads to a provider, and is of no use, or no business, to another.
local OF_PROVIDER = {
  "base_url", "region", "project", "endpoint", "api_version", "auth", "fim", "plan",
}
local SHARED = { "ca_file", "proxy", "no_proxy", "ledger", "env_file", "allow_files" }

local function inherit(all, set, names)
  for _, name in ipairs(names) do
    if all[name] == nil then all[name] = set[name] end
  end
end

-- In the options 0 is no limit, since there is always a number.
local function budget_of(set)
  local budget = { unit = set.budget.unit }
  for _, period in ipairs { "day", "month" } do
    if set.budget[period] > 0 then budget[period] = set.budget[period] end
  end
  return (budget.day or budget.month) and budget or nil
end

-- In a script there is nobody else to hear it; in an editor it would tear the screen.
local function notice_of()
  if require("mistral.host").get() then return nil end
  return function(sentence) io.stderr:write("mistral: ", sentence, "\n") end
end

-- For whoever looks for what goes wrong in a script.
local function log_of()
  if os.getenv "MISTRAL_LOG" ~= "debug" or require("mistral.host").get() then return nil end
  return function(line) io.stderr:write("mistral: ", line, "\n") end
end

-- What setup said about connection and money holds for a client that does not say otherwise; its key,
-- its address and its plan only for the provider they belong to.
local function with_setup(options, set)
  local all = {}
  for name, value in pairs(options) do
    all[name] = value
  end
  inherit(all, set, SHARED)
  if all.on_notice == nil or all.on_notice == true then all.on_notice = notice_of() end
  if all.log == nil then all.log = log_of() end
  if all.redact == nil then all.redact = set.redact and { allow = set.redact_allow } end
  if all.budget == nil and all.ledger then all.budget = budget_of(set) end
  if all.provider ~= nil and all.provider ~= set.provider then return all end
  all.provider = set.provider
  inherit(all, set, OF_PROVIDER)
  if all.api_key == nil and all.api_key_command == nil and all.key_file == nil then
    inherit(all, set, { "api_key", "api_key_command", "key_file" })
  end
  return all
end

--- The models that are known without asking, for when the service cannot be reached: as
--- client:models() lists them, with their prices. They are those of August 2026.
---@return mistral.Model[]
function M.catalogue()
  return require("mistral.money.catalogue").list()
end

--- Make a client. Raises on an option it does not know; `nil, err` when the transport cannot start.
---@param options? mistral.ClientOptions
---@return mistral.Client? client
---@return mistral.Error? err
function M.client(options)
  if options == M then error("mistral.client is called with a dot, not with a colon", 2) end
  if options ~= nil and type(options) ~= "table" then
    error(("mistral.client takes a table of options, got a %s"):format(type(options)), 2)
  end
  local set, message = read_options()
  if not set then error(message, 2) end
  return require("mistral.api.client").new(with_setup(options or {}, set))
end

--- What of ours runs in this editor, for a status line: what for, how far, the model, how long, how
--- fast. Loads nothing.
---@return string|nil text nil when nothing runs
function M.statusline()
  local editor = package.loaded["mistral.editor"]
  return editor and editor.statusline()
end

--- Read a conversation that `conversation:save` has written, for `client:conversation`.
---@param path string
---@return mistral.SavedConversation?
---@return mistral.Error? err one sentence says what is wrong with the file
function M.conversation(path)
  if type(path) ~= "string" or path == "" then error("mistral.conversation takes a path", 2) end
  return require("mistral.api.work.saved").read(path)
end

--- A picture for a message's `content`, read when the request is made: PNG, JPEG, WebP or a GIF of one
--- picture, 10 MiB at most. A request whose picture cannot be read ends with "refused".
---@param source string path of a file, an https address, or a data URI
---@param options? { detail?: "low"|"auto"|"high" }
---@return mistral.FilePart
function M.image(source, options)
  return require("mistral.api.parts").image(source, options)
end

--- A document for a message's `content`, read when the request is made: PDF, Office, OpenDocument or
--- EPUB, 50 MiB at most; a text or a picture becomes a part of its own kind.
---@param source string path of a file, an https address, or a data URI
---@param options? { name?: string } how to call it instead of by its file's name
---@return mistral.FilePart
function M.document(source, options)
  return require("mistral.api.parts").document(source, options)
end

return M
