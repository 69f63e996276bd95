-- The README shows what the terminals show, and names what there is. UPDATE_GOLDEN=1 takes its captures
-- anew from spec/screen/golden.
local command = require "mistral.editor.command"

local CAPTURE = "<!%-%- (spec/screen/golden/[%w-]+%.txt) %-%->\n```text\n(.-\n)```\n"

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

-- Without the rows below the ends of all texts, where there is nothing to see.
local function capture(path)
  local rows = {}
  for row in read(path):gmatch("([^\n]*)\n") do
    if row ~= "~" and not row:find("^~ +│~$") then rows[#rows + 1] = row .. "\n" end
  end
  return table.concat(rows)
end

local function update()
  local text = read("README.md"):gsub(CAPTURE, function(path)
    return ("<!-- %s -->\n```text\n%s```\n"):format(path, capture(path))
  end)
  local file = assert(io.open("README.md", "wb"))
  file:write(text)
  file:close()
end

describe("the README", function()
  if os.getenv "UPDATE_GOLDEN" then update() end
  local text = read("README.md")

  it("shows review, a finding, a fix, a chat and the usage as terminals do", function()
    local shown = {}
    for path, rows in text:gmatch(CAPTURE) do
      assert.equal(capture(path), rows, path)
      shown[#shown + 1] = path:match("([%w]+%-?[%w]*)%-%w+%.txt$")
    end

    assert.same({ "review-list", "review-detail", "fix-diff", "chat", "usage" }, shown)
  end)

  it("names commands that there are", function()
    local known, count = { tests = true }, 0 -- its example of a prompt of one's own
    for _, name in ipairs(command.names()) do known[name] = true end

    for name in text:gmatch(":?['<,>]*Mistral (%l[%l-]*)") do
      assert.is_true(known[name] == true, "there is no :Mistral " .. name)
      count = count + 1
    end
    assert.is_true(count > 10, count .. " commands")
  end)

  it("leads to files that are there", function()
    for path in text:gmatch("%]%(([%w./_-]+)%)") do
      if not path:find("^http") then assert.truthy(#read(path) > 0, path) end
    end
  end)
end)
