--- Rules for shell scripts.

local function unquoted(text)
  if text:find("^%s*[%w_]+=") or text:find("%[%[") or text:find("^%s*case%s") then return nil end
  local bare = text:gsub("'[^']*'", ""):gsub('"[^"]*"', ""):gsub("%$%(%(.-%)%)", "")
  return bare:match("%s%$([%a_][%w_]*)") or bare:match("%s%${([%a_][%w_]*)}")
end

return {
  {
    severity = "warning", category = "bug", title = "$%1 is split at spaces",
    detail = "Without quotes a value with a space becomes two words, and * becomes file names. "
      .. "Quote it.",
    find = unquoted,
  },
  {
    severity = "error", category = "security", title = "A script from the network is run unread",
    detail = "Save it, look at it or check its signature, then run it.",
    find = function(text)
      return text:find("curl%s.*|%s*s?u?d?o?%s*%a*sh") or text:find("wget%s.*|%s*%a*sh")
    end,
  },
  {
    severity = "error", category = "bug", title = "An empty $%1 would remove from the root",
    detail = "Use ${%1:?} so that the script stops when it is not set.",
    find = function(text) return text:match("rm%s+%-%a*r%a*%s+\"?%${?([%a_][%w_]*)}?\"?/") end,
  },
  {
    severity = "warning", category = "bug", title = "cd may fail, and the script goes on elsewhere",
    detail = "Write `cd … || exit 1`.",
    find = function(text) return text:find("^%s*cd%s+[^|&;]+$") end,
  },
  {
    severity = "error", category = "security", title = "eval runs text as code",
    detail = "A value can run commands of its own. Use an array.",
    find = function(text) return text:find("^%s*eval%s") or text:find("[;&|]%s*eval%s") end,
  },
  {
    severity = "info", category = "style", title = "Backquotes do not nest",
    detail = "Use $(…).",
    find = function(text) return text:find("`[^`]+`") end,
  },
  {
    severity = "warning", category = "bug", title = "The output of ls is parsed",
    detail = "Names with spaces or newlines break it. Loop over a pattern: for file in *.",
    find = function(text) return text:find("%$%(%s*ls%f[%W]") or text:find("`%s*ls%f[%W]") end,
  },
  {
    severity = "warning", category = "security", title = "Everybody may write to this",
    detail = "777 lets every user change it.",
    find = function(text) return text:find("chmod%s+%-?R?%s*0?777") end,
  },
}
