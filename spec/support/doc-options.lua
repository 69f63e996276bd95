-- The option table of the help file, made from the schema in lua/mistral/config/schema.lua.
--   lua5.4 spec/support/doc-options.lua                    prints it
--   lua5.4 spec/support/doc-options.lua doc/mistral.txt    puts it into that file
-- In the file it stands between the line with the tag *mistral-option-table* and the next line of
-- equals signs.

local here = arg[0]:match("^(.*)spec/support/[^/]*$") or ""
package.path = here .. "lua/?.lua;" .. here .. "lua/?/init.lua;" .. package.path

local options = require("mistral.config.help").table()

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  assert(file:close())
end

local function replaced(text, path)
  local _, head = text:find("[^\n]*%*mistral%-option%-table%*[^\n]*\n")
  local tail = head and text:find("\n====", head, true)
  if not tail then
    error(path .. " has no *mistral-option-table* with a line of equals signs below it", 0)
  end
  return text:sub(1, head) .. "\n" .. options .. "\n" .. text:sub(tail)
end

if arg[1] then
  write(arg[1], replaced(read(arg[1]), arg[1]))
else
  io.write(options, "\n")
end
