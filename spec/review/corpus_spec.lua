-- Files as people write them, with defects in them, and answers as models give them, with all their
-- sins: wrong lines, other white space, copied numbers, quotes cut short, prose around. Each of
-- corpus/*.txt has the code, the answer to the byte, and where each finding belongs.
local collect = require "mistral.review.collect"
local cut = require "mistral.review.cut"
local follow = require "mistral.review.follow"
local json = require "mistral.json"
local judge = require "mistral.review.judge"
local lfs = require "lfs"
local lines_of = require "mistral.lines"
local place = require "mistral.review.place"
local source = require "mistral.review.source"

local FOLDER = "spec/review/corpus/"

local function read_case(name)
  local file = assert(io.open(FOLDER .. name, "rb"))
  local text = file:read "*a"
  file:close()
  local path, code, answer, rows = text:match(
    "^path: ([^\n]+)\n==== code\n(.-)\n==== answer\n(.-)\n==== rows\n(.*)$")
  local lines = lines_of.split_lines(code)
  if name:find "crlf" then
    for i, line in ipairs(lines) do lines[i] = line .. "\r" end
  end
  return { name = name, path = path, lines = lines, answer = answer, rows = rows }
end

local CASES, LANGUAGES = {}, {}
for name in lfs.dir(FOLDER) do
  if name:find "%.txt$" then
    CASES[#CASES + 1] = read_case(name)
    LANGUAGES[CASES[#CASES].path:match "%w+$"] = true
  end
end
table.sort(CASES, function(one, other) return one.name < other.name end)

-- The findings of an answer that comes a few bytes at a time, in order.
local function findings_of(case, sources)
  local collector, found = collect.new(), {}
  local piece = cut.plan(sources, { request_tokens = 100000 })[1]
  for from = 1, #case.answer, 7 do
    for _, object in ipairs(collector:feed(case.answer:sub(from, from + 6))) do
      found[#found + 1] = (judge.of(json.decode(object), piece))
    end
  end
  return found
end

local function shown(found)
  local out = {}
  for i, finding in ipairs(found) do
    local where = finding.first and ("%d-%d"):format(finding.first, finding.last) or "no place"
    local fix = finding.fix and (" fix %d-%d"):format(finding.fix.first, finding.fix.last) or ""
    out[i] = ("%d %s%s"):format(i, where, fix)
  end
  return table.concat(out, "\n") .. "\n"
end

local function text_of(case)
  return source.of_text { path = case.path, lines = case.lines }
end

-- The same file as a diff in which every line is new.
local function diff_of(case)
  local rows = {}
  for i, line in ipairs(case.lines) do
    rows[i] = { kind = "+", text = (line:gsub("\r$", "")) }
  end
  return source.of_file { path = case.path, status = "modified",
    hunks = { { new_first = 1, lines = rows } } }
end

describe("the corpus", function()
  it("has twenty files in eight languages", function()
    local count = 0
    for _ in pairs(LANGUAGES) do count = count + 1 end

    assert.is_true(#CASES >= 20, #CASES .. " files")
    assert.is_true(count >= 8, count .. " languages")
  end)

  for _, case in ipairs(CASES) do
    it("has each finding on its lines, and each fix: " .. case.name, function()
      assert.equal(case.rows, shown(findings_of(case, { text_of(case) })))
    end)

    it("has them there in a diff among others, too: " .. case.name, function()
      local others = { diff_of(case) }
      for _, other in ipairs(CASES) do
        if other ~= case and #others < 3 then others[#others + 1] = diff_of(other) end
      end

      assert.equal(case.rows, shown(findings_of(case, others)))
    end)
  end
end)

-- Edits ------------------------------------------------------------------------------------------

-- A small generator of our own, so that every host sees the same edits.
local function random(seed)
  return function(n)
    seed = seed * 16807 % 2147483647
    return math.floor(seed / 8) % n + 1
  end
end

-- A text in which each line knows where it is from: rows[i] is the row it had, or nil when it is new.
local function document(lines)
  local out = {}
  for i, line in ipairs(lines) do out[i] = { text = line, from = i } end
  return out
end

local count = 0
local function new_line()
  count = count + 1
  return { text = ("  inserted_%d();"):format(count) }
end

local EDITS = {
  function(doc, at) table.insert(doc, at, new_line()) end,
  function(doc, at) for _ = 1, 5 do table.insert(doc, at, new_line()) end end,
  function(doc, at) table.insert(doc, at, { text = "" }) end,
  function(doc, at) if #doc > 1 then table.remove(doc, at) end end,
  function(doc, at) if doc[at] then doc[at] = { text = doc[at].text .. " // edited" } end end,
  function(doc, at) if doc[at] then doc[at] = { text = "x" .. doc[at].text } end end,
  function(doc, at) -- indented anew
    for i = at, math.min(#doc, at + 3) do
      doc[i] = { text = "    " .. doc[i].text, from = doc[i].from }
    end
  end,
  function(doc, at, next) -- two lines change places, cut here and put there
    local other = next(#doc)
    if doc[at] then doc[at], doc[other] = { text = doc[other].text }, { text = doc[at].text } end
  end,
  function(doc, at, next) -- copied
    local copied = doc[next(#doc)]
    table.insert(doc, at, { text = copied.text })
  end,
}

-- Half of the edits are where a finding was: just above it, on it, or just below.
local function somewhere(doc, found, next)
  local finding = found[next(#found)]
  if next(2) == 1 or not finding.first then return next(#doc) end
  return math.max(1, math.min(#doc, finding.first + next(3) - 2))
end

local function lines_now(doc)
  local lines = {}
  for i, line in ipairs(doc) do lines[i] = line.text end
  return place.text(lines_of.code_lines(lines))
end

-- Whether the rows are those that the finding was on, by what they are and not by how they look; or,
-- where one was copied or put back, at least by the words.
local function is_on_its_quote(doc, finding, anchor, first, last)
  if last - first ~= finding.last - finding.first then return false end
  for i = 0, last - first do
    local line = doc[first + i]
    local words = lines_of.normal_line(lines_of.code_line(line.text))
    if words ~= lines_of.normal_line(anchor.lines[i + 1]) then return false end
    if line.from and line.from ~= finding.first + i then return false end
  end
  return true
end

describe("findings after edits", function()
  it("are on their quotes, or nowhere, after 500 edits above, inside and below", function()
    local next, edits, placed, gone = random(4), 0, 0, 0
    while edits < 500 do
      for _, case in ipairs(CASES) do
        local file = text_of(case)
        local found = findings_of(case, { file })
        local doc = document(case.lines)
        for _ = 1, 6 do
          EDITS[next(#EDITS)](doc, somewhere(doc, found, next), next)
          edits = edits + 1
          local now = lines_now(doc)
          for _, finding in ipairs(found) do
            if finding.first then
              local anchor = follow.anchor(finding.first, finding.last, file.text)
              local first, last = follow.find(anchor, now)
              if first then
                placed = placed + 1
                assert.is_true(is_on_its_quote(doc, finding, anchor, first, last),
                  ("%s: %s is said to be on line %d"):format(case.name, finding.title, first))
              else
                gone = gone + 1
              end
              local again, till = place.find(finding.quote, finding.first, file.text, now)
              assert.same({ first, last }, { again, till }, finding.title)
            end
          end
        end
      end
    end
    -- Most stand whole; some were edited, and are not.
    assert.is_true(placed > 5 * gone and gone > 50, placed .. " placed, " .. gone .. " gone")
  end)

  it("are found wherever their lines went untouched", function()
    for _, case in ipairs(CASES) do
      local file = text_of(case)
      local doc = document(case.lines)
      for _ = 1, 20 do table.insert(doc, 1, new_line()) end
      doc[#doc + 1] = new_line()

      for _, finding in ipairs(findings_of(case, { file })) do
        if finding.first then
          local anchor = follow.anchor(finding.first, finding.last, file.text)
          assert.equal(finding.first + 20, (follow.find(anchor, lines_now(doc))), finding.title)
        end
      end
    end
  end)
end)
