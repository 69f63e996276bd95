--- What :Mistral does with findings.
local given = require("mistral.editor.command.given")

local SEVERITIES = { "error", "warning", "info", "hint" }

local function run_walk(direction)
  return function(session, rest, command)
    local severity = rest ~= "" and rest or nil
    local record, message = require("mistral.editor.review.walk").go(session, direction, severity)
    if not record then
      return nil, message
    end
    return not command.bang or require("mistral.editor.review.detail").show(session, record)
  end
end

local function run_detail(session)
  local record = session.findings:current()
  if not record then
    return nil, "there is no finding to show"
  end
  return require("mistral.editor.review.detail").show(session, record)
end

local function run_findings(session)
  local board = session.findings:newest()
  if not board then
    return nil, "there are no findings; :Mistral review looks for some"
  end
  if not board.list:show() then
    board.list:replace() -- the editor keeps ten lists, and this was an older one
    session.findings:renew(board)
    board.list:show()
  end
  return true
end

local function run_dismiss(session, rest, command)
  local memory = require("mistral.editor.review.memory")
  if command.bang then
    return memory.undo(session)
  end
  return memory.dismiss(session, rest)
end

local function run_restore(session, rest)
  local number = rest == "" and 1 or tonumber(rest)
  if not number or number < 1 or number % 1 ~= 0 then
    return nil, ":Mistral restore takes a number: 1 is the last review, 2 the one before"
  end
  return given.with_options(session, function(options)
    return require("mistral.editor.review.memory").restore(session, number, options)
  end)
end

local function run_history(session)
  return given.with_options(session, function(options)
    return require("mistral.editor.review.memory").history(session, options)
  end)
end

local function run_export(session, rest, command)
  return require("mistral.editor.review.export").start(session, rest, command.bang)
end

-- A review that has begun to show findings would go on to do so.
local function run_clear(session)
  for _, review in ipairs(session:running("review")) do
    if review.board then
      review:cancel("user")
    end
  end
  session.findings:clear()
  return true
end

---@type table<string, mistral.Subcommand>
return {
  review = {
    range = true,
    offer = function(...)
      return require("mistral.editor.review.offer")(...)
    end,
    run = given.starts("mistral.editor.review"),
  },
  findings = { words = {}, run = run_findings },
  next = { words = SEVERITIES, bang = true, run = run_walk(1) },
  previous = { words = SEVERITIES, bang = true, run = run_walk(-1) },
  detail = { words = {}, run = run_detail },
  dismiss = { bang = true, run = run_dismiss },
  restore = { run = run_restore },
  history = { words = {}, run = run_history },
  export = {
    bang = true,
    offer = function(...)
      return require("mistral.editor.review.export").offer(...)
    end,
    run = run_export,
  },
  clear = { words = {}, run = run_clear },
}
