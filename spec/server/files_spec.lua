--- Files of the loopback server: forms are read strictly, bytes come back as they went in.

local curl = require "spec.server.curl"
local leaks = require "spec.support.leaks"
local loopback = require "spec.support.loopback"

local function output_of(command)
  local pipe = io.popen(command)
  local text = pipe:read "*a"
  pipe:close()
  return text
end

describe("the loopback server's files", function()
  local server, folder

  setup(function() server = loopback.start() end)
  before_each(function()
    server:reset()
    folder = output_of("mktemp -d"):match "%S+"
  end)
  after_each(function() os.execute("rm -rf " .. folder) end)

  local function write(name, text)
    local file = assert(io.open(folder .. "/" .. name, "wb"))
    file:write(text)
    file:close()
    return folder .. "/" .. name
  end

  local function upload(args, request)
    request = request or {}
    request.path, request.args = "/files", args
    return curl.request(server, request)
  end

  for _, http in ipairs { "2", "1.1" } do
    it("come back byte for byte over HTTP/" .. http, function()
      local data = ("\0\1\r\n--x\255 some bytes\n"):rep(20000)
      local path = write("data.bin", data)
      local first = upload(("-F purpose=ocr -F 'file=@%s;type=application/pdf'"):format(path), { http = http })

      assert.equal(200, first.status)
      assert.equal(#data, first.json.bytes)
      assert.equal("data.bin", first.json.filename)
      assert.equal("ocr", first.json.purpose)
      local back = curl.request(server, { path = "/files/" .. first.json.id .. "/content", http = http })
      assert.equal(data, back.body)
      assert.equal("application/pdf", back.headers["content-type"])
      assert.equal("file", curl.request(server, { path = "/files/" .. first.json.id }).json.object)
    end)
  end

  it("are told of in the record of the request", function()
    upload(("-F purpose=ocr -F 'file=@%s;filename=a\"b.txt;type=text/plain'"):format(write("x", "hello")))
    local parts = server:requests()[1].parts

    assert.equal("purpose", parts[1].name)
    assert.equal('a"b.txt', parts[2].filename)
    assert.equal(5, parts[2].bytes)
    assert.equal("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", parts[2].sha256)
  end)

  it("are refused with a field too many, too few or wrong", function()
    local file = ("-F 'file=@%s' "):format(write("x", "hello"))
    assert.equal(422, upload("-F purpose=ocr").status)
    assert.equal(422, upload(file .. "-F purpose=theft").status)
    assert.equal(422, upload(file .. "-F extra=1").status)
    assert.equal(422, upload(file .. "-F purpose=ocr -F purpose=batch").status)
    assert.equal(422, upload("-F file=text").status)
  end)

  it("are refused as a form that is none", function()
    local form = 'multipart/form-data; boundary=b'
    for _, body in ipairs {
      "", "--c\r\n", "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n--b",
      "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
    } do
      assert.equal(400, curl.request(server, { path = "/files", body = body, type = form }).status, body)
    end
    assert.equal(400, curl.request(server, { path = "/files", body = {} }).status)
  end)

  it("are gone when deleted, and unknown by another name", function()
    local id = upload(("-F 'file=@%s'"):format(write("x", "hello"))).json.id
    assert.is_true(curl.request(server, { path = "/files/" .. id, method = "DELETE" }).json.deleted)

    assert.equal(404, curl.request(server, { path = "/files/" .. id }).status)
    assert.equal(422, curl.request(server, { path = "/files/nothing/content" }).status)
  end)

  for _, http in ipairs { "2", "1.1" } do
    it("may be refused before they have come, over HTTP/" .. http, function()
      server:fault { kind = "upload_refuse", after_bytes = 10000 }
      local answer = upload(("-H Expect: -F 'file=@%s'"):format(write("x", ("x"):rep(3000000))), { http = http })
      assert.equal(413, answer.status)
    end)

    it("may be cut off as they come, over HTTP/" .. http, function()
      server:fault { kind = "upload_cut", after_bytes = 10000 }
      local answer = upload(("-F 'file=@%s'"):format(write("x", ("x"):rep(3000000))), { http = http })
      assert.is_not.equal(0, answer.exit)
      assert.equal(1, server:stats().ended.cut)
    end)

    it("may find a server that reads no more, over HTTP/" .. http, function()
      server:fault { kind = "upload_stall", after_bytes = 10000 }
      local path = folder .. "/big"
      os.execute("truncate -s 64M " .. path)
      local answer = upload(("-F 'file=@%s'"):format(path), { http = http, seconds = 1 })

      assert.equal(28, answer.exit)
      assert.is_true(server:wait { equal = { open_streams = 0 } })
    end)
  end

  it("leave nothing behind", function() assert.same({}, leaks.found()) end)
end)
