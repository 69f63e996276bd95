--- What each kind of request is about, for sentences that say who lacks it.
local NOUNS = {
  chat = "chat", fim = "completion in the middle", models = "list of models",
  model = "page for one model", embed = "embeddings", moderate = "moderation",
  moderate_chat = "moderation", classify = "classification", classify_chat = "classification",
  ocr = "reading of documents", files = "files", file = "files", upload = "files",
  download = "files", delete_file = "files", signed_url = "files",
  transcribe = "transcription", batch_create = "batches", batch_job = "batches",
  batch_outputs = "batches",
  batch_jobs = "batches", batch_cancel = "batches", batch_delete = "batches",
}

--- A noun, or a phrase that takes its place.
---@param kind string
---@return string
return function(kind)
  return NOUNS[kind] or kind
end
