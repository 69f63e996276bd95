--- The hosts that a spec of hosts runs in: the fake everywhere, and the editor's own inside of one.
local editor = require "spec.editor.support.editor"
local fake = require "mistral.host.fake"

local M = {}

local function real_bench()
  local host = require("mistral.host").get()
  return {
    host = host,
    open = editor.open,
    edit = function(buffer, first, last, lines)
      if last >= first then editor.call("deletebufline", buffer, first, last) end
      for i, line in ipairs(lines) do editor.call("appendbufline", buffer, first + i - 2, line) end
    end,
    pass = function() editor.command("sleep 5m") end,
    fire = function(event) editor.command("doautocmd <nomodeline> " .. event) end,
  }
end

local function fake_bench()
  local host = fake.new()
  return {
    host = host,
    open = host.open,
    edit = host.edit,
    pass = function() host.advance(5) end,
    fire = function(event) host.fire(event, host.buffer()) end,
  }
end

--- Calls `fn` with the name of each host and what makes a bench of it: the host, and `open`, `edit`,
--- `pass` and `fire`, which do what a user would.
function M.each(fn)
  fn("fake", fake_bench)
  if editor.kind then fn(editor.kind, real_bench) end
end

return M
