--- Ordinary code to be quiet about: what any machine has that can run these specs, and hard cases
--- that look like secrets and are none.
local M = {}

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return text
end

local function listed(command)
  local pipe = assert(io.popen(command))
  local out = {}
  for path in pipe:lines() do
    out[#out + 1] = path
  end
  pipe:close()
  return out
end

-- Where ordinary code is: the first is what tuning looked at, the second what is measured.
local PLACES = {
  tuned = {
    "lua csrc", "/usr/share/nvim/runtime/lua", "/usr/share/vim/vim90/autoload /usr/share/vim/vim91/autoload",
  },
  held_out = {
    "spec/core spec/editor spec/server spec/support", "/usr/share/lua/5.1 /usr/share/lua/5.4",
    "/usr/share/nvim/runtime/ftplugin /usr/share/nvim/runtime/autoload", "/usr/include",
    "/usr/lib/python3/dist-packages /usr/lib/python3.11", "/usr/share/perl5 /usr/share/perl/5.36.0",
  },
}

local NAMES = [[ -name '*.lua' -o -name '*.c' -o -name '*.h' -o -name '*.vim' -o -name '*.py'
  -o -name '*.pm' -o -name '*.sh' -o -name '*.js' -o -name '*.css' ]]

local function files_in(place)
  local command = "find %s -type f -size -300k '(' %s ')' 2>/dev/null | LC_ALL=C sort"
  return listed(command:format(place, NAMES:gsub("\n", " ")))
end

local function count_lines(text)
  local _, count = text:gsub("\n", "\n")
  return count
end

--- Files of ordinary code, up to so many lines of each place.
---@param part "tuned"|"held_out"
---@param most integer
---@return { name: string, text: string }[] files, integer lines
function M.files(part, most)
  local out, total = {}, 0
  for _, place in ipairs(PLACES[part]) do
    local lines = 0
    for _, path in ipairs(files_in(place)) do
      local text = lines < most and read(path)
      if text then
        out[#out + 1] = { name = path, text = text }
        lines = lines + count_lines(text)
      end
    end
    total = total + lines
  end
  return out, total
end

--- What looks like a secret and is none: one string per case.
M.hard = {
  [[commit 3f2a9c1be0d7485f6a1c3e5b7d9f0a2c4e6b8d0f]],
  [[sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855]],
  [["integrity": "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="]],
  [[id = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"]],
  [[assert(encode(PANGRAM) == "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZw==")]],
  [[body = "eyJoZWxsbyI6ICJ3b3JsZCIsICJudW1iZXIiOiAxMjM0NX0="]],
  [[background: url(data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhg==)]],
  [[.btn-primary-outline:hover::before{transform:translate3d(0,-50%,0);transition:opacity .2s}]],
  [[function t(e,n){var r=e.a1b2;return r?n(r):o(e,"aZ09",n)}!function(e,t){"object"==typeof exports}(this)]],
  [[TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 = 0xC02C]],
  [[std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now())]],
  [[password = os.environ["DB_PASSWORD"] ]],
  [[password: ${DB_PASSWORD}]],
  [[api_key = "<your-api-key>"]],
  [[token = lexer.next_token()]],
  [[password = getpass.getpass("Password: ")]],
  [[const token = await getAccessTokenSilently({ audience });]],
  [["password": "changeme"]],
  [[if token.type == "identifier" then return token.value end]],
  [[max_tokens = 4096, token_type = "bearer"]],
  [[def authenticate(self, username, password=None, token=None, **kwargs):]],
  [[<input type="password" name="password" placeholder="Password" autocomplete="current-password">]],
  "AWS_ACCESS_KEY_ID=AKIA" .. "IOSFODNN7EXAMPLE",
  [[ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8mV2m0Yw1kz4Jm3kQnJH3xv9y1R2d4FqTgBhUeWzXc user@host]],
  [[key = "primary_key_column_name"]],
  [[local key_for_this_item = keys[index + 1] ]],
  [["secret": "projects/p/secrets/db/versions/latest"]],
  [[https://docs.google.com/document/d/1A2b3C4d5E6f7G8h9I0jKlMnOpQrStUvWxYz0123456789ab/edit]],
  [[go.sum: golang.org/x/text v0.3.7 h1:olpwvP2KacW1ZWvsR7uQhoyTYvKAupfQrRGBFM352Gk=]],
  [[xmlns:android="http://schemas.android.com/apk/res/android"]],
  [[d="M10 20v-6h4v6h5v-8h3L12 3 2 12h3v8zM3.5 18.49l6-6.01 4 4L22 6.92l-1.41-1.41-7.09 7.97-4-4L2 16.99z"]],
  [[-----BEGIN CERTIFICATE-----
MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ
RTESMBAGA1UEChMJQmFsdGltb3JlMRMwEQYDVQQLEwpDeWJlclRydXN0MSIwIAYD
VQQDExlCYWx0aW1vcmUgQ3liZXJUcnVzdCBSb290MB4XDTAwMDUxMjE4NDYwMFoX
-----END CERTIFICATE-----]],
}

return M
