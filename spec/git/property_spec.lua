local Repository = require "spec.git.support.repository"
local git = require "mistral.git"
local show = require "spec.git.support.show"

local SEED = 20010203
local COMMITS, FILES = 12, 30 -- 360 cases

local state
local function random(limit)
  state = (state * 16807) % 2147483647
  return state % limit + 1
end

local WORDS = { "alpha", "", "  ", "-- a/x", "++ b", "@@ -1 +1 @@", "\\ No newline", "é", "\tx", "diff --git a/b b/b" }
local ENDS = { "\n", "\n", "\n", "\r\n" }

local function line() return WORDS[random(#WORDS)] .. (random(3) == 1 and "" or random(9)) end

-- Lines with their ends; the last may have none.
local function new_lines()
  local lines, ending = {}, ENDS[random(#ENDS)]
  for index = 1, random(60) - 1 do lines[index] = line() .. ending end
  return lines
end

local function edit(lines)
  local out = {}
  for _, one in ipairs(lines) do
    local what = random(12)
    if what == 1 then
      out[#out + 1] = line() .. "\n"
    elseif what == 2 then
      out[#out + 1] = one
      out[#out + 1] = line() .. ENDS[random(#ENDS)]
    elseif what ~= 3 then
      out[#out + 1] = one
    end
  end
  return out
end

local function text_of(lines)
  local text = table.concat(lines)
  return random(4) == 1 and text:gsub("\r?\n$", "") or text
end

local function split(text)
  local rows = {}
  for row in (text:gsub("\n$", "") .. "\n"):gmatch "([^\n]*)\n" do rows[#rows + 1] = (row:gsub("\r$", "")) end
  return rows
end

local function joined(file, without)
  local out, last = {}, nil
  for _, row in ipairs(file.hunks[1].lines) do
    if row.kind ~= without then
      out[#out + 1] = row.text .. (row.cr and "\r" or "") .. "\n"
      last = row
    end
  end
  return table.concat(out), last
end

-- A row's number is its place among the rows of its side, and the counts say how many there are.
local function check_rows(file, text)
  local rows, at = split(text), 0
  for _, row in ipairs(file.hunks[1].lines) do
    if row.kind ~= "-" then
      at = at + 1
      assert.equal(rows[at], row.text)
    end
  end
  assert.same({ 1, #file.hunks, #rows, #rows }, { file.hunks[1].new_first, 1, file.hunks[1].new_count, at })
end

describe("random edits, committed", function()
  local repo

  before_each(function() repo = Repository.new() end)
  after_each(function() repo:remove() end)

  local function next_version(versions)
    local files = {}
    for index = 1, FILES do
      local path = ("f%02d.txt"):format(index)
      versions[path] = versions[path] and random(10) > 1 and edit(versions[path]) or new_lines()
      files[path] = text_of(versions[path])
    end
    return files
  end

  it("are read back to the old and the new side, line by line", function()
    state = SEED
    local versions, before, cases, read = {}, {}, 0, 0
    for _ = 1, COMMITS do
      local after = next_version(versions)
      repo:commit(after)
      local changes = assert(git.changes(repo.run, { kind = "commit", rev = "HEAD", folder = repo.top }))
      local files = {}
      for _, file in ipairs(changes.files) do
        files[file.path] = file
        read = read + 1
        local old = before[file.old_path or file.path] or ""
        assert.equal(after[file.path], show.new_side(file))
        check_rows(file, after[file.path])
        local rebuilt = joined(file, "+")
        assert.is_true(rebuilt == old or rebuilt == old .. "\n")
      end
      for path, text in pairs(after) do
        cases = cases + 1
        if text ~= "" and text ~= before[path] then
          assert.truthy(files[path] or show.why(changes, path), path)
        end
      end
      before = after
    end
    assert.equal(COMMITS * FILES, cases)
    assert.is_true(read > 0.8 * cases)
  end)
end)
