-- Tools and conversations through the real module, against a server as strict as the service.
local client = require "mistral.api.client"
local loopback = require "spec.support.loopback"
local mistral = require "mistral"

local MODEL = "mistral-medium-latest"

local server, one

local function question(content)
  return { model = MODEL, messages = { { role = "user", content = content or "Look it up." } } }
end

local function tool(name, fn)
  return {
    name = name, call = fn,
    parameters = {
      type = "object", required = { "city" }, properties = { city = { type = "string" } },
    },
  }
end

describe("over the wire", function()
  before_each(function()
    server = loopback.start()
    server:reset()
    one = assert(client.new { api_key = server.key, base_url = server.url, ca_file = server.ca_file })
  end)

  after_each(function() one:close() end)

  it("tools are called from fragments, and the whole history is taken again", function()
    local seen, texts = {}, {}
    local params = question()
    params.tool_choice = "any"
    params.tools = {
      tool("weather", function(given)
        seen[#seen + 1] = given.city
        return { celsius = 21 }
      end),
      tool("fails", function() error "no such city" end),
    }

    local reply, err = one:run(params, {
      on_delta = function(delta) texts[#texts + 1] = delta.text end,
    }):wait()

    assert.is_nil(err)
    assert.same({ "example" }, seen)
    assert.equal(2, reply.turns)
    assert.equal(reply.text, table.concat(texts))
    reply.messages[#reply.messages + 1] = { role = "user", content = "and now?" }
    assert(one:chat { model = MODEL, messages = reply.messages })
  end)

  it("a tool may ask the service itself", function()
    local inner
    local params = question()
    params.tool_choice = "any"
    params.tools = { tool("ask", function()
      inner = assert(one:chat(question "Name a bird."))
      return inner.text
    end) }

    local reply = assert(one:run(params))

    assert.truthy(#inner.text > 0)
    assert.equal(inner.text, reply.messages[3].content)
  end)

  it("a conversation goes on after a cancel and after a failure", function()
    local talk = one:conversation { model = MODEL, system = "You are brief." }
    server:pace(50)
    local asked
    asked = talk:ask("Tell a story.", { on_delta = function(delta)
      if delta.text ~= "" then asked:cancel() end
    end })
    asked:wait()
    server:pace(0)
    server:fault { kind = "status", status = 422 }
    local _, failed = talk:ask "This fails."
    local reply, err = talk:ask "And then?"

    assert.equal("cancelled", asked.err.code)
    assert.equal("invalid_request", failed.code)
    assert.is_nil(err)
    assert.equal(4, #reply.messages)
    assert.equal("Tell a story.", reply.messages[1].content)
    assert.equal(asked.err.reply.text, reply.messages[2].content)
  end)

  it("a picture and a text go out as the service wants them", function()
    local params = question()
    params.messages[1].content = {
      { type = "text", text = "What is this?" },
      mistral.image("spec/doc/files/wren.png", { detail = "low" }),
      mistral.document "spec/doc/files/notes.md",
    }

    assert(one:chat(params))
  end)

  it("an answer in JSON is read and checked", function()
    local params = question "Three birds."
    params.response_format = { type = "json_schema", json_schema = { name = "birds", schema = {
      type = "object", required = { "birds" }, additionalProperties = false,
      properties = { birds = { type = "array", items = { type = "string" } } },
    } } }
    server:fault { kind = "say", text = 'Of course!\n```json\n{"birds": ["wren", "tit", 3]}\n```' }
    local bad = assert(one:chat(params))
    server:fault { kind = "say", text = '{"birds": ["wren", "tit"]}' }
    local good = assert(one:chat(params))

    assert.same({ birds = { "wren", "tit" } }, (good:json()))
    local _, err = bad:json()
    assert.truthy(err.message:find("birds[3]: should be a string, got a number", 1, true))
  end)
end)
