--- Code actions of our own, in Neovim 0.8 and later: a language server within the editor that does
--- nothing else, so that whatever shows code actions shows ours. It is there while a buffer has any.
local api = vim.api

local M = {}

-- Not before it is used: to look at vim.lsp loads it.
local HAS_START = vim.fn.has("nvim-0.8") == 1

local NAME = "mistral"
local COMMAND = "mistral.run"
local KIND = "quickfix"
local MOST_KEPT = 200 -- actions that were offered and may still be chosen

local CAPABILITIES = {
  capabilities = {
    codeActionProvider = { codeActionKinds = { KIND } },
    executeCommandProvider = { commands = { COMMAND } },
  },
  serverInfo = { name = NAME },
}

-- Answering ----------------------------------------------------------------------------------------

--- What was offered, by number. An action is checked when it is run, not when it is offered.
local function new_offers()
  local kept, last = {}, 0
  local offers = {}

  function offers.add(run)
    last = last + 1
    kept[last], kept[last - MOST_KEPT] = run, nil
    return last
  end

  function offers.run(number)
    if kept[number] then
      kept[number]()
    end
  end

  return offers
end

local function is_wanted(context)
  for _, kind in ipairs(context and context.only or { KIND }) do
    if kind == "" or kind == KIND then
      return true
    end
  end
  return false
end

--- Which of the buffers is meant: one without a file has no address that would tell.
local function buffer_of(buffers, uri)
  local current = api.nvim_get_current_buf()
  if buffers[current] and vim.uri_from_bufnr(current) == uri then
    return current
  end
  for buffer in pairs(buffers) do
    if api.nvim_buf_is_valid(buffer) and vim.uri_from_bufnr(buffer) == uri then
      return buffer
    end
  end
end

local function actions_for(state, params)
  local buffer = is_wanted(params.context) and buffer_of(state.buffers, params.textDocument.uri)
  local out = {}
  if buffer then
    local range = params.range
    local first, last = range.start.line + 1, range["end"].line + 1
    for _, action in ipairs(state.provider(buffer, first, last)) do
      out[#out + 1] = {
        title = action.title,
        kind = KIND,
        command = {
          title = action.title, command = COMMAND, arguments = { state.offers.add(action.run) },
        },
      }
    end
  end
  return out
end

local ANSWERS = {
  initialize = function()
    return CAPABILITIES
  end,
  ["textDocument/codeAction"] = actions_for,
  ["workspace/executeCommand"] = function(state, params)
    state.offers.run(params.arguments and params.arguments[1])
    return vim.NIL
  end,
}

-- The server ---------------------------------------------------------------------------------------

--- What Neovim talks to. An answer comes later, as that of a program would.
local function server(state)
  return function(dispatchers)
    local closing, last = false, 0
    local rpc = {}

    local function close()
      if not closing then
        closing = true
        vim.schedule(function()
          dispatchers.on_exit(0, 0)
        end)
      end
    end

    function rpc.request(method, params, callback, on_reply)
      last = last + 1
      local id = last
      vim.schedule(function()
        local answer = ANSWERS[method]
        local result = answer and answer(state, params) or vim.NIL
        if on_reply then
          on_reply(id)
        end
        callback(nil, result)
      end)
      return true, id
    end

    function rpc.notify(method)
      if method == "exit" then
        close()
      end
      return true
    end

    function rpc.is_closing()
      return closing
    end

    rpc.terminate = close
    return rpc
  end
end

local function start(state, buffer)
  return vim.lsp.start({
    name = NAME,
    cmd = server(state),
    root_dir = vim.fn.getcwd(),
  }, {
    bufnr = buffer,
    reuse_client = function(client)
      return client.id == state.client
    end,
  })
end

local function stop_client(id)
  local client = vim.lsp.get_client_by_id(id)
  if client and vim.fn.has("nvim-0.11") == 1 then
    client:stop(true)
  elseif client then
    vim.lsp.stop_client(id, true)
  end
end

--- Leaves the buffers that are not wanted, enters those that are, and ends when there is none.
local function update(state, wanted)
  for buffer in pairs(state.buffers) do
    if not wanted[buffer] then
      state.buffers[buffer] = nil
      if api.nvim_buf_is_loaded(buffer) and state.client then
        vim.lsp.buf_detach_client(buffer, state.client)
      end
    end
  end
  for buffer in pairs(wanted) do
    if not state.buffers[buffer] then
      state.buffers[buffer] = true
      state.client = start(state, buffer)
    end
  end
  if state.client and not next(state.buffers) then
    stop_client(state.client)
    state.client = nil
  end
end

--- Offers what the provider has for the lines that are asked about, in the buffers that are shown
--- last. Before Neovim 0.8, nowhere.
---@param provider fun(buffer: integer, first: integer, last: integer): mistral.host.Action[]
---@return mistral.host.CodeActions
function M.code_actions(provider)
  local state = { provider = provider, offers = new_offers(), buffers = {} }
  local handle = {}

  function handle.show(buffers)
    local wanted = {}
    for _, buffer in ipairs(HAS_START and buffers or {}) do
      wanted[buffer] = api.nvim_buf_is_loaded(buffer) or nil
    end
    update(state, wanted)
  end

  function handle.stop()
    update(state, {})
  end

  return handle
end

return M
