local made = require "spec.api.redact.corpus.made"
local secrets = require "mistral.redact.secrets"

-- Drawn, so that none stands here.
local function draw(kind, seed)
  local file = made.files({ { name = "x", text = "@@" .. kind .. "@@" } }, seed or 1)[seed or 1]
  return file.text, file.planted[1].parts
end

local TOKEN, OTHER = (draw("github", 1)), (draw("github", 2))

local function content(text)
  return { model = "m", messages = { { role = "user", content = text } } }
end

local function hidden_text(redactor, text)
  local safe, hidden = redactor:hide(content(text))
  return safe.messages[1].content, hidden
end

describe("a redactor", function()
  it("gives back what has no secret in it, itself", function()
    local params = content "local x = 1"

    local safe, hidden = secrets.new():hide(params)

    assert.equal(params, safe)
    assert.is_nil(hidden)
  end)

  it("puts a name where a secret was, and leaves what it was given alone", function()
    local params = content("a " .. TOKEN .. " b")

    local safe = secrets.new():hide(params)

    assert.equal("a REDACTED_GITHUB_TOKEN_1 b", safe.messages[1].content)
    assert.equal("a " .. TOKEN .. " b", params.messages[1].content)
    assert.equal("user", safe.messages[1].role)
  end)

  it("has one name for one secret, in every request", function()
    local redactor = secrets.new()

    local first = hidden_text(redactor, OTHER .. " " .. TOKEN .. " " .. OTHER)
    local second = hidden_text(redactor, TOKEN)

    assert.equal("REDACTED_GITHUB_TOKEN_1 REDACTED_GITHUB_TOKEN_2 REDACTED_GITHUB_TOKEN_1", first)
    assert.equal("REDACTED_GITHUB_TOKEN_2", second)
  end)

  it("hides what it has found wherever else it stands in the request", function()
    local redactor = secrets.new()
    local params = { messages = {
      { role = "tool", content = "it is Zx9kk3j2Lq8" },
      { role = "user", content = 'password = "Zx9kk3j2Lq8"' },
      { role = "assistant", tool_calls = { { ["function"] = { arguments = '{"p":"Zx9kk3j2Lq8"}' } } } },
    } }

    local safe, hidden = redactor:hide(params)

    assert.equal("it is REDACTED_PASSWORD_1", safe.messages[1].content)
    assert.equal('password = "REDACTED_PASSWORD_1"', safe.messages[2].content)
    assert.equal('{"p":"REDACTED_PASSWORD_1"}',
      safe.messages[3].tool_calls[1]["function"].arguments)
    assert.equal(1, hidden.count)
    assert.equal("it is Zx9kk3j2Lq8", params.messages[1].content)
  end)

  it("does not take a word for a secret because a password was one", function()
    local safe = hidden_text(secrets.new(), 'password = "correcthorse"\nthe correcthorse ran')

    assert.truthy(safe:find("the correcthorse ran", 1, true))
  end)

  it("counts each secret once, and by kind", function()
    local _, hidden = hidden_text(secrets.new(),
      TOKEN .. "\n" .. TOKEN .. "\n" .. 'password = "hunter2x"')

    assert.equal(2, hidden.count)
    assert.same({ github_token = 1, password = 1 }, hidden.kinds)
  end)

  it("never takes a name that stands in the text already", function()
    local redactor = secrets.new()
    hidden_text(redactor, TOKEN)

    local text, hidden = hidden_text(redactor, "REDACTED_GITHUB_TOKEN_1 " .. TOKEN)

    assert.equal("REDACTED_GITHUB_TOKEN_1 REDACTED_GITHUB_TOKEN_2", text)
    assert.equal("REDACTED_GITHUB_TOKEN_1 " .. TOKEN, hidden.restore(text))
  end)

  it("hides each line of a private key and counts one", function()
    local block, lines = draw "rsa"

    local text, hidden = hidden_text(secrets.new(), "x\n" .. block .. "\ny")

    for _, line in ipairs(lines) do
      assert.is_nil(text:find(line, 1, true))
    end
    assert.equal(1, hidden.count)
    assert.truthy(text:find("BEGIN RSA PRIVATE KEY", 1, true))
    assert.equal("x\n" .. block .. "\ny", hidden.restore(text))
  end)

  it("keeps the number of lines, by which findings are placed", function()
    local source = "a\n" .. draw "openssh" .. '\npassword = "hunter2x"\nb'

    local text = hidden_text(secrets.new(), source)

    assert.equal(select(2, source:gsub("\n", "")), select(2, text:gsub("\n", "")))
  end)

  it("hides in every text of a request, and in no name, id or file", function()
    local params = {
      model = TOKEN, id = TOKEN, prompt = TOKEN, suffix = TOKEN, prediction = { content = TOKEN },
      messages = {
        { role = "tool", name = TOKEN, tool_call_id = TOKEN, content = TOKEN },
        { role = "user", content = {
          { type = "text", text = TOKEN },
          { type = "image_url", image_url = "https://x.test/" .. TOKEN },
          { type = "document_url", document_url = "data:text/plain;base64," .. TOKEN },
        } },
        { role = "assistant", tool_calls = { {
          id = TOKEN, ["function"] = { name = TOKEN, arguments = '{"a":"' .. TOKEN .. '"}' },
        } } },
      },
    }
    local NAME = "REDACTED_GITHUB_TOKEN_1"

    local safe = secrets.new():hide(params)

    assert.same({
      model = TOKEN, id = TOKEN, prompt = NAME, suffix = NAME, prediction = { content = NAME },
      messages = {
        { role = "tool", name = TOKEN, tool_call_id = TOKEN, content = NAME },
        { role = "user", content = {
          { type = "text", text = NAME },
          { type = "image_url", image_url = "https://x.test/" .. TOKEN },
          { type = "document_url", document_url = "data:text/plain;base64," .. TOKEN },
        } },
        { role = "assistant", tool_calls = { {
          id = TOKEN, ["function"] = { name = TOKEN, arguments = '{"a":"' .. NAME .. '"}' },
        } } },
      },
    }, safe)
  end)

  it("hides in arguments and schemas whatever their fields are called", function()
    local NAME = "REDACTED_GITHUB_TOKEN_1"

    local safe = secrets.new():hide {
      messages = { { role = "assistant", tool_calls = { {
        ["function"] = { name = TOKEN, arguments = { data = TOKEN, url = { path = TOKEN } } },
      } } } },
      tools = { { ["function"] = { parameters = { properties = { id = { default = TOKEN } } } } } },
    }

    assert.same({ name = TOKEN, arguments = { data = NAME, url = { path = NAME } } },
      safe.messages[1].tool_calls[1]["function"])
    assert.equal(NAME, safe.tools[1]["function"].parameters.properties.id.default)
  end)

  it("leaves a file in a data address alone, and no text that begins like one", function()
    local file = "data:text/plain;base64," .. TOKEN

    local safe = secrets.new():hide { file, file .. "\npassword = 'aB3$xYz9'" }

    assert.equal(file, safe[1])
    assert.is_nil(safe[2]:find("aB3$xYz9", 1, true))
  end)

  it("hides what the cursor stands in, on both sides of it", function()
    local text = "a = 1\npassword = 'tR0ub4dor&3'\nb = '" .. TOKEN .. "'\n"
    for border = 0, #text do
      local asked = { prompt = text:sub(1, border), suffix = text:sub(border + 1) }

      local safe, hidden = secrets.new():hide(asked)

      for _, side in ipairs { safe.prompt, safe.suffix } do
        assert.is_nil(side:find("R0ub", 1, true) or side:find("dor&", 1, true), border)
        assert.is_nil(side:find(TOKEN:sub(5, 16), 1, true) or side:find(TOKEN:sub(-12), 1, true))
      end
      assert.equal(asked.prompt, hidden.restore(safe.prompt))
      assert.equal(asked.suffix, hidden.restore(safe.suffix))
      assert.equal(2, hidden.count)
    end
  end)

  it("hides a password that is still being written", function()
    for _, suffix in ipairs { "", "\nnext = 1\n", '"\nnext = 1\n' } do
      local safe = secrets.new():hide { prompt = 'x = 0\npassword = "tR0ub4dor&3', suffix = suffix }

      assert.same({ prompt = 'x = 0\npassword = "REDACTED_PASSWORD_1', suffix = suffix }, safe)
    end
  end)

  it("judges a value by itself, not by what stands pages behind it", function()
    local text = "Pass *MMIWP = nullptr;\nPass Printer = nullptr;\n"
    assert.is_nil(select(2, hidden_text(secrets.new(), text)))
    assert.is_nil(select(2, hidden_text(secrets.new(), text .. "int x = 1;")))
  end)

  it("keeps what marks a table, and ends in one that has itself in it", function()
    local mark = {}
    local round = { text = TOKEN }
    round.again = round

    local safe = secrets.new():hide { list = setmetatable({ TOKEN }, mark), round = round }

    assert.equal(mark, getmetatable(safe.list))
    assert.equal("REDACTED_GITHUB_TOKEN_1", safe.round.text)
  end)

  it("hides what it was told of, wherever that stands", function()
    local redactor = secrets.new()
    assert.equal("my own word", (hidden_text(redactor, "my own word")))

    assert.is_true(redactor.learn "own word")

    assert.equal("my REDACTED_API_KEY_1", (hidden_text(redactor, "my own word")))
    assert.is_false(redactor.learn "short")
  end)

  it("reveals the names of earlier requests", function()
    local redactor = secrets.new()
    hidden_text(redactor, TOKEN)

    assert.equal("<" .. TOKEN .. "> REDACTED_GITHUB_TOKEN_9",
      redactor.reveal "<REDACTED_GITHUB_TOKEN_1> REDACTED_GITHUB_TOKEN_9")
  end)

  it("leaves alone what a pattern allows and kinds that are ignored", function()
    local text = 'password = "hunter2x" ' .. TOKEN

    assert.equal('password = "hunter2x" REDACTED_GITHUB_TOKEN_1',
      (hidden_text(secrets.new { allow = { "^hunter" } }, text)))
    assert.equal('password = "REDACTED_PASSWORD_1" ' .. TOKEN,
      (hidden_text(secrets.new { ignore = { "github_token" } }, text)))
  end)

  for _, wrong in ipairs {
    { { alow = {} }, "redact has no `alow`" },
    { { allow = "x" }, "`allow` should be a list of strings" },
    { { allow = { "[" } }, "malformed pattern" },
    { { ignore = { 1 } }, "`ignore` should be a list of strings" },
    { { ignore = { "hihg_entropy" } }, "`ignore` has no kind `hihg_entropy`; did you mean `high_entropy`?" },
    { { ignore = { "jwt", "everything" } },
      "`ignore` has no kind `everything`; :help mistral-redact-kinds lists them" },
  } do
    it("raises on options that make no sense: " .. wrong[2], function()
      local made_one, message = pcall(secrets.new, wrong[1])

      assert.is_false(made_one)
      assert.truthy(message:find(wrong[2], 1, true), message)
    end)
  end

  it("shows no secret to whoever walks it", function()
    local redactor = secrets.new()
    local _, hidden = hidden_text(redactor, TOKEN)

    for _, table_of in ipairs { redactor, hidden } do
      for name, value in pairs(table_of) do
        assert.is_nil((tostring(name) .. tostring(value)):find(TOKEN, 1, true))
      end
    end
  end)

  it("finds the same without the C module, which a client may do without", function()
    local MODULES = { "mistral.native", "mistral.redact.find", "mistral.redact.secrets" }
    local kept = {}
    for _, name in ipairs(MODULES) do kept[name], package.loaded[name] = package.loaded[name], nil end
    package.loaded["mistral.native"] = {}
    local alone = require("mistral.redact.secrets").new()
    local texts = {}
    for _, file in ipairs(made.files(require "spec.api.redact.corpus.tuned", 1)) do
      texts[#texts + 1] = file.text
    end
    local found = alone:hide(texts)
    for _, name in ipairs(MODULES) do package.loaded[name] = kept[name] end

    assert.same(secrets.new():hide(texts), found)
  end)

  it("finds what stands behind more tokens than are listed at once", function()
    local text = ("aaaaaaaaaaaaaaaaaaaa "):rep(10001) .. TOKEN

    assert.equal("REDACTED_GITHUB_TOKEN_1", (hidden_text(secrets.new(), text):match("%S+$")))
  end)
end)

describe("an answer", function()
  local text, hidden, QUOTED

  before_each(function()
    QUOTED = 'pa"ss\\0rd7' -- as it stands in a string of single quotes
    text, hidden = hidden_text(secrets.new(), TOKEN .. " password = '" .. QUOTED .. "'")
    assert.equal("REDACTED_GITHUB_TOKEN_1 password = 'REDACTED_PASSWORD_1'", text)
  end)

  it("has its secrets put back where it names them, and only there", function()
    assert.equal("f('" .. TOKEN .. "') REDACTED_GITHUB_TOKEN_11 REDACTED_PASSWORD_2 REDACTED_",
      hidden.restore("f('REDACTED_GITHUB_TOKEN_1') REDACTED_GITHUB_TOKEN_11 REDACTED_PASSWORD_2 REDACTED_"))
  end)

  it("that is JSON stays JSON", function()
    local json = require "mistral.json"

    local restored = hidden.restore('{"a":"REDACTED_PASSWORD_1"}', true)

    assert.same({ a = QUOTED }, (json.decode(restored)))
  end)

  local ANSWER = "REDACTED_ x REDACTED_GITHUB_TOKEN_1, REDREDACTED_PASSWORD_1_ RE"
    .. "DACTED_GITHUB_TOKEN_12 REDACTED_GITHUB_TOKEN_1"

  it("is the same in two pieces, wherever it is cut", function()
    local whole = hidden.restore(ANSWER)

    for cut = 0, #ANSWER do
      local piece = hidden.stream()
      assert.equal(whole, piece(ANSWER:sub(1, cut), false) .. piece(ANSWER:sub(cut + 1), true))
    end
  end)

  it("is the same byte by byte, with no more held back than a name is long", function()
    local piece, out, said = hidden.stream(), {}, 0

    for at = 1, #ANSWER do
      out[#out + 1] = piece(ANSWER:sub(at, at), false)
      said = said + #out[#out]
      assert.is_true(at - said <= #"REDACTED_GITHUB_TOKEN_1" or said >= at)
    end
    out[#out + 1] = piece("", true)

    assert.equal(hidden.restore(ANSWER), table.concat(out))
  end)

  it("holds back nothing that cannot become a name", function()
    local piece = hidden.stream()

    assert.equal("plain text", piece("plain text", false))
    assert.equal("R", piece("R", false) .. piece("x", false):sub(1, 1))
  end)
end)
