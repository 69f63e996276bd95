-- :Mistral export in a real editor, of what a real review found.
local editor = require "spec.editor.support.editor"
local json = require "mistral.json"
local schema = require "mistral.json_schema"
local wait_for = require "spec.support.wait"
local wire = require "spec.editor.support.wire"

if not editor.kind then return end

local CODE = {
  "int sum(const int *list, int n) {", "  int total = 0;", "  for (int i = 0; i <= n; i++)",
  "    total += list[i];", "  return total;", "}",
}

describe(":Mistral export", function()
  local host

  before_each(function()
    wire.start()
    host = require("mistral.host").get()
    editor.open(CODE, "c")
    editor.command("Mistral review")
    wire.await("review")
  end)
  after_each(wire.stop)

  it("shows what stands where in a window of its own", function()
    editor.command("Mistral export sarif")
    wait_for(function() return host.name(host.buffer()):find("export", 1, true) end, "no window")

    local lines = host.lines(host.buffer(), 1, -1)
    local log = assert(json.decode(table.concat(lines, "\n")))
    assert.is_nil(schema.check(require "spec.review.schema.sarif", log))
    assert.equal(1, #log.runs[1].results)
    assert.equal(0, editor.eval("&modified"))
  end)

  it("writes the file that is named, once", function()
    local path = os.tmpname()
    os.remove(path)

    editor.command("Mistral export markdown " .. path)
    wait_for(function() return wire.said():find("exported 1 finding", 1, true) end, wire.said)
    editor.command("Mistral export markdown " .. path)

    local file = assert(io.open(path))
    local text = file:read "*a"
    file:close()
    os.remove(path)
    assert.truthy(text:find("*line 3, warning, bug*", 1, true), text)
    assert.truthy(wire.said():find("is there already; :Mistral export! markdown", 1, true), wire.said())
  end)
end)
