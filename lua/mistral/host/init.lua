--- What the editor layer asks of an editor: one short list of verbs, the same in Neovim, in Vim and
--- in the fake that specs use. Rows count from 1, columns are bytes and count from 0, as in the
--- editors' own cursor functions. Lines hold no line feed; a NUL is a NUL.
local M = {}

---@alias mistral.host.Stop fun() undoes what returned it; safe to call again

--- A stretch of whole lines that stays where it is while the text around it is edited.
---@class mistral.host.Mark
---@field range fun(): integer|nil, integer|nil first and last row, nil when all its lines are gone
---@field remove fun() safe to call again

--- Text that is shown and is not in the buffer.
---@class mistral.host.Ghost
---@field remove fun() safe to call again

---@class mistral.host.Shown a finding as it is shown
---@field first integer
---@field last integer
---@field severity mistral.Severity
---@field category string
---@field title string
---@field detail string

---@class mistral.host.ListItem
---@field buffer? integer
---@field path? string instead of the buffer, of a file that is not loaded
---@field row? integer none: listed apart, not a place to jump to
---@field last? integer
---@field severity mistral.Severity
---@field text string
---@field data? table kept with the entry where the editor can

---@class mistral.host.Split
---@field name string of the buffer; one that has it already is used again
---@field filetype string
---@field position "right"|"below"
---@field focus boolean whether the cursor goes there
---@field wrap? boolean false: long lines go on to the right
---@field keys? table<string, fun()> by their names; they stay until the window is closed by `unsplit`
---@field omnifunc? string that completes in it
---@field writable? boolean :write runs the handlers of BufWriteCmd; without it, there is no :write

---@class mistral.host.Float
---@field lines string[]
---@field filetype? string whose syntax it is drawn in
---@field title? string
---@field row? integer beside this row of the current window; none: beside the cursor
---@field close_on_move? boolean true unless told; with false it has the cursor, or all keys
---@field keys? table<string, fun()> by their names, such as `a` or `<CR>`; q and <Esc> close

---@class mistral.host.Floating
---@field buffer integer
---@field close fun() safe to call again
---@field is_open fun(): boolean

---@class mistral.host.Diff
---@field title string
---@field old? string[] on the left
---@field buffer? integer on the left, in place of `old`: the text itself, to be edited
---@field new string[] on the right, where the cursor begins
---@field filetype? string whose syntax it is drawn in
---@field keys? table<string, fun()> in the scratch windows; q closes

---@class mistral.host.Diffing
---@field old integer buffer
---@field new integer buffer
---@field close fun() both windows; safe to call again
---@field is_open fun(): boolean

---@class mistral.host.Diagnostic
---@field row integer
---@field last integer
---@field severity mistral.Severity
---@field message string
---@field source string who says so, or ""

---@class mistral.host.JobOptions
---@field cwd? string folder
---@field input? string what it reads; none: nothing
---@field timeout_ms? integer a minute unless told
---@field limit? integer most bytes that it may say, 64 MiB unless told

--- Its code is 124 when its time was over, 125 when it said more than the limit, 127 when it could
--- not be run. Its output is bytes as they came; in Vim a NUL comes as a line feed.
---@alias mistral.host.Result { code: integer, stdout: string, stderr: string, after_ms?: integer }

---@class mistral.host.Action
---@field title string one line
---@field run fun()

---@class mistral.host.CodeActions
---@field show fun(buffers: integer[]) offers them in these buffers, and in no other
---@field stop fun() safe to call again

---@class mistral.Host
---@field kind "nvim"|"vim"|"fake"
---@field version string the editor and its version, for people
---
--- Time and the outside. `schedule` and `timer` call once, on the main loop, and never before they
--- have returned; `watch` calls drain there when the transport has mail. `job` runs a command, without
--- a shell; stopped, it is ended and `done` is not called. `when_idle` is `schedule` for what may
--- ask or open a window: it waits until nobody types a text or a command, or looks for one.
---@field now fun(): number milliseconds
---@field schedule fun(fn: fun())
---@field timer fun(delay_ms: integer, fn: fun()): mistral.host.Stop
---@field watch fun(transport: mistral.native.Transport, drain: fun()): mistral.host.Stop
---@field job fun(argv: string[], done: fun(result: mistral.host.Result), options?: mistral.host.JobOptions): mistral.host.Stop
---@field when_idle fun(fn: fun())
---
--- Buffers. `name` is that of the file: its path below the working directory, or its last part, or
--- "". `tick` changes whenever the text does. `splice` inserts. `append` adds to the end
--- of a row, of the last one unless told, in the undo step of the last change; windows whose cursor is
--- in that row follow to where the text ends, which is the row it returns.
---@field buffer fun(): integer the current one
---@field valid fun(buffer: integer): boolean whether it is there and loaded
---@field name fun(buffer: integer): string
---@field filetype fun(buffer: integer): string
---@field tick fun(buffer: integer): integer
---@field line_count fun(buffer: integer): integer
---@field lines fun(buffer: integer, first: integer, last: integer): string[]
---@field splice fun(buffer: integer, row: integer, col: integer, lines: string[])
---@field fill fun(buffer: integer, lines: string[]) replaces all its text
---@field append fun(buffer: integer, text: string, row?: integer): integer
---@field mark fun(buffer: integer, first: integer, last: integer): mistral.host.Mark
---
--- `replace` puts lines in place of whole rows, as an undo step of its own, with `last` before
--- `first` above that row; rows that stay or are rewritten keep their marks. nil and a sentence when
--- the buffer is gone or may not be changed.
--- `replace_parts` does several, none of which has a row of another, in one undo step.
---@field replace fun(buffer: integer, first: integer, last: integer, lines: string[]): true|nil, string|nil
---@field replace_parts fun(buffer: integer, parts: mistral.host.Part[]): true|nil, string|nil
---
--- Files. `path` is absolute, "" for what is no file; `find` is the loaded buffer of exactly that
--- file; `buffers` are the loaded ones of files. `open` and `go` show a file or buffer in the current
--- window, or in another when that shows something of its own or has changes that would be hidden;
--- the jump list gets the place left. nil and a sentence when that fails.
---@field path fun(buffer: integer): string
---@field find fun(path: string): integer|nil
---@field modified fun(buffer: integer): boolean whether it has changes that are not written
---@field file_names fun(start: string): string[] files and folders whose names begin so
---@field buffers fun(): integer[]
---@field folder fun(): string the working directory
---@field open fun(path: string, row?: integer, col?: integer): true|nil, string|nil
---@field go fun(buffer: integer, row?: integer, col?: integer): true|nil, string|nil
---
--- Code, as others know it. `diagnostics` are those on these rows that are not ours. `definition`
--- asks language servers and is done within a second, with nothing where there are none. `tags` are
--- from tags files. `outline` is the function around a row: first and last row and name.
--- `code_actions` offers some, where the editor has that: Neovim from 0.8 on.
---@field diagnostics fun(buffer: integer, first: integer, last: integer): mistral.host.Diagnostic[]
---@field definition fun(buffer: integer, row: integer, col: integer, done: fun(places: { path: string, row: integer }[]))
---@field tags fun(name: string): { path: string, row: integer }[]
---@field code_actions fun(provider: fun(buffer: integer, first: integer, last: integer): mistral.host.Action[]): mistral.host.CodeActions
---@field outline fun(buffer: integer, row: integer): integer|nil, integer|nil, string|nil
---
--- The cursor, in the current window. `menu` opens the completion menu for the text from col on.
--- `look` sets it to the start of a row and shows the rows around it from `first` to `last`.
---@field cursor fun(): integer, integer row and column
---@field look fun(row: integer, first: integer, last: integer)
---@field set_cursor fun(row: integer, col: integer)
---@field inserting fun(): boolean whether keys typed now go into the buffer
---@field one_command fun(): boolean whether CTRL-O let this one command through from Insert mode
---@field menu_open fun(): boolean whether the completion menu is shown
---@field menu fun(col: integer, words: string[])
---
--- Showing. `findings` replaces all that were shown in the buffer. `new_list` makes an empty
--- quickfix list and, if asked, opens its window; the cursor stays where it is. `split` shows a
--- scratch buffer in a window, where `q` closes it; `unsplit` closes such windows. `notify` says
--- one sentence: too wide for the screen, it is cut there and whole in :messages. Its end, `tail`, that
--- says what to do, stays if it can. `progress` shows a
--- line that is not kept, and nothing while a command is typed; neither ever asks for Enter. `ask`
--- waits until nobody types and calls `done` later, with nil for no answer.
--- `on` takes events by Vim's names, and its function gets the event's buffer; `emit` tells whoever
--- listens for a User event: `data` is in g:mistral_event meanwhile, and in Neovim from 0.8 on in
--- the event's `data`.
--- `on_interrupt` calls soon after CTRL-C in Insert mode, of which InsertLeave does not tell.
---@field ghost fun(buffer: integer, row: integer, col: integer, lines: string[]): mistral.host.Ghost
---@field findings fun(buffer: integer, shown: mistral.host.Shown[], virtual_text: boolean)
---@field new_list fun(title: string, open: boolean): integer
---@field add_to_list fun(list: integer, items: mistral.host.ListItem[])
---@field empty_list fun(list: integer)
---@field list_index fun(list: integer): integer the entry the user is at, 0 in an empty list
---@field set_list_index fun(list: integer, index: integer)
---@field show_list fun(list: integer): boolean opens its window, if there still is such a list
---@field split fun(split: mistral.host.Split): integer the buffer
---@field unsplit fun(buffer: integer)
---@field notify fun(message: string, level: mistral.Level, tail?: string)
---@field progress fun(message: string)
---@field redraw_status fun() draws the status lines anew
---@field width fun(): integer columns of the screen
---@field float fun(float: mistral.host.Float): mistral.host.Floating
---@field diff fun(diff: mistral.host.Diff): mistral.host.Diffing
---@field ask fun(question: string, choices: string[], done: fun(index: integer|nil))
---@field on fun(events: string[], buffer: integer|nil, fn: fun(buffer: integer)): mistral.host.Stop
---@field on_interrupt fun(fn: fun()): mistral.host.Stop
---@field emit fun(name: string, data?: table)
---
--- Conversations. `following` are the windows whose cursor is in these rows of a buffer, and `follow`
--- moves theirs to the end of a row. `on_enter` hears of Enter in a buffer of ours, and says whether it takes it; Insert
--- mode is left then. `visual` are the rows that were selected last. `real_path` follows all links.
---@field following fun(buffer: integer, first: integer, last?: integer): table
---@field follow fun(windows: table, row: integer)
---@field on_enter fun(buffer: integer, fn: fun(inserting: boolean): boolean): mistral.host.Stop
---@field unmodified fun(buffer: integer) nothing in it is unwritten
---@field visual fun(buffer: integer): integer|nil, integer|nil first and last row
---@field real_path fun(path: string): string absolute, without a slash at its end
---@field names_in fun(folder: string): string[] names of what is in it; none when it is not there
---@field options fun(): table what the global variable g:mistral says

local current

--- The module for the editor this runs in; none for a thread of Neovim's, which has a `vim`, too,
--- but no buffers.
local function module_name()
  local editor = rawget(_G, "vim")
  if type(editor) == "table" then
    return editor.api and "mistral.host.nvim" or editor.buffer and "mistral.host.vim"
  end
end

--- The host of the editor this runs in; nil and a sentence outside of one.
---@return mistral.Host|nil, string|nil message
function M.get()
  if not current then
    local name = module_name()
    if not name then
      return nil, "mistral: this Lua runs in no editor"
    end
    current = require(name)
  end
  return current
end

return M
