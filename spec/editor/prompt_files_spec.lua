-- Prompts as files: what their first lines say, what is refused of them, and what is put in.
local fill = require "mistral.editor.prompts.fill"
local read = require "mistral.editor.prompts.read"

local function prompt_of(lines, stem)
  return read.prompt(table.concat(lines, "\n") .. "\n", stem or "terse")
end

local function wrong(lines, stem)
  local prompt, problem = read.prompt(table.concat(lines, "\n"), stem or "terse")
  assert.equal(nil, prompt)
  return ("%d: %s"):format(problem.row, problem.message)
end

describe("the file of a prompt", function()
  it("says what it is called and how it is asked", function()
    local prompt = assert(prompt_of {
      "---", "# mine", "name: tests", 'description: "Tests: a few" # short', "model: codestral-latest",
      "temperature: 0.3", "scope: buffer", "output: 'chat'", "", "---", "", "Write tests.", "",
    })

    assert.same({
      name = "tests", description = "Tests: a few", model = "codestral-latest", temperature = 0.3,
      scope = "buffer", output = "chat", body = "Write tests.",
    }, prompt)
  end)

  it("needs to say nothing but what is asked", function()
    assert.same({ name = "terse", description = "", scope = "range", output = "split",
      body = "Be terse.\n\n---\nx: y" }, prompt_of { "Be terse.", "", "---", "x: y" })
  end)

  it("may have a mark of its encoding, and line ends of any kind", function()
    local prompt = assert(read.prompt("\239\187\191---\r\nscope: none\r\n---\r\nOne\r\ntwo\r\n", "a"))

    assert.equal("none", prompt.scope)
    assert.equal("One\ntwo", prompt.body)
  end)

  local WRONG = {
    { "a key it does not know, with the one that was meant", { "---", "modl: x", "---", "a" },
      "2: there is no `modl` here; `model` was probably meant" },
    { "any other key", { "---", "scope: none", "tools: [bash]", "---", "a" },
      "3: there is no `tools` here; there are name, description, model, temperature, scope and output" },
    { "a key twice", { "---", "model: x", "model: y", "---", "a" }, "3: `model` stands here twice" },
    { "no value", { "---", "model:", "---", "a" }, "2: `model` has no value" },
    { "a comment for a value", { "---", "model: # later", "---", "a" },
      "2: put the value of `model` in quotes" },
    { "what YAML reads otherwise", { "---", "description: a: b", "---", "a" },
      "2: put the value of `description` in quotes" },
    { "a list", { "---", "model: [a, b]", "---", "a" }, "2: put the value of `model` in quotes" },
    { "a text of several lines", { "---", "description: |", "  a", "---", "a" },
      "2: put the value of `description` in quotes" },
    { "a line that is set in", { "---", "model: a", "  b: c", "---", "a" },
      "3: this is no `name: value`; the block ends with a line ---" },
    { "quotes that do not match", { "---", 'model: "a', "---", "a" },
      "2: the quotes around the value of `model` do not match; inside of them, neither the same "
        .. "quote nor \\ is read" },
    { "a temperature that is none", { "---", "temperature: hot", "---", "a" },
      "2: `temperature` is a number from 0 to 1.5, not `hot`" },
    { "one that is too high", { "---", "temperature: 2", "---", "a" },
      "2: `temperature` is a number from 0 to 1.5, not `2`" },
    { "a scope there is not", { "---", "scope: file", "---", "a" },
      "2: `scope` is one of range, buffer, diff, none, not `file`" },
    { "an output there is not", { "---", "output: shell", "---", "a" },
      "2: `output` is one of split, chat, replace, not `shell`" },
    { "a name with other characters", { "---", "name: Two words", "---", "a" },
      "2: `Two words` cannot be the name: a name begins with a small letter, and small letters, "
        .. "digits, - and _ follow" },
    { "lines in place of a diff", { "---", "scope: diff", "output: replace", "---", "a" },
      "3: `output: replace` needs `scope: range` or `scope: buffer`" },
    { "a block without an end", { "---", "scope: none" },
      "1: the block at the top has no end: close it with a line ---" },
    { "nothing to ask", { "---", "scope: none", "---", "", "" },
      "3: there is nothing to ask: write it below the block" },
    { "a placeholder there is not", { "a", "run {{shell}}" }, "2: there is no {{shell}}; there are "
      .. "{{code}}, {{file}}, {{filetype}}, {{first}}, {{last}}, {{diff}} and {{wish}}" },
    { "code where there is none", { "---", "scope: none", "---", "{{code}}" },
      "4: {{code}} needs `scope: range` or `scope: buffer`" },
    { "a diff where there is none", { "{{diff}}" }, "1: {{diff}} needs `scope: diff`" },
    { "bytes that are no UTF-8", { "a", "b\255" }, "2: this is not valid UTF-8" },
    { "bytes that are no text", { "a\0" }, "1: this is no text" },
  }
  for _, case in ipairs(WRONG) do
    it("is refused with its line for " .. case[1], function()
      assert.equal(case[3], wrong(case[2]))
    end)
  end

  it("is refused when its own name cannot be that of a subcommand", function()
    assert.truthy(wrong({ "a" }, "My prompt"):find("1: `My prompt` cannot be the name of a prompt", 1, true))
  end)

  it("is read in no time, whatever is in it", function()
    local blanks = (" "):rep(60000)
    for _, line in ipairs { "a:" .. blanks .. "x", "a" .. blanks .. "x", ("{{"):rep(30000),
      "model: " .. ('"'):rep(60000), "model: x" .. blanks .. "x" } do
      local before = os.clock()
      read.prompt("---\n" .. line .. "\n---\n" .. line, "a")
      read.prompt(line, "a")
      assert.is_true(os.clock() - before < 0.5, line:sub(1, 10))
    end
  end)
end)

describe("a prompt's text", function()
  it("has its placeholders filled, once", function()
    local filled = fill.fill("{{first}}-{{last}} of {{file}}: {{code}} {{ code }} {{wish}}", {
      first = 1, last = 2, file = "a%1.lua", code = "x = '{{file}} {{wish}} %0'", wish = "{{code}}",
    })

    assert.equal("1-2 of a%1.lua: x = '{{file}} {{wish}} %0' {{ code }} {{code}}", filled)
  end)

  it("has its code and the wish behind it where it has no place for them", function()
    assert.equal("Explain.\n\nCODE\n\nAbove all: briefly",
      fill.fill("Explain.", { attached = "CODE", code = "c", wish = "briefly" }))
    assert.equal("Explain c briefly.",
      fill.fill("Explain {{code}} {{wish}}.", { attached = "CODE", code = "c", wish = "briefly" }))
    assert.equal("Explain.", fill.fill("Explain.", { wish = "" }))
  end)

  it("fences code so that nothing in it ends the fence", function()
    assert.equal("Lines 1 to 2:\n\n````lua\n```\nx\n````", fill.fenced("Lines 1 to 2", "lua", "```\nx"))
  end)
end)
