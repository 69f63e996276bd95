---What can be said of a file.
local native = require "mistral.native"
local output_of = require "spec.support.output"

describe("stat", function()
  local folder

  setup(function() folder = output_of("mktemp -d"):match "%S+" end)
  teardown(function() output_of("rm -rf " .. folder) end)

  it("says what stat(1) says", function()
    local path = folder .. "/file"
    output_of(("printf hello >%s && chmod 2640 %s && touch -d 2021-03-04T05:06:07.5Z %s"):format(path, path, path))

    local facts = assert(native.stat(path))

    local size, mode, uid, mtime = output_of("stat -c '%s %a %u %Y' " .. path):match "(%d+) (%d+) (%d+) (%d+)"
    assert.same({
      type = "file",
      size = tonumber(size),
      mode = tonumber(mode, 8),
      uid = tonumber(uid),
      mtime = tonumber(mtime),
      mtime_ns = 500000000,
      mine = true,
    }, facts)
  end)

  it("tells the kinds apart, and follows links", function()
    output_of(("cd %s && mkfifo fifo && ln -s . here && ln -s file over"):format(folder))

    assert.equal("directory", native.stat(folder).type)
    assert.equal("directory", native.stat(folder .. "/here").type)
    assert.equal("fifo", native.stat(folder .. "/fifo").type)
    assert.equal("file", native.stat(folder .. "/over").type)
    assert.equal("char", native.stat("/dev/null").type)
  end)

  it("knows whose a file is", function()
    local path = folder .. "/mine"
    output_of(("touch %s"):format(path))
    assert.is_true(native.stat(path).mine)

    local given = output_of("chown 12345 " .. path) == "" -- root may; for others, / is root's

    assert.is_false(native.stat(given and path or "/").mine)
  end)

  it("holds sizes beyond 4 GiB", function()
    local path = folder .. "/sparse"
    output_of("truncate -s 5G " .. path)

    assert.equal(5 * 1024 * 1024 * 1024, native.stat(path).size)
  end)

  it("gives nil, a sentence and a code for what is not there", function()
    local facts, message, code = native.stat(folder .. "/missing")

    assert.is_nil(facts)
    assert.equal(folder .. "/missing: there is no such file or folder", message)
    assert.equal("missing", code)
    assert.equal("missing", select(3, native.stat(folder .. "/file/below")))
  end)

  it("raises for what is no path", function()
    assert.has_error(function() native.stat "" end)
    assert.has_error(function() native.stat "a\0b" end)
    assert.has_error(function() native.stat {} end)
  end)
end)
