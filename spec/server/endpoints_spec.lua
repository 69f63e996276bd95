local cjson = require "cjson"
local curl = require "spec.server.curl"
local loopback = require "spec.support.loopback"

describe("the loopback server's", function()
  local server = loopback.start()

  before_each(function() server:reset() end)

  teardown(function() server:stop() end)

  local function post(path, body)
    return curl.request(server, { path = path, body = body })
  end

  local function get(path, method)
    return curl.request(server, { path = path, method = method })
  end

  local function form(path, args)
    return curl.request(server, { path = path, args = args })
  end

  local function problem(answer)
    assert.equal(422, answer.status, answer.body)
    local first = answer.json.message.detail[1]
    return first.type .. " " .. table.concat(first.loc, ".")
  end

  local function upload(bytes, name, purpose)
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write(bytes)
    file:close()
    local answer = form("/files", ("-F purpose=%s -F 'file=@%s;filename=%s'"):format(purpose, path,
      name))
    os.remove(path)
    return answer
  end

  local function dot(a, b)
    local sum = 0
    for index, value in ipairs(a) do sum = sum + value * b[index] end
    return sum
  end

  describe("embeddings", function()
    local function embed(more)
      local body = { model = "mistral-embed", input = "a" }
      for name, value in pairs(more or {}) do body[name] = value end
      return post("/embeddings", body)
    end

    it("are near each other where the texts share words", function()
      local answer = embed { input = { "red apple tree", "red apple", "a network socket" } }

      local data = answer.json.data
      assert.equal(1024, #data[1].embedding)
      assert.equal(1, data[2].index)
      assert.is_true(dot(data[1].embedding, data[2].embedding)
        > dot(data[1].embedding, data[3].embedding))
      assert.equal(answer.json.usage.prompt_tokens, answer.json.usage.total_tokens)
    end)

    it("come in base64, and in other types", function()
      local base64 = embed { encoding_format = "base64" }
      local int8 = embed { output_dtype = "int8" }
      local binary = embed { output_dtype = "ubinary" }

      assert.equal(math.ceil(1024 * 4 / 3) * 4, #base64.json.data[1].embedding)
      assert.equal(1024, #int8.json.data[1].embedding)
      assert.equal(128, #binary.json.data[1].embedding)
    end)

    it("keep the service's limits", function()
      local many, long = {}, {}
      for index = 1, 129 do many[index] = "x" end
      for index = 1, 9 do long[index] = ("word "):rep(1500) end

      for _, input in ipairs { many, long } do
        local answer = embed { input = input }
        assert.equal(400, answer.status)
        assert.equal("3210", answer.json.code)
        assert.equal("invalid_request_prompt", answer.json.type)
      end
    end)

    it("have a closed schema", function()
      assert.equal("extra_forbidden body.dimensions", problem(embed { dimensions = 5 }))
      assert.equal("greater_than body.output_dimension", problem(embed { output_dimension = 0 }))
      assert.equal("literal_error body.output_dtype", problem(embed { output_dtype = "double" }))
      assert.equal("string_type body.input.string", problem(embed { input = 5 }))
    end)

    it("have another length only with the model that can", function()
      local fixed = embed { output_dimension = 512 }
      local shorter = embed { model = "codestral-embed", output_dimension = 512 }
      local chat = embed { model = "mistral-small-latest" }

      assert.equal("3051", fixed.json.code)
      assert.equal(512, #shorter.json.data[1].embedding)
      assert.equal("3051", chat.json.code)
    end)
  end)

  it("moderation judges texts, and the last message of each conversation", function()
    local model = "mistral-moderation-2603"
    local texts = post("/moderations", { model = model, input = { "I will kill it", "hello" } })
    local chat = post("/chat/moderations", { model = model, input = {
      { role = "user", content = "kill" }, { role = "assistant", content = "my passport" } } })
    local chats = post("/chat/moderations", { model = model, input = {
      { { role = "user", content = "a" } }, { { role = "user", content = "kill" } } } })

    assert.is_true(texts.json.results[1].categories.violence_and_threats)
    assert.is_false(texts.json.results[2].categories.violence_and_threats)
    assert.is_true(chat.json.results[1].categories.pii)
    assert.is_false(chat.json.results[1].categories.violence_and_threats)
    assert.equal(2, #chats.json.results)
    assert.equal("missing body.input", problem(post("/moderations", { model = model })))
  end)

  it("classifiers score each target", function()
    local answer = post("/classifications", { input = "I love it",
      model = "ft:classifier:ministral-3b:loopback:20260101:1a2b3c4d" })
    local wrong = post("/classifications", { input = "x", model = "mistral-small-latest" })

    assert.equal(0.9, answer.json.results[1].sentiment.scores.positive)
    assert.equal("3051", wrong.json.code)
  end)

  describe("ocr", function()
    local text = "data:text/plain;base64,I2ltYWdlDCN0YWJsZQxsYXN0" -- #image, #table, last
    local function ocr(more)
      local body = { model = "mistral-ocr-latest",
        document = { type = "document_url", document_url = text } }
      for name, value in pairs(more or {}) do body[name] = value end
      return post("/ocr", body)
    end

    it("reads a document page by page, with its images and tables", function()
      local answer = ocr { include_image_base64 = true, table_format = "html" }

      local pages = answer.json.pages
      assert.equal(3, #pages)
      assert.equal("#image\n\n![img-0.jpeg](img-0.jpeg)", pages[1].markdown)
      assert.truthy(pages[1].images[1].image_base64:find("^data:image/jpeg;base64,"))
      assert.equal("#table\n\n[tbl-1.html](tbl-1.html)", pages[2].markdown)
      assert.equal("tbl-1.html", pages[2].tables[1].id)
      assert.equal("last", pages[3].markdown)
      assert.truthy(answer.body:find('"images":[]', 1, true))
      assert.equal(3, answer.json.usage_info.pages_processed)
    end)

    it("reads the pages that are asked for, from 0", function()
      local ranged, listed = ocr { pages = "0,2-5" }, ocr { pages = { 1 } }

      assert.equal(2, #ranged.json.pages)
      assert.equal(2, ranged.json.pages[2].index)
      assert.equal(1, listed.json.pages[1].index)
      assert.equal("3051", ocr({ pages = "first" }).json.code)
    end)

    it("annotates by a schema", function()
      local format = { type = "json_schema", json_schema = { name = "a", schema = {
        type = "object", properties = { title = { type = "string" } } } } }
      local answer = ocr { document_annotation_format = format, bbox_annotation_format = format }

      assert.equal("as seen", cjson.decode(answer.json.document_annotation).title)
      assert.equal("as seen",
        cjson.decode(answer.json.pages[1].images[1].image_annotation).title)
      assert.equal("3051", ocr({ document_annotation_format = { type = "text" } }).json.code)
    end)

    it("takes a file that was uploaded, and tells a bad document", function()
      local file = upload("one\ftwo", "paper.txt", "ocr").json
      local answer = ocr { document = { type = "file", file_id = file.id } }

      assert.equal("two", answer.json.pages[2].markdown)
      assert.equal(404, ocr({ document = { type = "file",
        file_id = "00000000-0000-4000-8000-000000000000" } }).status)
      assert.equal("3310", ocr({ document = { type = "document_url",
        document_url = "data:text/plain;base64,!" } }).json.code)
      assert.equal("string_pattern_mismatch body.document.file.file_id",
        problem(ocr { document = { type = "file", file_id = "x" } }))
    end)
  end)

  describe("files", function()
    it("are uploaded, listed, read and deleted", function()
      local card = upload("{}\n{}\n", "in.jsonl", "batch").json
      upload("x", "paper.pdf", "ocr")

      assert.equal("in.jsonl", card.filename)
      assert.equal(6, card.bytes)
      assert.equal(2, card.num_lines)
      assert.equal(2, get("/files").json.total)
      assert.equal("paper.pdf", get("/files?page_size=1").json.data[1].filename)
      assert.equal("in.jsonl", get("/files?page=1&page_size=1").json.data[1].filename)
      assert.equal(1, get("/files?purpose=batch").json.total)
      assert.equal("{}\n{}\n", get("/files/" .. card.id .. "/content").body)
      assert.is_false(get("/files/" .. card.id).json.deleted)
      assert.is_true(get("/files/" .. card.id, "DELETE").json.deleted)
      assert.equal(404, get("/files/" .. card.id).status)
    end)

    it("are lent out by an address that needs no key", function()
      local card = upload("secret", "a.txt", "ocr").json
      local address = get("/files/" .. card.id .. "/url?expiry=2").json.url
      local answer = curl.request(server, { url = address, path = "", key = false })
      local forged = curl.request(server, { url = address, path = "0", key = false })

      assert.equal("secret", answer.body)
      assert.equal(403, forged.status)
      assert.equal(422, get("/files/" .. card.id .. "/url?expiry=0").status)
    end)

    it("are refused where the form is not as it should be", function()
      assert.equal("missing body.file", problem(form("/files", "-F purpose=batch")))
      assert.equal("value_error body.file", problem(form("/files", "-F file=text")))
      assert.equal("value_error body.file", problem(upload("x", "a.txt", "batch")))
      assert.equal("literal_error body.purpose", problem(upload("x", "a.txt", "other")))
      assert.equal(400, post("/files", { file = "x" }).status)
      assert.equal("int_type query.page", problem(get("/files?page=x")))
      assert.equal("extra_forbidden query.pages", problem(get("/files?pages=1")))
      assert.equal("uuid_parsing path.file_id", problem(get("/files/x")))
    end)
  end)

  describe("forms", function()
    local function send(body)
      return curl.request(server, { path = "/files", body = body,
        type = "multipart/form-data; boundary=B" })
    end
    local part = '--B\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nxy\r\n'

    it("are read as they are written", function()
      local answer = send('--B\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nocr\r\n'
        .. part .. "--B--\r\n")

      assert.equal(2, answer.json.bytes)
    end)

    local broken = {
      ["without an end"] = part,
      ["with bare line feeds"] = (part .. "--B--\r\n"):gsub("\r", ""),
      ["with another boundary"] = "--C\r\n\r\nx\r\n--C--\r\n",
      ["with a part that has no name"] = part:gsub(' name="file";', "") .. "--B--\r\n",
    }
    for what, body in pairs(broken) do
      it("are refused " .. what, function() assert.equal(400, send(body).status) end)
    end
  end)

  describe("batch jobs", function()
    local function create(more)
      local body = { endpoint = "/v1/chat/completions", model = "mistral-small-latest" }
      for name, value in pairs(more) do body[name] = value end
      return post("/batch/jobs", body)
    end
    local function item(id, text)
      return { custom_id = id, body = { messages = { { role = "user", content = text or "Hi" } } } }
    end
    local requests = { item "a", item "b", item "c" }

    it("go from queued over running to their end, with results in another order", function()
      local job = create({ requests = requests }).json
      assert.equal("QUEUED", job.status)
      local path = "/batch/jobs/" .. job.id
      local running = get(path .. "?inline=true").json
      local done = get(path .. "?inline=true").json

      assert.equal("RUNNING", running.status)
      assert.equal(1, running.completed_requests)
      assert.equal(cjson.null, running.outputs)
      assert.equal("SUCCESS", done.status)
      local ids = {}
      for index, output in ipairs(done.outputs) do ids[index] = output.custom_id end
      assert.same({ "a", "c", "b" }, ids)
      assert.equal("chat.completion", done.outputs[1].response.body.object)
      assert.equal(cjson.null, get(path).json.outputs)
    end)

    it("read JSONL files, and write their results and errors into files", function()
      local lines = { cjson.encode(item "a"), cjson.encode { custom_id = "b", body = { x = 1 } } }
      local file = upload(table.concat(lines, "\n"), "in.jsonl", "batch").json
      server:jobs { polls = 1 }
      local job = create({ input_files = { file.id } }).json
      local done = get("/batch/jobs/" .. job.id).json
      local good = get("/files/" .. done.output_file .. "/content")
      local bad = get("/files/" .. done.error_file .. "/content")

      assert.equal(1, done.succeeded_requests)
      assert.equal(1, done.failed_requests)
      assert.equal("a", cjson.decode(good.body).custom_id)
      assert.equal(422, cjson.decode(bad.body).response.status_code)
    end)

    it("can be cancelled, listed and deleted", function()
      local job = create({ requests = requests, metadata = { who = "me" } }).json
      local path = "/batch/jobs/" .. job.id

      assert.equal("CANCELLATION_REQUESTED", get(path .. "/cancel", "POST").json.status)
      assert.equal("CANCELLED", get(path).json.status)
      assert.equal(1, get("/batch/jobs?status=CANCELLED").json.total)
      assert.equal(0, get("/batch/jobs?status=RUNNING").json.total)
      assert.is_true(get(path, "DELETE").json.deleted)
      assert.equal(404, get(path).status)
    end)

    it("end as they are told to", function()
      server:jobs { polls = 1, outcome = "FAILED" }
      local job = create({ requests = requests }).json
      local done = get("/batch/jobs/" .. job.id).json

      assert.equal("FAILED", done.status)
      assert.is_string(done.errors[1].message)
    end)

    it("answer for every endpoint they may have", function()
      server:jobs { polls = 1 }
      local bodies = {
        ["/v1/embeddings"] = { "mistral-embed", { input = "x" } },
        ["/v1/fim/completions"] = { "codestral-latest", { prompt = "x" } },
        ["/v1/moderations"] = { "mistral-moderation-2603", { input = "x" } },
        ["/v1/ocr"] = { "mistral-ocr-latest", { document = { type = "image_url",
          image_url = "https://example.com/a.png" } } },
        ["/v1/audio/transcriptions"] = { "voxtral-mini-latest",
          { file_url = "https://example.com/a.mp3" } },
      }
      for endpoint, case in pairs(bodies) do
        local job = create({ endpoint = endpoint, model = case[1],
          requests = { { custom_id = "1", body = case[2] } } }).json
        local done = get("/batch/jobs/" .. job.id .. "?inline=true")
        assert.equal(1, done.json.succeeded_requests, endpoint .. done.body)
      end
    end)

    it("are refused where they make no sense", function()
      assert.equal(400, create({}).status)
      assert.equal(400, create({ requests = { item "a", item "a" } }).status)
      assert.equal(400, create({ input_files = { "00000000-0000-4000-8000-000000000000" } }).status)
      assert.equal("literal_error body.endpoint",
        problem(create { endpoint = "/v1/models", requests = requests }))
      assert.equal("less_than_equal body.timeout_hours",
        problem(create { timeout_hours = 200, requests = requests }))
      assert.equal("string_type body.metadata.a",
        problem(create { metadata = { a = 1 }, requests = requests }))
    end)
  end)

  describe("transcription", function()
    local audio = "-F model=voxtral-mini-latest -F file_url=https://example.com/a.mp3 "

    it("comes whole, with segments where they are asked for", function()
      local plain = form("/audio/transcriptions", audio)
      local timed = form("/audio/transcriptions", audio
        .. "-F timestamp_granularities=segment -F diarize=true -F language=fr -F context_bias=Lua")

      assert.equal("Good morning, everybody.", plain.json.text)
      assert.equal("en", plain.json.language)
      assert.truthy(plain.body:find('"segments":[]', 1, true))
      assert.equal("fr", timed.json.language)
      assert.equal("speaker_1", timed.json.segments[1].speaker_id)
      assert.equal(3, timed.json.usage.prompt_audio_seconds)
    end)

    it("streams events that have names", function()
      local answer = form("/audio/transcriptions", audio
        .. "-F stream=true -F timestamp_granularities=segment")

      local kinds, texts = {}, {}
      for kind, data in answer.body:gmatch "event: ([^\n]*)\ndata: ([^\n]*)\n\n" do
        kinds[kind] = (kinds[kind] or 0) + 1
        local event = cjson.decode(data)
        assert.equal(kind, event.type)
        if kind == "transcription.text.delta" then texts[#texts + 1] = event.text end
      end
      assert.equal(1, kinds["transcription.language"])
      assert.equal(1, kinds["transcription.segment"])
      assert.equal(1, kinds["transcription.done"])
      assert.equal("Good morning, everybody.", table.concat(texts))
    end)

    it("hears what was sent or uploaded", function()
      local id = upload(("x"):rep(64000), "a.wav", "audio").json.id
      local answer = form("/audio/transcriptions",
        "-F model=voxtral-mini-latest -F file_id=" .. id)

      assert.truthy(
        answer.json.text:find("how a request travels", 1, true))
    end)

    it("is refused where the form is wrong", function()
      local base = "-F model=voxtral-mini-latest "
      assert.equal(400, form("/audio/transcriptions", base).status)
      assert.equal("string_pattern_mismatch body.language",
        problem(form("/audio/transcriptions", audio .. "-F language=eng")))
      assert.equal("extra_forbidden body.prompt",
        problem(form("/audio/transcriptions", audio .. "-F prompt=x")))
      assert.equal("bool_type body.diarize",
        problem(form("/audio/transcriptions", audio .. "-F diarize=perhaps")))
      assert.equal("3051", form("/audio/transcriptions",
        "-F model=mistral-small-latest -F file_url=https://example.com/a").json.code)
    end)
  end)

  it("models are not deleted", function()
    assert.equal(403, get("/models/mistral-small-latest", "DELETE").status)
    assert.equal(404, get("/models/none", "DELETE").status)
  end)
end)
