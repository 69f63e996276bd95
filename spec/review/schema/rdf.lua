--- A Diagnostic as reviewdog's reader takes it, after its definition of the format (reviewdog.proto). The
--- reader turns down fields it does not know, which its own JSON Schema would let pass; this one is as
--- strict as the reader.
local function object(properties, required)
  return { type = "object", properties = properties, required = required, additionalProperties = false }
end

local function ref(name) return { ["$ref"] = "#/definitions/" .. name } end

local TEXT = { type = "string" }
local INT32 = { type = "integer", minimum = 1, maximum = 2 ^ 31 - 1 }

return {
  ["$ref"] = "#/definitions/Diagnostic",
  definitions = {
    Diagnostic = object({
      message = TEXT,
      location = ref "Location",
      severity = { enum = { "UNKNOWN_SEVERITY", "ERROR", "WARNING", "INFO", 0, 1, 2, 3 } },
      source = ref "Source",
      code = ref "Code",
      suggestions = { type = "array", items = ref "Suggestion" },
      original_output = TEXT,
      images = { type = "array", items = ref "Image" },
    }, { "message", "location" }),
    Location = object({ path = TEXT, range = ref "Range" }, { "path" }),
    Range = object({ start = ref "Position", ["end"] = ref "Position" }, { "start" }),
    Position = object { line = INT32, column = INT32 },
    Suggestion = object({ range = ref "Range", text = TEXT }, { "range", "text" }),
    Source = object({ name = TEXT, url = TEXT }),
    Code = object({ value = TEXT, url = TEXT }),
    Image = object { image_url = TEXT, alt = TEXT, caption = TEXT },
  },
}
