--- A completion at the cursor: asked once, shown as ghost text while it streams, taken or dropped.
--- It lives only while what is typed agrees with it.
local context = require("mistral.editor.context")
local files = require("mistral.redact.files")
local sessions = require("mistral.editor.session")
local text = require("mistral.lines")

local tables = require "mistral.tables"

local M = {}

local LONGEST = 32 * 1024 -- bytes; what is longer is no completion

---@class mistral.Completion: mistral.Task
---@field session mistral.Session
---@field context mistral.Context
---@field text string what has come, without line feeds at its end
---@field as_menu boolean shown in the completion menu, not as a ghost
---@field request? mistral.Request
---@field ghost? mistral.host.Ghost
local Completion = { kind = "complete" }
Completion.__index = Completion

--- What is left to show behind what was typed: nil when it does not fit, "" when there is nothing.
function Completion:rest()
  local typed = self.context:typed()
  if not typed or self.session.host.menu_open() then
    return nil
  end
  local common = math.min(#typed, #self.text)
  if typed:sub(1, common) ~= self.text:sub(1, common) then
    return nil
  end
  return self.text:sub(#typed + 1)
end

function Completion:hide()
  if self.ghost then
    self.ghost.remove()
    self.ghost, self.drawn = nil, nil
  end
end

--- Ends it as far as the editor can see; what still runs is stopped on the wire.
function Completion:close()
  if self.closed then
    return
  end
  self.closed = true
  self:hide()
  for _, off in ipairs(self.offs) do
    off()
  end
  if self.session.completion == self then
    self.session.completion = nil
  end
  if not self.ended then
    self.request:cancel()
  end
end

--- Draws what is left at the cursor; what stands there already is left alone.
function Completion:draw(rest)
  if rest == self.drawn then
    return
  end
  self:hide()
  if rest ~= "" then
    local row, col = self.session.host.cursor()
    self.ghost = self.session.host.ghost(self.context.buffer, row, col, text.split_lines(rest))
    self.drawn = rest
  end
end

--- Looks whether it still fits, and shows what is left of it.
function Completion:check()
  if self.closed then
    return
  end
  local rest = self:rest()
  if not rest or (self.ended and rest == "") then
    self:close()
  elseif not self.as_menu then
    self:draw(rest)
  end
end

function Completion:check_soon()
  if not self.scheduled then
    self.scheduled = true
    self.session.host.schedule(function()
      self.scheduled = false
      self:check()
    end)
  end
end

function Completion:on_delta(delta)
  self.came = self.came .. text.prose(delta.text)
  self.text = self.came:gsub("\n+$", "")
  if #self.came > LONGEST then
    self:close()
  elseif not self.closed then
    self:check_soon()
  end
end

function Completion:open_menu()
  local rest = self:rest()
  self:close()
  if rest and rest ~= "" then
    self.session.host.menu(self.context.col, { text.split_lines(self.text)[1] })
  end
end

--- Once, until one succeeds: while the service is away each key would say it again.
function Completion:on_retry(retry)
  local session = self.session
  if not self.closed and not session.told_of_retry then
    session.told_of_retry = true
    session:tell_retry(retry)
  end
end

function Completion:on_done()
  self.ended, self.session.told_of_retry = true, false
  if self.text == "" and not self.closed then
    self.session:tell("no completion here")
  end
  if self.as_menu and not self.closed then
    self:open_menu()
  else
    self:check()
  end
  self.session:finish(self)
end

function Completion:on_error(err)
  self.ended = true
  self:close()
  self.session:fail(err)
  self.session:finish(self)
end

---@param why? mistral.Why
function Completion:cancel(why)
  if why == "changed" and not self.closed and not self.ended then
    self.session:tell("the completion was stopped: " .. sessions.CHANGED, "warn")
  end
  self:close()
end

--- Whether there is something to take.
---@return boolean
function Completion:is_shown()
  return self.ghost ~= nil and (self:rest() or "") ~= ""
end

--- Puts the ghost into the buffer, with the cursor behind it.
function Completion:accept()
  local rest = self:rest()
  local host, row, col = self.session.host, self.session.host.cursor()
  self:close()
  if not rest or rest == "" then
    return
  end
  local lines = text.split_lines(rest)
  host.splice(self.context.buffer, row, col, lines)
  host.set_cursor(row + #lines - 1, (#lines == 1 and col or 0) + #lines[#lines])
end

local MOVES = { "CursorMovedI", "TextChangedI", "TextChangedP", "CompleteChanged" }
local LEAVES = { "InsertLeave", "BufLeave", "BufUnload" }

function Completion:listen()
  local host, buffer = self.session.host, self.context.buffer
  self.offs = {
    host.on(MOVES, buffer, function()
      self:check()
    end),
    host.on(LEAVES, buffer, function()
      self:close()
    end),
    host.on_interrupt(function()
      self:check()
    end),
  }
end

--- Why there is no completion in the current buffer, ever.
---@param host mistral.Host
---@param options mistral.Options
---@return string|nil
function M.refused(host, options)
  return files.refused(host.name(host.buffer()), options.allow_files)
end

--- What a completion at the cursor would send.
---@param around mistral.Context
---@param options mistral.Options.Complete
---@return table
function M.params(around, options)
  local prefix, suffix = around:sent()
  return {
    model = options.model,
    prompt = prefix,
    suffix = suffix,
    max_tokens = options.max_tokens,
  }
end

--- What would be sent from here, for a preview: as a ghost, and in the completion menu.
---@param session mistral.Session
---@param _ mistral.Range
---@param options mistral.Options
---@return mistral.preview.Request[]|nil, string|nil message
function M.preview(session, _, options)
  local refused = M.refused(session.host, options)
  if refused then
    return nil, refused .. "; option allow_files lets it through"
  end
  local params = M.params(context.read(session.host, options.complete), options.complete)
  local menu = {
    title = "The body of one that opens in the completion menu:", params = M.for_menu(params),
  }
  return { { kind = "fim", params = params, also = { menu } } }
end

--- The same for the completion menu, which offers one line.
---@param params table
---@return table
function M.for_menu(params)
  return tables.with({ stop = { "\n" } }, params)
end

function Completion:ask(client, options)
  local params = M.params(self.context, options)
  params = self.as_menu and M.for_menu(params) or params
  local callbacks = self.session:callbacks(self)
  callbacks.timeout = { head_ms = options.timeout_ms }
  self.request = client:fim(params, callbacks)
  self.session:tell_hidden(self.request, "completion")
end

--- Asks for one at the cursor; one that was shown or asked for before makes room.
---@param session mistral.Session
---@param options mistral.Options
---@param as_menu? boolean show it in the completion menu
---@return mistral.Completion|nil, string|nil message
function M.start(session, options, as_menu)
  if not session.host.inserting() then
    return nil, "completion works in Insert mode; map a key to <Plug>(mistral-complete)"
  end
  if M.refused(session.host, options) then
    return nil -- somebody is typing: this is no time for sentences
  end
  local client, message = session:client(options)
  if not client then
    return nil, message
  end
  if session.completion then
    session.completion:close()
  end
  local completion = setmetatable({
    session = session,
    context = context.read(session.host, options.complete),
    came = "",
    text = "",
    as_menu = as_menu or false,
  }, Completion)
  session.completion = completion
  session:begin(completion)
  completion:listen()
  completion:ask(client, options.complete)
  return completion
end

return M
