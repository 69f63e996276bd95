local files = require "mistral.redact.files"

local REFUSED = {
  ".env", ".env.local", ".envrc", "config/.env.production", "prod.env", "server.pem", "tls/server.key",
  "id_rsa", "id_ed25519", "id_ed25519_work", "id_rsa.old", "/srv/a/.ssh/id_ecdsa", "vault.kdbx", "a.p12",
  "a.pfx", ".netrc", "_netrc", ".pgpass", ".aws/credentials", ".git-credentials", ".npmrc", ".pypirc",
  "client.ppk", "release.jks", "secrets.yml", "SERVER.PEM", "C:\\keys\\server.key", "terraform.tfstate",
}

local SENT = {
  "main.lua", ".env.example", ".env.sample", "environment.py", "id_rsa.pub", "id_map.lua", "id_generator.py",
  "keys.lua", "key.c", "credentials.go", "netrc.vim", "monkey.keyboard", "pem.c", "", "[No Name]",
  "secrets_spec.lua",
}

describe("a file that holds secrets by its name", function()
  for _, path in ipairs(REFUSED) do
    it("is refused: " .. path, function()
      local said = files.refused(path)

      assert.truthy(said, path)
      assert.truthy(said:find("hold keys or passwords", 1, true))
    end)
  end

  for _, path in ipairs(SENT) do
    it("is not seen in: " .. path, function()
      assert.is_nil(files.refused(path))
    end)
  end

  it("is let through by its name, a part of it or its path", function()
    assert.is_nil(files.refused("tls/server.pem", { "*.pem" }))
    assert.is_nil(files.refused("tls/server.pem", { "other", "server.???" }))
    assert.is_nil(files.refused("/src/tls/server.pem", { "tls/*.pem" }))
    assert.truthy(files.refused("tls/server.pem", { "*.key", "tls/*.key", "server", "pem" }))
    assert.truthy(files.refused("src/xtls/server.pem", { "tls/*.pem" }))
  end)

  it("is named without what a terminal would obey", function()
    assert.is_nil(files.refused("a\27[2J.pem"):find("\27", 1, true))
  end)
end)
