--- Embeddings of any number of texts: cut into requests that the service takes, a few at a time, and
--- put together in the order of the texts.
local embed = require "mistral.api.endpoint.embed"
local errors = require "mistral.errors"
local tables = require "mistral.tables"
local task = require "mistral.api.task"

local M = {}

local IN_FLIGHT = 4

-- Tokens are counted by the service only. A word of English is longer than this, a line of another
-- script may be shorter: what turns out too much is cut in two and sent again.
local BYTES_PER_TOKEN = 3

local function tokens_of(text)
  return math.ceil(#text / BYTES_PER_TOKEN) + 1
end

-- Where the piece ends that begins at `first`.
local function end_of_piece(inputs, first)
  local tokens, last = tokens_of(inputs[first]), first
  while inputs[last + 1] and last - first + 1 < embed.MOST_INPUTS do
    tokens = tokens + tokens_of(inputs[last + 1])
    if tokens > embed.MOST_TOKENS then break end
    last = last + 1
  end
  return last
end

local function pieces_of(inputs)
  local pieces, first = {}, 1
  while first <= #inputs do
    local last = end_of_piece(inputs, first)
    pieces[#pieces + 1] = { first = first, last = last }
    first = last + 1
  end
  return pieces
end

local function slice(list, first, last)
  local out = {}
  for index = first, last do out[#out + 1] = list[index] end
  return out
end

local function take(reply, piece, part)
  for index, vector in ipairs(part.embeddings) do
    reply.embeddings[piece.first + index - 1] = vector
  end
  reply.model = reply.model or part.model
  tables.add(reply.usage, part.usage)
end

-- The estimate was too low: the service counted more tokens than one request may have.
local function is_too_much(err, piece)
  return err.status == 400 and (err.detail or ""):find("3210", 1, true) ~= nil
    and piece.last > piece.first
end

local function halves(piece)
  local middle = math.floor((piece.first + piece.last) / 2)
  return { first = piece.first, last = middle }, { first = middle + 1, last = piece.last }
end

local function name_piece(err, piece, count)
  local which = piece.first == piece.last and ("input %d"):format(piece.first)
    or ("inputs %d to %d"):format(piece.first, piece.last)
  local message = ("%s of %d: %s"):format(which, count, err.message)
  return errors.new(err.code, message, tables.with(err, { message = message }))
end

-- One round over the pieces: what came goes into the reply; what has to go again in halves, and the
-- first failure that nothing can be done about, are returned.
local function ask(self, client, params, pieces, reply)
  local again, failed = {}, nil
  self:gather(#pieces, IN_FLIGHT, function(index, callbacks)
    if failed then return nil end
    local piece = pieces[index]
    local input = slice(params.input, piece.first, piece.last)
    return client:start("embed", tables.with(params, { input = input }), callbacks)
  end, function(index, part, err)
    local piece = pieces[index]
    if part then
      take(reply, piece, part)
    elseif err and is_too_much(err, piece) then
      again[#again + 1], again[#again + 2] = halves(piece)
    elseif err then
      failed = failed or name_piece(err, piece, #params.input)
    end
  end)
  return again, failed
end

local function in_pieces(self, client, params)
  local reply = { embeddings = {}, usage = {} }
  local pieces = pieces_of(params.input)
  while #pieces > 0 do
    local failed
    pieces, failed = ask(self, client, params, pieces, reply)
    if self.cancelled then return nil, self:cancelled_error() end
    if failed then return nil, failed end
  end
  return reply
end

local function are_texts(input)
  if type(input) ~= "table" or #input < 2 then return false end
  for index = 1, #input do -- not ipairs, which ends at a hole
    if type(input[index]) ~= "string" then return false end
  end
  return true
end

--- Embed one text or any number of them.
---@param client mistral.Client
---@param params table
---@param callbacks? mistral.Callbacks
---@return mistral.Request
function M.run(client, params, callbacks)
  -- One request, also for what is wrong: the check says how.
  if not are_texts(params.input) then return client:start("embed", params, callbacks or {}) end
  return task.run(client, callbacks, function(self) return in_pieces(self, client, params) end)
end

return M
