--- The native transport's contract without a network: what was submitted is kept, and the spec says
--- what comes back. Strict where the real one is strict.
local M = {}

local Fake = {}
Fake.__index = Fake

function M.new()
  return setmetatable({
    sent = {}, cancelled = {}, warmed = {}, mail = {}, script = {},
    woken = 0, waits = 0, closed = false, ended = {}, last_id = 0,
  }, Fake)
end

function Fake:submit(request)
  assert(not self.closed, "transport: submit on a closed transport")
  assert(type(request.url) == "string", "transport: url is missing")
  self.last_id = self.last_id + 1
  self.sent[self.last_id] = request
  self.submitted = request
  return self.last_id
end

function Fake:post(event)
  assert(self.sent[event.id], "mail for a request that was never submitted")
  assert(not self.ended[event.id], "mail after the end of a request")
  if event.kind == "end" then self.ended[event.id] = true end
  self.mail[#self.mail + 1] = event
end

function Fake:cancel(id)
  self.cancelled[#self.cancelled + 1] = id
  if self.sent[id] and not self.ended[id] then
    self:post { id = id, kind = "end", outcome = "cancelled" }
  end
end

function Fake:close()
  if self.closed then return end
  for id = 1, self.last_id do
    if not self.ended[id] then self:post { id = id, kind = "end", outcome = "cancelled" } end
  end
  self.closed = true
end

function Fake:warm(url)
  self.warmed[#self.warmed + 1] = url
end

function Fake:wake()
  self.woken = self.woken + 1
end

function Fake:drain(max)
  local events = {}
  while self.mail[1] and #events < (max or math.huge) do
    events[#events + 1] = table.remove(self.mail, 1)
  end
  return events
end

--- Each wait runs the next step of the script; without one, nothing would ever come.
function Fake:wait()
  self.waits = self.waits + 1
  local step = table.remove(self.script, 1)
  if step then step(self) end
  assert(step or self.mail[1] or self.woken > 0, "a wait for mail that never comes")
  return self.mail[1] ~= nil
end

-- Scripted answers ------------------------------------------------------------------------------

function Fake:head(headers, id)
  self:post { id = id or self.last_id, kind = "head", status = 200, http = "2",
    headers = headers or { ["content-type"] = "text/event-stream" } }
end

--- One server-sent event.
function Fake:event(data, id)
  self:post { id = id or self.last_id, kind = "data", type = "message", data = data }
end

--- One chunk of a stream with this delta, as JSON text.
function Fake:delta(delta, finish_reason, usage, id)
  self:event(('{"id":"c1","model":"m1","choices":[{"index":0,"delta":%s,"finish_reason":%s}]%s}')
    :format(delta, finish_reason and '"' .. finish_reason .. '"' or "null",
      usage and ',"usage":' .. usage or ""), id)
end

function Fake:done(id)
  self:post { id = id or self.last_id, kind = "end", outcome = "done", status = 200, http = "2" }
end

function Fake:fail(fields, id)
  local event = { id = id or self.last_id, kind = "end", outcome = "failed" }
  for name, value in pairs(fields) do
    event[name] = value
  end
  self:post(event)
end

--- A whole answer that is no stream.
function Fake:body(text, content_type, id)
  self:head({ ["content-type"] = content_type or "application/json" }, id)
  self:post { id = id or self.last_id, kind = "data", data = text }
  self:done(id)
end

return M
