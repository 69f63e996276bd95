--- base_url: checked once, and the few facts about it that decide anything.
local M = {}

---@class mistral.Address
---@field base string without a slash at its end
---@field host string lower case, without the port
---@field plain boolean http, not https
---@field loopback boolean this machine
---@field service boolean one of the service's own hosts, which always want a key

local function is_loopback(host)
  return host == "localhost" or host:match("%.localhost$") ~= nil
    or host == "[::1]" or host:match("^127%.%d+%.%d+%.%d+$") ~= nil
end

--- Read a base_url.
---@param url string
---@param name? string of the option it comes from, base_url unless told
---@return mistral.Address? address
---@return string? message what is wrong with it
function M.parse(url, name)
  name = name or "base_url"
  if url:find("[%s%c]") then return nil, ("`%s` has a blank or a line end in it"):format(name) end
  local scheme, authority, path = url:match("^(%a+)://([^/?#]+)(.*)$")
  scheme = scheme and scheme:lower()
  if scheme ~= "https" and scheme ~= "http" then
    return nil, ("`%s` should begin with https:// and name a host"):format(name)
  end
  if authority:find("@", 1, true) then
    return nil, ("`%s` should hold no user name or password: the key has options of its own")
      :format(name)
  end
  if path:find("[?#]") then
    return nil, ("`%s` should end before any ? or #"):format(name)
  end
  local host = (authority:match("^(%[[%x:.]+%])") or authority:match("^[^:]+") or ""):lower()
  return {
    base = scheme .. "://" .. authority .. path:gsub("/+$", ""),
    host = host,
    plain = scheme == "http",
    loopback = is_loopback(host),
    service = host == "mistral.ai" or host:match("%.mistral%.ai$") ~= nil,
  }
end

local PROXIES = {
  http = { "http_proxy", "all_proxy", "ALL_PROXY" },
  https = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" },
}

local function first_set(names, getenv)
  for _, name in ipairs(names) do
    local value = getenv(name)
    if value and value ~= "" then return value, name end
  end
end

--- The proxy that the environment names for this address; never one for this machine itself.
---@param where mistral.Address
---@param getenv fun(name: string): string?
---@return string? proxy
---@return string? no_proxy
---@return string? name of the variable it comes from
function M.proxy(where, getenv)
  if where.loopback then return nil end
  local proxy, name = first_set(PROXIES[where.plain and "http" or "https"], getenv)
  return proxy, proxy and first_set({ "no_proxy", "NO_PROXY" }, getenv), name
end

---@class mistral.Way through which proxy, if any
---@field proxy? string
---@field no_proxy? string host names that are reached without it
---@field source? string where the proxy's name was found, for people

local function given(value)
  return value ~= "" and value or nil
end

--- The way to this address: the options', else the environment's.
---@param options { proxy?: string, no_proxy?: string } empty ones are as good as none
---@param where mistral.Address
---@param getenv fun(name: string): string?
---@return mistral.Way
function M.way(options, where, getenv)
  local no_proxy = given(options.no_proxy)
  if given(options.proxy) then
    return { proxy = options.proxy, no_proxy = no_proxy, source = "option proxy" }
  end
  local proxy, exceptions, name = M.proxy(where, getenv)
  return { proxy = proxy, no_proxy = no_proxy or exceptions, source = name }
end

local function escape(char)
  return ("%%%02X"):format(char:byte())
end

--- Text as it stands in an address, whatever is in it.
---@param value string
---@param kept? string characters that stay as they are, besides those that always do
---@return string
function M.percent(value, kept)
  return (value:gsub("[^%w._~" .. (kept or "") .. "-]", escape))
end

--- The address with these values as its query, names in order.
---@param url string it may have a query already
---@param values table<string, string|number|boolean|table>
---@return string
function M.with_query(url, values)
  local parts = {}
  local function add(name, value)
    parts[#parts + 1] = name .. "=" .. M.percent(tostring(value))
  end
  -- A list is its name again and again; an object is its own names.
  for name, value in pairs(values) do
    for key, each in pairs(type(value) == "table" and value or { value }) do
      add(type(key) == "string" and key or name, each)
    end
  end
  if #parts == 0 then return url end
  table.sort(parts)
  return url .. (url:find("?", 1, true) and "&" or "?") .. table.concat(parts, "&")
end

return M
