--- What a prompt asks, with what its placeholders stand for. What is put in is not looked at again:
--- code may be full of braces. Pure.
local M = {}

---@class mistral.prompts.Values
---@field code? string
---@field file? string
---@field filetype? string
---@field first? integer
---@field last? integer
---@field diff? string
---@field wish string
---@field attached? string what goes to the end when the prompt has no place for its code or diff

local function has(body, word)
  return body:find("{{" .. word .. "}}", 1, true) ~= nil
end

--- A fence that nothing in the text can end.
---@param text string
---@return string
function M.fence(text)
  local longest = 2
  for ticks in text:gmatch("`+") do
    longest = math.max(longest, #ticks)
  end
  return ("`"):rep(longest + 1)
end

--- Some text in a fence of its own.
---@param title string
---@param language string
---@param text string
---@return string
function M.fenced(title, language, text)
  local fence = M.fence(text)
  return ("%s:\n\n%s%s\n%s\n%s"):format(title, fence, language:match("^[%w_+-]*"), text, fence)
end

--- The text that is sent.
---@param body string
---@param values mistral.prompts.Values
---@return string
function M.fill(body, values)
  local words = {}
  for name, value in pairs(values) do
    words[name] = tostring(value)
  end
  local out = { (body:gsub("{{(%l+)}}", words)) }
  if values.attached and not has(body, "code") and not has(body, "diff") then
    out[#out + 1] = values.attached
  end
  if values.wish ~= "" and not has(body, "wish") then
    out[#out + 1] = "Above all: " .. values.wish
  end
  return table.concat(out, "\n\n")
end

return M
