-- Whatever is done to a text, a fix replaces exactly what it says that it replaces, or nothing. Every
-- line has an identity that goes with it through all edits: while the lines that were reviewed are
-- still there, no copy of them is taken for them. An undo may end the marks that know them apart; one
-- of several copies is as good as the other then.
local apply = require "mistral.editor.fix.apply"
local config = require "mistral.config"
local diff = require "mistral.diff"
local editor = require "spec.editor.support.editor"
local fake_client = require "spec.editor.support.client"
local fix = require "mistral.editor.fix"
local hosts = require "spec.editor.support.hosts"
local place = require "mistral.review.place"
local session = require "mistral.editor.session"

local EDITS = 500
local ROUNDS = 20

local WORDS = { "}", "", "\treturn x;", "  end", "größe = 1", "  f(a)", "日本()", "if x then", "\t\t" }

--- Some lines of which most stand there several times, if that may be.
local function new_code(random, distinct)
  local lines = {}
  for i = 1, 24 + random(20) do
    lines[i] = (distinct or random(3) == 1) and ("line %d"):format(i) or WORDS[random(#WORDS)]
  end
  return lines
end

local function slice(list, first, last)
  local out = {}
  for i = first, last do out[#out + 1] = list[i] end
  return out
end

local function spliced(list, first, last, new)
  local out = slice(list, 1, first - 1)
  for _, item in ipairs(new) do out[#out + 1] = item end
  for i = last + 1, #list do out[#out + 1] = list[i] end
  return out
end

local function same(a, b)
  if #a ~= #b then return false end
  for i = 1, #a do if a[i] ~= b[i] then return false end end
  return true
end

local HUGE = {}
for i = 1, 300 do HUGE[i] = "huge " .. i end

--- What a fix may put in place of these lines; most keep some of them.
local function new_lines(random, old)
  local kind = random(6)
  if kind == 1 then
    return {}
  elseif kind == 2 then
    return spliced(old, 1, 0, { "new " .. random(1e6) })
  elseif kind == 3 then
    return spliced(old, #old + 1, #old, { "new " .. random(1e6), "\tnew", "" })
  elseif kind == 4 then
    return old[2] ~= "" and slice(old, 2, #old) or {} -- nothing stands for no line, not for a blank one
  elseif kind == 5 and random(10) == 1 then
    return slice(HUGE, 1, #HUGE)
  end
  return spliced(old, random(#old), #old, { "größer " .. random(1e6) })
end

-- One text under edits ------------------------------------------------------------------------------

local Text = {}
Text.__index = Text

local function new_text(bench, random, returns, distinct)
  local code = new_code(random, distinct)
  local raw = {}
  for i, line in ipairs(code) do raw[i] = returns and line .. "\r" or line end
  local self = setmetatable({
    host = bench.host, random = random, code = code, returns = returns, distinct = distinct,
    ids = {}, next_id = 0, past = {},
  }, Text)
  self.buffer = bench.open(raw, "a.c", "c")
  self.undo = bench.undo
  for i = 1, #raw do self.ids[i] = self:new_id() end
  return self
end

function Text:new_id()
  self.next_id = self.next_id + 1
  return self.next_id
end

function Text:lines()
  return self.host.lines(self.buffer, 1, -1)
end

function Text:new_ids(count)
  local ids = {}
  for i = 1, count do ids[i] = self:new_id() end
  return ids
end

--- Remembers what an undo would bring back.
function Text:remember(lines)
  table.insert(self.past, { lines = lines, ids = self.ids })
end

--- A change that no fix knows of: lines added, taken away, or replaced, anywhere.
function Text:edit()
  local random, before = self.random, self:lines()
  local first = random(#before)
  local last = math.min(#before, first + random(4) - 2) -- before first: lines are only added
  local new, ids = {}, {}
  for i = 1, random(3) - (last < first and 0 or 1) do
    -- Where lines stand several times, some are copies of lines that are there.
    new[i] = not self.distinct and random(3) == 1 and before[random(#before)] or "edited " .. random(1e6)
    ids[i] = self:new_id()
  end
  assert(self.host.replace(self.buffer, first, last, new))
  if same(before, self:lines()) then return end
  self:remember(before)
  local after, old_ids = self:lines(), self.ids
  if #after == 1 and after[1] == "" and last - first + 1 == #before and #new == 0 then
    self.ids = { self:new_id() }
    return
  end
  self.ids = spliced(old_ids, first, last, ids)
  self:keep_ids(before, new, first, last, old_ids)
end

--- A line that is replaced by the same one is the same line, at either end of what is replaced.
function Text:keep_ids(before, new, first, last, old_ids)
  local count = last - first + 1
  local head = 0
  while head < math.min(count, #new) and before[first + head] == new[head + 1] do
    self.ids[first + head] = old_ids[first + head]
    head = head + 1
  end
  local tail = 0
  while tail < math.min(count, #new) - head and before[last - tail] == new[#new - tail] do
    self.ids[first + #new - 1 - tail] = old_ids[last - tail]
    tail = tail + 1
  end
end

function Text:take_back()
  local past = table.remove(self.past)
  if past then
    self.undone = true
    self.undo(self.host, self.buffer, past.lines)
    assert.same(past.lines, self:lines())
    self.ids = past.ids
  end
end

--- Where `before` has to be changed to become `after` by putting in this fix; nil when no place does.
function Text:place_of(target, before, after)
  local true_place = not self.undone and self:find(target.ids)
  for first = true_place or 1, true_place or #before - #target.old + 1 do
    local last = first + #target.old - 1
    if same(slice(before, first, last), target.old)
      and same(#before == #target.old and #target.new == 0 and { "" }
        or spliced(before, first, last, target.new), after) then
      return first
    end
  end
end

--- Identities after a fix was put in at its place: lines that it keeps are the same lines.
function Text:put_in(target, first)
  local ids, at = {}, 1
  for _, hunk in ipairs(diff.hunks(target.old, target.new)) do
    for i = at, hunk.first - 1 do ids[#ids + 1] = self.ids[first + i - 1] end
    for _ = 1, hunk.new_count do ids[#ids + 1] = self:new_id() end
    at = hunk.first + hunk.count
  end
  for i = at, #target.old do ids[#ids + 1] = self.ids[first + i - 1] end
  self.ids = spliced(self.ids, first, first + #target.old - 1, ids)
  if #self.ids == 0 then self.ids = { self:new_id() } end
end

-- The property --------------------------------------------------------------------------------------

local function promises(name, new_bench)
  describe("in the host " .. name .. ", 500 edits", function()
    local bench, here, notes

    before_each(function()
      config.reset()
      bench = new_bench()
      here = session.new(bench.host, fake_client.new(bench.host))
      notes = bench.host.notify
      bench.host.notify = function() end
      if not editor.kind or name == "fake" then
        bench.undo = function(host, buffer, lines) host.fill(buffer, lines) end
      else
        bench.undo = function() editor.command("silent undo") end
      end
    end)
    after_each(function()
      here:close()
      bench.host.notify = notes
      if name ~= "fake" then editor.clear() end
    end)

    --- Findings with fixes anywhere, overlapping and one within the other.
    local function add_findings(text, count)
      local key = bench.host.path(text.buffer)
      key = key ~= "" and key or "buffer " .. text.buffer
      local board = here.findings:open("x", here:options().review,
        { { key = key, path = bench.host.path(text.buffer), buffer = text.buffer } })
      local code, targets = place.text(text.code), {}
      for i = 1, count do
        local first = text.random(#text.code)
        local last = math.min(#text.code, first + text.random(4) - 1)
        local old = slice(text.code, first, last)
        local new = new_lines(text.random, old)
        local record = here.findings:add(board, key, {
          id = i, severity = "error", category = "bug", title = "finding " .. i, detail = "",
          quote = table.concat(old, "\n"), first = first, last = last, state = "open",
          fix = {
            existing = table.concat(old, "\n"),
            replacement = table.concat(new, "\n"),
            first = first, last = last,
          },
        }, code)
        local ends = text.returns and "\r" or ""
        for _, lines in ipairs { old, new } do
          for row, line in ipairs(lines) do lines[row] = line .. ends end
        end
        targets[i] = { record = record, old = old, new = new, ids = slice(text.ids, first, last) }
      end
      return targets
    end

    local function apply_one(text, target)
      local before = text:lines()
      local done = apply.one(here, target.record)
      local after = text:lines()
      if not done then
        assert.same(before, after)
        return 0
      end
      local first = text:place_of(target, before, after)
      assert.truthy(first, "a fix was put in where it was not made for")
      text:remember(before)
      text:put_in(target, first)
      return 1
    end

    it("put no fix in a wrong place, and none beside it", function()
      math.randomseed(4)
      local random, applied, refused = math.random, 0, 0
      for round = 1, ROUNDS do
        local text = new_text(bench, random, round % 4 == 0)
        local targets = add_findings(text, 12)
        for _ = 1, EDITS / ROUNDS do
          if round % 2 == 0 and random(5) == 1 then text:take_back() else text:edit() end
          if random(3) == 1 then
            local done = apply_one(text, targets[random(#targets)])
            applied, refused = applied + done, refused + 1 - done
          end
        end
        here.findings:clear()
      end
      -- Neither all nor nothing, or nothing was shown.
      assert.truthy(applied > 20, applied .. " were put in")
      assert.truthy(refused > 20, refused .. " were refused")
    end)

    it("leave all that fits to be put in at once, and nothing else", function()
      math.randomseed(9)
      local random = math.random
      for round = 1, 30 do
        local text = new_text(bench, random, round % 4 == 0, true)
        local other = text.host.buffer()
        local targets = add_findings(text, 12)
        for _ = 1, random(4) do text:edit() end
        local before = text:lines()

        fix.apply_all(here)

        local wanted = {}
        for _, target in ipairs(targets) do
          if target.record.finding.state == "applied" then wanted[#wanted + 1] = target end
        end
        text:check_all(before, wanted)
        assert.equal(other, text.host.buffer())
        here.findings:clear()
      end
    end)
  end)
end

--- Where lines of these identities stand one below the other.
function Text:find(ids)
  for first = 1, #self.ids - #ids + 1 do
    if same(slice(self.ids, first, first + #ids - 1), ids) then return first end
  end
end

--- Those that have no line in common, the upper one first, as { target, first }; and the others.
function Text:apart(targets)
  local placed, chosen, rest, free = {}, {}, {}, 0
  for order, target in ipairs(targets) do
    local first = self:find(target.ids)
    assert.truthy(first, "a fix was put in whose lines were not there")
    placed[order] = { target = target, first = first, order = order }
  end
  table.sort(placed, function(one, two)
    return one.first < two.first or one.first == two.first and one.order < two.order
  end)
  for _, item in ipairs(placed) do
    local fits = item.first > free
    table.insert(fits and chosen or rest, fits and item or item.target)
    free = fits and item.first + #item.target.ids - 1 or free
  end
  return chosen, rest
end

--- The text must be what the fixes make of it, each at the lines that it was made for.
function Text:check_all(before, wanted)
  local lines, left = before, wanted
  while left[1] do
    local chosen
    chosen, left = self:apart(left)
    for i = #chosen, 1, -1 do
      local target, first = chosen[i].target, chosen[i].first
      lines = spliced(lines, first, first + #target.old - 1, target.new)
      self:put_in(target, first)
    end
  end
  assert.equal(table.concat(#lines == 0 and { "" } or lines, "\n"), table.concat(self:lines(), "\n"))
end

hosts.each(promises)
