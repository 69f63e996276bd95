--- An editor in memory, for specs: time stands still until it is told to go on, and everything that
--- would be shown can be looked at.
local M = {}

---@class mistral.host.Fake: mistral.Host
---@field notes { message: string, level: string }[] what notify was given
---@field shown table<integer, mistral.host.Shown[]> findings by buffer
---@field lists { title: string, open: boolean, items: mistral.host.ListItem[] }[]
---@field ghosts table<table, string[]> those shown now, with their lines
---@field menus string[][] completion menus opened
---@field emitted string[] names of events
---@field events { name: string, data?: table }[]
---@field progressed string[] what progress was given
---@field asked { question: string, choices: string[], answer: fun(answer: any) }[] by ask
---@field floats table[] with their options, keys, is_open and close
---@field diffs table[] the same
---@field jobs { argv: string[], options?: table, stopped?: boolean }[]
---@field runs fun(argv: string[], options: table): mistral.host.Result|nil what a command gives; nil: it never ends
---@field files table<string, string[]> what `open` finds, by absolute path
---@field known { tags: table, diagnostics: table, outline?: function, definition?: function }
---@field press fun(key: string) a key of the split that has the cursor
---@field actions? table what code_actions was given, and the buffers it is shown in
---@field folders table<string, string[]> what `names_in` finds, by folder
---@field selected table<integer, integer[]> what `visual` finds, by buffer
---@field written table<integer, true> buffers that `unmodified` was told of
---@field press_enter fun(): boolean Enter is typed; whether somebody took it
---@field splits table<integer, true> buffers shown in a window of their own
---@field open fun(lines: string[], name?: string, filetype?: string): integer a new current buffer; with a path, the verb
---@field edit fun(buffer: integer, first: integer, last: integer, lines: string[]) an edit
---@field unload fun(buffer: integer)
---@field type fun(text: string) text typed in Insert mode
---@field insert fun(on: boolean) enters or leaves Insert mode
---@field interrupt fun() leaves Insert mode as CTRL-C does, without InsertLeave
---@field move fun(row: integer, col: integer)
---@field fire fun(event: string, buffer?: integer)
---@field advance fun(ms: integer) lets time pass, running what falls due
---@field live fun(): integer timers, marks and event handlers that are left

local function live(state)
  local count = 0
  for _, set in ipairs({ state.timers, state.handlers }) do
    for _ in pairs(set) do
      count = count + 1
    end
  end
  for _, there in ipairs(state.buffers) do
    for _ in pairs(there.marks) do
      count = count + 1
    end
  end
  return count
end

--- A fresh one, with one empty buffer.
---@param options? table what g:mistral says
---@return mistral.host.Fake
function M.new(options)
  local state = {
    now = 0, count = 0, timers = {}, handlers = {}, buffers = {}, options = options or {},
    row = 1, col = 0, inserting = false, menu_open = false, width = 80,
    appends = 0, draws = 0, jumps = 0, redraws = 0,
  }
  local host = {
    kind = "fake", version = "fake 1.0", state = state,
    notes = {}, shown = {}, lists = {}, ghosts = {}, menus = {}, emitted = {},
    splits = {}, events = {}, progressed = {}, asked = {}, floats = {}, diffs = {}, jobs = {},
    files = {}, known = { tags = {}, diagnostics = {} },
    runs = function()
      return { code = 127, stdout = "", stderr = "there are no jobs here" }
    end,
  }
  for _, part in ipairs({ "buffers", "cursor", "time", "showing", "talks" }) do
    require("mistral.host.fake." .. part)(host, state)
  end
  function host.live()
    return live(state)
  end
  host.open({ "" })
  return host
end

return M
