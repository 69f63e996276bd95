-- The @words of a question.
local mentions = require "mistral.editor.chat.mentions"

local function said(text)
  local out = {}
  for index, mention in ipairs(mentions.find(text)) do out[index] = mention.said end
  return out
end

describe("@words", function()
  it("are found where they stand, each once", function()
    assert.same({ "@buffer", "@diff", "@range" },
      said "Is @buffer right after @diff? (see @range, and @buffer.)")
  end)

  it("take a name, in quotes if it has blanks, and the lines behind it", function()
    local found = mentions.find 'of @file:src/a.c:10-20, @buffer:b.lua and @file:"a b.c":7.'

    assert.same({
      { word = "file", name = "src/a.c", first = 10, last = 20, said = "@file:src/a.c:10-20" },
      { word = "buffer", name = "b.lua", said = "@buffer:b.lua" },
      { word = "file", name = "a b.c", first = 7, last = 7, said = '@file:"a b.c":7' },
    }, found)
  end)

  it("end before what ends a sentence", function()
    assert.same({ "@file:a.c", "@image:b.png", "@diagnostics", "@buffer" },
      said "(@file:a.c), [@image:b.png]! @diagnostics: why? @buffer: what")
  end)

  it("that are none of ours stay what they are", function()
    local text = "@property @Range @dataclass(x) me@buffer.org mail me@file.de @buffers @range.setter "
      .. "@buffer_size @diff-tool @file @file: @image @@range \\@buffer @buffer(1) a/@diff"

    assert.same({}, said(text))
  end)

  it("are none in code", function()
    assert.same({ "@diff" }, said "`@buffer` and ``a ` @range``\n```java\n@buffer\n```\n@diff")
    assert.same({}, said "~~~\n@buffer\n```\n@range")
    assert.same({ "@range" }, said "````\n@buffer\n```\n@diff\n````\n@range")
  end)

  it("cost a look at each byte, whatever the text is", function()
    local started = os.clock()
    mentions.find(("@"):rep(100000))
    mentions.find(("`"):rep(20000) .. ("@buffer "):rep(5000))
    mentions.find(("` "):rep(20000))
    assert.is_true(os.clock() - started < 2)
  end)
end)
