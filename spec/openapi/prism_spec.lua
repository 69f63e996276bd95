-- The client before Prism, which knows the service's official description: see spec/support/prism.sh.
local client = require "mistral.api.client"
local every_field = require "spec.api.support.every_field"
local wait_for = require "spec.support.wait"

local url = os.getenv "MISTRAL_PRISM_URL"

-- The kind of request that a method of the client comes down to.
local function kind_of(request)
  local kind, params = request[1], request[2]
  if request.kind then return request.kind end
  if kind == "moderate" then return require("mistral.api.endpoint.moderate").kind(kind, params) end
  return kind
end

describe("Prism", function()
  if not url or url == "" then
    pending "is started by `make openapi`"
    return
  end

  local one, folder

  setup(function()
    local pipe = io.popen "mktemp -d"
    folder = pipe:read "*l"
    pipe:close()
    one = assert(client.new { api_key = "any", base_url = url .. "/v1", ledger = false })
  end)
  teardown(function()
    one:close()
    os.execute("rm -rf " .. folder)
  end)

  local function write(name, text)
    local file = assert(io.open(folder .. "/" .. name, "wb"))
    file:write(text)
    file:close()
    return folder .. "/" .. name
  end

  -- The status of the answer. What Prism makes up need not be what the service would say.
  local function status_of(kind, params, extra)
    local request = one:start(kind, params, { extra = extra, retry = 0 })
    request:wait()
    local refused = request.err and request.err.code == "refused"
    assert.is_false(refused or false, tostring(request.err))
    return request.status, tostring(request.err)
  end

  -- Its reader of forms keeps one text of each name, so lists in forms are beyond it.
  local BLIND = { transcribe = { "context_bias", "timestamp_granularities" } }

  local files = { audio = "talk.wav", lines = "in.jsonl" }

  for index, request in ipairs(every_field(files)) do
    local kind = kind_of(request)
    it(("takes request %d, %s"):format(index, kind), function()
      local params = {}
      for name, value in pairs(request[2]) do params[name] = value end
      for _, name in ipairs(BLIND[kind] or {}) do params[name] = nil end
      if params.file then params.file = write(params.file, "{}\n") end
      -- It cannot answer with events, but it can judge the question.
      local extra = request.streamed and { stream = true } or nil
      local status, said = status_of(kind, params, extra)

      assert.equal(200, status, said)
    end)
  end

  local good = {
    chat = { model = "m", messages = { { role = "user", content = "x" } } },
    fim = { model = "m", prompt = "x" },
    embed = { model = "m", input = "x" },
    moderate = { model = "m", input = "x" },
    ocr = { model = "m", document = "https://example.com/a" },
    batch_create = { endpoint = "/v1/embeddings", requests = { { body = {} } } },
  }
  local bad = {
    { "chat", { seed = 5 } }, { "chat", { temperature = 9 } }, { "chat", { model = 5 } },
    { "fim", { top_k = 5 } }, { "embed", { output_dtype = "double" } }, { "moderate", { input = 5 } },
    { "ocr", { table_format = "csv" } }, { "batch_create", { timeout_hours = 500 } },
  }
  for index, case in ipairs(bad) do
    it(("refuses what breaks the description, %d: %s"):format(index, case[1]), function()
      assert.equal(200, (status_of(case[1], good[case[1]])))
      assert.equal(422, (status_of(case[1], good[case[1]], case[2])))
    end)
  end

  it("refuses a form that breaks the description", function()
    local ended
    one.pump:submit({
      method = "POST", url = url .. "/v1/files", headers = { Authorization = "Bearer any" },
      allow_http = true, lane = "prism",
      parts = {
        { name = "file", value = "x", filename = "a", content_type = "text/plain" },
        { name = "purpose", value = "no" },
      },
    }, function(event) if event.kind == "end" then ended = event end end)
    wait_for(function() return ended end, "no end", 10, function()
      one.pump.transport:wait(20)
      one:drain()
    end)

    assert.equal(422, ended.status)
  end)

  it("wants a key", function()
    local stranger = assert(client.new { base_url = url .. "/v1", ledger = false })
    local request = stranger:start("models", {}, { retry = 0 })
    request:wait()
    stranger:close()

    assert.equal(401, request.status)
  end)
end)
