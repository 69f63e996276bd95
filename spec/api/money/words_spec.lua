local words = require "mistral.money.words"

describe("a sum of money", function()
  it("has two digits behind the point, and below a cent the two that say something", function()
    for _, case in ipairs {
      { 0, "0 USD" }, { -1, "0 USD" }, { 12.345, "12.35 USD" }, { 1.2, "1.20 USD" }, { 0.05, "0.05 USD" },
      { 0.01, "0.01 USD" }, { 0.00112, "0.0011 USD" }, { 0.0096, "0.0096 USD" }, { 0.001, "0.001 USD" },
      { 1e-05, "0.00001 USD" }, { 3.6e-06, "0.0000036 USD" }, { 1e-15, "0.000000000000001 USD" },
    } do
      assert.equal(case[2], words.usd(case[1]))
    end
  end)
end)
