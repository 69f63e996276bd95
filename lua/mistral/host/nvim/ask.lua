--- Questions in Neovim: what a user has put in place of vim.ui answers them, else a window of ours.
local float = require("mistral.host.nvim.float")

local api = vim.api

local M = {}

local RUNTIME = "@" .. (vim.env.VIMRUNTIME or "?")

--- Neovim's own Lua comes from vim/ or its runtime folder, or without a source since it is compiled
--- in.
---@param fn function
---@return boolean
function M.is_own(fn)
  local source = debug.getinfo(fn, "S").source
  return source:find("^@vim/") ~= nil or source:find("^[@=]?%?$") ~= nil
    or source:sub(1, #RUNTIME) == RUNTIME
end

local function menu_lines(choices)
  local lines = {}
  for i, choice in ipairs(choices) do
    lines[i] = ("%d  %s"):format(i, choice)
  end
  return lines
end

--- A menu: Enter takes the line of the cursor, a digit its line, q and Esc none.
local function menu(question, choices, done)
  local window, chosen
  local keys = {
    ["<CR>"] = function()
      local index = api.nvim_win_get_cursor(window.window)[1] - window.above
      if choices[index] then
        chosen = index
        window.close()
      end
    end,
  }
  for index = 1, math.min(#choices, 9) do
    keys[tostring(index)] = function()
      chosen = index
      window.close()
    end
  end
  window = float.float({
    lines = menu_lines(choices), title = question, close_on_move = false, keys = keys,
  })
  table.insert(window.undo, function()
    vim.schedule(function()
      done(chosen)
    end)
  end)
  api.nvim_win_set_cursor(window.window, { window.above + 1, 0 })
  vim.wo[window.window].cursorline = true
end

--- The verb needs to wait until nobody types.
---@param host table
function M.add(host)
  function host.ask(question, choices, done)
    host.when_idle(function()
      if M.is_own(vim.ui.select) then
        return menu(question, choices, done)
      end
      vim.ui.select(choices, { prompt = question }, function(_, index)
        done(index)
      end)
    end)
  end
end

return M
