rockspec_format = "3.0"
package = "mistral.vim"
version = "scm-1"

source = {
  url = "git+file://.",
}

description = {
  summary = "Mistral's models in Vim, Neovim and Lua",
  detailed = [[
A client library for Mistral's API on a C module that does the network on a thread of its own
(libcurl, one warm HTTP/2 connection, server-sent events), and an editor layer over it that
reviews, explains and completes code in Vim and Neovim.]],
  license = "MIT",
}

dependencies = {
  "lua >= 5.1, < 5.6",
  "lua-cjson >= 2.1.0",
}

-- libcurl and zlib are looked for by CMake, which also knows multiarch folders, and says so if one is
-- missing.
build = {
  type = "cmake",
  variables = {
    CMAKE_BUILD_TYPE = "Release",
    MISTRAL_LUA_INCLUDE_DIR = "$(LUA_INCDIR)",
    MISTRAL_MODULE_DIR = "$(LIBDIR)",
    MISTRAL_SCRIPT_DIR = "$(LUADIR)",
  },
  copy_directories = { "doc", "plugin" },
}
