--- Rules for JavaScript and TypeScript.

local function loose_comparison(text)
  local bare = text:gsub("[=!]==", "")
  return bare:find("[^=!<>]==[^=]") or bare:find("!=[^=]")
end

local function assignment_as_test(text)
  local test = text:match("%f[%w]if%s*(%b())")
  if not test or test:find("%(%s*%(") then return nil end
  return test:match("^%(%s*([%w_%.]+)%s*=%s*[^=>]")
end

return {
  {
    severity = "warning", category = "bug", title = "== converts before it compares",
    detail = "'' == 0 and null == undefined are true. Use === and !==.",
    find = loose_comparison,
  },
  {
    severity = "error", category = "bug", title = "Assignment to %1 where a comparison is meant",
    detail = "A single = assigns; the condition is then the assigned value.",
    find = assignment_as_test,
  },
  {
    severity = "error", category = "security", title = "Text is run as code",
    detail = "Whoever can change the text can run anything. Use JSON.parse or a parser.",
    find = function(text)
      return text:find("%f[%w_%.]eval%s*%(") or text:find("new%s+Function%s*%(")
        or text:find("set[TI]%a+%s*%(%s*['\"]")
    end,
  },
  {
    severity = "error", category = "security", title = "Markup from a variable goes into the page",
    detail = "A value with a tag in it becomes part of the page. Use textContent.",
    find = function(text)
      return text:find("%.innerHTML%s*=%s*[^'\"]") or text:find("document%.write%s*%(")
        or text:find("dangerouslySetInnerHTML")
    end,
  },
  {
    severity = "warning", category = "bug", title = "The loop over %1 runs once too often",
    detail = "The index equal to length is not there: the last round reads undefined.",
    find = function(text) return text:match("<=%s*([%w_%.]+)%.length") end,
  },
  {
    severity = "info", category = "style", title = "var is visible in the whole function",
    detail = "Use const, or let where it changes.",
    fix = function(text) return (text:gsub("%f[%w_]var(%s)", "let%1", 1)) end,
    find = function(text) return text:find("^%s*var%s") or text:find("%(%s*var%s") end,
  },
  {
    severity = "warning", category = "bug", title = "The error is caught and dropped",
    detail = "Nobody will know that it failed. Report it, or let it pass.",
    find = function(text)
      return text:find("catch%s*%b()%s*{%s*}") or text:find("catch%s*{%s*}")
    end,
  },
  {
    severity = "error", category = "security", title = "A command line goes to the shell",
    detail = "A value can run commands of its own. Use execFile or spawn with a list.",
    find = function(text) return text:find("%f[%w_]execS?y?n?c?%s*%(%s*[`'\"].*[+$]") end,
  },
  {
    severity = "warning", category = "bug", title = "parseInt without a radix",
    detail = "Say 10, so that a prefix cannot change the base.",
    find = function(text) return text:find("parseInt%s*%(%s*[%w_%.]+%s*%)") end,
  },
  {
    severity = "warning", category = "bug", title = "for … in gives keys, not elements",
    detail = "It also visits inherited keys. Use for … of.",
    find = function(text) return text:find("for%s*%(%s*%a+%s+[%w_]+%s+in%s+[%w_%.]+%s*%)") end,
  },
}
