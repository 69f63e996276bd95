--- Both editors' loops during a review of 60 files with 5 000 changed lines.

local branch = require("spec.bench.lib.branch")
local cjson = require("cjson")
local loopback = require("spec.bench.lib.loopback")
local shell = require("spec.bench.lib.shell")
local stats = require("spec.bench.lib.stats")

local M = { name = "review", title = "The editor's loop during a review of 5 000 changed lines" }

local ROUNDS, MOST_MS = 7, 10
local SCRIPT = "spec/bench/subject/review.vim"

local EDITORS = {
  { name = "Neovim", argv = { "nvim", "--headless", "-u", "NONE", "-i", "NONE", "-n" } },
  { name = "Vim", argv = { "vim", "-N", "-u", "NONE", "-i", "NONE", "-n", "--not-a-term", "-T",
    "dumb" } },
}

--- One fresh editor, from its first command to the end of the review.
---@return { idle_ms: number, gap_ms: number, wall_ms: number, findings: integer }
local function review(editor, top, server, folder)
  local out, keys = folder .. "/review.json", folder .. "/keys"
  shell.run("rm -rf " .. shell.quote(folder .. "/state") .. " " .. shell.quote(out))
  local environment = ("XDG_STATE_HOME=%s MISTRAL_BENCH_URL=%s MISTRAL_BENCH_CA=%s "
    .. "MISTRAL_BENCH_OUT=%s MISTRAL_BENCH_TOP=%s no_proxy='*' "):format(
    shell.quote(folder .. "/state"), server.url, shell.quote(server.ca_file), shell.quote(out),
    shell.quote(top))
  local argv = table.move(editor.argv, 1, #editor.argv, 1, {})
  argv[#argv + 1], argv[#argv + 2] = "--cmd", "set rtp^=."
  argv[#argv + 1], argv[#argv + 2] = "-S", SCRIPT
  -- Standard input stays open and has nothing to say, as a terminal at which nobody types.
  shell.run(("[ -p %s ] || mkfifo %s; %s timeout 60 %s <>%s >/dev/null 2>&1"):format(
    shell.quote(keys), shell.quote(keys), environment, shell.command(argv), shell.quote(keys)))
  return cjson.decode(shell.read(out))
end

---@param bench bench.Bench
local function tell(bench, editor, answers)
  local case = ("%s: longest gap of a 1 ms timer"):format(editor.name)
  bench.report:add({ row = M.name, case = case, subject = "nothing", unit = "ms" },
    stats.column(answers, "idle_ms"))
  local gaps = stats.column(answers, "gap_ms")
  bench.report:add({ row = M.name, case = case, subject = "a review, the first of its editor",
    unit = "ms", note = ("longest %.1f"):format(math.max(table.unpack(gaps))), target = "< 10 ms",
    met = stats.median(gaps) < MOST_MS }, gaps)
  bench.report:add({ row = M.name, case = editor.name .. ": from the command to the last word",
    subject = ("%d findings"):format(answers[1].findings), unit = "ms" },
    stats.column(answers, "wall_ms"))
end

---@param bench bench.Bench
function M.run(bench)
  local folder = bench.site.folder
  local top = branch.make(folder .. "/branch")
  local server = loopback.start(folder)
  for _, editor in ipairs(EDITORS) do
    local answers = {}
    for round = 1, ROUNDS do
      answers[round] = review(editor, top, server, folder)
    end
    tell(bench, editor, answers)
  end
  server:stop()
end

return M
