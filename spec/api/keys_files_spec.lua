-- Keys that stand in files, and the order in which the sources are asked.
local keys = require "mistral.keys"
local in_time = require "mistral.spawn"
local native = require "mistral.native"

local path

local function write(text, mode)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  assert(os.execute(("chmod %s '%s'"):format(mode or "600", path)))
end

before_each(function() path = os.tmpname() end)
after_each(function() os.remove(path) end)

local function nothing() return nil end

local function new(options)
  local all = { getenv = nothing, env_path = path, env_file = true }
  for name, value in pairs(options or {}) do all[name] = value end
  return keys.new(all)
end

local function ask(source)
  local heard
  source.get(function(key, err) heard = { key = key, err = err } end)
  return heard
end

local function spawning(result, ran)
  return function(_, done)
    if ran then ran.count = (ran.count or 0) + 1 end
    done { code = 0, stdout = result, stderr = "" }
  end
end

describe("a key in .env", function()
  local FORMS = {
    ["bare"] = "MISTRAL_API_KEY=abcd1234",
    ["in double quotes"] = 'MISTRAL_API_KEY="abcd1234"',
    ["in single quotes"] = "MISTRAL_API_KEY='abcd1234'",
    ["exported"] = "export MISTRAL_API_KEY=abcd1234",
    ["with blanks"] = "  MISTRAL_API_KEY = abcd1234  ",
    ["with a comment behind it"] = "MISTRAL_API_KEY=abcd1234 # mine",
    ["quoted, with a comment behind it"] = 'MISTRAL_API_KEY="abcd1234" # "mine"',
    ["among others, with CRLF"] = "# x\r\nOTHER=y\r\nMISTRAL_API_KEY=abcd1234\r\nMORE=z\r\n",
    ["behind a BOM"] = "\239\187\191MISTRAL_API_KEY=abcd1234\n",
    ["said twice: the last counts"] = "MISTRAL_API_KEY=old\nMISTRAL_API_KEY=abcd1234\n",
  }
  for name, text in pairs(FORMS) do
    it("is found " .. name, function()
      write(text)

      assert.equal("abcd1234", ask(new()).key)
    end)
  end

  for _, text in ipairs { "", "OTHER=x\n", "#MISTRAL_API_KEY=x\n", "MY_MISTRAL_API_KEY=x\n",
    "MISTRAL_API_KEY_OLD=x\n", "MISTRAL_API_KEY=\n", 'MISTRAL_API_KEY=""\n',
    "MISTRAL_API_KEY= # put yours here\n" } do
    it(("is not found in %q"):format(text), function()
      write(text)

      assert.same({}, ask(new()))
    end)
  end

  it("is no source when there is no such file, or it is no file", function()
    os.remove(path)
    assert.same({}, ask(new()))
    assert.same({}, ask(new { env_path = "/" }))
  end)

  it("is refused when everybody may read it, and not shown", function()
    write("MISTRAL_API_KEY=abcd1234\n", "644")

    local heard = ask(new())

    assert.equal("bad_key", heard.err.code)
    assert.truthy(heard.err.message:find("may be read by everybody (mode 644): chmod 600", 1, true))
    assert.is_nil(tostring(heard.err):find("abcd1234", 1, true))
  end)

  it("does not matter to everybody when it has not the name in it", function()
    write("OTHER=x\n", "644")

    assert.same({}, ask(new()))
  end)

  it("may be read by the group", function()
    write("MISTRAL_API_KEY=abcd1234\n", "640")

    assert.equal("abcd1234", ask(new()).key)
  end)

  it("is not looked for when that is switched off", function()
    write("MISTRAL_API_KEY=abcd1234\n")

    assert.same({}, ask(new { env_file = false }))
  end)

  it("is read again when the file has changed", function()
    write("MISTRAL_API_KEY=abcd1234\n")
    local source = new()
    assert.equal("abcd1234", ask(source).key)

    write("MISTRAL_API_KEY=efgh56789\n")

    assert.equal("efgh56789", ask(source).key)
  end)

  it("has the names of the provider", function()
    write("OTHER_KEY=abcd1234\nMISTRAL_API_KEY=no\n")

    assert.equal("abcd1234", ask(new { env = { "AZURE_KEY", "OTHER_KEY" } }).key)
  end)
end)

describe("a key file", function()
  it("gives its first line, trimmed", function()
    write("  abcd1234 \r\nnotes\n", "600")
    assert.equal("abcd1234", ask(new { key_file = path, env_file = false }).key)
    write("abcd1234", "400")
    assert.equal("abcd1234", ask(new { key_file = path, env_file = false }).key)
  end)

  for _, mode in ipairs { "644", "640", "660", "604", "700" } do
    it("is refused with mode " .. mode, function()
      write("abcd1234\n", mode)

      local err = ask(new { key_file = path, env_file = false }).err

      assert.equal("bad_key", err.code)
      assert.truthy(err.message:find(("(mode %s): chmod 600"):format(mode), 1, true), err.message)
    end)
  end

  it("is refused when it belongs to somebody else", function()
    local function stat(name)
      local facts = assert(native.stat(name))
      facts.mine = false
      return facts
    end
    write("abcd1234\n")

    local err = ask(new { key_file = path, env_file = false, stat = stat }).err

    assert.truthy(err.message:find("belongs to another user", 1, true))
  end)

  it("that is missing, empty or no file is an error, since somebody named it", function()
    local function message(file)
      return ask(new { key_file = file, env_file = false }).err.message
    end
    write("\nabcd1234\n")

    assert.truthy(message(path):find("nothing in its first line", 1, true))
    assert.truthy(message(path .. ".absent"):find("no such file", 1, true))
    assert.truthy(message("/"):find("is not a file", 1, true))
  end)
end)

describe("the sources of a key", function()
  local function source(without)
    local options = {
      api_key = "from-option",
      getenv = function(name) return name == "MISTRAL_API_KEY" and "from-environment" or nil end,
      env_file = true,
      api_key_command = { "pass" },
      spawn = spawning "from-command",
      key_file = path .. ".key",
    }
    for _, name in ipairs(without) do options[name] = nil end
    if not options.getenv then options.getenv = nothing end
    if not options.env_file then options.env_file = false end
    options.env_path = path
    return options
  end

  before_each(function()
    local env = path
    path = env .. ".key"
    write "from-key-file"
    path = env
    write "MISTRAL_API_KEY=from-env-file"
  end)
  after_each(function() os.remove(path .. ".key") end)

  local ORDER = {
    { "from-option", "api_key", {} },
    { "from-environment", "MISTRAL_API_KEY", { "api_key" } },
    { "from-env-file", ".env", { "api_key", "getenv" } },
    { "from-command", "api_key_command", { "api_key", "getenv", "env_file" } },
    { "from-key-file", "key_file", { "api_key", "getenv", "env_file", "api_key_command" } },
  }
  for place, case in ipairs(ORDER) do
    it(("have %s as number %d"):format(case[2], place), function()
      local options = source(case[3])

      assert.equal(case[1], ask(keys.new(options)).key)
      assert.equal(case[2], (keys.origin(options)))
    end)
  end

  it("go on to the next when a function has none, and stop at one that is wrong", function()
    local options = source {}

    options.api_key = function() return nil end
    assert.equal("from-environment", ask(keys.new(options)).key)
    options.api_key = function() return "a b" end
    assert.equal("bad_key", ask(keys.new(options)).err.code)
  end)

  it("are asked at the first request, not before", function()
    local asked = 0
    local options = source { "api_key" }
    options.getenv = function() asked = asked + 1 end

    local one = keys.new(options)
    assert.equal(0, asked)
    ask(one)
    assert.is_true(asked > 0)
  end)

  it("name the file or the command, or why .env is refused", function()
    assert.equal("pass", (select(2, keys.origin(source { "api_key", "getenv", "env_file" }))))
    write("MISTRAL_API_KEY=from-env-file", "644")
    local origin, why = keys.origin(source { "api_key", "getenv" })
    assert.equal(".env", origin)
    assert.truthy(why:find("may be read by everybody", 1, true))
  end)
end)

describe("a key that lives only so long", function()
  local clock, ran, source

  before_each(function()
    clock, ran = 1000, {}
    source = new {
      env_file = false, api_key_command = { "gcloud" }, lifetime_s = 3600,
      spawn = spawning("token", ran), now = function() return clock end,
    }
  end)

  it("is asked for again before its life ends, and not earlier", function()
    ask(source)
    clock = clock + 3200
    ask(source)
    assert.equal(1, ran.count)

    clock = clock + 100
    ask(source)
    assert.equal(2, ran.count)
  end)

  it("is asked for again when the clock was put back", function()
    ask(source)
    clock = 10
    ask(source)

    assert.equal(2, ran.count)
  end)

  it("is asked for once, however many wait for the new one", function()
    local finish, count, heard = nil, 0, {}
    local slow = new {
      env_file = false, api_key_command = { "gcloud" }, lifetime_s = 3600,
      spawn = function(_, done) count, finish = count + 1, done end, now = function() return clock end,
    }
    for index = 1, 3 do slow.get(function(key) heard[index] = key end) end
    finish { code = 0, stdout = "one", stderr = "" }
    clock = clock + 3600
    for index = 1, 3 do slow.get(function(key) heard[index] = key end) end
    finish { code = 0, stdout = "two", stderr = "" }

    assert.same({ "two", "two", "two" }, heard)
    assert.equal(2, count)
  end)
end)

describe("a key command in a script", function()
  it("is ended when its time is over, with one sentence", function()
    local source = new {
      env_file = false, api_key_command = { "sh", "-c", "echo half; exec sleep 60" },
      spawn = function(argv, done) in_time(argv, done, { timeout_ms = 1000 }) end,
    }

    local err = ask(source).err

    assert.equal("the key command `sh` did not end within 1 s", err.message)
  end)

  it("need not wait for what it left running", function()
    local source = new {
      env_file = false, api_key_command = { "sh", "-c", "sleep 20 & echo quick" },
      spawn = in_time,
    }
    local began = os.time()

    assert.equal("quick", ask(source).key)
    assert.is_true(os.time() - began < 15)
  end)
end)
