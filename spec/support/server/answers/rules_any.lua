--- Rules for every language.

local NAMES = { "password", "passwd", "secret", "api_?key", "token" }

local function assigned_secret(text)
  local lower = text:lower()
  for _, name in ipairs(NAMES) do
    local _, stop = lower:find("%f[%a]" .. name:gsub("_%?", "_?") .. "[%w_]*%s*[:=]+%s*['\"]")
    if stop and lower:find("^[^'\"%s]+['\"]", stop + 1) then return true end
  end
end

return {
  {
    severity = "error", category = "security", title = "Secret written into the source",
    detail = "Anyone who can read this file can use it. Take it from the environment or a "
      .. "secret store.",
    find = assigned_secret,
  },
  {
    severity = "info", category = "maintainability", title = "Unfinished work is marked here",
    in_comments = true,
    detail = "The comment says that something is missing; finish it or open an issue for it.",
    find = function(text)
      return text:match("%f[%w]TODO%f[%W]") or text:match("%f[%w]FIXME%f[%W]")
        or text:match("%f[%w]XXX:")
    end,
  },
  {
    severity = "warning", category = "security", title = "SQL is put together from pieces",
    detail = "A value that contains a quote changes the statement. Use a query with parameters.",
    find = function(text)
      local upper = text:upper()
      local verb = upper:match("['\"`F]%s*(SELECT)%s") or upper:match("['\"`]%s*(INSERT INTO)%s")
        or upper:match("['\"`]%s*(UPDATE)%s.*%sSET%s") or upper:match("['\"`]%s*(DELETE FROM)%s")
      if not verb then return nil end
      return text:find("['\"]%s*%.%.") or text:find("['\"]%s*%+") or text:find("['\"]%s*%%%s")
        or text:find("%${") or text:find("f['\"].*{") or text:find("%.format%(")
        or text:find("%%s") or text:find("Sprintf") or nil
    end,
  },
}
