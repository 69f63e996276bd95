local all_keys = require "mistral.keys"
local spawn = require "mistral.spawn"

local function nothing() return nil end

-- What the machine the specs run on has in its environment or folder is nobody's business here.
local function alone(options)
  local out = { getenv = nothing, env_file = false }
  for name, value in pairs(options) do out[name] = value end
  return out
end

local keys = {
  new = function(options) return all_keys.new(alone(options)) end,
  origin = function(options) return (all_keys.origin(alone(options))) end,
}

local function ask(source)
  local heard
  source.get(function(key, err) heard = { key = key, err = err } end)
  return heard
end

describe("a key", function()
  it("comes from the option, trimmed", function()
    assert.equal("abcd", ask(keys.new { api_key = "  abcd\n" }).key)
  end)

  it("comes from a function, asked before each request", function()
    local calls = 0
    local source = keys.new { api_key = function()
      calls = calls + 1
      return "key-" .. calls
    end }

    assert.equal("key-1", ask(source).key)
    assert.equal("key-2", ask(source).key)
  end)

  it("comes from the environment when nothing else is said", function()
    local function getenv(name) return name == "MISTRAL_API_KEY" and "env-key" or nil end

    assert.equal("env-key", ask(keys.new { getenv = getenv }).key)
    assert.equal("MISTRAL_API_KEY", keys.origin { api_key = "", api_key_command = {}, getenv = getenv })
    assert.equal("MISTRAL_API_KEY", keys.origin { api_key_command = { "pass" }, getenv = getenv })
    assert.equal("api_key_command", keys.origin { api_key_command = { "pass" }, getenv = nothing })
    assert.equal("api_key", keys.origin { api_key = "k", api_key_command = { "pass" } })
    assert.is_nil(keys.origin { getenv = function() return " " end })
    assert.equal("opt", ask(keys.new { api_key = "opt", getenv = getenv }).key)
  end)

  it("may be absent, which is no error here", function()
    assert.same({}, ask(keys.new { getenv = nothing }))
    assert.same({}, ask(keys.new { getenv = function() return "  " end }))
  end)

  local wrong = {
    { "ab\ncd", "more than one line" },
    { "ab\rcd", "more than one line" },
    { "ab\0cd", "NUL" },
    { "ab cd", "a blank" },
    { "ab\1cd", "a blank" },
    { "ab\195\169", "not ASCII" },
  }
  for _, case in ipairs(wrong) do
    it(("with %q in it is refused, unseen"):format(case[1]), function()
      local heard = ask(keys.new { api_key = case[1] })

      assert.is_nil(heard.key)
      assert.equal("bad_key", heard.err.code)
      assert.truthy(heard.err.message:find(case[2], 1, true), heard.err.message)
      assert.is_nil(tostring(heard.err):find("ab", 1, true))
    end)
  end

  it("from a function that fails or gives no text is an error", function()
    local raised = ask(keys.new { api_key = function() error("no agent", 0) end })
    local number = ask(keys.new { api_key = function() return 5 end })

    assert.equal("the function api_key failed: no agent", raised.err.message)
    assert.truthy(number.err.message:find("it is a number", 1, true))
  end)
end)

describe("a key command", function()
  it("gets its words as they are, whatever a shell would make of them", function()
    local words = { "a b", "$HOME", "`id`", "'q'", '"', "*", "\\", "; exit 3", "-n" }
    local argv, result = { "printf", "%s," }, nil
    for index, word in ipairs(words) do
      argv[index + 2] = word
    end

    spawn(argv, function(given) result = given end)

    assert.equal(table.concat(words, ",") .. ",", result.stdout)
    assert.equal(0, result.code)
  end)

  it("is run for real, and once", function()
    local counter = os.tmpname()
    local script = "printf x >>'" .. counter .. "'; echo from-command"
    local source = keys.new { api_key_command = { "sh", "-c", script } }

    local first, second = ask(source), ask(source)
    local file = io.open(counter)
    local runs = file:read("*a")
    file:close()
    os.remove(counter)

    assert.equal("from-command", first.key)
    assert.equal("from-command", second.key)
    assert.equal("x", runs)
  end)

  it("that fails is an error that names it and its status, not what it printed", function()
    local source = keys.new { api_key_command = { "sh", "-c", "echo half-a-key; exit 3" } }

    local err = ask(source).err

    assert.equal("bad_key", err.code)
    assert.truthy(err.message:find("`sh` failed with status 3", 1, true), err.message)
    assert.is_nil(tostring(err):find("half", 1, true))
  end)

  it("that is not there, or prints nothing, or two lines, is an error", function()
    local absent = ask(keys.new { api_key_command = { "mistral-no-such-command" } })
    local silent = ask(keys.new { api_key_command = { "true" } })
    local two = ask(keys.new { api_key_command = { "printf", "a\\nb" } })

    assert.truthy(absent.err.message:find("status 127", 1, true))
    assert.truthy(silent.err.message:find("printed nothing", 1, true))
    assert.truthy(two.err.message:find("more than one line", 1, true))
  end)

  it("runs in the background once, while all who ask wait", function()
    local runs, finish = 0, nil
    local source = keys.new {
      api_key_command = { "pass", "mistral" },
      spawn = function(argv, done)
        assert.same({ "pass", "mistral" }, argv)
        runs, finish = runs + 1, done
      end,
    }
    local heard = {}
    for index = 1, 3 do
      source.get(function(key) heard[index] = key end)
    end
    assert.same({}, heard)
    assert.is_true(source.pending())

    finish { code = 0, stdout = "late-key\n", stderr = "" }
    finish { code = 1, stdout = "", stderr = "" }

    assert.same({ "late-key", "late-key", "late-key" }, heard)
    assert.is_false(source.pending())
    assert.equal("late-key", ask(source).key)
    assert.equal(1, runs)
  end)

  it("is run again after it failed, and no more once it gave a key", function()
    local results = {
      { code = 2, stdout = "", stderr = "locked" },
      { code = 0, stdout = "a-key\n", stderr = "" },
    }
    local runs = 0
    local source = keys.new {
      api_key_command = { "pass" },
      spawn = function(_, done)
        runs = runs + 1
        done(results[runs])
      end,
    }

    assert.truthy(ask(source).err.message:find("locked", 1, true))
    assert.equal("a-key", ask(source).key)
    assert.equal("a-key", ask(source).key)
    assert.equal(2, runs)
  end)

  it("is run again when its key is refused, unless it has no other", function()
    local printed, runs = { "old-key-1", "new-key-2", "new-key-2", "new-key-2" }, 0
    local source = keys.new { api_key_command = { "x" }, spawn = function(_, done)
      runs = runs + 1
      done { code = 0, stdout = printed[runs], stderr = "" }
    end }
    assert.equal("old-key-1", ask(source).key)

    source.refused("old-key-1")
    assert.equal("new-key-2", ask(source).key)
    source.refused("old-key-1") -- of a request that went out before
    assert.equal("new-key-2", ask(source).key)
    assert.equal(2, runs)

    for _ = 1, 3 do
      source.refused("new-key-2")
      assert.equal("new-key-2", ask(source).key)
    end
    assert.equal(3, runs)
  end)

  it("that cannot even be started is an error like any other", function()
    local source = keys.new {
      api_key_command = { "pass" },
      spawn = function() error("E475: not executable", 0) end,
    }

    local first, second = ask(source), ask(source)

    assert.truthy(first.err.message:find("status 127: E475: not executable", 1, true))
    assert.equal(first.err.message, second.err.message)
    assert.is_false(source.pending())
  end)

  it("whose time was over says how long that was, also in an editor", function()
    local source = keys.new {
      api_key_command = { "pass" },
      spawn = function(_, done) done { code = 124, stdout = "", stderr = "", after_ms = 60000 } end,
    }

    assert.equal("the key command `pass` did not end within 60 s", ask(source).err.message)
  end)

  it("says what it complained of, but nothing it printed", function()
    local source = keys.new {
      api_key_command = { "pass" },
      spawn = function(_, done)
        done { code = 1, stdout = "sekret-1\n", stderr = "gpg: sekret-1 expired\27[0m\n" }
      end,
    }

    local message = ask(source).err.message

    assert.equal("the key command `pass` failed with status 1: gpg: [key] expired\\x1b[0m", message)
  end)

  it("that prints on and on is ended, with what to do", function()
    local source = keys.new { api_key_command = { "yes" } }

    assert.equal("the key command `yes` prints too much: let it print the key and nothing else",
      ask(source).err.message)
  end)
end)

describe("a key's source", function()
  -- Every string that can be reached from a value without asking the debugger.
  local function reachable(value, seen, found)
    if type(value) == "string" then found[#found + 1] = value end
    if type(value) ~= "table" or seen[value] then return found end
    seen[value] = true
    for key, item in pairs(value) do
      reachable(key, seen, found)
      reachable(item, seen, found)
    end
    return reachable(getmetatable(value), seen, found)
  end

  it("shows the key to nobody who prints or walks it", function()
    local source = keys.new { api_key = "canary-key" }
    ask(source)

    assert.is_nil(table.concat(reachable(source, {}, {}), " "):find("canary", 1, true))
  end)

  it("counts the keys there were", function()
    local current = "one1"
    local source = keys.new { api_key = function() return current end }

    ask(source)
    ask(source)
    assert.equal(1, source.generation())
    current = "two2"
    ask(source)
    assert.equal(2, source.generation())
  end)
end)
