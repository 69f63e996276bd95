--- Certificates made at start: an authority, and server contexts signed by it. Elliptic-curve keys,
--- because RSA keys would cost the start of every spec run a second.

local altname = require "openssl.x509.altname"
local bignum = require "openssl.bignum"
local extension = require "openssl.x509.extension"
local name = require "openssl.x509.name"
local pkey = require "openssl.pkey"
local random = require "openssl.rand"
local ssl_context = require "openssl.ssl.context"
local x509 = require "openssl.x509"

local M = {}

local DAY_S = 86400
local CIPHERS = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
  .. "ECDHE-ECDSA-CHACHA20-POLY1305"

local authority = {}
authority.__index = authority

local function new_key()
  return pkey.new { type = "EC", curve = "prime256v1" }
end

local function common_name(text)
  local subject = name.new()
  subject:add("CN", text)
  return subject
end

local function new_certificate(subject, key)
  local certificate = x509.new()
  certificate:setVersion(3)
  certificate:setSerial(bignum.fromBinary(random.bytes(16)))
  certificate:setSubject(common_name(subject))
  certificate:setPublicKey(key)
  certificate:setLifetime(os.time() - DAY_S, os.time() + 30 * DAY_S)
  return certificate
end

--- Signs its own certificate.
function M.authority(title)
  local self = setmetatable({ title = title, key = new_key() }, authority)
  local certificate = new_certificate(title, self.key)
  certificate:setIssuer(common_name(title))
  certificate:setBasicConstraints { CA = true, pathLen = 0 }
  certificate:setBasicConstraintsCritical(true)
  certificate:addExtension(extension.new("keyUsage", "critical,keyCertSign,cRLSign"))
  certificate:sign(self.key)
  self.certificate = certificate
  return self
end

function authority:pem()
  return self.certificate:toPEM()
end

local function alternative_names(names)
  local list = altname.new()
  for _, each in ipairs(names) do
    local is_address = each:find("^[%d.]+$") or each:find(":", 1, true)
    list:add(is_address and "IP" or "DNS", each)
  end
  return list
end

local function issue(self, names)
  local key = new_key()
  local certificate = new_certificate(names[1], key)
  certificate:setIssuer(common_name(self.title))
  certificate:setSubjectAlt(alternative_names(names))
  certificate:setBasicConstraints { CA = false }
  certificate:setBasicConstraintsCritical(true)
  certificate:addExtension(extension.new("extendedKeyUsage", "serverAuth"))
  certificate:sign(self.key)
  return certificate, key
end

--- The first of our protocols that the client offers.
local function choose(_, offered, ours)
  for _, mine in ipairs(ours) do
    for _, theirs in ipairs(offered) do
      if mine == theirs then return mine end
    end
  end
end

--- A TLS server context for `names`, speaking `protocols` (ALPN names, best first).
---@param issuer table from M.authority
---@param names string[] host names and addresses
---@param protocols string[]
function M.server_context(issuer, names, protocols)
  local context = ssl_context.new("TLS", true)
  context:setOptions(ssl_context.OP_NO_COMPRESSION + ssl_context.OP_NO_SSLv3
    + ssl_context.OP_NO_TLSv1 + ssl_context.OP_NO_TLSv1_1)
  context:setCipherList(CIPHERS)
  if context.setGroups then context:setGroups("X25519:P-256:P-384") end
  context:setAlpnSelect(choose, protocols)
  local certificate, key = issue(issuer, names)
  context:setPrivateKey(key)
  context:setCertificate(certificate)
  return context
end

return M
