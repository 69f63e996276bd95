-- contains.lua FILE PART: whether FILE has all of PART's lines, together and in order. Says which
-- line is the first to differ.

local function lines_of(path)
  local file = assert(io.open(path))
  local lines = {}
  for line in file:lines() do lines[#lines + 1] = line end
  file:close()
  return lines
end

-- How many lines of `part` follow one another in `whole` from line `at` on.
local function run_length(whole, part, at)
  local n = 0
  while n < #part and whole[at + n] == part[n + 1] do n = n + 1 end
  return n
end

local whole, part = lines_of(arg[1]), lines_of(arg[2])
local best, where = 0, nil
for at = 1, #whole do
  local n = run_length(whole, part, at)
  if n > best then best, where = n, at end
end
if best == #part then os.exit(0) end
print(("%s line %s should be: %s"):format(arg[1], where and where + best or "?", part[best + 1]))
os.exit(1)
