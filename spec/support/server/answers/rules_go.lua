--- Rules for Go.

return {
  {
    severity = "warning", category = "bug", title = "The error is thrown away",
    detail = "The call can fail, and nothing will show it. Handle the error.",
    find = function(text)
      return text:find(",%s*_%s*:?=%s*[%w_%.]+%s*%(") or text:find("^%s*_%s*=%s*[%w_%.]+%s*%(")
    end,
  },
  {
    severity = "warning", category = "bug", title = "Defer inside a loop",
    detail = "It runs when the function ends, not the round; files stay open until then.",
    find = function(text, lines, index)
      if not text:find("^%s*defer%s") then return nil end
      local indent = #text:match("^%s*")
      for earlier = index - 1, math.max(1, index - 8), -1 do
        local line = lines[earlier].text
        if #line:match("^%s*") < indent and line:find("^%s*for%f[%W].*{%s*$") then return true end
        if line:find("^func%f[%W]") then return nil end
      end
    end,
  },
  {
    severity = "error", category = "security", title = "Certificates are not verified",
    detail = "Anyone in between can read and change what is sent.",
    find = function(text) return text:find("InsecureSkipVerify:%s*true") end,
  },
  {
    severity = "warning", category = "bug", title = "The loop over %1 runs once too often",
    detail = "The index equal to the length panics.",
    find = function(text) return text:match("<=%s*len%(%s*([%w_%.]+)%s*%)") end,
  },
  {
    severity = "error", category = "security", title = "A command line goes to the shell",
    detail = "A value can run commands of its own. Pass the arguments one by one.",
    find = function(text) return text:find('exec%.Command%s*%(%s*"%a*sh"%s*,%s*"%-c"') end,
  },
  {
    severity = "info", category = "style", title = "panic ends the whole program",
    detail = "Return an error and let the caller decide.",
    find = function(text) return text:find("%f[%w_]panic%s*%(") end,
  },
  {
    severity = "warning", category = "bug", title = "The body of the answer is never closed",
    detail = "The connection cannot be used again. Add `defer response.Body.Close()`.",
    find = function(text, lines, index)
      local name = text:match("([%w_]+)%s*,%s*[%w_]+%s*:?=%s*http%.[GP]%a+%s*%(")
      if not name then return nil end
      for later = index + 1, math.min(#lines, index + 10) do
        if lines[later].text:find(name .. ".Body.Close", 1, true) then return nil end
      end
      return name
    end,
  },
}
