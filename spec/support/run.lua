-- Runs specs with busted inside whatever loaded this file: a Lua, Neovim (`:luafile`) or Vim.
-- Since an editor passes no arguments, the environment says what to do:
--   MISTRAL_SPECS   spec files or folders, separated by spaces
--   MISTRAL_REPORT  the file to write the report to (default: standard output)
--   MISTRAL_FILTER  Lua pattern: only tests whose full name matches
-- The last line of a whole report is `result PASSED FAILED PENDING`; run-specs.sh reads it, and
-- takes a report without one for a crash.

local here = debug.getinfo(1, "S").source:match("^@(.*)run%.lua$")
dofile(here .. "helper.lua")

local leaks = require "spec.support.leaks"
local report = require("spec.support.report").open(os.getenv("MISTRAL_REPORT"))

local function words(text)
  local list = {}
  for word in (text or ""):gmatch("%S+") do list[#list + 1] = word end
  return list
end

-- What a host opens at its first use and keeps is not a spec's leak: libuv's thread pool, the folder
-- of Vim's temporary files, and the thread by which newer Vims time a search out. Neovim's language
-- client is loaded before the specs are, since busted forgets what a file of them has loaded, and two
-- of it know nothing of each other's servers.
local function settle_host()
  local editor = rawget(_G, "vim")
  if not editor then
    return
  elseif not editor.api then
    editor.fn.tempname()
    editor.fn.search("x", "n", 0, 100)
    return
  end
  for _, part in ipairs { "", ".client", ".rpc", ".protocol" } do pcall(require, "vim.lsp" .. part) end
  local done = false
  editor.loop.fs_stat("/", function() done = true end)
  editor.wait(1000, function() return done end)
end

local function fail_on(list, context)
  if #list > 0 then error(context .. " left behind: " .. table.concat(list, ", "), 0) end
end

-- A subscriber of busted's must say `nil, true` for the next subscriber to hear of the event.
local function listen(busted, event, callback)
  busted.subscribe(event, function(...)
    callback(...)
    return nil, true
  end)
end

-- A test's own after_each has run before the one at the root does.
local function watch_tests(busted)
  local current
  listen(busted, { "test", "start" }, function(element) current = element.name end)
  busted.executors.after_each(function()
    fail_on(leaks.found(), ("the test %q"):format(current))
  end)
end

local function watch_files(busted)
  local before
  listen(busted, { "file", "start" }, function() before = leaks.snapshot() end)
  listen(busted, { "file", "end" }, function(file) fail_on(leaks.since(before), file.name) end)
end

local function load_specs(busted)
  local load = require "busted.modules.test_file_loader"(busted, { "lua" })
  local options = { excludes = {}, recursive = true }
  load(words(os.getenv("MISTRAL_SPECS")), { "_spec%.lua$" }, options)
end

local function filter_specs(busted)
  local pattern = os.getenv("MISTRAL_FILTER")
  local none = {}
  require "busted.modules.filter_loader"()(busted, {
    tags = none, excludeTags = none, filterOut = none,
    filter = pattern and pattern ~= "" and { pattern } or none,
  })
end

local function main()
  settle_host()
  local busted = require "busted.core"()
  require "busted"(busted)
  require "busted.luajit"()
  require "busted.languages.en"
  report:subscribe(busted, listen)
  watch_tests(busted)
  watch_files(busted)
  filter_specs(busted)
  load_specs(busted)
  require "busted.execute"(busted)(1, {})
end

local ok, message = xpcall(main, debug.traceback)
if not ok then report:failure("the runner itself", message) end
report:close()
