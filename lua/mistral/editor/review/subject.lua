--- What a review is about: what the client is asked for, and how its files are known in the editor.
local disk = require("mistral.api.disk")
local files = require("mistral.editor.review.file")
local lines_of = require("mistral.lines")
local place = require("mistral.review.place")
local scope = require("mistral.editor.scope")
local words = require("mistral.editor.review.words")

local M = {}

local NAMES = { skip = "review.skip", keep = "review.keep_files" }

---@class mistral.review.Subject
---@field id string a second review of the same stops the first
---@field name string for people, as long as the client has no better one
---@field buffer? integer the review ends with it
---@field top? string folder that paths are relative to; git's may only be known with the plan
---@field wanted mistral.review.Wanted
---@field params table for the client: `texts`, or `scope` and `folder`
---@field covered fun(source: mistral.review.Source, top?: string): mistral.review.Covered
---@field code fun(source: mistral.review.Source): mistral.review.Text the whole text that was read

-- Folders ----------------------------------------------------------------------------------------

--- The folder of the repository that a path is in, or nil.
---@param path string absolute
---@return string|nil
function M.top_of(path)
  local folder = path:match("^(.*)/")
  while folder and folder ~= "" do
    if disk.exists(folder .. "/.git") then
      return folder
    end
    folder = folder:match("^(.*)/")
  end
end

-- A buffer ---------------------------------------------------------------------------------------

local function whole_text(host, code)
  if code.whole then
    return place.text(code.lines)
  end
  local lines = host.lines(code.buffer, 1, host.line_count(code.buffer))
  return place.text(lines_of.code_lines(lines))
end

--- The lines of a buffer, or of a range in it.
local function of_buffer(session, range, wanted, options)
  range.wish = wanted.wish
  local host = session.host
  local code, message = scope.read(host, range, options, "review")
  if not code then
    return nil, message
  end
  local path = host.path(code.buffer)
  local top = M.top_of(path) or path:match("^(.*)/")
  local text = whole_text(host, code)
  return {
    id = "buffer " .. code.buffer,
    name = code.name,
    buffer = code.buffer,
    top = top,
    wanted = wanted,
    params = {
      texts = {
        {
          path = top and path:sub(#top + 2) or code.file, lines = code.lines,
          first = code.first, language = code.filetype ~= "" and code.filetype or nil,
        },
      },
    },
    covered = function()
      return { key = files.key(path, code.buffer), path = path, buffer = code.buffer }
    end,
    code = function()
      return text
    end,
  }
end

-- A scope of git's -------------------------------------------------------------------------------

--- Where to look for the repository: by the file that is reviewed, the one at hand, or the editor.
local function folder_of(host, wanted)
  local path = wanted.paths and wanted.paths[1] or host.path(host.buffer())
  return path:match("^(.+)/") or host.folder()
end

local NAME = {
  staged = "what is staged", unstaged = "what is not staged", branch = "the branch",
  commit = "the commit", files = "the files",
}

--- Every line of a file's new side, as anchors compare them; longer ones than are sent, too.
local function text_of(source)
  return place.text(lines_of.code_lines(source.raw))
end

local function id_of(wanted, folder)
  local paths = table.concat(wanted.paths or {}, "\n")
  return table.concat({ wanted.kind, folder, wanted.base or wanted.rev or "", paths }, "\n")
end

local function of_scope(session, wanted)
  local folder = folder_of(session.host, wanted)
  local texts = setmetatable({}, { __mode = "k" })
  return {
    id = id_of(wanted, folder),
    name = NAME[wanted.kind],
    wanted = wanted,
    params = {
      scope = {
        kind = wanted.kind, base = wanted.base, rev = wanted.rev, paths = wanted.paths,
        folder = folder,
      },
      folder = folder,
    },
    covered = function(source, top)
      local path = (top or folder) .. "/" .. source.path
      return { key = files.key(path), path = path }
    end,
    code = function(source)
      texts[source] = texts[source] or text_of(source)
      return texts[source]
    end,
  }
end

--- Reads what is to be reviewed, as far as that needs no git.
---@param session mistral.Session
---@param range mistral.Range
---@param wanted mistral.review.Wanted
---@param options mistral.Options
---@return mistral.review.Subject|nil, string|nil message
function M.of(session, range, wanted, options)
  local subject, message
  if wanted.kind == "buffer" then
    subject, message = of_buffer(session, range, wanted, options)
  else
    subject = of_scope(session, wanted)
  end
  if not subject then
    return nil, message
  end
  local review, params = options.review, subject.params
  params.model = review.model
  params.instructions = review.instructions ~= "" and review.instructions or nil
  params.wish = wanted.wish ~= "" and wanted.wish or nil
  params.max_findings = review.max_findings
  params.min_confidence = review.min_confidence
  params.score = review.score
  params.skip, params.keep, params.names = review.skip, review.keep_files, NAMES
  params.request_tokens = review.request_tokens
  params.dismissed = {}
  return subject
end

--- What the words behind `:Mistral review` and the range ask for.
---@param session mistral.Session
---@param range mistral.Range its `wish` is all the words
---@param options mistral.Options
---@return mistral.review.Subject|nil, string|nil message
function M.read(session, range, options)
  local ranged = range.first ~= nil
  local wanted, message = words.read(range.wish or "", session.host.folder(), ranged)
  if not wanted then
    return nil, message
  end
  return M.of(session, range, wanted, options)
end

return M
