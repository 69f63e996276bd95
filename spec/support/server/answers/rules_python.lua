--- Rules for Python.

local MADE_ONCE = { "%[%s*%]", "{%s*}", "dict%(%)", "list%(%)", "set%(%)" }

local function mutable_default(text)
  local parameters = text:match("^%s*def%s+[%w_]+%s*(%b())")
    or text:match("^%s*async%s+def%s+[%w_]+%s*(%b())")
  for _, made in ipairs(parameters and MADE_ONCE or {}) do
    local name = parameters:match("([%w_]+)[^,=]*=%s*" .. made)
    if name then return name end
  end
end

local function runs_text(text)
  return text:match("%f[%w_%.](eval)%s*%(") or text:match("%f[%w_%.](exec)%s*%(")
end

return {
  {
    severity = "warning", category = "bug", title = "The default of %1 is shared by all calls",
    detail = "It is made once, when the function is defined. Use None and make it in the body.",
    find = mutable_default,
  },
  {
    severity = "warning", category = "bug", title = "A bare except catches everything",
    detail = "It also hides KeyboardInterrupt and mistakes in the code. Name the exceptions.",
    find = function(text) return text:find("^%s*except%s*:") end,
  },
  {
    severity = "info", category = "style", title = "Comparison with None by ==",
    detail = "== can be redefined by a class. Use `is None`.",
    fix = function(text)
      return (text:gsub("==(%s*None)", "is%1"):gsub("!=(%s*None)", "is not%1"))
    end,
    find = function(text) return text:find("[=!]=%s*None%f[%W]") end,
  },
  {
    severity = "error", category = "security", title = "%1 runs text as code",
    detail = "Whoever can change the text can run anything. Use ast.literal_eval or a parser.",
    find = runs_text,
  },
  {
    severity = "error", category = "security", title = "A command line goes to the shell",
    detail = "With shell=True or os.system a value can run commands of its own. Pass a list.",
    find = function(text)
      return text:find("shell%s*=%s*True") or text:find("os%.system%s*%(")
        or text:find("os%.popen%s*%(")
    end,
  },
  {
    severity = "error", category = "security", title = "pickle runs code from what it loads",
    detail = "Never unpickle data from elsewhere. Use JSON.",
    find = function(text) return text:find("pickle%.loads?%s*%(") end,
  },
  {
    severity = "warning", category = "security", title = "yaml.load may build any object",
    detail = "Use yaml.safe_load.",
    fix = function(text) return (text:gsub("yaml%.load%s*%(", "yaml.safe_load(")) end,
    find = function(text) return text:find("yaml%.load%s*%(") and not text:find("SafeLoader") end,
  },
  {
    severity = "error", category = "security", title = "Certificates are not verified",
    detail = "Anyone in between can read and change what is sent.",
    scenario = "Somebody between here and the server answers with a certificate of his own.",
    fix = function(text) return (text:gsub("verify%s*=%s*False", "verify=True")) end,
    find = function(text) return text:find("verify%s*=%s*False") end,
  },
  {
    severity = "warning", category = "bug", title = "The loop may run past the end",
    detail = "range(len(x) + 1) includes len(x), which is not an index.",
    find = function(text) return text:find("range%s*%(%s*len%b()%s*%+%s*1%s*%)") end,
  },
  {
    severity = "warning", category = "bug", title = "Identity is compared where the value is meant",
    detail = "`is` with a literal depends on how Python keeps it. Use ==.",
    find = function(text)
      return text:find("%f[%w]is%s+['\"%d]") or text:find("%f[%w]is%s+not%s+['\"%d]")
    end,
  },
  {
    severity = "info", category = "maintainability", title = "The file may stay open",
    detail = "Without `with` nothing closes it when an error is raised.",
    find = function(text) return text:find("^%s*[%w_]+%s*=%s*open%s*%(") end,
  },
  {
    severity = "warning", category = "bug", title = "assert checks nothing under -O",
    detail = "Input is checked with an if and an exception.",
    find = function(text) return text:find("^%s*assert%s*%(.*,") end,
  },
}
