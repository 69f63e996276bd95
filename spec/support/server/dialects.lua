--- The other services that speak for the same models: each has a path of its own on every port, and
--- behind it the paths of the real one. Strict as the real ones are, or more.
---
---   /eu /us      the regional hosts of the service itself
---   /azure       the `openai/v1` and the `models` route, `serverless`, and the document route
---   /vertex      rawPredict and streamRawPredict
---   /bedrock     the OpenAI-compatible endpoint
---   /sagemaker   endpoints/NAME/invocations, signed
---   /vllm  /vllm-open   with a key, and without
---   /llamacpp    with its own /infill
---   /ollama      its own API

local MODULES = {
  azure = "azure", bedrock = "bedrock", eu = "regional", llamacpp = "llamacpp", ollama = "ollama",
  sagemaker = "sagemaker", us = "regional", vertex = "vertex", vllm = "vllm", ["vllm-open"] = "vllm",
}

local M = {}

--- Who answers at this path.
---@param path string
---@return {serve: fun(exchange: Exchange, reply: Reply, rest: string, route: function)}? dialect
---@return string? rest  of the path, behind the dialect's own
function M.of(path)
  local name, rest = path:match("^/([%w-]+)(/.*)$")
  local module = name and MODULES[name]
  if not module then return nil end
  return require("dialects." .. module), rest
end

return M
