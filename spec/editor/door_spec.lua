-- require "mistral" by hand in an editor where nothing else of ours was used before.
local editor = require "spec.editor.support.editor"

if not editor.kind then return end

describe("the door, the first thing used in an editor,", function()
  -- What a Lua chunk prints in an editor of its own.
  local function said_by(code, before)
    return (editor.run_another((before or "") .. [[

      lua _G.lines = {}
      lua function print(text) lines[#lines + 1] = tostring(text) end
      lua << CHUNK
        local done, problem = pcall(function() ]] .. code .. [[ end)
        if not done then print("raised: " .. tostring(problem)) end
        local out = io.open("OUT", "w")
        out:write(table.concat(lines, "\n"))
        out:close()
CHUNK
    ]]))
  end

  if editor.kind == "nvim" then
    it("has JSON without lua-cjson", function()
      local text = said_by([[
        package.preload.cjson = function() error("there is none") end
        local client = assert(require("mistral").client { api_key = "k" })
        print(client:encode("fim", { model = "m", prompt = "x" }, { streamed = false }))
        client:close()
      ]])

      assert.equal('{"model":"m","prompt":"x"}', text)
    end)
  end

  local GLOBAL = "let g:mistral = {'base_url': 'https://llm.example/v1', 'max_bytes': 7}"

  it("knows what g:mistral says", function()
    local text = said_by('print(require("mistral").options().max_bytes)', GLOBAL)

    assert.equal("7", (text:gsub("%.0$", "")))
  end)

  it("gives a client what g:mistral says, and what setup() says above that", function()
    local text = said_by([[
      local mistral = require "mistral"
      local client = assert(mistral.client())
      print(client.site.base)
      client:close()
      mistral.setup { base_url = "https://other.example/v1" }
      client = assert(mistral.client())
      print(client.site.base)
      client:close()
    ]], GLOBAL)

    assert.equal("https://llm.example/v1\nhttps://other.example/v1", text)
  end)

  it("raises one sentence when g:mistral says something wrong", function()
    for _, name in ipairs { "options", "client" } do
      local text = said_by(('require("mistral").%s()'):format(name), "let g:mistral = {'prox': 'x'}")

      assert.truthy(text:find("^raised: .*unknown option `prox`; did you mean `proxy`%?$"), text)
    end
  end)
end)
