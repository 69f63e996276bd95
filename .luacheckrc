-- The common dialect of Lua 5.1 to 5.4; `vim` only where a host may say it.
std = "min"
max_line_length = 100
max_comment_line_length = false -- an annotation cannot be broken
self = false
cache = false

-- What only some Lua has, used as `table.unpack or unpack`.
read_globals = {
  "jit", "unpack", "loadstring",
  table = { fields = { "unpack", "pack" } },
}

exclude_files = { "build", "build-*", "spec/demo/total.lua" }

files["lua/mistral/host"] = { globals = { "vim" } }
files["lua/mistral/health.lua"] = { globals = { "vim" } }
files["spec"] = { globals = { "vim" }, max_line_length = 120 }
files["spec/bench"] = { std = "lua54" } -- scripts of one Lua
files["spec/demo"] = { std = "lua54" }
files["spec/**/*_spec.lua"] = { std = "+busted" }
files["spec/**/*_vectors.lua"] = { max_line_length = false } -- tables of data
files["spec/support/fixtures"] = { std = "+busted" }
