--- What language a file is in, by its name; as the editors call their file types.
local M = {}

local BY_EXTENSION = {}

local function extensions(language, words)
  for word in words:gmatch("%S+") do
    BY_EXTENSION[word] = language
  end
end

extensions("c", "c h")
extensions("cpp", "cc cpp cxx hh hpp hxx ipp")
extensions("cs", "cs")
extensions("css", "css scss less")
extensions("dart", "dart")
extensions("elixir", "ex exs")
extensions("erlang", "erl hrl")
extensions("go", "go")
extensions("haskell", "hs")
extensions("html", "html htm")
extensions("java", "java")
extensions("javascript", "js mjs cjs jsx")
extensions("json", "json")
extensions("kotlin", "kt kts")
extensions("lua", "lua")
extensions("markdown", "md markdown")
extensions("objc", "m mm")
extensions("perl", "pl pm t")
extensions("php", "php")
extensions("python", "py pyi")
extensions("r", "r")
extensions("ruby", "rb rake gemspec")
extensions("rust", "rs")
extensions("scala", "scala sc")
extensions("sh", "sh bash zsh ksh")
extensions("sql", "sql")
extensions("swift", "swift")
extensions("terraform", "tf")
extensions("toml", "toml")
extensions("typescript", "ts mts cts tsx")
extensions("vim", "vim")
extensions("yaml", "yml yaml")
extensions("zig", "zig")

local BY_NAME = {
  Dockerfile = "dockerfile", Gemfile = "ruby", Jenkinsfile = "groovy", Makefile = "make",
  Rakefile = "ruby", ["CMakeLists.txt"] = "cmake", [".bashrc"] = "sh", [".profile"] = "sh",
}

--- The language of a file of this name; "" when nothing tells.
---@param path string
---@return string
function M.of(path)
  local name = path:match("[^/\\]*$")
  local extension = name:match("%.([%w]+)$")
  return BY_NAME[name] or extension and BY_EXTENSION[extension:lower()] or ""
end

return M
