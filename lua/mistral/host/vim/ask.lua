--- Questions in Vim: a popup menu.
local value = require("mistral.host.vim.value")

local call = value.call

local M = {}

local function items_of(choices)
  local items = {}
  for i, choice in ipairs(choices) do
    items[i] = ("%d  %s"):format(i, choice)
  end
  return value.list(items)
end

local function menu(host, question, choices, done)
  local columns = call("eval", "&columns")
  call("popup_menu", items_of(choices), {
    title = " " .. question .. " ",
    minwidth = math.min(columns - 4, call("strdisplaywidth", question) + 2),
    maxwidth = columns - 4,
    callback = function(_, chosen)
      host.schedule(function()
        done(chosen > 0 and chosen or nil)
      end)
    end,
    filter = function(id, key)
      local digit = tonumber(key:match("^%d$"))
      if key == "q" or digit and choices[digit] then
        call("popup_close", id, digit or -1)
        return true
      end
      return call("popup_filter_menu", id, key) == 1
    end,
  })
end

--- The verb needs to wait until nobody types.
---@param host table
function M.add(host)
  function host.ask(question, choices, done)
    host.when_idle(function()
      menu(host, question, choices, done)
    end)
  end
end

return M
