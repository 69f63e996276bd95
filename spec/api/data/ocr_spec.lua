local live = require "spec.api.support.live"
local subject = require "spec.api.support.subject"

local MODEL = "mistral-ocr-latest"
local ADDRESS = "https://example.com/paper.pdf"

describe("ocr", function()
  local it_is, one

  before_each(function()
    it_is = live.new()
    one = it_is.one
  end)
  after_each(function() it_is:close() end)

  local function pdf(pages, filler)
    return "%PDF-1.7\n" .. ("<< /Type /Page >>\n"):rep(pages) .. (filler or "")
  end

  -- Texts are no documents to the client, so they come by way of an upload.
  local function uploaded(text)
    return assert(one:upload { file = it_is:write("paper.txt", text), purpose = "ocr" }).id
  end

  it("reads a document at an address", function()
    local reply = assert(one:ocr { model = MODEL, document = ADDRESS, pages = "0-1" })

    assert.equal("Page 1 of the document.\n\nPage 2 of the document.", reply.markdown)
    assert.equal(2, #reply.pages)
    assert.equal(0, reply.pages[1].index)
    assert.equal(2, reply.usage.pages_processed)
    assert.is_nil(reply.pages[1].header)
  end)

  it("reads a file of this machine, within the request", function()
    local path = it_is:write("paper.pdf", pdf(2))
    local reply = assert(one:ocr { model = MODEL, document = path })

    assert.equal("Page 1 of paper.pdf.\n\nPage 2 of paper.pdf.", reply.markdown)
    assert.same({ "POST /v1/ocr" }, it_is:heard())
  end)

  it("sends a large file up, and deletes it there afterwards", function()
    local path = it_is:write("large.pdf", pdf(1, ("x"):rep(5 * 1024 * 1024)))
    local callbacks, heard = live.listener()
    one:ocr({ model = MODEL, document = path }, callbacks)
    it_is:await(function() return heard.ends > 0 and next(one.requests) == nil end)

    assert.equal("Page 1 of large.pdf.", heard.reply.markdown)
    assert.is_true(#heard.progress > 0)
    local said = it_is:heard()
    assert.equal("POST /v1/files", said[1])
    assert.equal("POST /v1/ocr", said[2])
    assert.truthy(said[3]:find "^DELETE /v1/files/")
    assert.equal(0, one:files().total)
  end)

  it("has deleted the large file when it ends, whatever becomes of the client then", function()
    local path = it_is:write("large.pdf", pdf(1, ("x"):rep(5 * 1024 * 1024)))

    assert(one:ocr { model = MODEL, document = path })
    one:close()

    assert.truthy(it_is:heard()[3]:find "^DELETE /v1/files/")
  end)

  it("deletes the large file after a cancel, too", function()
    local path = it_is:write("large.pdf", pdf(1, ("x"):rep(5 * 1024 * 1024)))
    local callbacks, heard = live.listener()
    it_is.server:fault { kind = "silence", head = true, path = "/ocr" }

    local task = one:ocr({ model = MODEL, document = path }, callbacks)
    it_is:await(function() return it_is:heard()[2] end)
    task:cancel()
    it_is:await(function() return heard.ends > 0 end)

    assert.equal("cancelled", heard.err.code)
    assert.equal(0, one:files().total)
  end)

  it("puts tables and pictures in their places", function()
    local id = uploaded "first #image #table\fsecond"
    local reply = assert(one:ocr { model = MODEL, document = { file_id = id },
      table_format = "html", include_image_base64 = true })

    assert.truthy(reply.markdown:find("![img-0.jpeg](data:image/jpeg;base64,", 1, true))
    assert.truthy(reply.markdown:find("<table><tr><th>Item</th>", 1, true))
    assert.is_nil(reply.markdown:find("tbl-0.html", 1, true))
    assert.truthy(reply.markdown:find("\n\nsecond$"))
    assert.truthy(reply.pages[1].markdown:find("[tbl-0.html](tbl-0.html)", 1, true))
  end)

  it("leaves the link to a picture that was not asked for", function()
    local reply = assert(one:ocr { model = MODEL, document = { file_id = uploaded "a #image" } })

    assert.truthy(reply.markdown:find("![img-0.jpeg](img-0.jpeg)", 1, true))
  end)

  it("hands over what was annotated, decoded", function()
    local schema = { type = "object", properties = { title = { type = "string" } } }
    local reply = assert(one:ocr { model = MODEL, document = ADDRESS,
      document_annotation_format = { type = "json_schema",
        json_schema = { name = "paper", schema = schema } },
      document_annotation_prompt = "the title only" })

    assert.same({ title = "as seen" }, reply.annotation)
    assert.equal('{"title":"as seen"}', reply.document_annotation)
  end)

  it("asks for all there is to ask for", function()
    local reply = assert(one:ocr { model = MODEL, document = ADDRESS, pages = { 0 },
      image_limit = 1, image_min_size = 10, extract_header = true, extract_footer = true,
      include_blocks = true, confidence_scores_granularity = "word" })

    local page = reply.pages[1]
    assert.equal("The header", page.header)
    assert.equal("Page 1", page.footer)
    assert.equal("text", page.blocks[1].type)
    assert.equal(0.98, page.confidence_scores.average_page_confidence_score)
    assert.same({ dpi = 100, height = 1400, width = 1000 }, page.dimensions)
  end)

  it("stops while a large file goes up, and leaves nothing open", function()
    it_is.server:fault { kind = "silence", head = true, path = "/files", times = 0 }
    local path = it_is:write("large.pdf", pdf(1, ("x"):rep(5 * 1024 * 1024)))
    local callbacks, heard = live.listener()
    local task = one:ocr({ model = MODEL, document = path }, callbacks)
    assert.is_true(it_is.server:wait { at_least = { requests = 1 } })
    task:cancel()
    it_is:await(function() return heard.ends > 0 end)

    assert.equal("cancelled", heard.err.code)
  end)
end)

describe("ocr is refused here", function()
  local refused = {
    { {}, "`document` is missing" },
    { { document = "~/file.pdf" }, "~/file.pdf: there is no such file; ~ means your home folder only" },
    { { document = "/no/such/file.pdf" }, "/no/such/file.pdf: there is no such file" },
    { { document = "keys/server.pem" }, "nothing of server.pem is sent" },
    { { document = "http://example.com/a.pdf" }, "https addresses only" },
    { { document = { type = "file", file_id = "x" } }, "`document.file_id` should be the id" },
    { { document = { type = "document_url" } }, "`document.document_url` is missing" },
    { { document = { type = "text", text = "x" } }, "is a text already" },
    { { document = ADDRESS, pages = "first" }, 'page numbers from 0, such as "0-4,7"' },
    { { document = ADDRESS, pages = {} }, "`pages` is empty" },
    { { document = ADDRESS, table_format = "csv" }, "`table_format` should be one of" },
    { { document = ADDRESS, document_annotation_prompt = "x" }, "needs `document_annotation_format`" },
    { { document = ADDRESS, bbox_annotation_format = { type = "text", json_schema = { name = "x",
      schema = {} } } }, "`bbox_annotation_format.type` should be one of json_schema" },
    { { document = ADDRESS, include_images = true }, "use `include_image_base64`" },
  }
  for index, case in ipairs(refused) do
    it(index .. ": " .. case[2], function()
      local one, transport = subject.client()
      local params = { model = MODEL }
      for name, value in pairs(case[1]) do params[name] = value end
      local reply, err = one:ocr(params)

      assert.is_nil(reply)
      assert.equal("refused", err.code)
      assert.truthy(err.message:find(case[2], 1, true), err.message)
      assert.is_nil(transport.submitted)
      one:close()
    end)
  end
end)

describe("what ocr answers", function()
  local function ask(body)
    local one, transport = subject.client()
    transport.script = { function(t) t:body(body) end }
    local reply, err = one:ocr { model = MODEL, document = ADDRESS }
    one:close()
    return reply, err
  end

  for what, body in pairs {
    ["no pages"] = '{"model":"m"}', ["pages that are no list"] = '{"pages":"x"}',
    ["a page that is no table"] = '{"pages":[5]}',
    ["a page without text"] = '{"pages":[{"index":0,"markdown":null}]}', ["no JSON"] = "%PDF",
  } do
    it("is broken: " .. what, function()
      local reply, err = ask(body)
      assert.is_nil(reply)
      assert.equal("broken", err.code, tostring(err))
    end)
  end

  it("is put in the order of its pages", function()
    local reply = assert(ask '{"pages":[{"index":1,"markdown":"b"},{"index":0,"markdown":"a"}]}')
    assert.equal("a\n\nb", reply.markdown)
    assert.same({}, reply.usage)
  end)

  it("replaces each link once, whatever a table says", function()
    local reply = assert(ask([==[{"pages":[{"index":0,"markdown":"[t1](t1) [t2](t2) [x](y)","tables":
      [{"id":"t1","content":"[t2](t2) %1 %%"},{"id":"t2","content":"T2"},7,{"id":5}],
      "images":null,"hyperlinks":null}]}]==]))
    assert.equal("[t2](t2) %1 %% T2 [x](y)", reply.markdown)
    assert.same({}, reply.pages[1].hyperlinks)
  end)

  it("may have an annotation that is no JSON", function()
    local reply = assert(ask '{"pages":[],"document_annotation":"{oops"}')
    assert.is_nil(reply.annotation)
    assert.equal("{oops", reply.document_annotation)
    assert.equal("", reply.markdown)
  end)
end)
