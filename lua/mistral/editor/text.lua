--- How code and a model's words are written; the same below the editor.
return require("mistral.lines")
