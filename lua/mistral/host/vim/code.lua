--- What Vim knows of code: it has no diagnostics of its own, so ALE and the lists are asked.
local loop = require("mistral.host.vim.loop")
local value = require("mistral.host.vim.value")

local call = value.call

local M = {}

local MOST = 200
local MOST_ENTRIES = 10000 -- of a list that is looked through
local OURS = "^Mistral review"

local SEVERITY = { E = "error", W = "warning", I = "info", N = "hint" }

local function take(entries, source, found)
  for _, entry in ipairs(entries) do
    if #found < MOST then
      found[#found + 1] = {
        row = entry.lnum,
        last = math.max(entry.lnum, entry.end_lnum or 0),
        severity = SEVERITY[(entry.type or ""):upper()] or "info",
        message = entry.text or "",
        source = entry.linter_name or source,
      }
    end
  end
end

local IS_HERE = "v:val.bufnr == %d && v:val.lnum <= %d"
  .. " && max([v:val.lnum, get(v:val, 'end_lnum', 0)]) >= %d"

--- The entries of a Vim expression that yields a list, for these rows.
local function filtered(list, buffer, first, last)
  return call("eval", ("filter(%s, %q)"):format(list, IS_HERE:format(buffer, last, first)))
end

local function from_list(get, buffer, first, last, found)
  local about = call("eval", get:format("{'title': 1, 'size': 1}"))
  if (about.size or 0) > 0 and about.size <= MOST_ENTRIES and not about.title:find(OURS) then
    local all = get:format("{'items': 1}") .. ".items"
    take(filtered(all, buffer, first, last), about.title, found)
  end
end

function M.diagnostics(buffer, first, last)
  local found = {}
  if call("exists", "g:ale_buffer_info") == 1 then
    local all = ("deepcopy(get(get(g:ale_buffer_info, %d, {}), 'loclist', []))"):format(buffer)
    take(filtered(all, buffer, first, last), "ale", found)
  end
  if #found == 0 then
    local window = call("bufwinid", buffer) -- whose list it is, wherever the cursor is
    if window ~= -1 then
      from_list(("getloclist(%d, %%s)"):format(window), buffer, first, last, found)
    end
    from_list("getqflist(%s)", buffer, first, last, found)
  end
  return found
end

--- Vim has no language client of its own; tags do better there.
function M.definition(_, _, _, done)
  loop.schedule(function()
    done({})
  end)
end

--- Nor has it a syntax tree.
function M.outline()
  return nil
end

return M
