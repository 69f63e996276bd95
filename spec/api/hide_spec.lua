-- What a client does with the secrets in what it sends.
local made = require "spec.api.redact.corpus.made"
local subject = require "spec.api.support.subject"

local chat, KEY = subject.chat, subject.KEY
local TOKEN = made.files({ { name = "x", text = "@@gitlab@@" } }, 1)[1].text
local NAME = "REDACTED_GITLAB_TOKEN_1"

local function asking(text, more)
  local params = chat { messages = { { role = "user", content = text } } }
  for name, value in pairs(more or {}) do params[name] = value end
  return params
end

local function answer(text)
  return function(t)
    t:body('{"id":"i","model":"m-1","choices":[{"index":0,"message":{"role":"assistant","content":"'
      .. text .. '"},"finish_reason":"stop"}],"usage":{"total_tokens":2}}')
  end
end

-- Whether a text stands anywhere in a table.
local function has(value, wanted, seen)
  seen = seen or {}
  if type(value) == "string" then return value:find(wanted, 1, true) ~= nil end
  if type(value) ~= "table" or seen[value] then return false end
  seen[value] = true
  for key, item in pairs(value) do
    if has(key, wanted, seen) or has(item, wanted, seen) then return true end
  end
  return false
end

describe("a client", function()
  it("sends names for secrets, and puts them back into the answer", function()
    local one, transport = subject.client()
    transport.script = { answer("use " .. NAME) }

    local reply = one:chat(asking("token " .. TOKEN))

    assert.is_nil(transport.submitted.body:find(TOKEN, 1, true))
    assert.truthy(transport.submitted.body:find(NAME, 1, true))
    assert.equal("use " .. TOKEN, reply.text)
    assert.equal(1, reply.redacted)
    one:close()
  end)

  it("says at once how much was hidden, and nothing when nothing was", function()
    local one = subject.client()

    local with = one:chat(asking(TOKEN), (subject.listener()))
    local without = one:chat(asking("nothing"), (subject.listener()))

    assert.equal(1, with.redacted)
    assert.is_nil(without.redacted)
    one:close()
  end)

  it("puts them back while the answer streams, in pieces of a name as well", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener()
    one:chat(asking(TOKEN), callbacks)

    transport:head()
    for _, piece in ipairs { "a REDACTED_GIT", "LAB_TOKEN", "_1", " b" } do
      transport:delta(('{"content":"%s"}'):format(piece))
    end
    transport:delta('{"content":""}', "stop")
    transport:event("[DONE]")
    transport:done()
    one:drain()

    assert.equal("a " .. TOKEN .. " b", table.concat(heard.texts))
    assert.equal("a " .. TOKEN .. " b", heard.ends[1].reply.text)
    one:close()
  end)

  it("delivers all that came of an answer that broke off", function()
    for _, said in ipairs { "an ERROR", "the REDACTED_GITLAB_TO" } do
      local one, transport = subject.client()
      local callbacks, heard = subject.listener()
      one:chat(asking(TOKEN), callbacks)

      transport:head()
      transport:delta(('{"content":"%s"}'):format(said))
      transport:fail { code = "reset", message = "gone" }
      one:drain()

      assert.equal(said, table.concat(heard.texts))
      assert.equal(said, heard.ends[1].err.reply.text)
      one:close()
    end
  end)

  it("leaves arguments of a tool valid JSON", function()
    local json = require "mistral.json"
    local one, transport = subject.client()
    transport.script = { function(t)
      t:body('{"id":"i","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"",'
        .. '"tool_calls":[{"id":"abcdefghi","function":{"name":"f","arguments":'
        .. '"{\\"p\\":\\"REDACTED_PASSWORD_1\\"}"}}]},"finish_reason":"tool_calls"}]}')
    end }

    local reply = one:chat(asking([[password = 'a"b\c1234']]))

    local arguments = reply.message.tool_calls[1]["function"].arguments
    assert.equal([[a"b\c1234]], json.decode(arguments).p)
    one:close()
  end)

  it("hides in fields it does not know as well", function()
    local one, transport = subject.client()
    local callbacks = subject.listener()
    callbacks.extra = { new_field = { TOKEN } }

    one:chat(asking("x"), callbacks)

    assert.is_nil(transport.submitted.body:find(TOKEN, 1, true))
    one:close()
  end)

  it("keeps its own key out of what it sends, though it learns it last", function()
    for _, as_function in ipairs { false, true } do
      local one, transport = subject.client {
        api_key = as_function and function() return KEY end or KEY,
      }

      local request = one:chat(asking("my key is " .. KEY .. "!"), (subject.listener()))

      assert.is_nil(transport.submitted.body:find(KEY, 1, true))
      assert.equal("Bearer " .. KEY, transport.submitted.headers.Authorization)
      assert.equal(1, request.redacted)
      one:close()
    end
  end)

  it("keeps out a key that looks another way in JSON", function()
    local key = 'wJal/rXUt"nFEMI\\K7MDENG'
    local one, transport = subject.client { api_key = key }

    local request = one:chat(asking("my key is " .. key .. "!"), (subject.listener()))

    assert.is_nil(transport.submitted.body:find("nFEMI", 1, true))
    assert.equal(1, request.redacted)
    one:close()
  end)

  it("shows no secret to whoever walks a request, nor keeps what was asked", function()
    local later
    local one = subject.client {
      api_key = "", api_key_command = { "x" }, spawn = function(_, done) later = done end,
    }
    local request = one:chat(asking(TOKEN), (subject.listener()))

    assert.is_false(has(request.call, TOKEN))
    later { code = 0, stdout = KEY, stderr = "" }

    assert.is_false(has(request.call, TOKEN))
    assert.is_nil(request.call.asked)
    one:close()
  end)

  it("shows in encode what will be sent", function()
    local one, transport = subject.client()

    local body = one:encode("chat", asking(TOKEN), { streamed = true })
    one:chat(asking(TOKEN), (subject.listener()))

    assert.equal(body, transport.submitted.body)
    assert.is_nil(body:find(TOKEN, 1, true))
    one:close()
  end)

  it("sends everything as it is when it is told to", function()
    local one, transport = subject.client { redact = false }

    local request = one:chat(asking(TOKEN .. KEY), (subject.listener()))

    assert.truthy(transport.submitted.body:find(TOKEN .. KEY, 1, true))
    assert.is_nil(request.redacted)
    one:close()
  end)

  it("raises on options of redaction that make no sense", function()
    local made_one, message = pcall(subject.client, { redact = { patterns = {} } })

    assert.is_false(made_one)
    assert.truthy(tostring(message):find("redact has no `patterns`", 1, true))
  end)
end)

describe("a file that holds keys", function()
  local mistral = require "mistral"

  local function folder_with(name)
    local folder = os.tmpname()
    os.remove(folder)
    assert(os.execute("mkdir -m 700 '" .. folder .. "'"))
    local path = folder .. "/" .. name
    local file = assert(io.open(path, "wb"))
    file:write('{"custom_id":"1","body":{}}\n')
    file:close()
    return path, function()
      os.remove(path)
      os.remove(folder)
    end
  end

  local function document(path)
    return chat { messages = { { role = "user", content = { mistral.document(path) } } } }
  end

  it("is not sent as a document, nor uploaded", function()
    local path, remove = folder_with "server.pem"
    local one, transport = subject.client()

    local _, of_chat = one:chat(document(path))
    local _, of_upload = one:upload { file = path, purpose = "ocr" }
    remove()

    for _, err in ipairs { of_chat, of_upload } do
      assert.equal("refused", err.code)
      assert.truthy(tostring(err):find("nothing of server.pem is sent: files of that name hold keys or "
        .. "passwords; name it in the option allow_files if it may be sent", 1, true), tostring(err))
    end
    assert.is_nil(transport.submitted)
    one:close()
  end)

  it("is sent when its name is allowed", function()
    local path, remove = folder_with "notes.key"
    local one, transport = subject.client { allow_files = { "*.key" } }

    one:chat(document(path), (subject.listener()))
    remove()

    assert.truthy(transport.submitted.body:find("notes.key", 1, true))
    one:close()
  end)

  it("is only a name when it is an address", function()
    local one, transport = subject.client()

    one:chat(document "https://example.com/server.pem", (subject.listener()))

    assert.truthy(transport.submitted)
    one:close()
  end)

  it("raises on names to allow that are none", function()
    local made_one, message = pcall(subject.client, { allow_files = { 1 } })

    assert.is_false(made_one)
    assert.truthy(tostring(message):find("`allow_files` should be a list of strings", 1, true))
  end)
end)
