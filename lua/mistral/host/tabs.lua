--- Tabs as blanks, for text that is drawn rather than written.

--- `line` with each tab replaced by blanks up to the next stop.
---@param line string
---@param column integer the display column at which it begins, from 0
---@param tabstop integer
---@param width fun(text: string): integer display cells of a text without tabs
---@return string
return function(line, column, tabstop, width)
  if not line:find("\t", 1, true) then
    return line
  end
  local out = {}
  for text, tab in line:gmatch("([^\t]*)(\t?)") do
    column = column + width(text)
    local blanks = tab == "" and 0 or tabstop - column % tabstop
    column = column + blanks
    out[#out + 1] = text .. (" "):rep(blanks)
  end
  return table.concat(out)
end
