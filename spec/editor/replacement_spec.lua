-- What a model would put in place of some lines, made fit to stand there.
local answer = require "mistral.editor.edit.answer"
local replacement = require "mistral.editor.edit.replacement"

local PICTURE = { FF = "\226\144\140", ESC = "\226\144\155" }

describe("the replacement in an answer", function()
  local JSON = '{"replacement":"x = 1\\ny = 2\\n"}'
  local READ = {
    { "JSON alone", JSON, "x = 1\ny = 2\n" },
    { "JSON in fences", "```json\n" .. JSON .. "\n```\n", "x = 1\ny = 2\n" },
    { "JSON in prose", "Sure! Here it is: " .. JSON .. " I hope it helps.", "x = 1\ny = 2\n" },
    { "code in fences", "Here you are:\n```lua\nx = 1\ny = 2\n```\nDone.", "x = 1\ny = 2" },
    { "fences with CRLF", "```\r\nx = 1\r\n```\r\n", "x = 1" },
    { "fences in longer fences", "````md\n```\nx\n```\n````", "```\nx\n```" },
    { "an empty replacement", '{"replacement":""}', "" },
    { "numbers that were copied", '{"replacement":"    7| x\\n    8|   y\\n    9| \\n"}', "x\n  y\n\n" },
    { "what only looks like numbers", '{"replacement":"7| x\\n9| y"}', "7| x\n9| y" },
    { "prose", "I would not change that.", nil },
    { "several fences", "```\nx\n```\nor\n```\ny\n```", nil },
    { "fences without an end", "```lua\nx = 1", nil },
    { "other JSON", '{"findings":[]}', nil },
    { "a replacement that is no text", '{"replacement":["x"]}', nil },
    { "half of a JSON", '{"replacement":"x = 1\\ny', nil },
    { "nothing", "", nil },
  }
  for _, case in ipairs(READ) do
    it("is read from " .. case[1], function()
      assert.equal(case[3], answer.read(case[2], 7))
    end)
  end
end)

describe("a replacement", function()
  local FIT = {
    { "ends its last line like the others", "a\nb\n", { "x" }, { "a", "b" } },
    { "needs no line feed at its end", "a\nb", { "x" }, { "a", "b" } },
    { "may end with an empty line", "a\n\n", { "x" }, { "a", "" } },
    { "may be one empty line", "\n", { "x" }, { "" } },
    { "may be nothing", "", { "x" }, {} },
    { "loses carriage returns the buffer does not have", "a\r\nb\r\n", { "x" }, { "a", "b" } },
    { "gets those the buffer has", "a\nb\n", { "x\r", "y\r" }, { "a\r", "b\r" } },
    { "keeps tabs", "\ta\tb", { "\tx" }, { "\ta\tb" } },
    { "is any language", "größe = 'Ü' -- 日本\n", { "x" }, { "größe = 'Ü' -- 日本" } },
    { "gets the control character back that was sent as a picture", PICTURE.FF .. "\nb",
      { "\12", "a" }, { "\12", "b" } },
    { "keeps a picture that is one", PICTURE.ESC .. "b", { PICTURE.ESC .. "a \27" },
      { PICTURE.ESC .. "b" } },
    { "keeps an odd character that the code has", "a\226\128\174b", { "c\226\128\174d" },
      { "a\226\128\174b" } },
    { "may speak of what the code speaks of", "REDACTED_X_1 y", { "x REDACTED_X_1" },
      { "REDACTED_X_1 y" } },
  }
  for _, case in ipairs(FIT) do
    it(case[1], function()
      assert.same(case[4], replacement.lines(case[2], case[3]))
    end)
  end

  local REFUSED = {
    { "an escape", "a\27[2Jb", "\\x1b" },
    { "a NUL", "a\0b", "\\x00" },
    { "a carriage return within a line", "a\rb", "a character" },
    { "a control character from behind ASCII", "a\194\155b", "U+009B" },
    { "text that runs the other way", "a\226\128\174b", "U+202E" },
    { "an invisible blank", "a\226\128\139b", "U+200B" },
    { "what stands for bytes that could not be sent", "a\239\191\189b", "not UTF-8" },
    { "a placeholder", "k = 'REDACTED_GITHUB_TOKEN_7'", "REDACTED_GITHUB_TOKEN_7" },
    { "a damaged placeholder", "k = 'redacted_github_token'", "redacted_github_token" },
    { "a placeholder cut short", "k = '[REDACTED]'", "REDACTED" },
  }
  for _, case in ipairs(REFUSED) do
    it("is refused with " .. case[1], function()
      local lines, message = replacement.lines(case[2], { "a", "k = 'v'" })

      assert.is_nil(lines)
      assert.truthy(message:find(case[3], 1, true), message)
      assert.falsy(message:find("%c"), message)
    end)
  end

  local DEEP = {
    { "is put as deep as the code was", { "if a:", "  b" }, { "    x", "    y" },
      { "    if a:", "      b" } },
    { "keeps empty lines empty", { "a", "", "b" }, { "\tx" }, { "\ta", "", "\tb" } },
    { "stays when it is as deep already", { "    a" }, { "    x" }, { "    a" } },
    { "stays when only a line within is less deep", { "    a", "#if 0" }, { "    x" },
      { "    a", "#if 0" } },
    { "stays when to move it is all it does", { "x", "  y" }, { "  x", "    y" }, { "x", "  y" } },
    { "stays beside code that is not deep", { "a" }, { "x", "  y" }, { "a" } },
    { "stays when it is blank", { "" }, { "  x" }, { "" } },
  }
  for _, case in ipairs(DEEP) do
    it(case[1], function()
      assert.same(case[4], replacement.as_deep(case[2], case[3]))
    end)
  end
end)
