--- Methods about data rather than talk: vectors, judgements, documents, files, batches, recordings.
local forms = require "mistral.api.forms"

---@class mistral.DataService
local Data = {}

-- Each work is read when it is first asked for.
local function work(name)
  return require("mistral.api.work." .. name)
end

--- Vectors of texts. Any number of texts: they are sent in as many requests as it takes.
---@param params table model, input (a text or a list), output_dimension, output_dtype ...
---@param callbacks? mistral.Callbacks
---@return mistral.Request|mistral.Embeddings|nil
---@return mistral.Error?
function Data:embed(params, callbacks)
  forms.check(self, "embed", params, callbacks)
  forms.no_deltas("embed", callbacks)
  return forms.answer(work("embed").run(self, params, callbacks), callbacks)
end

local function judge(client, kind, params, callbacks)
  local exact = require("mistral.api.endpoint.moderate").kind(kind, params)
  return forms.answer(client:start(exact, params, callbacks or {}), callbacks)
end

--- What a text or a conversation contains that some would not want to see.
---@param params table model, and input (a text or a list of them) or messages
---@param callbacks? mistral.Callbacks
---@return mistral.Request|mistral.Moderations|nil
---@return mistral.Error?
function Data:moderate(params, callbacks)
  forms.check(self, "moderate", params, callbacks)
  forms.no_deltas("moderate", callbacks)
  return judge(self, "moderate", params, callbacks)
end

--- What a classifier of one's own says of a text or a conversation.
---@param params table model, and input (a text or a list of them) or messages
---@param callbacks? mistral.Callbacks
---@return mistral.Request|table|nil reply { results = { { TARGET = { scores = {...} } } } }
---@return mistral.Error?
function Data:classify(params, callbacks)
  forms.check(self, "classify", params, callbacks)
  forms.no_deltas("classify", callbacks)
  return judge(self, "classify", params, callbacks)
end

--- The text of a document or a picture.
---@param params table model, document (a path, an address, a chunk), pages, table_format ...
---@param callbacks? mistral.Callbacks
---@return mistral.Request|mistral.Document|nil
---@return mistral.Error?
function Data:ocr(params, callbacks)
  forms.check(self, "ocr", params, callbacks)
  forms.no_deltas("ocr", callbacks)
  return forms.answer(work("ocr").run(self, params, callbacks), callbacks)
end

--- The text of a recording; with `on_delta` as it is heard.
---@param params table model, and file (a path), file_url or file_id; language, diarize ...
---@param callbacks? mistral.Callbacks
---@return mistral.Request|mistral.Transcript|nil
---@return mistral.Error?
function Data:transcribe(params, callbacks)
  forms.check(self, "transcribe", params, callbacks)
  return forms.answer(self:start("transcribe", params, callbacks or {}), callbacks)
end

--- Many requests as one job, at half the price and within a day; and back to one by its `job_id`.
---@param params mistral.BatchParams
---@param callbacks? mistral.BatchCallbacks
---@return mistral.Task|mistral.BatchReply|nil
---@return mistral.Error?
function Data:batch(params, callbacks)
  forms.check(self, "batch", params, callbacks, { on_result = { ["function"] = true } })
  forms.no_deltas("batch", callbacks)
  return forms.answer(work("batch").run(self, params, callbacks), callbacks)
end

-- Methods that are one request, and nothing else.
local function plain(name, optional)
  return function(self, params, callbacks)
    if optional then params, callbacks = forms.optional(params, callbacks) end
    forms.check(self, name, params, callbacks)
    forms.no_deltas(name, callbacks)
    return forms.answer(self:start(name, params, callbacks or {}), callbacks)
  end
end

--- One model, by any of its names.
---@type fun(self, params: { model: string }, callbacks?: mistral.Callbacks): mistral.Model?, mistral.Error?
Data.model = plain "model"

--- The files that are kept at the service, the newest first; `list.total` counts all pages.
---@type fun(self, params?: table, callbacks?: mistral.Callbacks): mistral.File[]?, mistral.Error?
Data.files = plain("files", true)

--- What is known of one file.
---@type fun(self, params: { file_id: string }, callbacks?: mistral.Callbacks): mistral.File?, mistral.Error?
Data.file = plain "file"

--- Send a file, streamed from the disk; `on_progress` hears how far it is.
---@type fun(self, params: { file: string, purpose: string }, callbacks?: mistral.Callbacks): mistral.File?, mistral.Error?
Data.upload = plain "upload"

--- Fetch a file: onto the disk with `to`, which it appears at once it is whole, else into memory.
---@type fun(self, params: { file_id: string, to?: string, overwrite?: boolean }, callbacks?: mistral.Callbacks): mistral.Download?, mistral.Error?
Data.download = plain "download"

--- Delete a file.
---@type fun(self, params: { file_id: string }, callbacks?: mistral.Callbacks): { id: string, deleted: true }?, mistral.Error?
Data.delete_file = plain "delete_file"

--- An address by which anybody can fetch a file for `expiry` hours, 24 unless told.
---@type fun(self, params: { file_id: string, expiry?: integer }, callbacks?: mistral.Callbacks): { url: string }?, mistral.Error?
Data.signed_url = plain "signed_url"

--- The batch jobs of this key, the newest first.
---@type fun(self, params?: table, callbacks?: mistral.Callbacks): mistral.Job[]?, mistral.Error?
Data.batch_jobs = plain("batch_jobs", true)

--- Forget a batch job that is over.
---@type fun(self, params: { job_id: string }, callbacks?: mistral.Callbacks): { id: string, deleted: true }?, mistral.Error?
Data.batch_delete = plain "batch_delete"

return Data
