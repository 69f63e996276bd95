--- Sentences for the user: none of them ever makes the editor wait for a key. One that is wider than
--- the screen is cut there, and is whole in :messages.
local GROUP = { error = "ErrorMsg", warn = "WarningMsg", info = "None" }

---@param editor mistral.host.Editor
---@param M table gets the verbs
return function(editor, M)
  local call, command = editor.call, editor.command

  local function quoted(message)
    return "'" .. message:gsub("'", "''") .. "'"
  end

  local function width(message)
    return call("strdisplaywidth", message)
  end

  --- As much of a text as fits, with an ellipsis when that is not all.
  local function cut(message, room)
    if width(message) <= room then
      return message
    end
    local fits, beyond = 0, room
    while beyond - fits > 1 do
      local middle = math.floor((fits + beyond) / 2)
      local is_short = width(call("strcharpart", message, 0, middle)) < room
      fits, beyond = is_short and middle or fits, is_short and beyond or middle
    end
    return call("strcharpart", message, 0, fits) .. "…"
  end

  --- As much of a sentence as fits on the screen; both of what it says and of its end, which says what
  --- to do.
  local function fitted(message, tail)
    local room = call("eval", "v:echospace")
    if not tail or width(message) <= room then
      return cut(message, room)
    end
    local half = math.floor(room / 2)
    local head = cut(message:sub(1, #message - #tail), math.max(half, room - width(tail)))
    return head .. cut(tail, room - width(head))
  end

  --- Drawn first, since two messages without a drawing between them ask for Enter.
  local function say(verb, message, group)
    command("redraw | echohl " .. group)
    command(verb .. " " .. quoted(message) .. " | echohl None")
  end

  --- The editor cuts what it echoes by itself with T in 'shortmess', but in the middle.
  local function keep(message, group)
    local before = call("eval", "&shortmess")
    command("set shortmess+=T")
    say("echomsg", message, group)
    command("let &shortmess = " .. quoted(before))
  end

  --- Later, when nobody types a command that the sentence would be drawn over.
  local function after_command(fn)
    local off
    off = M.on({ "CmdlineLeave" }, nil, function()
      off()
      M.schedule(fn)
    end)
  end

  --- Says one sentence.
  function M.say(message, level, tail)
    if not GROUP[level] then
      return
    elseif call("mode", 1) == "c" then
      return after_command(function()
        M.say(message, level, tail)
      end)
    end
    message = message:gsub("%c", " ")
    local fits = fitted(message, tail and tail:gsub("%c", " "))
    keep(message, GROUP[level])
    if fits ~= message then
      say("echo", fits, GROUP[level])
    end
  end

  M.notify = M.say

  --- Draws the status lines anew, wherever what is shown of us may be.
  function M.redraw_status()
    command("redrawstatus!")
  end

  --- One line that is not kept, where it disturbs nobody.
  function M.progress(message)
    if call("mode", 1):find("^[cr!]") then
      return
    end
    say("echo", fitted((message:gsub("%c", " "))), "None")
  end
end
