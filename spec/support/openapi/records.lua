-- Judges the requests of a whole run by the service's description:
--
--   lua5.4 spec/support/openapi/records.lua RECORDS [DESCRIPTION]
--
-- Each request of the client has to be one that the description knows, unless a spec sent something
-- wrong on purpose, which the loopback server refused with 422. What the server took from anybody has
-- to be in order, too: so it is no laxer than the service. Says how many, shows the first that are
-- not, and ends with status 1 when there are any, or when there was nothing to judge.

package.path = "./?.lua;" .. package.path

local descriptions = require "spec.support.openapi.description"
local json = dofile "spec/support/server/json.lua"
local base64 = dofile "spec/support/server/base64.lua"

local SHOWN = 10

-- What is right though the description has another word, and why.
local KNOWN = {
  -- The documentation names the purpose audio; the description's list has not kept up.
  { path = "/v1/files", problem = "purpose: audio is none of the allowed values" },
  { path = "/v1/files", problem = "query purpose" },
  -- The streamed form is an operation of its own there, which the file was cut by.
  { path = "/v1/audio/transcriptions", problem = "stream: is not false" },
  -- Newer models take it; the description is older than they are.
  { path = "/v1/chat/completions", problem = "max is none of the allowed values" },
}

-- Documented, and not in the file, which was cut to what this project used once.
local UNDESCRIBED = { ["/v1/classifications"] = true, ["/v1/chat/classifications"] = true }

local function is_known(request, problem)
  for _, each in ipairs(KNOWN) do
    local here = request.path:sub(1, #each.path) == each.path
    if here and problem:find(each.problem, 1, true) then return true end
  end
  return false
end

local function is_ours(request)
  return (request.agent or ""):find "^mistral%.vim/" ~= nil
end

-- A field of a query that is not described is a mistake of the client's, and nobody else's business.
local function unknown(request, problems)
  local list = {}
  for _, problem in ipairs(problems) do
    local stray = problem:find("is not described", 1, true) and not is_ours(request)
    if not is_known(request, problem) and not stray then list[#list + 1] = problem end
  end
  return list
end

-- Whether it has to be in order. Under a fault of the server's nobody has judged it.
local function must_fit(request)
  if request.status == 422 and not request.fault then return false end
  local taken = request.status and request.status < 300 and not request.fault
  return is_ours(request) or taken
end

local counts = { judged = 0, wrong = 0, refused = 0, agreed = 0, large = 0, kinds = 0 }
local kinds = {}

local function tell(request, problems)
  counts.wrong = counts.wrong + 1
  if counts.wrong > SHOWN then return end
  print(("%s %s (%s, %s): %s"):format(request.method, request.path, tostring(request.agent),
    tostring(request.status), table.concat(problems, "; ")))
end

local function judge(description, request)
  if request.cut then
    counts.large = counts.large + 1
    return
  end
  request.body = base64.decode(request.body)
  local problems, _, id = description:problems(request)
  local wanted = must_fit(request)
  if not problems then
    local path = request.path:match "^[^?]*"
    local taken = request.status and request.status < 300
    if wanted and taken and not UNDESCRIBED[path] then
      tell(request, { "no such operation is described" })
    end
    return
  end
  problems = unknown(request, problems)
  if not wanted then
    local by_schema = request.status == 422 and not request.fault
    counts.refused = counts.refused + (by_schema and 1 or 0)
    counts.agreed = counts.agreed + (by_schema and #problems > 0 and 1 or 0)
    return
  end
  counts.judged = counts.judged + 1
  if not kinds[id] then kinds[id], counts.kinds = true, counts.kinds + 1 end
  if #problems > 0 then tell(request, problems) end
end

local function main(records, path)
  local description = descriptions.read(path)
  for line in io.lines(records) do
    local request = json.decode(line)
    if request and request.path:find "^/v1/" then judge(description, request) end
  end
  print(("OpenAPI: %d requests of %d kinds judged, %d wrong; of %d refused by the loopback server "
    .. "the description refuses %d; %d too large to keep"):format(counts.judged, counts.kinds,
    counts.wrong, counts.refused, counts.agreed, counts.large))
  return counts.wrong == 0
end

os.exit(main(arg[1], arg[2] or descriptions.path()) and 0 or 1)
