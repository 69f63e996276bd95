--- Files and the buffers they are in, for both editors.
local short = require("mistral.host.shared.short")

local IS_FILE = "bufloaded(v:val) && bufname(v:val) !=# '' && getbufvar(v:val, '&buftype') ==# ''"
local ADDRESS = "^%a[%w+.-]*://"

---@param editor mistral.host.Editor
---@param M table gets the verbs
return function(editor, M)
  local call, command = editor.call, editor.command

  function M.path(buffer)
    local name = call("bufname", buffer)
    if name == "" or name:find(ADDRESS) or call("getbufvar", buffer, "&buftype") ~= "" then
      return ""
    end
    return call("fnamemodify", name, ":p")
  end

  --- bufadd() makes no buffer where bufexists() knows one, and both compare files, not names.
  function M.find(path)
    if call("bufexists", path) == 0 then
      return nil
    end
    local buffer = call("bufadd", path)
    return M.valid(buffer) and M.path(buffer) ~= "" and buffer or nil
  end

  function M.buffers()
    local found = {}
    for _, buffer in ipairs(call("eval", ("filter(range(1, bufnr('$')), %q)"):format(IS_FILE))) do
      if M.path(buffer) ~= "" then
        found[#found + 1] = buffer
      end
    end
    return found
  end

  function M.modified(buffer)
    return call("getbufvar", buffer, "&modified") == 1
  end

  function M.file_names(start)
    return call("getcompletion", start, "file")
  end

  function M.folder()
    return call("getcwd")
  end

  function M.width()
    return call("eval", "&columns")
  end

  -- Going there ---------------------------------------------------------------------------------

  local function is_plain(window)
    return call("getwinvar", window, "&buftype") == "" and call("win_gettype", window) == ""
      and call("getwinvar", window, "&winfixbuf") ~= 1 and call("getwinvar", window, "&diff") == 0
  end

  --- A window for a file: the current one, or another of this tab page, when the current one shows
  --- something of its own; or none.
  local function window_for_files()
    local windows = { call("win_getid") }
    for number = 1, call("winnr", "$") do
      windows[#windows + 1] = call("win_getid", number)
    end
    for _, window in ipairs(windows) do
      if is_plain(window) then
        return window
      end
    end
  end

  --- Whether its changes would be hidden with it.
  local function must_stay(buffer)
    return call("getbufvar", buffer, "&modified") == 1 and call("eval", "&hidden") == 0
      and #call("win_findbuf", buffer) == 1
  end

  local function show(buffer)
    local window = window_for_files()
    if window then
      call("win_gotoid", window)
    end
    if M.buffer() == buffer then
      return
    end
    local how = (not window or must_stay(M.buffer())) and "sbuffer" or "buffer"
    command(("%s %d"):format(how, buffer))
  end

  local function place_cursor(row, col)
    M.set_cursor(math.min(row, call("line", "$")), col or 0)
    command("silent! normal! zv")
  end

  function M.go(buffer, row, col)
    command("normal! m'")
    local shown, message = pcall(show, buffer)
    if not shown or M.buffer() ~= buffer then
      return nil, "the editor could not show it: " .. tostring(message):gsub("^.-(E%d+: )", "%1")
    end
    place_cursor(row or 1, col)
    return true
  end

  function M.open(path, row, col)
    if call("bufexists", path) == 0 and call("filereadable", path) == 0 then
      return nil, ("there is no file %s that can be read"):format(path)
    end
    local buffer = call("bufadd", short(call, path))
    call("setbufvar", buffer, "&buflisted", 1)
    return M.go(buffer, row, col)
  end

  -- Tags ----------------------------------------------------------------------------------------

  local MOST_TAGS, MOST_BYTES = 5, 1024 * 1024

  --- The row of the line that a tag's search command names; nil when it is not there, or not a plain
  --- file: others would be waited for.
  local function find_row(path, search)
    local wanted = search:match("^[/?]%^?(.-)%$?[/?]?;?\"?$")
    local is_plain_file = call("getftype", call("resolve", path)) == "file"
    local file = wanted and is_plain_file and io.open(path, "rb")
    if not file then
      return nil
    end
    local text = "\n" .. (file:read(MOST_BYTES) or "")
    file:close()
    local at = text:find("\n" .. wanted:gsub("\\([/\\])", "%1"), 1, true)
    return at and select(2, text:sub(1, at):gsub("\n", "")) or nil
  end

  local function row_of(tag, path)
    return tonumber(tag.line) or tonumber(tag.cmd) or find_row(path, tag.cmd)
  end

  local LOOK_UP = "try | let g:mistral_tags = taglist('^%s$') | catch | endtry"

  --- Quick where the tags file is sorted and case counts, whatever 'ignorecase' says; nothing where
  --- the tags file is broken.
  local function tags_of(name)
    local case = call("eval", "&l:tagcase")
    editor.set_global("mistral_tags", editor.list({}))
    command("noautocmd let &l:tagcase = 'match'")
    command(LOOK_UP:format(name))
    command(("noautocmd let &l:tagcase = '%s'"):format(case))
    local tags = editor.get_global("mistral_tags")
    command("unlet g:mistral_tags")
    return tags
  end

  --- Only plain names, since the editor takes a pattern.
  function M.tags(name)
    local found = {}
    if not name:find("^[%w_]+$") then
      return found
    end
    for _, tag in ipairs(tags_of(name)) do
      local path = call("fnamemodify", tag.filename, ":p")
      local row = #found < MOST_TAGS and row_of(tag, path)
      if row then
        found[#found + 1] = { path = path, row = row }
      end
    end
    return found
  end
end
