--- Where the results of a batch are: fetched by way of the disk where there may be more than is held
--- in memory, and gone through one by one, as often as it takes.
local errors = require "mistral.errors"
local json = require "mistral.json"

local M = {}

---@class mistral.BatchLines
---@field each fun(take: fun(line: table)) calls it with each result, in the order they are written
---@field close fun()

local MOST_BYTES = 512 * 1024 * 1024 -- of outputs that are one value
local MOST_LINE = 64 * 1024 * 1024
local PIECE = 64 * 1024

-- In memory --------------------------------------------------------------------------------------

local function of_list(list)
  return {
    each = function(take)
      for _, line in ipairs(list) do
        if type(line) == "table" then take(line) end
      end
    end,
    close = function() end,
  }
end

-- In files ---------------------------------------------------------------------------------------

-- Collects a line, and hands it on at its end. One that is too long is left out, like any other that
-- cannot be read: what it was the result of will be missing.
local function collector(take)
  local parts, size = {}, 0
  local function add(part)
    size = size + #part
    if size > MOST_LINE then parts = {} end
    parts[#parts + 1] = part
  end
  local function over()
    local line = size <= MOST_LINE and json.decode(table.concat(parts)) or nil
    parts, size = {}, 0
    if type(line) == "table" then take(line) end
  end
  return add, over
end

local function each_line(file, take)
  local add, over = collector(take)
  file:seek "set"
  local piece = file:read(PIECE)
  while piece do
    local from, stop = 1, piece:find("\n", 1, true)
    while stop do
      add(piece:sub(from, stop - 1))
      over()
      from, stop = stop + 1, piece:find("\n", stop + 1, true)
    end
    add(piece:sub(from))
    piece = file:read(PIECE)
  end
  over()
end

local function of_files(files)
  return {
    each = function(take)
      for _, file in ipairs(files) do each_line(file, take) end
    end,
    close = function()
      for _, file in ipairs(files) do file:close() end
    end,
  }
end

-- A request whose answer goes to a file that has no name any more: nothing is left of it when it is
-- closed, or forgotten.
local function fetch(self, kind, params)
  local path = os.tmpname()
  params.to = path
  local done, err = self:ask(kind, params)
  local file, message
  if done then file, message = io.open(path, "rb") end
  os.remove(path)
  if done and not file then
    err = errors.new("unavailable", "the results of the batch cannot be read: " .. message)
  end
  return file, err
end

local function in_files(self, job)
  local ids, files = {}, {}
  ids[#ids + 1] = job.output_file
  ids[#ids + 1] = job.error_file
  local lines = of_files(files)
  for index, file_id in ipairs(ids) do
    local err
    files[index], err = fetch(self, "download", { file_id = file_id, overwrite = true })
    if err then
      lines.close()
      return nil, err
    end
  end
  return lines
end

-- In the job's own card --------------------------------------------------------------------------

local function outputs_in(file)
  local whole = file:seek "end" <= MOST_BYTES and file:seek "set" and file:read "*a"
  file:close()
  if not whole then return nil, errors.new("too_large", "the results are larger than allowed") end
  local job = json.decode(whole)
  if type(job) == "table" and type(job.outputs) == "table" then return of_list(job.outputs) end
  return nil, errors.new("broken", "the results of the batch cannot be read")
end

local function inline(self, job)
  local full, err = self:ask("batch_job", { job_id = job.id, inline = true })
  if full then return of_list(full.outputs or {}) end
  if err.code ~= "too_large" then return nil, err end
  local file
  file, err = fetch(self, "batch_outputs", { job_id = job.id, inline = true })
  if not file then return nil, err end
  return outputs_in(file)
end

--- Fetch the results of a job that is over.
---@param self mistral.Task
---@param job mistral.Job
---@return mistral.BatchLines? lines to be closed
---@return mistral.Error? err
function M.fetch(self, job)
  local fetched = job.output_file or job.error_file
  return (fetched and in_files or inline)(self, job)
end

return M
