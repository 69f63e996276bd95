-- Reviews through the real module, by a server that reads the code it is sent.
local live = require "spec.api.support.live"

local C = "#include <stdio.h>\n\nint main(void)\n{\n  char name[8];\n\n  gets(name);\n"
  .. "  for (int i = 0; i <= n; i++)\n    puts(name);\n  return 0;\n}\n"
local PY = "import yaml\n\n\ndef read(path, seen=[]):\n    return yaml.load(open(path))\n"

-- So many files of each kind, none of which shares a request with another.
local function texts(count)
  local out = {}
  for i = 1, count do
    local c = i % 2 == 1
    out[i] = {
      path = ("file_%02d.%s"):format(i, c and "c" or "py"),
      text = (c and C or PY) .. ((c and "\n// %d" or "\n# %d"):rep(40)):gsub("%%d", "filler"),
    }
  end
  return out
end

local function rows(review)
  local out = {}
  for i, finding in ipairs(review.findings) do
    out[i] = ("%s:%d"):format(finding.path, finding.first)
  end
  return table.concat(out, " ")
end

describe("a review over the network", function()
  local here
  before_each(function() here = live.new { ledger = false } end)
  after_each(function() here:close() end)

  local function review(more, callbacks)
    local params = { model = "mistral-small-latest", texts = { { path = "a.c", text = C } } }
    for name, value in pairs(more or {}) do params[name] = value end
    return here.one:review(params, callbacks)
  end

  local function start(more)
    local heard = { findings = {}, ends = 0 }
    local request = review(more, {
      on_finding = function(finding) heard.findings[#heard.findings + 1] = finding end,
      on_done = function(reply) heard.review, heard.ends = reply, heard.ends + 1 end,
      on_error = function(err) heard.err, heard.ends = err, heard.ends + 1 end,
    })
    return heard, request
  end

  it("finds what is wrong in several files of one request, with fixes that fit", function()
    local got, err = review { texts = {
      { path = "a.c", text = C }, { path = "b.py", text = PY },
    } }

    assert.is_nil(err)
    assert.equal(1, got.requests)
    assert.equal("a.c:7 a.c:8 b.py:4 b.py:5", (rows(got):gsub(" b.py:5 b.py:5", " b.py:5")))
    local fix = got.findings[2].fix
    assert.same({ 8, 8, "  for (int i = 0; i < n; i++)" }, { fix.first, fix.last, fix.replacement })
    assert.is_true(got.usage.total_tokens > 0 and got.cost > 0)
  end)

  it("prunes by scores", function()
    local all, pruned = review(), review { score = true }

    assert.equal(2, pruned.requests)
    assert.is_nil(pruned.unscored)
    assert.equal(#all.findings, #pruned.findings + pruned.dropped.scored)
  end)

  it("tells its first finding before the last request has left", function()
    local heard = start { texts = texts(8), request_tokens = 500, in_flight = 2 }
    local sent

    here:await(function()
      if heard.findings[1] and not sent then sent = #here.server:requests() end
      return heard.ends > 0
    end, "the review did not end")

    assert.is_true(sent < 8, sent .. " of 8 requests had left")
    assert.equal(8, heard.review.requests)
    assert.same({}, heard.review.failed)
  end)

  local FAULTS = {
    ["a 422"] = { kind = "status", status = 422, name = "unprocessable" },
    ["a 500 at every try"] = { kind = "status", status = 500, name = "internal" },
    ["an error in the middle"] = { kind = "error_frame", after_text = 200, message = "overloaded" },
    ["an end in the middle"] = { kind = "cut", after_bytes = 2000 },
  }
  for name, fault in pairs(FAULTS) do
    it("goes on when the third request meets " .. name, function()
      local copy = { times = 1 }
      for field, value in pairs(fault) do copy[field] = value end
      local done, armed = 0, false

      local got = here.one:review({
        model = "mistral-small-latest", texts = texts(6), request_tokens = 500, in_flight = 1,
      }, {
        retry = 0,
        on_progress = function(progress)
          done = progress.done
          if done == 2 and not armed then
            armed = true
            here.server:fault(copy)
          end
        end,
      }):wait()

      assert.equal(6, done)
      assert.equal(1, #got.failed)
      assert.same({ "file_03.c" }, got.failed[1].paths)
      for _, path in ipairs { "file_01.c:7", "file_02.py:4", "file_04.py:4", "file_05.c:7" } do
        assert.truthy(rows(got):find(path, 1, true), path .. " in " .. rows(got))
      end
    end)
  end

  it("waits and goes on when it is told to slow down", function()
    here.server:fault { kind = "status", name = "rate_limited", retry_after = 0, times = 2 }

    local got = review { texts = texts(4), request_tokens = 500, in_flight = 2 }

    assert.same({}, got.failed)
    assert.equal(4, got.requests)
  end)

  it("stops all of it on the wire when it is cancelled", function()
    here.server:pace(20)
    local heard, request = start { texts = texts(6), request_tokens = 500, in_flight = 3 }
    assert.is_true(here.server:wait { at_least = { open_streams = 3 } })

    request:cancel()
    here:await(function() return heard.ends > 0 end)

    assert.equal("cancelled", heard.err.code)
    assert.is_true(here.server:wait { equal = { open_streams = 0 }, at_least = { resets = 3 } })
    assert.equal(3, #here.server:requests())
  end)

  it("names a spent budget once, and sends no more", function()
    local folder = here.folder .. "-ledger"
    here:close()
    here = live.new { ledger = folder, budget = { day = 7000, unit = "tokens" } }

    local got, err = review { texts = texts(6), request_tokens = 500, in_flight = 1 }

    local failed = (got or err.review).failed
    assert.equal(1, #failed)
    assert.equal("budget", failed[1].err.code)
    assert.is_true(#here.server:requests() < 6)
    os.execute("rm -rf " .. folder)
  end)
end)
