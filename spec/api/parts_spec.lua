local json = require "mistral.json"
local mistral = require "mistral"
local parts = require "mistral.api.parts"
local subject = require "spec.api.support.subject"

local PNG = "\137PNG\r\n\26\n" .. ("\0"):rep(20)
local JPEG = "\255\216\255\224rest"
local WEBP = "RIFF\4\0\0\0WEBPVP8 "
local PDF = "%PDF-1.7\n%\226\227\207\211\n1 0 obj"
local WORD = "PK\3\4\20\0\0\0\8\0word/document.xml"

-- A GIF of so many pictures, each of one pixel.
local function gif(count)
  local picture = ",\0\0\0\0\1\0\1\0\0\2\2D\1\0"
  return "GIF89a\1\0\1\0\128\0\0\0\0\0\255\255\255" .. "!\249\4\0\0\0\0\0" .. picture:rep(count) .. ";"
end

local folder

local function write(name, bytes)
  local path = folder .. "/" .. name
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
  return path
end

local function run(command)
  local ok = os.execute(command)
  assert(ok == true or ok == 0, command)
end

local function chunk(part)
  local made, reason = parts.chunk(part)
  return assert(made, reason)
end

local function refusal(part)
  local made, reason = parts.chunk(part)
  assert.is_nil(made)
  return reason
end

describe("a part of a message", function()
  before_each(function()
    folder = os.tmpname()
    os.remove(folder)
    run("mkdir " .. folder)
  end)

  after_each(function()
    run("rm -rf " .. folder)
  end)

  local images = {
    { "PNG", PNG, "image/png" }, { "JPEG", JPEG, "image/jpeg" }, { "WebP", WEBP, "image/webp" },
    { "GIF", gif(1), "image/gif" },
  }
  for _, case in ipairs(images) do
    it("is a " .. case[1] .. " by its content, whatever its name says", function()
      local made = chunk(mistral.image(write("picture.txt", case[2])))

      assert.equal("image_url", made.type)
      assert.equal("data:" .. case[3] .. ";base64,", made.image_url:match "^(.-,)")
      assert.is_truthy(made.image_url:match ",[%w+/]+=*$")
    end)
  end

  it("carries the bytes of its file", function()
    local made = chunk(mistral.image(write("a.png", PNG)))

    assert.equal("data:image/png;base64,iVBORw0KGgoAAAAAAAAAAAAAAAAAAAAAAAAAAA==", made.image_url)
  end)

  it("carries how closely a picture is to be looked at", function()
    local made = chunk(mistral.image("https://example.invalid/a.png", { detail = "high" }))

    assert.same({ type = "image_url",
      image_url = { url = "https://example.invalid/a.png", detail = "high" } }, made)
  end)

  it("is a document with its file's name, or with the one that is given", function()
    local path = write("paper.pdf", PDF)

    assert.equal("paper.pdf", chunk(mistral.document(path)).document_name)
    assert.equal("Paper", chunk(mistral.document(path, { name = "Paper" })).document_name)
    assert.equal("data:application/pdf;base64,JVBERi0x",
      chunk(mistral.document(path)).document_url:sub(1, 36))
    assert.truthy(chunk(mistral.document(write("a", WORD))).document_url:find(
      "wordprocessingml.document;base64,", 1, true))
    assert.same({ type = "document_url", document_url = "https://example.invalid/a.pdf" },
      chunk(mistral.document("https://example.invalid/a.pdf")))
  end)

  it("is a text with its name when the document is one, and a picture when it is one", function()
    local notes = write("notes.md", "# Wrens\n\nSmall. ✓\n")

    assert.same({ type = "text",
      text = '<document name="notes.md">\n# Wrens\n\nSmall. ✓\n</document>' },
      chunk(mistral.document(notes)))
    assert.equal("image_url", chunk(mistral.document(write("scan", PNG))).type)
  end)

  it("is handed back when it is none of ours", function()
    local plain = { type = "text", text = "x" }

    assert.equal(plain, chunk(plain))
  end)

  local bad = {
    { "there is no such file", function() return mistral.image(folder .. "/none.png") end },
    { "there is no such file; ~ means your home folder only to a shell: write the path out",
      function() return mistral.image "~/none.png" end },
    { "it is a folder, not a file", function() return mistral.image(folder) end },
    { "the file is empty", function() return mistral.image(write("a.png", "")) end },
    { "it is not an ordinary file", function()
      run("mkfifo " .. folder .. "/pipe")
      return mistral.image(folder .. "/pipe")
    end },
    { "it is a PDF: use mistral.document", function() return mistral.image(write("a.png", PDF)) end },
    { "it is a text: use mistral.document", function()
      return mistral.image(write("a.png", "<svg/>"))
    end },
    { "it is a BMP picture; PNG, JPEG, WebP and GIF pictures are taken", function()
      return mistral.image(write("a.png", "BM\1\2\3\4\0\0\0\0rest\255"))
    end },
    { "it is a HEIC picture", function()
      return mistral.image(write("a.jpg", "\0\0\0\24ftypheic\0\0\0\0"))
    end },
    { "it is a GIF with several pictures", function() return mistral.image(write("a", gif(2))) end },
    { "it is of an unknown kind; PDF, Office", function()
      return mistral.document(write("a.pdf", "\1\2\0\255"))
    end },
    { "it is a zip archive", function()
      return mistral.document(write("a.docx", "PK\3\4\20\0\0\0\8\0a.txt"))
    end },
    { "the service fetches from https addresses only", function()
      return mistral.image "http://example.invalid/a.png"
    end },
    { "the service does not fetch from ftp: addresses", function()
      return mistral.document "ftp://example.invalid/a.pdf"
    end },
    { "give the path alone", function() return mistral.image "file:///tmp/a.png" end },
    { "a data URI begins with", function() return mistral.image "data:image/png,abc" end },
    { "it is text/html, not a picture", function()
      return mistral.image "data:text/html;base64,PGI+"
    end },
    { "it has 10.0 MiB, and 10.0 MiB is the most", function()
      local path = write("a.png", PNG)
      run(("truncate -s %d %s"):format(10 * 1024 * 1024 + 1, path))
      return mistral.image(path)
    end },
    { "it has 10.0 MiB, and 10.0 MiB is the most for a picture", function()
      local path = write("a.png", PNG)
      run(("truncate -s %d %s"):format(10 * 1024 * 1024 + 1, path))
      return mistral.document(path)
    end },
    { "it has 50.0 MiB, and 50.0 MiB is the most", function()
      local path = write("a.pdf", PDF)
      run(("truncate -s %d %s"):format(50 * 1024 * 1024 + 1, path))
      return mistral.document(path)
    end },
  }
  for index, case in ipairs(bad) do
    it(("%d that cannot be sent says why: %s"):format(index, case[1]), function()
      local reason = refusal(case[2]())

      assert.truthy(reason:find(": " .. case[1], 1, true), reason)
    end)
  end

  it("that nobody may read says so", function()
    local path = write("a.png", PNG)
    run("chmod 000 " .. path)
    local open = io.open(path, "rb")
    if open then
      open:close()
      pending "this user may read everything"
      return
    end

    assert.truthy(refusal(mistral.image(path)):find("it cannot be read: Permission denied", 1, true))
  end)

  it("raises on what only a mistake in the calling code can be", function()
    assert.error_matches(function() mistral.image() end, "takes a path or an address, got a nil")
    assert.error_matches(function() mistral.image "" end, "a text with nothing in it")
    assert.error_matches(function() mistral.image("x", { details = "low" }) end, "no option `details`")
    assert.error_matches(function() mistral.image("x", { detail = "max" }) end, "low, auto or high")
    assert.error_matches(function() mistral.document("x", { name = 1 }) end, "`name` should be a str")
  end)

  it("ends its request with the reason before anything is sent", function()
    local one, transport = subject.client()
    local reply, err = one:chat(subject.chat { messages = { { role = "user", content = {
      { type = "text", text = "What is this?" }, mistral.image(folder .. "/none.png"),
    } } } })

    assert.is_nil(reply)
    assert.equal("refused", err.code)
    assert.equal("chat: `messages[1].content[2]`: " .. folder .. "/none.png: there is no such file",
      err.message)
    assert.equal(0, transport.last_id)
    one:close()
  end)

  it("goes out as a chunk, and leaves the messages as they were", function()
    local one = subject.client()
    local part = mistral.image(write("a.png", PNG))
    local messages = { { role = "user", content = { { type = "text", text = "?" }, part } },
      { role = "user", content = part } }

    local body = assert(one:encode("chat", { model = "m", messages = messages }))

    local sent = json.decode(body).messages
    assert.equal("image_url", sent[1].content[2].type)
    assert.equal("image_url", sent[2].content[1].type)
    assert.equal(part, messages[1].content[2])
    assert.equal(part, messages[2].content)
    one:close()
  end)
end)
