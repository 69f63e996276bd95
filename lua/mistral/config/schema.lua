--- Every option: its name, type, default and meaning. What a user writes is checked against this, and
--- the option table of the help file is made from it.
---@class mistral.config.Key
---@field path string dotted name, as a user writes it
---@field type "string"|"integer"|"number"|"boolean"|"list"
---@field default string|number|boolean|string[]
---@field help string one sentence
---@field choices? string[]
---@field min? number
---@field max? number

---@class mistral.Options.Budget
---@field day number
---@field month number
---@field unit "usd"|"tokens"

---@class mistral.Options.Review
---@field model string
---@field instructions string
---@field max_findings integer
---@field min_confidence number
---@field score boolean
---@field request_tokens integer
---@field skip string[]
---@field keep_files string[]
---@field ask_tokens integer
---@field ask_cost number
---@field kept integer
---@field virtual_text boolean
---@field open_list boolean

---@class mistral.Options.Explain
---@field model string
---@field position "right"|"below"
---@field focus boolean
---@field definitions boolean

---@class mistral.Options.Chat
---@field model string
---@field system string
---@field position "right"|"below"

---@class mistral.Options.Edit
---@field model string
---@field instructions string
---@field context_bytes integer

---@class mistral.Options.Commit
---@field model string
---@field instructions string

---@class mistral.Options.Prompts
---@field folder string

---@class mistral.Options.Complete
---@field model string
---@field max_tokens integer
---@field prefix_bytes integer
---@field suffix_bytes integer
---@field timeout_ms integer

--- All options with their values; none is nil.
---@class mistral.Options
---@field api_key string
---@field api_key_command string[]
---@field key_file string
---@field env_file boolean
---@field redact boolean
---@field redact_allow string[]
---@field allow_files string[]
---@field provider string
---@field base_url string
---@field region string
---@field project string
---@field endpoint string
---@field api_version string
---@field auth string
---@field fim string
---@field ca_file string
---@field proxy string
---@field no_proxy string
---@field max_bytes integer
---@field ledger boolean
---@field plan ""|"experiment"|"scale"
---@field budget mistral.Options.Budget
---@field review mistral.Options.Review
---@field explain mistral.Options.Explain
---@field edit mistral.Options.Edit
---@field chat mistral.Options.Chat
---@field commit mistral.Options.Commit
---@field prompts mistral.Options.Prompts
---@field complete mistral.Options.Complete

---@type mistral.config.Key[]
return {
  {
    path = "api_key",
    type = "string",
    default = "",
    help = "Key for the service; when empty, MISTRAL_API_KEY is read from the environment, then "
      .. "from .env in the working folder.",
  },
  {
    path = "api_key_command",
    type = "list",
    default = {},
    help = "Command and its arguments that prints the key; it runs once, at the first request, "
      .. "unless the environment or .env has one.",
  },
  {
    path = "key_file",
    type = "string",
    default = "",
    help = "File whose first line is the key, asked last; it must be yours, with mode 0600 "
      .. "or 0400.",
  },
  {
    path = "env_file",
    type = "boolean",
    default = true,
    help = "Look for the key in .env in the working folder; nothing else in it is read.",
  },
  {
    path = "redact",
    type = "boolean",
    default = true,
    help = "Send names in place of keys, tokens and passwords, and put these back in the answer.",
  },
  {
    path = "redact_allow",
    type = "list",
    default = {},
    help = "Lua patterns: a secret in which one of them matches is sent as it is.",
  },
  {
    path = "allow_files",
    type = "list",
    default = {},
    help = "Names of files, such as *.pem, that are sent though their like hold keys.",
  },
  {
    path = "provider",
    type = "string",
    default = "mistral",
    choices = {
      "mistral", "azure", "vertex", "bedrock", "sagemaker", "compatible", "ollama",
    },
    help = "Who answers; what each of them needs besides is in |mistral-providers|.",
  },
  {
    path = "base_url",
    type = "string",
    default = "",
    help = "Where requests go; when empty, to the provider's own address.",
  },
  {
    path = "region",
    type = "string",
    default = "",
    help = "Region of mistral (eu or us), vertex, bedrock or sagemaker.",
  },
  {
    path = "project",
    type = "string",
    default = "",
    help = "Project of vertex; when empty, GOOGLE_CLOUD_PROJECT is read.",
  },
  {
    path = "endpoint",
    type = "string",
    default = "",
    help = "Of azure, the address of the resource; of sagemaker, the name of the endpoint.",
  },
  {
    path = "api_version",
    type = "string",
    default = "",
    help = "Version of azure's older route; when empty, its current route is taken.",
  },
  {
    path = "auth",
    type = "string",
    default = "",
    choices = { "", "bearer" },
    help = "What azure is shown: its key, or with bearer a token.",
  },
  {
    path = "fim",
    type = "string",
    default = "",
    choices = { "", "raw", "suffix", "infill" },
    help = "How a compatible server is asked to fill in the middle; when empty, raw.",
  },
  {
    path = "ca_file",
    type = "string",
    default = "",
    help = "PEM file of the certificate authorities to trust instead of the system's.",
  },
  {
    path = "proxy",
    type = "string",
    default = "",
    help = "Proxy to go through; when empty, the usual environment variables are read.",
  },
  {
    path = "no_proxy",
    type = "string",
    default = "",
    help = "Host names, separated by commas, that are reached without the proxy.",
  },
  {
    path = "max_bytes",
    type = "integer",
    default = 700000,
    min = 1,
    help = "Most bytes of code that one review, explanation or question may send.",
  },
  {
    path = "ledger",
    type = "boolean",
    default = true,
    help = "Write tokens and cost of each request, but none of its content, to the state folder.",
  },
  {
    path = "plan",
    type = "string",
    default = "",
    choices = { "", "experiment", "scale" },
    help = "How fast the key's plan lets requests go out; the service's headers correct it.",
  },
  {
    path = "budget.day",
    type = "number",
    default = 0,
    min = 0,
    help = "Most that requests may take in a day (UTC), counted by the ledger; 0 for no limit.",
  },
  {
    path = "budget.month",
    type = "number",
    default = 0,
    min = 0,
    help = "Most that requests may take in a month (UTC), counted by the ledger; 0 for no limit.",
  },
  {
    path = "budget.unit",
    type = "string",
    default = "usd",
    choices = { "usd", "tokens" },
    help = "What a budget is counted in: US dollars, in which the prices are, or tokens.",
  },
  {
    path = "review.model",
    type = "string",
    default = "mistral-medium-latest",
    help = "Model that reviews.",
  },
  {
    path = "review.instructions",
    type = "string",
    default = "",
    help = "Your own rules, added to what the model is told before each review.",
  },
  {
    path = "review.max_findings",
    type = "integer",
    default = 20,
    min = 1,
    max = 1000,
    help = "Most findings shown of one file; the rest is counted only.",
  },
  {
    path = "review.min_confidence",
    type = "number",
    default = 0,
    min = 0,
    max = 1,
    help = "Findings of which the model is less sure than this are left out and counted.",
  },
  {
    path = "review.score",
    type = "boolean",
    default = false,
    help = "Have each part looked at a second time, and leave out what does not stand up to that: "
      .. "twice the requests, fewer false alarms, and findings come later.",
  },
  {
    path = "review.request_tokens",
    type = "integer",
    default = 12000,
    min = 500,
    max = 1000000,
    help = "About how many tokens of code go into one request; larger input is cut into several.",
  },
  {
    path = "review.skip",
    type = "list",
    default = {},
    help = "Files that a review of a repository leaves out, as globs, besides those it leaves out "
      .. "anyway: lockfiles, generated, minified and binary ones.",
  },
  {
    path = "review.keep_files",
    type = "list",
    default = {},
    help = "Files that are reviewed though they would be left out, as globs.",
  },
  {
    path = "review.ask_tokens",
    type = "integer",
    default = 200000,
    min = 0,
    help = "Ask before a review that sends more tokens than this; 0: do not ask.",
  },
  {
    path = "review.ask_cost",
    type = "number",
    default = 0.5,
    min = 0,
    help = "Ask before a review that is likely to cost more US dollars than this; 0: do not ask.",
  },
  {
    path = "review.kept",
    type = "integer",
    default = 10,
    min = 0,
    max = 100,
    help = "How many reviews of each repository :Mistral restore and :Mistral history know; 0: "
      .. "none are kept.",
  },
  {
    path = "review.virtual_text",
    type = "boolean",
    default = true,
    help = "Show the title of a finding behind its line.",
  },
  {
    path = "review.open_list",
    type = "boolean",
    default = false,
    help = "Open the quickfix window at the first finding, leaving the cursor where it is.",
  },
  {
    path = "explain.model",
    type = "string",
    default = "mistral-medium-latest",
    help = "Model that explains.",
  },
  {
    path = "explain.position",
    type = "string",
    default = "right",
    choices = { "right", "below" },
    help = "Where the window of the explanation opens.",
  },
  {
    path = "explain.focus",
    type = "boolean",
    default = false,
    help = "Move the cursor into the window of the explanation.",
  },
  {
    path = "explain.definitions",
    type = "boolean",
    default = true,
    help = "Send along where the names in the lines are defined in the project, as far as an LSP "
      .. "server or a tags file tells within 300 ms.",
  },
  {
    path = "chat.model",
    type = "string",
    default = "mistral-medium-latest",
    help = "Model of a new chat; each chat names its own at its top.",
  },
  {
    path = "chat.system",
    type = "string",
    default = "You talk with a programmer in their editor. Answer in markdown, and be brief.",
    help = "What the model is told before a chat that says nothing else at its top.",
  },
  {
    path = "chat.position",
    type = "string",
    default = "right",
    choices = { "right", "below" },
    help = "Where the window of a chat opens.",
  },
  {
    path = "edit.model",
    type = "string",
    default = "mistral-medium-latest",
    help = "Model that edits and fixes.",
  },
  {
    path = "edit.instructions",
    type = "string",
    default = "",
    help = "Your own rules, added to what the model is told before each edit and fix.",
  },
  {
    path = "edit.context_bytes",
    type = "integer",
    default = 8000,
    min = 0,
    help = "About how many bytes around the lines an edit sends along, in whole lines.",
  },
  {
    path = "commit.model",
    type = "string",
    default = "mistral-medium-latest",
    help = "Model that drafts commit messages.",
  },
  {
    path = "commit.instructions",
    type = "string",
    default = "",
    help = "Your own rules, added to what the model is told before each draft of a message.",
  },
  {
    path = "prompts.folder",
    type = "string",
    default = "",
    help = "Folder of your own prompts; when empty, mistral/prompts in XDG_CONFIG_HOME, which is "
      .. "~/.config unless set.",
  },
  {
    path = "complete.model",
    type = "string",
    default = "codestral-latest",
    help = "Model that completes; it must be able to fill in the middle.",
  },
  {
    path = "complete.max_tokens",
    type = "integer",
    default = 256,
    min = 1,
    help = "Most tokens of one completion.",
  },
  {
    path = "complete.prefix_bytes",
    type = "integer",
    default = 12000,
    min = 0,
    help = "About how many bytes before the cursor a completion sends, in whole lines.",
  },
  {
    path = "complete.suffix_bytes",
    type = "integer",
    default = 4000,
    min = 0,
    help = "About how many bytes behind the cursor a completion sends, in whole lines.",
  },
  {
    path = "complete.timeout_ms",
    type = "integer",
    default = 5000,
    min = 1,
    help = "How long a completion waits for the answer to begin.",
  },
}
