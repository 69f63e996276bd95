--- Small words for what a benchmark asks of the system.

local cqueues = require("cqueues")

local M = {}

--- Seconds on a clock that only goes forward.
M.now = cqueues.monotime

---@param seconds number
function M.sleep(seconds)
  cqueues.sleep(seconds)
end

---@param word string
---@return string
function M.quote(word)
  return "'" .. word:gsub("'", [['\'']]) .. "'"
end

---@param argv string[]
---@return string
function M.command(argv)
  local words = {}
  for i, word in ipairs(argv) do
    words[i] = M.quote(word)
  end
  return table.concat(words, " ")
end

--- Runs to the end; raises with what it printed unless it exits 0.
---@param command string|string[]
---@return string output
function M.run(command)
  if type(command) == "table" then
    command = M.command(command)
  end
  local pipe = assert(io.popen("(" .. command .. ") 2>&1", "r"))
  local output = pipe:read("a")
  if not pipe:close() then
    error(("`%s` failed:\n%s"):format(command, output), 2)
  end
  return output
end

---@param path string
---@return string|nil
function M.read(path)
  local file = io.open(path, "rb")
  if not file then
    return nil
  end
  local bytes = file:read("a")
  file:close()
  return bytes
end

---@param path string
---@param bytes string
function M.write(path, bytes)
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
end

---@return string folder a new one, ours alone
function M.folder()
  return (M.run("mktemp -d"):gsub("%s+$", ""))
end

--- Looks every 10 ms until `condition` holds; raises after `seconds`.
---@generic T
---@param condition fun(): T
---@param what string
---@param seconds? number
---@return T
function M.wait_for(condition, what, seconds)
  local deadline = M.now() + (seconds or 10)
  repeat
    local result = condition()
    if result then
      return result
    end
    M.sleep(0.01)
  until M.now() > deadline
  error("waited in vain: " .. what, 2)
end

return M
