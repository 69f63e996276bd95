--- Drives the loopback server with the curl command, so that its specs share nothing with the
--- client they are to test.

local cjson = require "cjson"

local M = {}

local SECONDS = 20

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function slurp(path)
  local file = io.open(path, "rb")
  if not file then return "" end
  local text = file:read("*a")
  file:close()
  return text
end

local function spill(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

--- The last response head: {name = value}, lower case.
local function headers_of(text)
  local headers = {}
  for line in text:gmatch("[^\r\n]+") do
    if line:find("^HTTP/") then headers = {} end
    local name, value = line:match("^([^:]+):%s*(.-)%s*$")
    if name then headers[name:lower()] = value end
  end
  return headers
end

--- The data of every event.
local function events_of(body)
  local events = {}
  for data in body:gmatch("data: ([^\n]*)\n\n") do events[#events + 1] = data end
  return events
end

--- The text an event stream carries, put together.
local function text_of(events)
  local pieces = {}
  for _, data in ipairs(events) do
    local ok, event = pcall(cjson.decode, data)
    local choice = ok and type(event) == "table" and event.choices and event.choices[1]
    local content = choice and choice.delta and choice.delta.content
    if type(content) == "string" then pieces[#pieces + 1] = content end
  end
  return table.concat(pieces)
end

local function command_for(server, request, folder)
  local words = { "curl -sS --noproxy '*' --max-time", request.seconds or SECONDS,
    "--cacert", quoted(request.ca_file or server.ca_file),
    "-D", quoted(folder .. "/head"), "-o", quoted(folder .. "/body"),
    "-w '%{http_version} %{http_code} %{num_connects} %{time_starttransfer} %{time_total}\\n'",
    request.http == "1.1" and "--http1.1" or "--http2" }
  if request.key ~= false then
    words[#words + 1] = "-H " .. quoted("Authorization: Bearer " .. (request.key or server.key))
  end
  if request.body then
    words[#words + 1] = "-H 'Content-Type: " .. (request.type or "application/json") .. "'"
    words[#words + 1] = "--data-binary @" .. quoted(folder .. "/request")
  end
  if request.method then words[#words + 1] = "-X " .. request.method end
  words[#words + 1] = request.args
  words[#words + 1] = quoted((request.url or server.url) .. request.path)
  return table.concat(words, " ")
end

local function run(command, folder)
  local pipe = assert(io.popen(command .. " 2>" .. folder .. "/errors; echo exit $?"))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

local function result_of(text, folder)
  local http, status, connects, first_s, total_s, exit =
    text:match("(%S+) (%d+) (%d+) (%S+) (%S+)\n?exit (%d+)")
  local body = slurp(folder .. "/body")
  local result = {
    exit = tonumber(exit), http = http, status = tonumber(status), connects = tonumber(connects),
    first_s = tonumber(first_s), total_s = tonumber(total_s), errors = slurp(folder .. "/errors"),
    headers = headers_of(slurp(folder .. "/head")), body = body, events = events_of(body),
  }
  result.text = text_of(result.events)
  local ok, decoded = pcall(cjson.decode, body)
  result.json = ok and decoded or nil
  return result
end

---@class CurlRequest
---@field path string
---@field body? table|string  a table is sent as JSON
---@field url? string         another base address
---@field http? "1.1"
---@field key? string|false
---@field type? string        content type
---@field method? string
---@field args? string        more of curl's own options
---@field seconds? number

--- One request, to its end.
---@param server Loopback
---@param request CurlRequest
---@return table {exit=, status=, http=, headers=, body=, json=, events=, text=, errors=, …}
function M.request(server, request)
  local pipe = io.popen "mktemp -d"
  local folder = pipe:read "*l"
  pipe:close()
  if request.body then
    local is_text = type(request.body) == "string"
    spill(folder .. "/request", is_text and request.body or cjson.encode(request.body))
  end
  local result = result_of(run(command_for(server, request, folder), folder), folder)
  os.execute("rm -rf " .. folder)
  return result
end

--- A chat request that is answered with about `words` words when it is not changed.
---@param more? table  fields to add or replace
function M.chat_body(more)
  local body = { model = "mistral-small-latest", stream = true,
    messages = { { role = "user", content = "Say something about loops." } } }
  for name, value in pairs(more or {}) do body[name] = value end
  return body
end

---@param server Loopback
---@param more? table     fields of the body
---@param request? table  fields of the request
function M.chat(server, more, request)
  local all = { path = "/chat/completions", body = M.chat_body(more) }
  for name, value in pairs(request or {}) do all[name] = value end
  return M.request(server, all)
end

--- The same chat many times at once, as far as it goes over one connection.
---@param server Loopback
---@param count integer
---@return table {ok=, finished=, connects=, errors=}
function M.many(server, count, body)
  local pipe = io.popen "mktemp -d"
  local folder = pipe:read "*l"
  pipe:close()
  spill(folder .. "/request", cjson.encode(body))
  local text = run(("curl -sS --noproxy '*' --http2 -Z --parallel-max %d --cacert %s "
    .. "-H 'authorization: Bearer %s' -H 'content-type: application/json' "
    .. "--data-binary @%s/request -o '%s/#1' -w '%%{http_code} %%{num_connects}\n' "
    .. "'%s/chat/completions?number=[1-%d]'"):format(count, server.ca_file, server.key, folder,
    folder, server.url, count), folder)
  local result = { ok = 0, connects = 0, errors = slurp(folder .. "/errors"), finished = 0 }
  for status, connects in text:gmatch("(%d+) (%d+)\n") do
    if status == "200" then result.ok = result.ok + 1 end
    result.connects = result.connects + tonumber(connects)
  end
  for index = 1, count do
    if slurp(folder .. "/" .. index):find("data: [DONE]", 1, true) then
      result.finished = result.finished + 1
    end
  end
  os.execute("rm -rf " .. folder)
  return result
end

return M
