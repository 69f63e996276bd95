--- Amazon's Signature Version 4, checked as its documents describe it and from what came over the
--- wire alone. Stricter than the real one in what has to be signed: whatever a body means and whatever
--- Amazon reads is in, or it is refused.
---
---   local why = sigv4.check(exchange, { service = "sagemaker", region = "eu-west-3",
---     secrets = { AKIDTEST = { secret = "…", token = "…" } } })      -- nil when it is good

local digest = require "openssl.digest"
local hmac = require "openssl.hmac"

local M = {}

local ALGORITHM = "AWS4-HMAC-SHA256"
local SKEW_S = 15 * 60

local function hex(bytes)
  return (bytes:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

local function sha256(text)
  return hex(digest.new("sha256"):final(text))
end

local function mac(key, text)
  return hmac.new(key, "sha256"):final(text)
end

local function encoded(text)
  return (text:gsub("[^%w%-._~]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

local function decoded(text)
  return (text:gsub("%%(%x%x)", function(code) return string.char(tonumber(code, 16)) end))
end

--- The path as sent, encoded once more: every service but S3 wants it so.
local function canonical_path(path)
  return (path:gsub("[^/]+", encoded))
end

local function canonical_query(query)
  local list = {}
  for name, value in query:gmatch "([^&=]+)=?([^&]*)" do
    list[#list + 1] = encoded(decoded(name)) .. "=" .. encoded(decoded(value))
  end
  table.sort(list)
  return table.concat(list, "&")
end

local function header(request, name)
  if name == "host" then return request.headers.host or request.headers[":authority"] end
  return request.headers[name]
end

--- The signed headers, one a line, or the name of one that is not there.
local function canonical_headers(request, names)
  local lines = {}
  for name in (names .. ";"):gmatch "([^;]*);" do
    local value = header(request, name)
    if not value then return nil, name end
    lines[#lines + 1] = name .. ":" .. value:match("^%s*(.-)%s*$"):gsub("%s+", " ") .. "\n"
  end
  return table.concat(lines)
end

local function must_be_signed(request)
  local names = { "host", "x-amz-date" }
  for name in pairs(request.headers) do
    if name == "content-type" or name:find "^x%-amz%-" and name ~= "x-amz-date" then
      names[#names + 1] = name
    end
  end
  return names
end

local function unsigned(request, signed)
  for _, name in ipairs(must_be_signed(request)) do
    if not (";" .. signed .. ";"):find(";" .. name .. ";", 1, true) then return name end
  end
end

--- The signature that this request should have.
---@param request {method: string, path: string, headers: table<string, string>, body: string}
---@param signed string     names of headers, in order, with ; between them
---@param scope string      "20150830/us-east-1/iam/aws4_request"
---@param secret string
---@return string? signature, string? missing
function M.signature(request, signed, scope, secret)
  local path, query = request.path:match "^([^?]*)%??(.*)$"
  local lines, missing = canonical_headers(request, signed)
  if not lines then return nil, missing end
  local canonical = table.concat({ request.method, canonical_path(path), canonical_query(query), lines,
    signed, sha256(request.body) }, "\n")
  local to_sign = table.concat({ ALGORITHM, request.headers["x-amz-date"] or "", scope,
    sha256(canonical) }, "\n")
  local key = "AWS4" .. secret
  for part in scope:gmatch "[^/]+" do key = mac(key, part) end
  return hex(mac(key, to_sign))
end

local function seconds_of(date)
  local y, mo, d, h, mi, s = (date or ""):match "^(%d%d%d%d)(%d%d)(%d%d)T(%d%d)(%d%d)(%d%d)Z$"
  if not y then return nil end
  local here = os.time { year = y, month = mo, day = d, hour = h, min = mi, sec = s, isdst = false }
  local utc = os.date("!*t", here)
  utc.isdst = false
  return here + (here - os.time(utc))
end

local function stale(date)
  local at = seconds_of(date)
  return not at or math.abs(at - os.time()) > SKEW_S
end

local function credential(request)
  local text = request.headers.authorization or ""
  local key, scope = text:match("^" .. ALGORITHM:gsub("%-", "%%-") .. " Credential=([^/]+)/([^,]+), ")
  local signed, signature = text:match "SignedHeaders=([^,]+), Signature=(%x+)$"
  return key, scope, signed, signature
end

--- Why this request is not signed as it should be, or nil.
---@param request Exchange
---@param expected {service: string, region?: string, secrets: table<string, {secret: string, token?: string}>}
---@return string? sentence
function M.check(request, expected)
  local key, scope, signed, signature = credential(request)
  if not signature then return "Missing Authentication Token" end
  local known = expected.secrets[key]
  if not known then return "The security token included in the request is invalid." end
  if known.token ~= request.headers["x-amz-security-token"] then
    return "The security token included in the request is invalid."
  end
  local date, region, service = scope:match "^(%d+)/([^/]+)/([^/]+)/aws4_request$"
  local stamp = request.headers["x-amz-date"]
  if service ~= expected.service or (expected.region and region ~= expected.region) then
    return "Credential should be scoped to another region or service."
  end
  if stale(stamp) or stamp:sub(1, 8) ~= date then return "Signature expired: " .. tostring(stamp) end
  local left_out = unsigned(request, signed)
  if left_out then return "The header " .. left_out .. " has to be signed." end
  local right, missing = M.signature(request, signed, scope, known.secret)
  if missing then return "The header " .. missing .. " is signed, but not there." end
  if right ~= signature then
    return "The request signature we calculated does not match the signature you provided."
  end
end

return M
