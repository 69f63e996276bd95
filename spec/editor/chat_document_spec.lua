-- A conversation as text: what is read from it, and what is written into it.
local document = require "mistral.editor.chat.document"

local function lines_of(text)
  local lines = {}
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
  return lines
end

local function read(text, leading)
  return document.read(lines_of(text), leading)
end

local function told(text, leading)
  local out = {}
  for index, turn in ipairs(assert(read(text, leading)).turns) do
    out[index] = turn.role .. ": " .. turn.text
  end
  return out
end

describe("a conversation's text", function()
  it("is read turn by turn, without the blank lines around each", function()
    assert.same({ "user: one\n\ntwo", "assistant: three", "user: four" }, told(
      "## You\n\n\none\n\ntwo\n\n## Mistral\nthree\n\n## You\n\n>>> four\n\n"))
  end)

  it("takes a heading in any case, with a colon, and no other heading", function()
    assert.same({ "user: a", "assistant: ## Your\n### You\n## You and me" }, told(
      "## you:\na\n##  MISTRAL\n## Your\n### You\n## You and me"))
  end)

  it("lets what stands before the first heading be the user's, or whose it is said to be", function()
    assert.same({ "user: hello", "assistant: yes" }, told("hello\n## Mistral\nyes"))
    assert.same({ "assistant: ---\nit adds", "user: why" }, told("---\nit adds\n\n## You\n\nwhy",
      "assistant"))
  end)

  it("leaves empty turns out, and a prompt that nothing stands behind", function()
    assert.same({ "user: a" }, told("## You\na\n## Mistral\n\n## You\n\n>>> "))
    assert.same({ "user: a" }, told("## You\na\n## Mistral\n\n## You\n\n>>>"))
    assert.same({ "user: below" }, told("## You\n\n>>>\nbelow"))
  end)

  it("knows the question that waits, and says where one goes", function()
    local question = document.question(assert(read "## You\na"))
    assert.equal("a", question.text)
    assert.same({ 1, 2, 2 }, { question.heading, question.first, question.last })

    local none, message = document.question(assert(read "## You\na\n## Mistral\nb\n## You\n>>> "))
    assert.is_nil(none)
    assert.equal("there is no question: write one below ## You at the end", message)
  end)

  it("has a block at its top with what this conversation is asked with", function()
    local settings = assert(read(
      '---\nmodel: "m-1"\n# a remark\ntemperature: 0.5\nsystem: |\n  Be brief.\n  In German.\n\n---\nhi'))
      .settings

    assert.same({ model = "m-1", temperature = 0.5, system = "Be brief.\nIn German." }, settings)
  end)

  it("says in one sentence what is wrong with that block", function()
    local function wrong(text) return select(2, read(text)) end

    assert.equal("there is no `modell` for the block at the top; `model` was probably meant",
      wrong "---\nmodell: x\n---")
    assert.equal("`temperature` in the block at the top should be a number, not `warm`",
      wrong "---\ntemperature: warm\n---")
    assert.equal("the block at the top has no end: close it with a line ---", wrong "---\nmodel: x")
    assert.equal("line 2 is no `name: value` of the block at the top, which ends with ---",
      wrong "---\nhello\n---")
  end)

  it("keeps an answer from speaking for the user", function()
    for _, line in ipairs { "## You", "## Mistral:", "\\## You", "\\\\## you", "#You", "text" } do
      local shown = document.mask(line)

      assert.is_nil(document.role(shown))
      assert.same({ "user: a", "assistant: x\n" .. line }, told("## You\na\n## Mistral\nx\n" .. shown))
    end
  end)

  it("begins with the block and the prompt", function()
    assert.same({ "---", "model: m", "---", "", "## You", "", ">>> " },
      document.new { model = "m" })
  end)

  -- What stands there after a question was put to its end.
  local function put(text, question)
    local lines = lines_of(text)
    local row, new = document.put(lines, question)
    for at = #lines, row, -1 do lines[at] = nil end
    for _, line in ipairs(new) do lines[#lines + 1] = line end
    return table.concat(lines, "\n")
  end

  it("takes a question below the heading that waits for one, or below one of its own", function()
    assert.equal("## You\n\nwhy?\nso?", put("## You\n\n>>> ", "why?\nso?"))
    assert.equal("---\nmodel: m\n---\n\n## You\n\nwhy?", put("---\nmodel: m\n---\n\n## You\n\n>>> ", "why?"))
    assert.equal("it adds\n\n## You\n\nwhy?", put("it adds\n\n", "why?"))
    assert.equal("## You\na\n## Mistral\nb\n\n## You\n\nwhy?", put("## You\na\n## Mistral\nb", "why?"))
    assert.equal("\n## You\n\nwhy?", put("", "why?"))
  end)

  it("puts a question behind words that are not sent yet", function()
    assert.equal("## You\n\nfirst\n\nwhy?", put("## You\n\nfirst\n\n", "why?"))
    assert.equal("## You\n\n>>> first\n\nwhy?", put("## You\n\n>>> first", "why?"))
  end)

  it("knows the bare rows of a question", function()
    local lines = lines_of "## You\n\n>>> why\n\nso\n\n"

    assert.same({ "why", "", "so" }, document.rows(lines, assert(document.read(lines)).turns[1]))
  end)
end)
