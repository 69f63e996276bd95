---What the transport specs share: one transport per test, bodies the service accepts, and waiting
---for ends. Open transports are a leak that the runner reports.
local cjson = require "cjson"
local leaks = require "spec.support.leaks"
local loopback = require "spec.support.loopback"
local native = require "mistral.native"
local wait_for = require "spec.support.wait"

local M = {}

local open = {}

leaks.register("transports", function()
  local left = 0
  for _ in pairs(open) do
    left = left + 1
  end
  return left > 0 and left .. " still open" or nil
end)

---The loopback server with its counts and faults forgotten.
function M.server()
  local server = loopback.start()
  server:reset()
  return server
end

---@param options? table over the default of trusting the server's authority
function M.transport(server, options)
  local given = { ca_file = server.ca_file }
  for key, value in pairs(options or {}) do
    given[key] = value
  end
  local transport = assert(native.transport(given))
  open[transport] = true
  return transport
end

---Closes it and gives what was left in the mail.
function M.close(transport)
  transport:close()
  open[transport] = nil
  return transport:drain()
end

---A transport for the length of the call, closed whatever happens.
function M.with(server, options, work)
  local transport = M.transport(server, options)
  local ok, problem = pcall(work, transport)
  M.close(transport)
  if not ok then
    error(problem, 0)
  end
end

local function request(server, path, body, changes)
  local r = {
    url = (changes and changes.base or server.url) .. path,
    headers = { authorization = "Bearer " .. server.key, ["content-type"] = "application/json" },
    body = body and cjson.encode(body) or nil,
  }
  for key, value in pairs(changes or {}) do
    r[key] = value
  end
  r.base = nil
  return r
end

---A streamed chat request; changes go over the transport's fields, base over the server's url.
function M.chat(server, changes)
  local body = {
    model = "mistral-small-latest",
    messages = { { role = "user", content = "Explain:\n    1| int main(void) { return 0; }" } },
    stream = true,
  }
  changes = changes or {}
  changes.stream = changes.stream ~= false
  body.stream = changes.stream
  return request(server, "/chat/completions", body, changes)
end

function M.models(server, changes)
  return request(server, "/models", nil, changes)
end

---A form with that file in it.
function M.upload(server, path, changes)
  local r = request(server, "/files", nil, changes)
  r.headers["content-type"] = nil
  r.parts = { { name = "purpose", value = "ocr" }, { name = "file", file = path } }
  return r
end

---Drains until each of those ids has ended, and gives all events by id: a list with the end as
---`.done`. Fails when an id hears anything after its end.
---@param ids integer[]
---@return table<integer, table>
function M.collect(transport, ids, seconds)
  local heard, left = {}, #ids
  for _, id in ipairs(ids) do
    heard[id] = {}
  end
  wait_for(
    function()
      for _, event in ipairs(transport:drain()) do
        local list = heard[event.id]
        if list then
          assert(not list.done, "an event after the end of request " .. event.id)
          list[#list + 1] = event
          if event.kind == "end" then
            list.done = event
            left = left - 1
          end
        end
      end
      return left == 0
    end,
    function() return ("%d of %d requests have not ended"):format(left, #ids) end,
    seconds or 20,
    function() transport:wait(50) end
  )
  return heard
end

---Submits one request and gives its events and its end.
function M.run(transport, r, seconds)
  local id = assert(transport:submit(r))
  local events = M.collect(transport, { id }, seconds)[id]
  return events.done, events
end

---Drains until the first event of that kind for that id.
function M.until_kind(transport, id, kind)
  local found
  wait_for(
    function()
      for _, event in ipairs(transport:drain()) do
        if event.id == id and (event.kind == kind or event.kind == "end") then
          found = event
        end
      end
      return found
    end,
    "no " .. kind .. " event",
    10,
    function() transport:wait(50) end
  )
  assert(found.kind == kind, "the request ended before its " .. kind .. ": " .. tostring(found.code))
  return found
end

---The data of all events, joined.
function M.data(events)
  local parts = {}
  for _, event in ipairs(events) do
    parts[#parts + 1] = event.kind == "data" and event.data or nil
  end
  return table.concat(parts)
end

function M.count(events, kind)
  local n = 0
  for _, event in ipairs(events) do
    n = n + (event.kind == kind and 1 or 0)
  end
  return n
end

return M
