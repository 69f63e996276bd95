local live = require "spec.api.support.live"
local subject = require "spec.api.support.subject"

local ID = "0a1b2c3d-0000-4000-8000-000000000001"

describe("files", function()
  local it_is, one

  before_each(function()
    it_is = live.new()
    one = it_is.one
  end)
  after_each(function() it_is:close() end)

  local function upload(name, text, purpose)
    return assert(one:upload { file = it_is:write(name, text), purpose = purpose })
  end

  it("go up and come down as they are, into memory or onto the disk", function()
    local bytes = ("\0\r\n\255 any"):rep(30000)
    local card = upload("paper.pdf", bytes, "ocr")
    local to = it_is.folder .. "/back.pdf"

    local here = assert(one:download { file_id = card.id })
    local there = assert(one:download { file_id = card.id, to = to })

    assert.equal("paper.pdf", card.filename)
    assert.equal(#bytes, card.bytes)
    assert.equal("ocr", card.purpose)
    assert.equal(bytes, here.content)
    assert.equal(to, there.path)
    assert.is_nil(there.content)
    assert.equal(bytes, it_is:read(to))
  end)

  it("are told of by their id when they are not there", function()
    local _, err = one:file { file_id = ID }

    assert.equal("not_found", err.code)
    assert.equal("check `file_id`: nothing is there by that id, or not for this key", err.hint)
  end)

  it("always say what they are", function()
    upload("in.jsonl", "{}\n", "batch")
    upload("what.ever", "x", "ocr")

    local types = {}
    for index, request in ipairs(it_is.server:requests()) do
      types[index] = request.parts[2].content_type
    end
    assert.same({ "application/jsonl", "application/octet-stream" }, types)
  end)

  it("tell how far they are", function()
    local path = it_is:write("big.pdf", ("x"):rep(3 * 1024 * 1024))
    local callbacks, heard = live.listener()
    one:upload({ file = path, purpose = "ocr" }, callbacks)
    it_is:await(function() return heard.ends > 0 end)

    assert.is_nil(heard.err)
    local last = heard.progress[#heard.progress]
    assert.is_true(last.sent_total >= 3 * 1024 * 1024)
  end)

  it("are listed a page at a time, and told of one by one", function()
    for index = 1, 3 do upload("f" .. index .. ".txt", ("x"):rep(index), "ocr") end
    upload("in.jsonl", "{}\n", "batch")

    local all = assert(one:files())
    local page = assert(one:files { page = 1, page_size = 1, purpose = "ocr" })
    local none = assert(one:files { search = "nothing", source = { "upload", "mistral" } })

    assert.equal(4, #all)
    assert.equal(4, all.total)
    assert.equal("in.jsonl", all[1].filename)
    assert.equal(1, #page)
    assert.equal("f2.txt", page[1].filename)
    assert.equal(3, page.total)
    assert.equal(0, #none)
    assert.equal("f2.txt", one:file({ file_id = page[1].id }).filename)
  end)

  it("are deleted, and are gone then", function()
    local card = upload("a.txt", "x", "ocr")

    assert.is_true(one:delete_file({ file_id = card.id }).deleted)
    local reply, err = one:file { file_id = card.id }
    assert.is_nil(reply)
    assert.equal("not_found", err.code)
  end)

  it("are lent out by an address", function()
    local card = upload("a.txt", "x", "ocr")
    local reply = assert(one:signed_url { file_id = card.id, expiry = 2 })

    assert.truthy(reply.url:find("/signed/" .. card.id, 1, true))
  end)

  it("are not written over unless that is asked for", function()
    local card = upload("a.txt", "new", "ocr")
    local to = it_is:write("kept", "old")

    local reply, err = one:download { file_id = card.id, to = to }
    assert.is_nil(reply)
    assert.equal("refused", err.code)
    assert.truthy(err.message:find("overwrite = true", 1, true))
    assert.equal("old", it_is:read(to))

    assert(one:download { file_id = card.id, to = to, overwrite = true })
    assert.equal("new", it_is:read(to))
  end)

  it("are not written over by one that came first, either", function()
    local card = upload("a.txt", "new", "ocr")
    local fields = { file_id = card.id, to = it_is.folder .. "/once" }
    -- Neither is there when the other is asked for.
    it_is.server:fault { kind = "silence", head = true, for_ms = 300, times = 2, path = "/content" }
    local first, second = one:download(fields, {}), one:download(fields, {})
    local reply, problem = first:wait()
    local other, other_problem = second:wait()

    assert.is_true((reply == nil) ~= (other == nil))
    assert.equal("file", (problem or other_problem).code)
    assert.equal("new", it_is:read(fields.to))
  end)

  it("that do not come whole leave nothing behind", function()
    local card = upload("a.txt", ("x"):rep(200000), "ocr")
    local to = it_is.folder .. "/half"
    it_is.server:fault { kind = "cut", after_bytes = 1000, path = "/content", times = 0 }

    local reply, err = one:download({ file_id = card.id, to = to }, { retry = 0 }):wait()

    assert.is_nil(reply)
    assert.is_not_nil(err)
    assert.is_nil(it_is:read(to))
    local pipe = io.popen("ls -A " .. it_is.folder)
    assert.equal("a.txt\n", pipe:read "*a")
    pipe:close()
  end)

  it("come to callbacks, also where no field is given", function()
    local callbacks, heard = live.listener()
    one:files(callbacks)
    it_is:await(function() return heard.ends > 0 end)

    assert.same({ total = 0 }, heard.reply)
  end)

  it("tell of an error of the service as any request does", function()
    it_is.server:fault { kind = "status", name = "forbidden" }
    local reply, err = one:delete_file { file_id = ID }

    assert.is_nil(reply)
    assert.equal("forbidden", err.code)
  end)
end)

describe("a file is refused here", function()
  local folder

  setup(function()
    local pipe = io.popen "mktemp -d"
    folder = pipe:read "*l"
    pipe:close()
    for name, text in pairs { ["empty.jsonl"] = "", ["a.txt"] = "x" } do
      local file = assert(io.open(folder .. "/" .. name, "wb"))
      file:write(text)
      file:close()
    end
  end)
  setup(function() os.execute("mkfifo " .. folder .. "/pipe") end)
  teardown(function() os.execute("rm -rf " .. folder) end)

  local refused = {
    { "upload", { file = "none" }, "`file` cannot be read" },
    { "upload", { file = "" }, "it is a folder" },
    { "upload", { file = "pipe" }, "it is no ordinary file" },
    { "upload", { file = "empty.jsonl" }, "`file` is an empty file" },
    { "upload", { file = "a.txt", purpose = "batch" }, "should be a .jsonl file" },
    { "upload", { file = "a.txt", purpose = "other" }, "`purpose` should be one of" },
    { "upload", { file = "a.txt", filename = "../x" }, "a name without folders" },
    { "upload", { file = "a.txt", purpos = "ocr" }, "did you mean `purpose`?" },
    { "upload", {}, "`file` is missing" },
    { "download", {}, "`file_id` is missing" },
    { "download", { file_id = "../models" }, "the id of an uploaded file (a UUID)" },
    { "delete_file", { id = ID }, "`id` is not a field the service knows: use `file_id`" },
    { "signed_url", { file_id = ID, expiry = 200 }, "`expiry` should be at most 168" },
    { "files", { page = -1 }, "`page` should be at least 0" },
    { "files", { limit = 5 }, "use `page_size`" },
  }
  for index, case in ipairs(refused) do
    it(("%d: %s, %s"):format(index, case[1], case[3]), function()
      local one, transport = subject.client()
      local params = {}
      for name, value in pairs(case[2]) do params[name] = value end
      if params.file then params.file = folder .. "/" .. params.file end
      local reply, err = one[case[1]](one, params)

      assert.is_nil(reply)
      assert.equal("refused", err.code)
      assert.truthy(err.message:find(case[3], 1, true), err.message)
      assert.is_nil(transport.submitted)
      one:close()
    end)
  end
end)

describe("an answer about files that makes no sense", function()
  local bad = {
    { "files", {}, '{"data":5}' },
    { "files", {}, "[" },
    { "file", { file_id = ID }, '{"object":"file"}' },
    { "delete_file", { file_id = ID }, '{"id":"x","deleted":false}' },
    { "delete_file", { file_id = ID }, '{"id":"x"}' },
    { "signed_url", { file_id = ID }, '{"url":"javascript:alert(1)"}' },
    { "signed_url", { file_id = ID }, '{"url":5}' },
  }
  for _, case in ipairs(bad) do
    it(("is broken: %s, %s"):format(case[1], case[3]), function()
      local one, transport = subject.client()
      transport.script = { function(t) t:body(case[3]) end }
      local reply, err = one[case[1]](one, case[2])

      assert.is_nil(reply)
      assert.equal("broken", err.code, tostring(err))
      one:close()
    end)
  end

  it("keeps of a card only what is of the right kind", function()
    local one, transport = subject.client()
    transport.script = { function(t)
      t:body('{"data":[{"id":"a","bytes":"many","filename":7,"expires_at":null,"x":1},5,{}],'
        .. '"total":null}')
    end }

    assert.same({ { id = "a" } }, one:files())
    one:close()
  end)

  it("is held in memory up to a limit", function()
    local one, transport = subject.client()
    local request = one:download({ file_id = ID }, {})
    local piece = ("x"):rep(8 * 1024 * 1024)
    transport:head { ["content-type"] = "application/octet-stream" }
    for _ = 1, 9 do transport:post { id = 1, kind = "data", data = piece } end
    one:drain()

    assert.equal("too_large", request.err.code)
    assert.truthy(tostring(request.err):find("give `to`", 1, true))
    one:close()
  end)
end)
