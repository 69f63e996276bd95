--- Passwords in addresses: scheme://user:password@host. Only the password is the secret.
local M = {}

-- Taken from what stands in examples and templates; a password may not be one of these.
local placeholder = require "mistral.redact.placeholder"

local LONGEST = 512 -- bytes of user, password and host; this bounds the work for each `://`

-- Up to the last `@` before the path begins, since a careless password has one in it.
local function authority(text, from)
  local window = text:sub(from, from + LONGEST)
  if not window:find("@", 1, true) then return nil end -- as most are
  local user = window:match("^[^%s\"'`<>/\\|]*"):match("^(.*)@[^@]*$")
  if user then return user end
  -- A careless password has a slash: then the host behind it must look like one.
  return window:match("^([^%s\"'`<>@:/]*:[^%s\"'`<>@]+)@[%w.-]+[:/][%w]")
end

-- curl -u user:password
local function logins(text, add)
  local at = text:find("-u ", 1, true)
  while at do
    local first, password = text:match("^%-u [\"']?[%w_.@+-]+:()([^%s\"'`]+)", at)
    local telling = first and (password:find("%d") or password:find("%p") or #password >= 8)
    if telling and not placeholder.is(password) then
      add(first, first + #password - 1, "url_password")
    end
    at = text:find("-u ", at + 3, true)
  end
end

-- docker login -p password, sshpass -p password; elsewhere -p is a port or a path.
local function options(text, add)
  local at = text:find("-p ", 1, true)
  while at do
    local before = text:sub(math.max(1, at - 60), at):match("[^\n]*$")
    local first, password = text:match("^%-p [\"']?()([^%s\"'`$()]+)", at)
    local asked = before:find("login ", 1, true) or before:find("sshpass", 1, true)
      or before:find(" -u ", 1, true)
    local telling = first and password:find("%d") and #password >= 5
    if asked and telling and not placeholder.is(password) then
      add(first, first + #password - 1, "password")
    end
    at = text:find("-p ", at + 3, true)
  end
end

--- Find them.
---@param text string
---@param add fun(first: integer, last: integer, kind: string)
function M.find(text, add)
  local at = text:find("://", 1, true)
  while at do
    local user = authority(text, at + 3)
    local before, password = (user or ""):match("^([^:]*:)(.+)$")
    if password and #password >= 3 and not placeholder.is(password)
      and password ~= before:sub(1, -2) then
      local first = at + 3 + #before
      add(first, first + #password - 1, "url_password")
    end
    at = text:find("://", at + 3, true)
  end
  logins(text, add)
  options(text, add)
end

return M
