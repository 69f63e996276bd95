--- Values that stand where a secret would, in examples, templates and code that fetches it
--- elsewhere. Hiding those would only tear the text apart.
local M = {}

local WHOLE = {}
for word in ([[
  password passwd passphrase pass pwd secret secrets token tokens key apikey api_key credentials
  credential auth authorization bearer basic digest null nil none undefined true false yes no on
  off string str text bytes int integer number bool boolean object array any char varchar byte
  required optional hidden visible default empty unknown invalid missing unset blank prompt stdin
  ask file env environment keyring keychain vault random generated redacted masked removed
  omitted private public name value user username admin root login session cookie header query
  json form oauth oauth2 jwt password1 new_password old_password current_password user_password
  confirm confirmation password_confirmation n/a tbd todo fixme foo bar baz foobar qux changeit
  abc xyz uint8 uint16 uint32 uint64 int8 int16 int32 int64 float32 float64 utf8 utf-8 ascii
  base64 base64url sha1 sha256 sha512 md5 bcrypt argon2 argon2id scrypt pbkdf2 hs256 rs256 es256
  eddsa ed25519 rsa identifier keyword operator comment symbol literal expression statement
  function variable
]]):gmatch("%S+") do
  WHOLE[word] = true
end

local PARTS = {
  "example", "changeme", "change_me", "change-me", "change me", "changethis", "placeholder", "your",
  "xxxx", "****", "....", "redacted", "dummy", "replace", "insert", "fixme", "enter", "sample",
  "getenv", "process.env", "environ", "os.env", "env.", "env(", "{{", "${", "#{", "$(", "%(", "<%",
  "!secret", "notasecret", "not-a-secret", "not_a_secret", "not-secret", "fake", "mock", "n/a",
  "goes-here", "goes_here", "goeshere", "keepout", "secrets.", "secretref", "valuefrom", "ref+",
  "op://", "vault:", "arn:aws", "keyvault", "test_key", "test-key", "testkey", "test_token",
  "test-token", "testtoken", "lorem", "foobar", "blah", "todo", "bogus", "1234567890",
  "abcdefghij", "0123456789",
}

local function one_character(value)
  return value:sub(2) == value:sub(1, -2)
end

-- $NAME, ${NAME}, %NAME%, {name}, <name>, [name], %s, :name, @name: something else puts it in.
local function is_template(value)
  return value:find("^%$[%a_{(%[]") or value:find("^%%[%w_]*%%?$") or value:find("^{.*}$")
    or value:find("^<.*>$") or value:find("^%[.*%]$") or value:find("^:[%a_]+$")
    or value:find("^@[%a_]+$") or value:find("^&[%a_]+$") or value:find("^%*+$")
    or value:find("%%[sdv]") or value:find("{%w*}") or value:find("^%$%d+$")
end

--- Whether this stands for a secret and is none.
---@param value string
---@return boolean
function M.is(value)
  local lower = value:lower()
  if WHOLE[lower] or one_character(value) or is_template(value) then return true end
  for _, part in ipairs(PARTS) do
    if lower:find(part, 1, true) then return true end
  end
  return false
end

return M
