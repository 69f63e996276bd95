local native = require "mistral.native"
local output_of = require "spec.support.output"
local state = require "mistral.state"

local function env(values)
  return function(name) return values[name] end
end

describe("what is kept", function()
  local folder

  before_each(function() folder = output_of("mktemp -d"):match "%S+" end)
  after_each(function() output_of("rm -rf " .. folder) end)

  it("is in the user's state folder", function()
    assert.equal("/s/mistral", state.folder(env { XDG_STATE_HOME = "/s", HOME = "/h" }))
    assert.equal("/h/.local/state/mistral", state.folder(env { HOME = "/h" }))
    assert.equal("/h/.local/state/mistral", state.folder(env { HOME = "/h", XDG_STATE_HOME = "s" }))
    assert.is_nil(state.folder(env {}))
    assert.is_nil(state.folder(env { HOME = "" }))
  end)

  it("never lies outside of it, whatever it is called", function()
    local path = assert(state.path("reviews", "../../etc/passwd", "..", "/a b\n\0"))

    assert.equal(state.folder() .. "/reviews/%2E.%2F..%2Fetc%2Fpasswd/%2E./%2Fa%20b%0A%00", path)
  end)

  it("is read as it was written, and only its owner may", function()
    local path = folder .. "/deep/er/file"
    local bytes = "\0\255\r\n" .. ("x"):rep(100000)

    assert.is_true(state.write(path, "first"))
    assert.is_true(state.write(path, bytes))

    assert.equal(bytes, state.read(path))
    assert.equal(tonumber("600", 8), native.stat(path).mode)
    assert.equal(tonumber("700", 8), native.stat(folder .. "/deep").mode)
    assert.equal("file\n", output_of(("ls -A %s/deep/er"):format(folder)))
    assert.is_true(state.write(path, ""))
    assert.equal("", state.read(path))
    assert.is_true(state.write(path, bytes, true))
    assert.equal(bytes, state.read(path))
  end)

  it("that is not there is nil, and what is no file of ours says why", function()
    assert.same({ n = 0 }, { n = select("#", state.read(folder .. "/none")) - 2 })
    local text, message = state.read(folder)
    assert.is_nil(text)
    assert.equal(folder .. ": this is not a regular file", message)
  end)

  it("stays what it was when it cannot be written", function()
    local path = folder .. "/file"
    assert.is_true(state.write(path, "kept"))
    output_of(("mkdir %s/taken"):format(folder))

    local written, message = state.write(folder .. "/taken", "x")
    assert.is_nil(written)
    assert.truthy(message:find("taken: ", 1, true))
    assert.is_nil((state.write(path .. "/below", "x")))
    assert.equal("kept", state.read(path))
    assert.equal("file\ntaken\n", output_of(("ls -A %s"):format(folder)))
  end)

  it("takes the place of a link, and does not follow it", function()
    local target, link = folder .. "/target", folder .. "/link"
    state.write(target, "mine")
    output_of(("ln -s target %s"):format(link))

    assert.is_true(state.write(link, "new"))

    assert.equal("mine", state.read(target))
    assert.equal("new", state.read(link))
  end)

  it("grows by lines", function()
    local path = folder .. "/lines"
    assert.is_true(state.append(path, "one"))
    assert.is_true(state.append(path, "two"))
    assert.equal("one\ntwo\n", state.read(path))
  end)
end)
