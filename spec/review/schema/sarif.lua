--- SARIF 2.1.0 as far as an export of findings goes, after its specification (errata 01): every object it
--- writes has all the properties that it may have there, with their types and bounds, and no other; what
--- none of ours has (stacks, graphs, suppressions …) is not described, and so not allowed.
local function object(properties, more)
  properties.properties = { type = "object" }
  local out = { type = "object", properties = properties, additionalProperties = false }
  for name, says in pairs(more or {}) do out[name] = says end
  return out
end

local function ref(name) return { ["$ref"] = "#/definitions/" .. name } end
local function list(of, more)
  local out = { type = "array", items = of, uniqueItems = true }
  for name, says in pairs(more or {}) do out[name] = says end
  return out
end
local function map(of) return { type = "object", additionalProperties = of } end
local function any(...)
  local out = {}
  for index, name in ipairs { ... } do out[index] = { required = { name } } end
  return out
end

local TEXT, WHOLE, FLAG = { type = "string" }, { type = "integer" }, { type = "boolean" }
local INDEX = { type = "integer", minimum = -1 }
local ROW = { type = "integer", minimum = 1 }
local COUNT = { type = "integer", minimum = 0 }
local RANK = { type = "number", minimum = -1, maximum = 100 }
local LEVEL = { enum = { "none", "note", "warning", "error" } }

return {
  type = "object",
  required = { "version", "runs" },
  additionalProperties = false,
  properties = {
    ["$schema"] = TEXT,
    version = { enum = { "2.1.0" } },
    runs = { type = "array", items = ref "run" },
    properties = { type = "object" },
  },
  definitions = {
    run = object({
      tool = ref "tool",
      invocations = { type = "array", items = ref "invocation" },
      language = TEXT,
      originalUriBaseIds = map(ref "artifactLocation"),
      results = { type = "array", items = ref "result" },
      defaultEncoding = TEXT,
      defaultSourceLanguage = TEXT,
      newlineSequences = list(TEXT, { minItems = 1 }),
      columnKind = { enum = { "utf16CodeUnits", "unicodeCodePoints" } },
      redactionTokens = list(TEXT),
    }, { required = { "tool" } }),
    tool = object({ driver = ref "toolComponent", extensions = list(ref "toolComponent") },
      { required = { "driver" } }),
    toolComponent = object({
      guid = TEXT, name = TEXT, organization = TEXT, product = TEXT, productSuite = TEXT,
      shortDescription = ref "multiformatMessageString",
      fullDescription = ref "multiformatMessageString",
      fullName = TEXT, version = TEXT, semanticVersion = TEXT, releaseDateUtc = TEXT,
      downloadUri = TEXT, informationUri = TEXT, language = TEXT, isComprehensive = FLAG,
      notifications = list(ref "reportingDescriptor"),
      rules = list(ref "reportingDescriptor"),
      taxa = list(ref "reportingDescriptor"),
    }, { required = { "name" } }),
    reportingDescriptor = object({
      id = TEXT, name = TEXT, guid = TEXT, helpUri = TEXT,
      deprecatedIds = list(TEXT), deprecatedNames = list(TEXT),
      shortDescription = ref "multiformatMessageString",
      fullDescription = ref "multiformatMessageString",
      help = ref "multiformatMessageString",
      messageStrings = map(ref "multiformatMessageString"),
      defaultConfiguration = ref "reportingConfiguration",
    }, { required = { "id" } }),
    reportingConfiguration = object { enabled = FLAG, level = LEVEL, rank = RANK },
    invocation = object({
      commandLine = TEXT, arguments = { type = "array", items = TEXT }, startTimeUtc = TEXT,
      endTimeUtc = TEXT, exitCode = WHOLE, exitCodeDescription = TEXT, executionSuccessful = FLAG,
      toolExecutionNotifications = { type = "array", items = ref "notification" },
      toolConfigurationNotifications = { type = "array", items = ref "notification" },
    }, { required = { "executionSuccessful" } }),
    notification = object({
      locations = list(ref "location"), message = ref "message", level = LEVEL, threadId = WHOLE,
      timeUtc = TEXT,
    }, { required = { "message" } }),
    result = object({
      ruleId = TEXT, ruleIndex = INDEX, level = LEVEL, message = ref "message",
      kind = { enum = { "notApplicable", "pass", "fail", "review", "open", "informational" } },
      analysisTarget = ref "artifactLocation",
      locations = { type = "array", items = ref "location" },
      guid = TEXT, correlationGuid = TEXT, occurrenceCount = ROW,
      partialFingerprints = map(TEXT), fingerprints = map(TEXT),
      relatedLocations = list(ref "location"),
      baselineState = { enum = { "new", "unchanged", "updated", "absent" } },
      rank = RANK, hostedViewerUri = TEXT, workItemUris = list(TEXT), fixes = list(ref "fix"),
    }, { required = { "message" } }),
    location = object {
      id = INDEX, physicalLocation = ref "physicalLocation", message = ref "message",
      annotations = list(ref "region"),
    },
    physicalLocation = object({
      artifactLocation = ref "artifactLocation", region = ref "region", contextRegion = ref "region",
    }, { anyOf = any("address", "artifactLocation") }),
    artifactLocation = object {
      uri = TEXT, uriBaseId = TEXT, index = INDEX, description = ref "message",
    },
    region = object({
      startLine = ROW, startColumn = ROW, endLine = ROW, endColumn = ROW,
      charOffset = INDEX, charLength = COUNT, byteOffset = INDEX, byteLength = COUNT,
      snippet = ref "artifactContent", message = ref "message", sourceLanguage = TEXT,
    }, { anyOf = any("startLine", "charOffset", "byteOffset") }),
    fix = object({
      description = ref "message", artifactChanges = list(ref "artifactChange", { minItems = 1 }),
    }, { required = { "artifactChanges" } }),
    artifactChange = object({
      artifactLocation = ref "artifactLocation",
      replacements = { type = "array", minItems = 1, items = ref "replacement" },
    }, { required = { "artifactLocation", "replacements" } }),
    replacement = object({ deletedRegion = ref "region", insertedContent = ref "artifactContent" },
      { required = { "deletedRegion" } }),
    artifactContent = object {
      text = TEXT, binary = TEXT, rendered = ref "multiformatMessageString",
    },
    message = object({
      text = TEXT, markdown = TEXT, id = TEXT, arguments = { type = "array", items = TEXT },
    }, { anyOf = any("text", "id") }),
    multiformatMessageString = object({ text = TEXT, markdown = TEXT }, { required = { "text" } }),
  },
}
