--- Which files are left out of a review, and the sentence that says why: by name, by attributes, by
--- kind, and by how they look.
local globs = require "mistral.git.globs"
local refuse = require "mistral.redact.files"
local text = require "mistral.text"

local M = {}

--- What is skipped unless the user keeps it: globs by what they stand for.
---@type { what: string, globs: string[] }[]
M.DEFAULTS = {
  { what = "a lockfile", globs = {
    "*.lock", "*.lockfile", "*.lock.hcl", "*.lock.json", "package-lock.json", "npm-shrinkwrap.json",
    "pnpm-lock.yaml", "bun.lockb", "packages.lock.json", "project.assets.json", "gems.locked",
    "go.sum", "go.work.sum", "Package.resolved", "Cartfile.resolved", "stack.yaml.lock",
    "cabal.project.freeze", "conda-lock.yml", "MODULE.bazel.lock", "maven_install.json",
    "vcpkg-lock.json", "dub.selections.json", "lazy-lock.json", "cpanfile.snapshot",
    "verification-metadata.xml",
  } },
  { what = "minified", globs = {
    "*.min.js", "*.min.mjs", "*.min.cjs", "*.min.css", "*-min.js", "*-min.css", "*.bundle.js",
  } },
  { what = "generated", globs = {
    "*.js.map", "*.css.map", "*.mjs.map", "*.tsbuildinfo", "*.pb.go", "*.pb.cc", "*.pb.h",
    "*.pb.swift", "*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py", "*_pb.js", "*_pb.d.ts", "*.g.dart",
    "*.freezed.dart", "*.g.cs", "*.Designer.cs", "*.designer.cs", "*_generated.go", "*.gen.go",
    "zz_generated.*", "*.generated.*", "*.pbxproj", ".pnp.cjs", ".pnp.loader.mjs", "dist/",
  } },
  { what = "a snapshot of a test", globs = { "*.snap", "*.snap.new", "*.ambr", "__snapshots__/" } },
  { what = "an image", globs = {
    "*.svg", "*.png", "*.jpg", "*.jpeg", "*.gif", "*.webp", "*.ico", "*.bmp", "*.avif", "*.eps",
  } },
  { what = "vendored", globs = {
    "node_modules/", "bower_components/", "jspm_packages/", "vendor/", "third_party/",
    "third-party/", "Godeps/", "Pods/", "Carthage/", "**/.yarn/releases/", "**/.yarn/plugins/",
  } },
}

---@class mistral.git.Skip
---@field skip mistral.git.Globs
---@field keep mistral.git.Globs
---@field defaults { what: string, globs: mistral.git.Globs }[]
---@field allow? string[]
---@field names { skip?: string, keep?: string }

--- The globs of the options made ready.
---@param options mistral.git.Options
---@return mistral.git.Skip
function M.new(options)
  local defaults = {}
  for index, kind in ipairs(M.DEFAULTS) do
    defaults[index] = { what = kind.what, globs = globs.new(kind.globs) }
  end
  return {
    skip = globs.new(options.skip or {}), keep = globs.new(options.keep or {}),
    defaults = defaults, allow = options.allow_files, names = options.names or {},
  }
end

local function shown(path)
  return text.line(path, 200)
end

--- A file is left out: a record of `skipped`.
---@param path string
---@param sentence string `%s` stands for the path
---@param ... any for further places of the sentence
---@return { path: string, why: string }
function M.record(path, sentence, ...)
  return { path = path, why = sentence:format(shown(path), ...) }
end

local ZEROS = "000000"
local LINK, SUBMODULE = "120000", "160000"

--- What a file is rules it out, whatever its name.
---@param entry mistral.git.Entry
---@return table? record
function M.by_kind(entry)
  if entry.status == "missing" then
    local record = M.record(entry.path, "%s is not there: name a file of this repository")
    record.missing = true
    return record
  elseif entry.path:sub(-1) == "/" then
    return M.record(entry.path, "%s is another repository: review it there")
  elseif entry.status == "U" then
    return M.record(entry.path, "%s has conflicts: resolve them first")
  elseif entry.new_mode == SUBMODULE or entry.new_mode == ZEROS and entry.old_mode == SUBMODULE then
    return M.record(entry.path, "%s is a submodule: review it in its own repository")
  elseif entry.status == "D" then
    return M.record(entry.path, "%s was deleted: it has no lines left to review")
  elseif entry.new_mode == LINK then
    return M.record(entry.path, "%s is a symbolic link")
  end
end

-- Neither what it is called now nor what it was called before may be a name for secrets.
local function secret(skip, entry)
  local why = refuse.refused(entry.path, skip.allow)
    or entry.old_path and refuse.refused(entry.old_path, skip.allow)
  return why and { path = entry.path, why = why }
end

-- git shows no lines of them, so that nobody can keep them.
local function without_lines(entry, attributes)
  if attributes.diff == false then
    return M.record(entry.path, "%s is not to be compared, say .gitattributes")
  elseif entry.binary then
    return M.record(entry.path, "%s is binary")
  end
end

-- What the user may keep all the same, where there is a way to say so.
local function unless_kept(skip, path, what)
  local keep = skip.names.keep
  local advice = keep and (" unless %s names it"):format(keep) or ""
  return M.record(path, "%s is %s, which is skipped%s", what, advice)
end

-- What .gitattributes say counts for more than the name does.
local function by_attributes(skip, path, attributes)
  if attributes.generated then
    return unless_kept(skip, path, "generated, say .gitattributes")
  elseif attributes.vendored then
    return unless_kept(skip, path, "vendored, say .gitattributes")
  end
end

local function by_default(skip, path)
  for _, kind in ipairs(skip.defaults) do
    local glob = globs.match(kind.globs, path)
    if glob then return unless_kept(skip, path, ("%s (%s)"):format(kind.what, glob)) end
  end
end

--- The user's word, then that of .gitattributes, then ours.
---@param skip mistral.git.Skip
---@param entry mistral.git.Entry
---@param attributes mistral.git.Attributes
---@return table? record
function M.by_name(skip, entry, attributes)
  local path = entry.path
  local why = secret(skip, entry) or without_lines(entry, attributes)
  if why then return why end
  if globs.match(skip.keep, path) then return nil end
  local glob = globs.match(skip.skip, path)
  if glob then
    local whose = skip.names.skip and " of " .. skip.names.skip or ""
    return M.record(path, "%s is skipped by the glob %s%s", text.line(glob, 80), whose)
  end
  why = by_attributes(skip, path, attributes)
  if why then return why end
  if attributes.generated == false or attributes.vendored == false then return nil end
  return by_default(skip, path)
end

local LEADERS = {
  "^%s*//", "^%s*#", "^%s*%-%-", "^%s*/?%*", "^%s*;", "^%s*%%", "^%s*<!%-%-", '^%s*"""',
}
local WORDS = {
  "Code generated .*DO NOT EDIT", "@generated", "[Gg]enerated by .*[Dd][Oo] [Nn][Oo][Tt] [Ee][Dd]",
  "[Aa]uto%-?%s?[Gg]enerated.*[Dd][Oo] [Nn][Oo][Tt] [Ee][Dd]", "<auto%-generated",
  "[Tt]his file [iw]a?s automatically generated",
}
local HEAD = 12 -- rows in which a file says of itself that it is generated
local WIDEST = 400 -- bytes of such a row that are read

local function says_generated(row)
  local line, comment = row.text:sub(1, WIDEST), false
  for _, leader in ipairs(LEADERS) do
    comment = comment or line:find(leader) ~= nil
  end
  if not comment then return false end
  for _, words in ipairs(WORDS) do
    if line:find(words) then return true end
  end
  return false
end

local function is_generated(section)
  local hunk, seen = section.hunks[1], 0
  if not hunk or hunk.new_first ~= 1 then return false end
  for _, row in ipairs(hunk.lines) do
    if row.kind ~= "-" then
      seen = seen + 1
      if says_generated(row) then return true end
      if seen == HEAD then return false end
    end
  end
  return false
end

--- How its lines look: most of its bytes in lines that nobody wrote, or a word that it is generated.
---@param skip mistral.git.Skip
---@param path string
---@param section mistral.git.Section
---@param attributes mistral.git.Attributes
---@return table? record
function M.by_looks(skip, path, section, attributes)
  if globs.match(skip.keep, path) then return nil end
  if section.long_bytes * 2 > section.bytes then
    return unless_kept(skip, path, "minified: most of it stands in very long lines")
  end
  if attributes.generated ~= false and is_generated(section) then
    return unless_kept(skip, path, "generated, as its first lines say")
  end
end

return M
