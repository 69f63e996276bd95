-- The service's official description, where it is there, judges what the client sends.
local check = require "spec.support.openapi.check"
local descriptions = require "spec.support.openapi.description"
local every_field = require "spec.api.support.every_field"
local json = dofile "spec/support/server/json.lua"
local live = require "spec.api.support.live"

local path = descriptions.path()

-- What the client offers no way to send, and why.
local NOT_SENT = {
  ["ChatCompletionRequest.prompt_mode"] = "no model takes it any more",
}

-- What the file says of a streamed transcription was cut from it.
local STREAMED = "body stream: is not false"

describe("the checker of descriptions", function()
  local function wrong(schema, text)
    local root = { components = { schemas = { Word = { type = "string", minLength = 2 } } } }
    local value = json.decode(text)
    return #check.problems(root, schema, value, json) > 0
  end
  local word = { ["$ref"] = "#/components/schemas/Word" }
  local cases = {
    { { type = "string" }, '"a"', "1" },
    { { type = "array", items = { type = "integer" } }, "[]", "{}" },
    { { type = "array", items = { type = "integer" } }, "[1]", "[1.5]" },
    { { type = "object", additionalProperties = false, properties = {} }, "{}", '{"a":1}' },
    { { type = "object", required = { "a" } }, '{"a":null}', "{}" },
    { { anyOf = { word, { type = "null" } } }, "null", '"a"' },
    { { oneOf = { { minimum = 1 }, { minimum = 5 } } }, "2", "7" },
    { { allOf = { { minimum = 1 }, { maximum = 5 } } }, "2", "7" },
    { { enum = { "a" } }, '"a"', '"b"' },
    { { const = "a" }, '"a"', '"b"' },
    { { exclusiveMinimum = 0 }, "0.1", "0" },
    { { type = "string", format = "uuid" }, '"0a1b2c3d-0000-4000-8000-000000000001"', '"x"' },
    { { pattern = "^\\w{2}$" }, '"en"', '"eng"' },
    { { type = "object", propertyNames = { maxLength = 1 } }, '{"a":1}', '{"ab":1}' },
    { { type = "array", minItems = 1, maxItems = 1 }, "[1]", "[]" },
    { { type = "object", properties = { a = word } }, '{"a":"ab"}', '{"a":"a"}' },
  }
  for index, case in ipairs(cases) do
    it("tells right from wrong: " .. index, function()
      assert.is_false(wrong(case[1], case[2]))
      assert.is_true(wrong(case[1], case[3]))
    end)
  end

  it("refuses a description with a word it does not know", function()
    assert.has_error(function() wrong({ multipleOf = 2 }, "4") end)
    assert.has_error(function() wrong({ pattern = "^x$" }, '"x"') end)
    assert.has_error(function() wrong({ format = "email" }, '"x"') end)
    assert.has_error(function() wrong({ type = "number2" }, '"x"') end)
  end)
end)

-- Every field that a request of these operations may have, as the checker names them.
local function documented(root, operations)
  local fields, met = {}, {}
  local function walk(schema)
    if schema["$ref"] then schema = check.resolve(root, schema["$ref"]) end
    if met[schema] then return end
    met[schema] = true
    for name, field in pairs(schema.properties or {}) do
      fields[(schema.title or "?") .. "." .. name] = true
      walk(field)
    end
    for _, keyword in ipairs { "anyOf", "oneOf", "allOf" } do
      for _, each in ipairs(schema[keyword] or {}) do walk(each) end
    end
    if schema.items then walk(schema.items) end
    if type(schema.additionalProperties) == "table" then walk(schema.additionalProperties) end
  end
  for _, each in ipairs(operations) do
    for _, described in pairs((each.operation.requestBody or {}).content or {}) do
      walk(described.schema)
    end
    for _, parameter in ipairs(each.operation.parameters or {}) do
      if parameter["in"] == "query" then fields[each.id .. " ?" .. parameter.name] = true end
    end
  end
  return fields
end

-- There, and not offered by this client.
local NOT_OFFERED = { ["POST /v1/agents/completions"] = true, ["DELETE /v1/models/{model_id}"] = true }

describe("the service's description", function()
  if not path then
    pending "is not here: MISTRAL_OPENAPI names it, or it is ../shared/mistral-openapi.json"
    return
  end

  local description, it_is

  setup(function() description = descriptions.read(path) end)
  before_each(function() it_is = live.new() end)
  after_each(function() it_is:close() end)

  local function send(request)
    local callbacks, heard = live.listener()
    if request.streamed then callbacks.on_delta = function() end end
    if request.kind then
      it_is.one:start(request.kind, request[2], callbacks)
    else
      it_is.one[request[1]](it_is.one, request[2], callbacks)
    end
    it_is:await(function() return heard.ends > 0 end)
    assert.is_true(not heard.err or heard.err.code ~= "refused", tostring(heard.err))
    local list = it_is.server:requests()
    return list[#list]
  end

  local function files()
    return { audio = it_is:write("talk.wav", "sound"), lines = it_is:write("in.jsonl", "{}\n") }
  end

  local function problems_of(record)
    return description:problems { method = record.method, path = record.path, body = record.body,
      content_type = record.headers["content-type"] }
  end

  it("takes a request of each kind, with every field that it documents among them", function()
    local seen = {}
    for index, request in ipairs(every_field(files())) do
      local record = send(request)
      local problems, met = problems_of(record)
      local what = ("%d: %s %s"):format(index, record.method, record.path)
      assert.is_not_nil(problems, what .. " is not described")
      local only = request.streamed and request[1] == "transcribe" and { STREAMED } or {}
      assert.same(only, problems, what)
      for name in pairs(met) do seen[name] = true end
    end

    local offered = {}
    for _, each in ipairs(description.operations) do
      if not NOT_OFFERED[each.id] then
        offered[#offered + 1] = each
        assert.is_true(seen[each.id], each.id .. " was not asked")
      end
    end
    local missing = {}
    for name in pairs(documented(description.root, offered)) do
      if not seen[name] and not NOT_SENT[name] then missing[#missing + 1] = name end
    end
    table.sort(missing)
    assert.same({}, missing)
  end)

  local violations = {
    { "chat", { seed = 5 } }, { "chat", { temperature = 2 } }, { "chat", { n = 0 } },
    { "chat", { stop = { 1 } } }, { "chat", { messages = { { role = "user" } } } },
    { "fim", { top_k = 5 } }, { "embed", { output_dtype = "double" } }, { "embed", { input = 5 } },
    { "moderate", { input = { { } } } }, { "ocr", { table_format = "csv" } },
    { "ocr", { document = "a.pdf" } },
  }
  local good = {
    chat = { model = "mistral-small-latest", messages = { { role = "user", content = "x" } } },
    fim = { model = "codestral-latest", prompt = "x" },
    embed = { model = "mistral-embed", input = "x" },
    moderate = { model = "mistral-moderation-2603", input = "x" },
    ocr = { model = "mistral-ocr-latest", document = "https://example.com/a" },
  }
  for index, case in ipairs(violations) do
    it(("refuses what breaks it, and so does the loopback server: %s %d"):format(case[1], index), function()
      local callbacks, heard = live.listener { extra = case[2] }
      it_is.one:start(case[1], good[case[1]], callbacks)
      it_is:await(function() return heard.ends > 0 end)
      local list = it_is.server:requests()

      assert.equal(422, heard.err.status)
      assert.is_true(#problems_of(list[#list]) > 0)
    end)
  end
end)
