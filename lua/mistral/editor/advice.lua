--- What a user of the editor can do about an error: the errors' own advice is for scripts, too, where
--- that speaks of calls, and knows nothing of commands.
local errors = require("mistral.errors")

--- By the finer code below the error's own, where that says more.
local BY_DETAIL = {
  resolve = "check that the network is there, and the option base_url",
  proxy = "check the option proxy, or HTTPS_PROXY in the environment",
}

local BY_CODE = {
  no_key = "set MISTRAL_API_KEY, or the option api_key, api_key_command or key_file; "
    .. ":Mistral health says where one is looked for",
  unauthorized = "check the key: :Mistral health says where it comes from",
  budget = "raise the option budget or wait for the next day or month; see :Mistral usage",
  unknown_model = "set the option model to one that is there; :Mistral health online checks them",
  invalid_request = "if no option is to blame, please report it",
  context_too_long = "give a smaller range",
  too_large = "give a smaller range",
  rate_limited = "wait a moment, then try again; :Mistral log shows how often it happened",
  mismatch = "try again, or set the option model to a larger one",
  turns = "try again, or ask for less at once",
}

local NO_FILE = "check that the file in the option ca_file is there and can be read"

--- One sentence of what to do; nil when there is nothing.
---@param err mistral.Error
---@return string|nil
return function(err)
  local known = errors.codes[err.code]
  if err.hint ~= (known and known.hint) then
    return err.hint -- it knows more than its code does
  elseif err.code == "tls" and err.message:find("certificate file", 1, true) then
    return NO_FILE
  end
  return BY_DETAIL[err.detail] or BY_CODE[err.code] or err.hint
end
