--- Ways into mistral.vim with one shape: the client as people use it, and the C module alone, which
--- shows what the client adds. Host-free, for script.lua and editor.lua alike.

local M = {}

---@class bench.Door
---@field start fun(self: bench.Door, on_first: fun(), on_end: fun(err?: any)): bench.Started
---@field pump fun(self: bench.Door, started: bench.Started) blocks until it has ended; scripts only
---@field warm fun(self: bench.Door)
---@field close fun(self: bench.Door)

---@class bench.Started
---@field cancel fun(self: bench.Started)

---@class bench.DoorOptions
---@field url string base url
---@field ca_file? string nil: the machine's store
---@field params table what is asked
---@field watch? fun(transport: any, drain: fun()): fun() an editor's way to hear of mail

--- `client:fim`.
---@param options bench.DoorOptions
---@return bench.Door
function M.client(options)
  local client = require("mistral").client({
    api_key = "test-key-bench",
    base_url = options.url,
    ca_file = options.ca_file,
    watch = options.watch,
  })
  local door = {}

  function door.start(_, on_first, on_end)
    local heard = false
    return client:fim(options.params, {
      on_delta = function()
        if not heard then
          heard = true
          on_first()
        end
      end,
      on_done = function() on_end() end,
      on_error = function(err) on_end(err) end,
    })
  end

  function door.pump(_, started) started:wait() end

  function door.warm() client:warm() end

  function door.close() client:close() end

  return door
end

---@param events table[]
---@param calls table<integer, { first?: fun(), ended: fun(err?: any) }>
local function dispatch(events, calls)
  for _, event in ipairs(events) do
    local call = calls[event.id]
    if event.kind == "data" and call.first then
      local first = call.first
      call.first = nil
      first()
    elseif event.kind == "end" then
      calls[event.id] = nil
      call.ended(event.outcome ~= "done" and event.message or nil)
    end
  end
end

--- `native.transport` and nothing above it. `options.body` is the text that is sent.
---@param options bench.DoorOptions
---@return bench.Door
function M.native(options)
  local transport = assert(require("mistral.native").transport({ ca_file = options.ca_file }))
  local calls = {}
  local function drain() dispatch(transport:drain(), calls) end
  local stop = options.watch and options.watch(transport, drain)
  local door = {}

  function door.start(_, on_first, on_end)
    local id = transport:submit({
      url = options.url .. "/fim/completions",
      body = options.body,
      stream = true,
      headers = {
        ["Content-Type"] = "application/json",
        ["Accept"] = "text/event-stream",
        ["Authorization"] = "Bearer test-key-bench",
      },
    })
    calls[id] = { first = on_first, ended = on_end }
    return { id = id, cancel = function() transport:cancel(id) end }
  end

  function door.pump(_, started)
    while calls[started.id] do
      transport:wait(1000)
      drain()
    end
  end

  function door.warm() transport:warm(options.url) end

  function door.close()
    if stop then stop() end
    transport:close()
  end

  return door
end

return M
