--- What plugin/mistral.vim costs an editor that starts.

local shell = require("spec.bench.lib.shell")

local M = { name = "startup", title = "Start-up of the editor: plugin/mistral.vim" }

local STARTS, MOST_MS = 25, 0.3
local PLUGIN = "plugin/mistral.vim"

-- Writes down how many of our modules are loaded; %s is the file's name as that editor has it.
local COUNT = 'lua local n = 0 for k in pairs(package.loaded) do '
  .. 'n = n + (k:match("^mistral") and 1 or 0) end local f = io.open(%s, "w") f:write(n) f:close()'

local EDITORS = {
  { name = "Neovim", argv = { "nvim", "--headless", "-u", "NONE", "-i", "NONE", "-n" },
    count = COUNT:format("vim.env.BENCH_LOADED") },
  { name = "Vim", argv = { "vim", "-es", "-N", "-u", "NONE", "-i", "NONE", "-n" },
    count = COUNT:format('vim.eval("$BENCH_LOADED")') },
}

---@param editor table
---@param folder string
---@return number ms, integer loaded
local function start(editor, folder)
  local log, loaded = folder .. "/startuptime", folder .. "/loaded"
  os.remove(log)
  local argv = table.move(editor.argv, 1, #editor.argv, 1, {})
  for _, word in ipairs({ "--startuptime", log, "--cmd", "set rtp^=.", "+source " .. PLUGIN,
    "+" .. editor.count, "+qa!" }) do
    argv[#argv + 1] = word
  end
  shell.run("BENCH_LOADED=" .. shell.quote(loaded) .. " " .. shell.command(argv) .. " </dev/null")
  local text = shell.read(log)
  local ms = text:match("[%d.]+%s+[%d.]+%s+([%d.]+): sourcing [^\n]*plugin/mistral%.vim")
  return assert(tonumber(ms), "no line for the plugin in:\n" .. text), tonumber(shell.read(loaded))
end

---@param bench bench.Bench
function M.run(bench)
  for _, editor in ipairs(EDITORS) do
    local values, loaded = {}, 0
    for i = 1, STARTS do
      values[i], loaded = start(editor, bench.site.folder)
    end
    table.sort(values)
    local median = values[#values // 2 + 1]
    bench.report:add({ row = M.name, case = "sourcing the plugin", subject = editor.name,
      unit = "ms", note = ("%d Lua modules"):format(loaded), target = "≤ 0.3 ms, no Lua",
      met = median <= MOST_MS and loaded == 0 }, values)
  end
end

return M
