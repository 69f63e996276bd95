---Turns a coloured capture of a terminal (tmux capture-pane -e -p) into an SVG picture.
---    lua5.4 spec/demo/svg.lua COLUMNS < capture > picture.svg

local CELL_WIDTH, CELL_HEIGHT, MARGIN = 8.4, 18, 12
local PAPER, INK = "#1d2021", "#d5c4a1"
local NAMED = {
  [0] = "#3c3836", "#fb4934", "#b8bb26", "#fabd2f", "#83a598", "#d3869b", "#8ec07c", "#ebdbb2",
  "#7c6f64", "#fb4934", "#b8bb26", "#fabd2f", "#83a598", "#d3869b", "#8ec07c", "#fbf1c7",
}
local LEVELS = { [0] = 0, 95, 135, 175, 215, 255 }

---A colour of the 256.
local function palette(n)
  if n < 16 then
    return NAMED[n]
  end
  if n >= 232 then
    local grey = 8 + (n - 232) * 10
    return ("#%02x%02x%02x"):format(grey, grey, grey)
  end
  n = n - 16
  return ("#%02x%02x%02x"):format(LEVELS[n // 36], LEVELS[n // 6 % 6], LEVELS[n % 6])
end

local function numbers(codes)
  local list = {}
  for code in codes:gmatch "[^;:]+" do
    list[#list + 1] = tonumber(code)
  end
  return #list > 0 and list or { 0 }
end

---The colour that begins at codes[i] (38 or 48), and where it ends.
local function extended(codes, i)
  if codes[i + 1] == 5 then
    return palette(codes[i + 2]), i + 2
  end
  return ("#%02x%02x%02x"):format(codes[i + 2], codes[i + 3], codes[i + 4]), i + 4
end

local function apply(style, codes)
  local i = 1
  while i <= #codes do
    local code = codes[i]
    if code == 0 then
      style.ink, style.paper, style.bold, style.reverse = nil, nil, nil, nil
    elseif code == 1 then
      style.bold = true
    elseif code == 7 then
      style.reverse = true
    elseif code == 27 then
      style.reverse = nil
    elseif code >= 30 and code <= 37 then
      style.ink = NAMED[code - 30]
    elseif code >= 90 and code <= 97 then
      style.ink = NAMED[code - 82]
    elseif code >= 40 and code <= 47 then
      style.paper = NAMED[code - 40]
    elseif code >= 100 and code <= 107 then
      style.paper = NAMED[code - 92]
    elseif code == 38 then
      style.ink, i = extended(codes, i)
    elseif code == 48 then
      style.paper, i = extended(codes, i)
    elseif code == 39 then
      style.ink = nil
    elseif code == 49 then
      style.paper = nil
    end
    i = i + 1
  end
end

local function escaped(text)
  return (text:gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }))
end

---One run of equal style at a column and row.
local function run(out, text, style, column, row)
  local ink, paper = style.ink or INK, style.paper
  if style.reverse then
    ink, paper = paper or PAPER, style.ink or INK
  end
  local x, width = MARGIN + column * CELL_WIDTH, utf8.len(text) * CELL_WIDTH
  local y = MARGIN + row * CELL_HEIGHT
  if paper then
    out[#out + 1] = ('<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>')
      :format(x, y, width, CELL_HEIGHT, paper)
  end
  if text:find "%S" then
    out[#out + 1] = ('<text x="%.1f" y="%d" textLength="%.1f" fill="%s"%s>%s</text>'):format(
      x, y + 13, width, ink, style.bold and ' font-weight="bold"' or "", escaped(text))
  end
end

local function line(out, text, style, row)
  local at, column = 1, 0
  while at <= #text do
    local from, to, codes, kind = text:find("\27%[([%d;:]*)(%a)", at)
    local plain = text:sub(at, (from or #text + 1) - 1):gsub("\27[()]%w", ""):gsub("[\14\15]", "")
    if plain ~= "" then
      run(out, plain, style, column, row)
      column = column + utf8.len(plain)
    end
    if not from then
      return
    end
    if kind == "m" then
      apply(style, numbers(codes))
    end
    at = to + 1
  end
end

local columns = tonumber(arg[1])
local out, style, rows = {}, {}, 0
for text in io.lines() do
  line(out, text, style, rows)
  rows = rows + 1
end
local width, height = columns * CELL_WIDTH + 2 * MARGIN, rows * CELL_HEIGHT + 2 * MARGIN
print(('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" '
  .. 'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14" xml:space="preserve">')
  :format(width, height))
print(('<rect width="100%%" height="100%%" rx="8" fill="%s"/>'):format(PAPER))
print(table.concat(out, "\n"))
print "</svg>"
