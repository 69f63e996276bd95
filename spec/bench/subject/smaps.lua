--- What the kernel says a process holds in memory.

local M = {}

---@param pid integer|"self"
---@return { rss_kb: number, pss_kb: number }|nil nil when it has ended
function M.read(pid)
  local file = io.open(("/proc/%s/smaps_rollup"):format(pid))
  local text = file and file:read("*a") or ""
  if file then file:close() end
  local rss, pss = text:match("Rss:%s+(%d+)"), text:match("Pss:%s+(%d+)")
  return rss and { rss_kb = tonumber(rss), pss_kb = tonumber(pss) } or nil
end

return M
