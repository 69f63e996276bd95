-- How well secrets are told from ordinary code, measured on files that nothing was tuned on. The
-- names of the tests say what was measured.
local find = require "mistral.redact.find"
local measure = require "spec.api.redact.corpus.measure"
local plain = require "spec.api.redact.corpus.plain"
local secrets = require "mistral.redact.secrets"

describe("on the corpus, redaction", function()
  for _, part in ipairs { "tuned", "held_out" } do
    local recall = measure.recall(part)

    it(("hides %.1f %% of %d secrets of %d kinds, %s"):format(100 * recall.share, recall.planted,
      recall.kinds, part), function()
      assert.is_true(recall.planted >= 150 and recall.kinds >= 20, "the corpus is too small")
      assert.is_true(recall.share >= 0.95, table.concat(recall.missed, "\n"))
    end)
  end

  local alarms = measure.alarms("held_out", 15000)

  it(("has %.2f false alarms per 1000 lines of ordinary code, in %d lines"):format(
    alarms.per_1000, alarms.lines), function()
    assert.is_true(alarms.lines >= 20000, "too little ordinary code on this machine")
    assert.is_true(alarms.per_1000 <= 1, table.concat(alarms.list, "\n"))
  end)

  it("tells no kind that cannot be ignored by its name", function()
    local known, seen = find.kinds(), 0
    for _, part in ipairs { "tuned", "held_out" } do
      for kind in pairs(measure.recall(part).told_as) do
        seen = seen + 1
        assert.is_true(known[kind], kind)
      end
    end
    assert.is_true(seen >= 20, "the corpus is too small")
  end)

  for _, text in ipairs(plain.hard) do
    it("leaves alone what only looks like a secret: " .. text:sub(1, 60):gsub("\n", " "), function()
      assert.equal(text, (secrets.new():hide { content = text }).content)
    end)
  end
end)
