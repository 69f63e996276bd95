--- Which files with findings are loaded, and in which buffers: follows buffers that come, go and
--- change, as long as there is any such file.
local M = {}

local QUIET_MS = 150 -- after an edit, before findings are looked for again

---@class mistral.review.Loaded
---@field private host mistral.Host
---@field private slices mistral.Slices
---@field private file_of fun(path: string): mistral.review.File|nil one with findings
---@field private on_gone fun(file: mistral.review.File) the buffer of one without a path is gone
---@field private files table<integer, mistral.review.File> by buffer
---@field private quiet table<mistral.review.File, mistral.host.Stop> what waits for the user to pause
---@field private off? mistral.host.Stop[]
local Loaded = {}
Loaded.__index = Loaded

---@param host mistral.Host
---@param slices mistral.Slices
---@param file_of fun(path: string): mistral.review.File|nil
---@param on_gone fun(file: mistral.review.File)
---@return mistral.review.Loaded
function M.new(host, slices, file_of, on_gone)
  return setmetatable({
    host = host, slices = slices, file_of = file_of, on_gone = on_gone, files = {}, quiet = {},
  }, Loaded)
end

--- The file whose findings stand in a buffer.
---@param buffer integer
---@return mistral.review.File|nil
function Loaded:at(buffer)
  return self.files[buffer]
end

--- The findings of a file get their places in a buffer.
---@param file mistral.review.File
---@param buffer integer
function Loaded:attach(file, buffer)
  self.files[buffer] = file
  file:attach(buffer)
end

--- A buffer shows a file: if there are findings in it, they get their places at once.
---@param buffer integer
function Loaded:arrive(buffer)
  local host = self.host
  local file = host.valid(buffer) and self.file_of(host.path(buffer))
  if file and not file.buffer and not self.files[buffer] then
    self:attach(file, buffer)
  end
end

--- The same soon, since somebody may be opening many files.
function Loaded:arrived(buffer)
  if not self.files[buffer] and self.file_of(self.host.path(buffer)) then
    self.slices:add(function()
      self:arrive(buffer)
    end)
  end
end

--- Looks at a file again when the user has paused.
function Loaded:edited(buffer)
  local file = self.files[buffer]
  if not file then
    return
  end
  if self.quiet[file] then
    self.quiet[file]()
  end
  self.quiet[file] = self.host.timer(QUIET_MS, function()
    self.quiet[file] = nil
    if self.files[buffer] == file then
      file:changed()
    end
  end)
end

--- A buffer's text goes, and the places in it. Findings of a file are kept for when it is loaded
--- again; those of a buffer without one go, too.
function Loaded:left(buffer)
  local file = self.files[buffer]
  if not file then
    return
  end
  self:release(file)
  if file.path == "" then
    self.on_gone(file)
  end
  self.host.schedule(function()
    if not self.files[buffer] then
      self.host.findings(buffer, {}, false)
    end
  end)
end

--- Takes the places of a file's findings away, and waits for nothing more about it.
---@param file mistral.review.File
function Loaded:release(file)
  if self.quiet[file] then
    self.quiet[file]()
    self.quiet[file] = nil
  end
  if file.buffer then
    self.files[file.buffer] = nil
  end
  file:detach()
end

--- Begins to follow buffers; safe to call again.
function Loaded:listen()
  if self.off then
    return
  end
  local function hear(events, method)
    return self.host.on(events, nil, function(buffer)
      self[method](self, buffer)
    end)
  end
  self.off = {
    hear({ "BufReadPost", "BufWinEnter" }, "arrived"),
    hear({ "BufUnload" }, "left"),
    hear({ "TextChanged", "TextChangedI", "InsertLeave" }, "edited"),
  }
end

--- Ends that; safe to call again.
function Loaded:stop_listening()
  for _, off in ipairs(self.off or {}) do
    off()
  end
  self.off = nil
end

return M
