local restore = require "mistral.api.restore"

-- Hides "s3cret" as "<1>"; holds back a "<" at a piece's end.
local hidden = {
  count = 1,
  kinds = { password = 1 },
  restore = function(text) return (text:gsub("<1>", "s3cret")) end,
  stream = function()
    local held = ""
    return function(piece, last)
      local text = held .. piece
      local cut = not last and text:match("()<1?$") or #text + 1
      held = text:sub(cut)
      return (text:sub(1, cut - 1):gsub("<1>", "s3cret"))
    end
  end,
}

describe("an answer to a question with hidden secrets", function()
  it("has them put back, also where a placeholder comes in two pieces", function()
    local one = restore.new(hidden)

    assert.equal("a ", one:delta({ index = 1, text = "a <" }).text)
    assert.is_nil(one:delta { index = 1, text = "1" })
    assert.equal("s3cret b", one:delta({ index = 1, text = "> b" }).text)
  end)

  it("brings what was held back with the delta that ends it", function()
    local one = restore.new(hidden)
    one:delta { index = 1, text = "x <", thinking = "y <" }
    one:delta { index = 1, text = "", tool_calls = { { index = 1, arguments = "{<" } } }

    local last = one:delta { index = 1, text = "", finish_reason = "stop" }

    assert.same({
      index = 1, text = "<", thinking = "<", finish_reason = "stop",
      tool_calls = { { index = 1, arguments = "<" } },
    }, last)
  end)

  it("loses no delta that says something other than text", function()
    local one = restore.new(hidden)

    assert.same({ text = "", language = "en" }, one:delta { text = "", language = "en" })
    assert.equal("hi", one:delta({ text = "", segments = { { text = "hi" } } }).segments[1].text)
  end)

  it("does not mix the texts of several choices", function()
    local one = restore.new(hidden)
    one:delta { index = 1, text = "<" }

    assert.equal("1>", one:delta({ index = 2, text = "1>" }).text)
  end)

  it("has them put back in every text of a whole reply, in a copy", function()
    local reply = { text = "<1>", list = { { deep = "a<1>" } }, count = 3 }

    assert.same({ text = "s3cret", list = { { deep = "as3cret" } }, count = 3 },
      restore.value(reply, hidden))
    assert.equal("<1>", reply.text)
  end)
end)
