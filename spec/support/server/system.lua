--- The two system calls that the socket library does not offer. Plain Lua 5.1 has no way to make
--- them, and then closing the socket has to do.

local M = {}

local has_ffi, ffi = pcall(require, "ffi")

local SHUT_RDWR = 2
local SOL_SOCKET = { Linux = 1, OSX = 0xffff }
local SO_LINGER = { Linux = 13, OSX = 0x80 }

if has_ffi then
  ffi.cdef [[
    struct loopback_linger { int on; int seconds; };
    int shutdown(int fd, int how);
    int setsockopt(int fd, int level, int name, const void *value, unsigned length);
  ]]
end

--- Ends the TCP connection under the TLS layer, which therefore cannot say goodbye.
---@param fd integer
---@param hard? boolean  with a reset when the descriptor is closed, rather than a FIN now
function M.shut(fd, hard)
  if not has_ffi or not fd then return end
  if not hard then
    ffi.C.shutdown(fd, SHUT_RDWR)
  elseif SOL_SOCKET[ffi.os] then
    local linger = ffi.new("struct loopback_linger", 1, 0)
    ffi.C.setsockopt(fd, SOL_SOCKET[ffi.os], SO_LINGER[ffi.os], linger, ffi.sizeof(linger))
  end
end

return M
