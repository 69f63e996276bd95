--- Rules for C.

local LOOK_AHEAD = 4

local function call_of(name)
  return "%f[%w_]" .. name .. "%s*%("
end

--- Is `name` compared with nothing, or tested, in the lines that follow?
local function is_checked(lines, index, name)
  local plain = name:gsub("%p", "%%%0")
  for next_index = index, math.min(index + LOOK_AHEAD, #lines) do
    local text = lines[next_index].text
    local test = text:match("%f[%w]if%s*(%b())") or text:match("assert%s*(%b())") or ""
    if test:find("%f[%w_]" .. plain .. "%f[^%w_]") then return true end
  end
  return false
end

local function unchecked(allocator)
  return function(text, lines, index)
    local name = text:match("([%w_%->%.]+)%s*=%s*%b()%s*" .. allocator .. "%s*%(")
      or text:match("([%w_%->%.]+)%s*=%s*" .. allocator .. "%s*%(")
    return name and not is_checked(lines, index, name) and name or nil
  end
end

local unchecked_malloc, unchecked_calloc = unchecked "malloc", unchecked "calloc"
local unchecked_fopen = unchecked "fopen"

local function lost_by_realloc(text)
  local target, source = text:match("([%w_%->%.]+)%s*=%s*realloc%s*%(%s*([%w_%->%.]+)%s*,")
  return target and target == source and target or nil
end

--- `i <= n` in the head of a for loop that starts at 0.
local function one_too_many(text)
  local name = text:match("for%s*%(.-([%a_][%w_]*)%s*=%s*0%s*;")
  if not name then return nil end
  return text:match(";%s*" .. name .. "%s*<=%s*([^;]+);") and name
end

local function assignment_as_test(text)
  local test = text:match("%f[%w]if%s*(%b())") or text:match("%f[%w]while%s*(%b())")
  if not test or test:find("%(%s*%(") then return nil end
  local bare = test:gsub("[=!<>]=", "")
  return bare:match("^%(%s*([%w_%.%->]+)%s*=%s*[^=]")
end

return {
  {
    severity = "error", category = "security", title = "gets cannot know how large its buffer is",
    detail = "A longer line overwrites what lies behind the buffer. Use fgets with the size.",
    find = function(text) return text:find(call_of "gets") end,
  },
  {
    severity = "error", category = "security", title = "strcpy writes past the end of the target",
    detail = "Nothing limits the copy. Use snprintf or memcpy with a length that was checked.",
    find = function(text) return text:find(call_of "strcpy") end,
  },
  {
    severity = "error", category = "security", title = "strcat writes past the end of the target",
    detail = "Nothing limits what is added. Keep the length, and use snprintf.",
    find = function(text) return text:find(call_of "strcat") end,
  },
  {
    severity = "warning", category = "security", title = "sprintf without a limit",
    detail = "The result may be longer than the buffer. Use snprintf and look at what it returns.",
    find = function(text) return text:find(call_of "v?sprintf") and not text:find "snprintf" end,
  },
  {
    severity = "error", category = "security", title = "%1 is used as a format string",
    detail = "A percent sign in it reads or writes memory. Print it with \"%s\".",
    find = function(text) return text:match("%f[%w_]printf%s*%(%s*([%a_][%w_%.%->]*)%s*%)") end,
  },
  {
    severity = "warning", category = "bug", title = "The result of malloc is not checked: %1",
    detail = "malloc may return NULL, and the next use would end the program.",
    find = unchecked_malloc,
  },
  {
    severity = "warning", category = "bug", title = "The result of calloc is not checked: %1",
    detail = "calloc may return NULL, and the next use would end the program.",
    find = unchecked_calloc,
  },
  {
    severity = "warning", category = "bug", title = "The file may not have been opened: %1",
    detail = "fopen returns NULL when it fails; every use after that is undefined.",
    find = unchecked_fopen,
  },
  {
    severity = "warning", category = "bug", title = "A failed realloc loses %1",
    detail = "On failure the old block stays allocated but its only pointer is overwritten. Assign "
      .. "to a temporary first.",
    find = lost_by_realloc,
  },
  {
    severity = "warning", category = "bug", title = "The loop over %1 runs once too often",
    detail = "It starts at 0 and includes the upper bound, so the last round is one past the end.",
    scenario = "With n elements, the round in which the index is n reads one past the end.",
    fix = function(text) return (text:gsub("(;[^;]*)<=", "%1<", 1)) end,
    find = one_too_many,
  },
  {
    severity = "error", category = "bug", title = "Assignment to %1 where a comparison is meant",
    detail = "A single = assigns; the condition is then the assigned value. Use ==.",
    fix = function(text) return (text:gsub("(%(%s*[%w_%.%->]+%s*)=(%s*[^=])", "%1==%2", 1)) end,
    find = assignment_as_test,
  },
  {
    severity = "error", category = "security", title = "A command line goes to the shell",
    detail = "Whatever can change the string can run commands. Use posix_spawn or execve with a "
      .. "list of arguments.",
    find = function(text) return text:find(call_of "system") or text:find(call_of "popen") end,
  },
  {
    severity = "warning", category = "bug", title = "sizeof of a pointer, not of what it points to",
    detail = "This allocates the size of the pointer. Write sizeof(*pointer).",
    find = function(text) return text:match("alloc%s*%(.-sizeof%s*%(%s*[%w_ ]+%s*%*%s*%)") end,
  },
  {
    severity = "info", category = "bug", title = "atoi cannot report a number that is not one",
    detail = "It returns 0 for anything it does not understand. Use strtol and check the end.",
    find = function(text) return text:find(call_of "ato[ilf]") end,
  },
}
