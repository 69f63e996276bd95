--- The checker of Amazon's signatures, against the example in Amazon's own documents.

local sigv4 = dofile "spec/support/server/sigv4.lua"

local SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
local SCOPE = "20150830/us-east-1/iam/aws4_request"
local SIGNED = "content-type;host;x-amz-date"

local function example(changes)
  local request = {
    method = "GET", path = "/?Action=ListUsers&Version=2010-05-08", body = "",
    headers = { ["content-type"] = "application/x-www-form-urlencoded; charset=utf-8",
      host = "iam.amazonaws.com", ["x-amz-date"] = "20150830T123600Z" },
  }
  for name, value in pairs(changes or {}) do request[name] = value end
  return request
end

describe("the checker of signatures", function()
  it("finds what Amazon's documents say", function()
    assert.equal("5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
      sigv4.signature(example(), SIGNED, SCOPE, SECRET))
  end)

  it("does not mind the order of a query", function()
    assert.equal("5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
      sigv4.signature(example { path = "/?Version=2010-05-08&Action=ListUsers" }, SIGNED, SCOPE, SECRET))
  end)

  it("finds another one for another body, path, method or secret", function()
    local seen = {}
    for _, request in ipairs { example(), example { body = "x" }, example { path = "/a" },
      example { method = "POST" } } do
      local found = sigv4.signature(request, SIGNED, SCOPE, SECRET)
      assert.is_nil(seen[found])
      seen[found] = true
    end
    assert.is_nil(seen[sigv4.signature(example(), SIGNED, SCOPE, "other")])
  end)

  it("names what is wrong", function()
    local secrets = { AKIDEXAMPLE = { secret = SECRET } }
    local function check(authorization, date)
      local request = example()
      request.headers.authorization = authorization
      request.headers["x-amz-date"] = date or request.headers["x-amz-date"]
      return sigv4.check(request, { service = "iam", secrets = secrets })
    end
    local function signed(key, scope, names, signature)
      return ("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s"):format(key, scope,
        names, signature or ("0"):rep(64))
    end
    local now = os.date "!%Y%m%dT%H%M%SZ"
    local today = now:sub(1, 8) .. "/us-east-1/iam/aws4_request"

    assert.truthy(check "Bearer x":find "Missing Authentication Token")
    assert.truthy(check(signed("NOBODY", SCOPE, SIGNED)):find "token included")
    assert.truthy(check(signed("AKIDEXAMPLE", SCOPE:gsub("iam", "s3"), SIGNED)):find "scoped")
    assert.truthy(check(signed("AKIDEXAMPLE", SCOPE, SIGNED)):find "expired")
    assert.truthy(check(signed("AKIDEXAMPLE", today, "host;x-amz-date"), now):find "content%-type has to be")
    assert.truthy(check(signed("AKIDEXAMPLE", today, SIGNED .. ";x-y"), now):find "x%-y is signed")
    assert.truthy(check(signed("AKIDEXAMPLE", today, SIGNED), now):find "does not match")
    local right = example()
    right.headers["x-amz-date"] = now
    local signature = sigv4.signature(right, SIGNED, today, SECRET)
    assert.is_nil(check(signed("AKIDEXAMPLE", today, SIGNED, signature), now))
  end)
end)
