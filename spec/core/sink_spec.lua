---Downloads: a file that is there whole, or not at all.
local exchange = require "spec.core.exchange"
local lfs = require "lfs"
local memory = require "spec.support.memory"
local script = require "spec.core.script"
local output_of = require "spec.support.output"

local MIB = 1024 * 1024

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

describe("a download", function()
  local server, transport, folder, path

  setup(function() server = exchange.server() end)
  before_each(function()
    server:reset()
    folder = output_of("mktemp -d"):match "%S+"
    path = folder .. "/answer"
    transport = exchange.transport(server)
  end)
  after_each(function()
    exchange.close(transport)
    os.execute("rm -rf " .. folder)
  end)

  local function get(changes)
    changes = changes or {}
    changes.sink = changes.sink or path
    return exchange.models(server, changes)
  end

  ---A server that answers with this body, with its length.
  local function says(body, headers)
    headers = headers or {}
    headers["content-length"] = headers["content-length"] or tostring(#body)
    server:fault { kind = "replay", body = body, headers = headers, content_type = "application/octet-stream" }
  end

  local function names()
    local list = {}
    for name in lfs.dir(folder) do
      if name ~= "." and name ~= ".." then list[#list + 1] = name end
    end
    table.sort(list)
    return list
  end

  ---A script that downloads to there and says how that ended.
  local function fetch(sink)
    return ([[
      local transport = require("mistral.native").transport { ca_file = %q }
      transport:submit { url = %q, sink = %q, headers = { authorization = "Bearer %s" } }
      repeat
        transport:wait(1000)
        for _, event in ipairs(transport:drain()) do
          if event.kind == "end" then
            io.write(event.code or event.outcome, " ", event.message or "", "\n")
            os.exit(0)
          end
        end
      until false]]):format(server.ca_file, server.url .. "/models", sink, server.key)
  end

  for _, door in ipairs { "url", "url_h1" } do
    it("is in its file, and in no mail, through " .. door, function()
      local body = ("\0\r\n\255"):rep(100000)
      says(body)
      local done, events = exchange.run(transport, get { base = server[door] })

      assert.equal("done", done.outcome, tostring(done.message))
      assert.equal(2, #events)
      assert.equal("head", events[1].kind)
      assert.equal(200, events[1].status)
      assert.equal("application/octet-stream", events[1].headers["content-type"])
      assert.equal(body, read(path))
      assert.same({ "answer" }, names())
      assert.equal("rw-------", lfs.attributes(path, "permissions"))
    end)

    it("that breaks off leaves nothing, through " .. door, function()
      for _, fault in ipairs {
        { kind = "cut", after_bytes = 300 },
        { kind = "silence", after_bytes = 300 },
        { kind = "lying_length", by = 1000 },
      } do
        server:fault(fault)
        local done = exchange.run(transport, get { base = server[door], retry = 0, idle_ms = 300 })

        assert.equal("failed", done.outcome)
        assert.same({}, names())
      end
    end)

    it("that breaks off is fetched again from its start, through " .. door, function()
      server:fault { kind = "cut", after_bytes = 300, times = 2 }
      local done, events = exchange.run(transport, get { base = server[door] })

      assert.equal("done", done.outcome, tostring(done.message))
      assert.equal(3, done.attempts)
      assert.equal(2, exchange.count(events, "retry"))
      assert.equal(1, exchange.count(events, "head"))
      local plain = exchange.data(select(2, exchange.run(transport, exchange.models(server))))
      assert.equal(plain, read(path))
      assert.same({ "answer" }, names())
    end)
  end

  it("of something made for it is not asked for twice when it breaks off", function()
    server:fault { kind = "cut", after_bytes = 100, times = 1 }
    local done = exchange.run(transport, exchange.chat(server, { stream = false, sink = path }))

    assert.equal("reset", done.code)
    assert.equal(1, server:stats().requests)
    assert.same({}, names())
  end)

  it("is unpacked on its way", function()
    server:fault { kind = "compressed" }
    assert.equal("done", exchange.run(transport, get()).outcome)

    assert.truthy(read(path):find('"object"', 1, true))
  end)

  it("of 200 MiB takes no memory to speak of, and more than a body may have", function()
    exchange.run(transport, get())
    local before = memory.resident()
    local headers = { ["content-length"] = tostring(200 * MIB) }
    server:fault { kind = "replay", body = ("z"):rep(64 * 1024), repeats = 3200, headers = headers }
    local done = exchange.run(transport, get(), 60)

    assert.equal("done", done.outcome, tostring(done.message))
    assert.equal(200 * MIB, lfs.attributes(path, "size"))
    assert.is_true(memory.resident() - before < 16 * MIB)
  end)

  it("has a ceiling of its own", function()
    local body = ("x"):rep(1000)
    says(body)
    assert.equal("done", exchange.run(transport, get { sink_bytes = 1000, body_bytes = 10 }).outcome)
    says(body)
    assert.equal("too_large", exchange.run(transport, get { sink_bytes = 999 }).code)
    server:fault { kind = "bomb", bytes = MIB, content_type = "text/plain" }
    assert.equal("too_large", exchange.run(transport, get { sink_bytes = 1000 }).code)

    assert.equal(body, read(path))
    assert.same({ "answer" }, names())
  end)

  it("replaces what was there, and only when it is whole", function()
    local file = assert(io.open(path, "w"))
    file:write "before"
    file:close()
    server:fault { kind = "cut", after_bytes = 300 }
    exchange.run(transport, get { retry = 0 })
    assert.equal("before", read(path))
    says "after"
    exchange.run(transport, get())

    assert.equal("after", read(path))
    assert.same({ "answer" }, names())
  end)

  it("replaces nothing when it shall not, however late it came", function()
    local function put()
      local file = assert(io.open(path, "w"))
      file:write "before"
      file:close()
    end
    says "text"
    assert.equal("done", exchange.run(transport, get { sink_replace = false }).outcome)
    assert.equal("text", read(path))
    put()
    local early = exchange.run(transport, get { sink_replace = false })
    os.remove(path)
    server:fault { kind = "replay", body = "text", pieces = 2, pause_ms = 1000 }
    local id = transport:submit(get { sink_replace = false })
    assert.is_true(server:wait { at_least = { faults = 2 } })
    put()
    local late = exchange.collect(transport, { id })[id].done

    assert.equal("file", early.code)
    assert.truthy(early.message:find("it is there already", 1, true), early.message)
    assert.equal(2, transport:stats().requests)
    assert.equal("file", late.code)
    assert.truthy(late.message:find("File exists", 1, true), late.message)
    assert.equal("before", read(path))
    assert.same({ "answer" }, names())
  end)

  it("has the permissions of the file that it replaces", function()
    assert.equal("", output_of(("touch %s && chmod 640 %s"):format(path, path)))
    says "text"
    exchange.run(transport, get())

    assert.equal("text", read(path))
    assert.equal("rw-r-----", lfs.attributes(path, "permissions"))
  end)

  it("goes to the file behind a link", function()
    lfs.mkdir(folder .. "/there")
    assert.equal("", output_of(("touch %s/there/real; ln -s there/real %s"):format(folder, path)))
    says "text"
    exchange.run(transport, get())

    assert.equal("text", read(folder .. "/there/real"))
    assert.equal("link", lfs.symlinkattributes(path, "mode"))
  end)

  it("goes along links from where each of them is, also to where nothing is yet", function()
    lfs.mkdir(folder .. "/there")
    local links = "cd %s && ln -s there/next answer && ln -s ../made there/next && ln -s loop loop"
    assert.equal("", output_of(links:format(folder)))
    says "text"
    assert.equal("done", exchange.run(transport, get()).outcome)
    local done = exchange.run(transport, get { sink = folder .. "/loop" })

    assert.equal("text", read(folder .. "/made"))
    assert.equal("link", lfs.symlinkattributes(path, "mode"))
    assert.equal("file", done.code)
    assert.truthy(done.message:find("symbolic links", 1, true), done.message)
    assert.same({ "answer", "loop", "made", "there" }, names())
  end)

  -- Only root may make files in another's name.
  if output_of("id -u"):match "%d+" == "0" then
    it("does not go along another's link in a folder for everybody", function()
      lfs.mkdir(folder .. "/shared")
      local make = "cd %s && chmod 1777 shared && echo mine > real && ln -s ../real shared/trap && "
        .. "ln -s ../real shared/own && chown -h 65534 shared/trap"
      assert.equal("", output_of(make:format(folder)))
      local done = exchange.run(transport, get { sink = folder .. "/shared/trap" })

      assert.equal("file", done.code)
      assert.truthy(done.message:find("somebody else's link", 1, true), done.message)
      assert.equal("mine\n", read(folder .. "/real"))
      assert.equal("done", exchange.run(transport, get { sink = folder .. "/shared/own" }).outcome)
      assert.is_false(read(folder .. "/real") == "mine\n")
    end)
  end

  it("that is refused tells the server's words, and leaves nothing", function()
    server:fault { kind = "status", name = "forbidden" }
    local done, events = exchange.run(transport, get())

    assert.equal(1, #events)
    assert.equal(403, done.status)
    assert.truthy(done.body:find("You do not have access", 1, true))
    assert.same({}, names())
  end)

  it("where nothing can be written fails before anything is sent", function()
    lfs.mkdir(folder .. "/folder")
    assert.equal("", output_of(("mkfifo %s/pipe; echo x > %s/file"):format(folder, folder)))
    local bad = {
      [folder .. "/missing/file"] = "No such file",
      [folder .. "/folder"] = "folder",
      [folder .. "/folder/"] = "folder",
      [folder .. "/pipe"] = "no regular file",
      [folder .. "/file/x"] = "Not a directory",
      ["/proc/self/answer"] = "No such file",
      [folder .. "/" .. ("n"):rep(300)] = "too long",
    }
    for sink, words in pairs(bad) do
      local done = exchange.run(transport, get { sink = sink })
      assert.equal("file", done.code, sink)
      assert.truthy(done.message:find(words, 1, true), done.message)
    end

    assert.equal(0, transport:stats().requests)
    assert.same({ "file", "folder", "pipe" }, names())
  end)

  it("is written under a name that nobody can guess or read", function()
    server:fault { kind = "silence", after_bytes = 300, times = 2 }
    local ids = { transport:submit(get()), transport:submit(get { sink = folder .. "/other" }) }
    assert.is_true(server:wait { at_least = { faults = 2 } })
    local list = names()

    assert.equal(2, #list)
    for _, name in ipairs(list) do
      assert.truthy(name:match "^%.mistral%-%x+%.part$" and #name > 40, name)
      assert.equal("rw-------", lfs.attributes(folder .. "/" .. name, "permissions"))
    end
    for _, id in ipairs(ids) do transport:cancel(id) end
    exchange.collect(transport, ids)
    assert.same({}, names())
  end)

  it("goes where it was meant to, wherever the host goes meanwhile", function()
    local home = lfs.currentdir()
    lfs.chdir(folder)
    local id = transport:submit(get { sink = "answer", delay_ms = 200 })
    lfs.chdir "/"
    local done = exchange.collect(transport, { id })[id].done
    lfs.chdir(home)

    assert.equal("done", done.outcome, tostring(done.message))
    assert.same({ "answer" }, names())
  end)

  it("is gone when the transport stops", function()
    server:fault { kind = "silence", after_bytes = 300 }
    local id = transport:submit(get())
    assert.is_true(server:wait { at_least = { faults = 1 } })
    assert.equal(1, #names())
    local left = exchange.close(transport)

    assert.equal("cancelled", left[#left].outcome)
    assert.equal(id, left[#left].id)
    assert.same({}, names())
  end)

  -- Root may read every folder until it gives that up.
  local humble = output_of("id -u"):match "%d+" == "0"
      and "setpriv --bounding-set=-dac_override,-dac_read_search env "
    or ""

  if output_of(humble .. "true") == "" then
    it("goes to a folder that one may write to and not read", function()
      lfs.mkdir(folder .. "/blind")
      assert.equal("", output_of(("chmod 300 %s/blind"):format(folder)))
      says "text"
      local said = script.run(fetch(folder .. "/blind/answer"), humble)

      assert.truthy(said:find "^done", said)
      assert.equal("text", read(folder .. "/blind/answer"))
    end)
  end

  it("that the disk has no room for fails, and leaves nothing", function()
    -- A limit on the size of files, since a full disk is hard to come by: 512 bytes or 1 KiB a block.
    local said = script.run(fetch(path), "ulimit -f 1; ")

    assert.truthy(said:find "^file a file could not be used: File too large", said)
    assert.same({}, names())
  end)
end)

describe("submit", function()
  it("takes a path for a sink, and no events into it", function()
    exchange.with(exchange.server(), nil, function(transport)
      for _, bad in ipairs { "", "a\0b" } do
        local ok, message = pcall(transport.submit, transport, { url = "https://x", sink = bad })
        assert.is_false(ok)
        assert.truthy(message:find("submit: sink should be the path of a file", 1, true), message)
      end
      local ok, message = pcall(transport.submit, transport, { url = "https://x", sink = "a", stream = true })
      assert.is_false(ok)
      assert.truthy(message:find("either stream or a sink", 1, true), message)
    end)
  end)
end)
