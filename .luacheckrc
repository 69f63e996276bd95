-- The common dialect of Lua 5.1 to 5.4; `vim` only where a host may say it.
std = "min"
max_line_length = 100
unused_args = true
self = false
cache = false

-- A field that only newer Lua or LuaJIT has is reached by name in these.
globals = {}
read_globals = { "jit" }

exclude_files = { "build", "build-*" }

files["lua/mistral/host/nvim.lua"] = { globals = { "vim" } }
files["lua/mistral/host/vim.lua"] = { globals = { "vim" } }
files["lua/mistral/host/**/*.lua"] = { globals = { "vim" } }
files["lua/mistral/health.lua"] = { globals = { "vim" } }

files["spec/**/*_spec.lua"] = { std = "+busted", globals = { "vim" } }
files["spec/support/**/*.lua"] = { globals = { "vim" } }
files["spec/demo/**/*.lua"] = { globals = { "vim" } }
files["spec/bench/**/*.lua"] = { globals = { "vim" } }
