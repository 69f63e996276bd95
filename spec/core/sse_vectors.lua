---Event streams and what the WHATWG rules make of them. Data only.
---@class spec.SseVector
---@field name string
---@field bytes string the stream
---@field events table[] {type, data, id, retry}, in order
return {
  { name = "nothing", bytes = "", events = {} },
  { name = "one event", bytes = "data: hi\n\n", events = { { type = "message", data = "hi" } } },
  { name = "no space after the colon", bytes = "data:hi\n\n", events = { { type = "message", data = "hi" } } },
  { name = "only the first space goes", bytes = "data:  hi\n\n", events = { { type = "message", data = " hi" } } },
  { name = "a tab stays", bytes = "data:\thi\n\n", events = { { type = "message", data = "\thi" } } },
  { name = "CR ends lines", bytes = "data: a\rdata: b\r\r", events = { { type = "message", data = "a\nb" } } },
  { name = "CRLF ends lines", bytes = "data: a\r\ndata: b\r\n\r\n", events = { { type = "message", data = "a\nb" } } },
  {
    name = "line ends mixed",
    bytes = "data: a\r\n\ndata: b\n\r\ndata: c\r\rdata: d\n\n",
    events = {
      { type = "message", data = "a" },
      { type = "message", data = "b" },
      { type = "message", data = "c" },
      { type = "message", data = "d" },
    },
  },
  {
    name = "CRLF is one line end, not two",
    bytes = "data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n",
    events = { { type = "message", data = "a\nb" }, { type = "message", data = "c" } },
  },
  { name = "a mark at the start is skipped", bytes = "\239\187\191data: a\n\n", events = { { type = "message", data = "a" } } },
  { name = "a second mark is part of the field name", bytes = "\239\187\191\239\187\191data: a\n\n", events = {} },
  { name = "a mark later on is data", bytes = "data: \239\187\191a\n\n", events = { { type = "message", data = "\239\187\191a" } } },
  { name = "half a mark is a field name", bytes = "\239\187data: a\n\ndata: b\n\n", events = { { type = "message", data = "b" } } },
  { name = "comments are skipped", bytes = ": ping\n\n:\n\ndata: a\n: in between\ndata: b\n\n", events = { { type = "message", data = "a\nb" } } },
  { name = "data of several lines", bytes = "data: a\ndata: b\ndata: c\n\n", events = { { type = "message", data = "a\nb\nc" } } },
  { name = "a line feed in front", bytes = "data\ndata: a\n\n", events = { { type = "message", data = "\na" } } },
  { name = "a field without a colon", bytes = "data\n\n", events = { { type = "message", data = "" } } },
  { name = "two fields without a colon", bytes = "data\ndata\n\n", events = { { type = "message", data = "\n" } } },
  { name = "an empty data line is an event", bytes = "data:\n\n", events = { { type = "message", data = "" } } },
  { name = "an event without data is not sent", bytes = "event: x\nid: 1\n\ndata: a\n\n", events = { { type = "message", data = "a", id = "1" } } },
  { name = "a type", bytes = "event: delta\ndata: a\n\ndata: b\n\n", events = { { type = "delta", data = "a" }, { type = "message", data = "b" } } },
  { name = "the last type wins", bytes = "event: a\nevent: b\ndata: x\n\n", events = { { type = "b", data = "x" } } },
  { name = "an empty type is message", bytes = "event: a\nevent:\ndata: x\n\n", events = { { type = "message", data = "x" } } },
  { name = "an id lives on", bytes = "id: 1\ndata: a\n\ndata: b\n\n", events = { { type = "message", data = "a", id = "1" }, { type = "message", data = "b", id = "1" } } },
  { name = "an empty id forgets it", bytes = "id: 1\ndata: a\n\nid\ndata: b\n\n", events = { { type = "message", data = "a", id = "1" }, { type = "message", data = "b" } } },
  { name = "an id with NUL is ignored", bytes = "id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n", events = { { type = "message", data = "a", id = "1" }, { type = "message", data = "b", id = "1" } } },
  { name = "NUL in data stays", bytes = "data: a\0b\n\n", events = { { type = "message", data = "a\0b" } } },
  { name = "a retry of digits", bytes = "retry: 1500\ndata: a\n\ndata: b\n\n", events = { { type = "message", data = "a", retry = 1500 }, { type = "message", data = "b" } } },
  { name = "a retry as long as a number of Lua's may be", bytes = "retry: 9007199254740990\ndata: a\n\nretry: 9007199254740993\ndata: b\n\n", events = { { type = "message", data = "a", retry = 9007199254740990 }, { type = "message", data = "b", retry = 9007199254740991 } } },
  { name = "a retry of anything else is ignored", bytes = "retry: 15s\nretry: -1\nretry:\nretry: 1.5\ndata: a\n\n", events = { { type = "message", data = "a" } } },
  { name = "unknown fields are skipped", bytes = "foo: bar\nDATA: x\n data: y\ndata: a\nevent : z\n\n", events = { { type = "message", data = "a" } } },
  { name = "a colon in the value", bytes = "data: {\"a\": 1}\n\n", events = { { type = "message", data = "{\"a\": 1}" } } },
  { name = "an unfinished event is dropped", bytes = "data: a\n\ndata: b\n", events = { { type = "message", data = "a" } } },
  { name = "an unfinished line is dropped", bytes = "data: a\n\ndata: b", events = { { type = "message", data = "a" } } },
  { name = "UTF-8 passes through", bytes = "data: h\195\169llo \228\184\150\231\149\140 \240\159\142\137\n\n", events = { { type = "message", data = "h\195\169llo \228\184\150\231\149\140 \240\159\142\137" } } },
  { name = "empty lines in a row", bytes = "\n\n\r\n\r\rdata: a\n\n\n\n", events = { { type = "message", data = "a" } } },
  {
    name = "a stream as the service sends it",
    bytes = 'data: {"id":"1","choices":[{"delta":{"content":"Hi"}}],"p":"abc"}\n\ndata: [DONE]\n\n',
    events = {
      { type = "message", data = '{"id":"1","choices":[{"delta":{"content":"Hi"}}],"p":"abc"}' },
      { type = "message", data = "[DONE]" },
    },
  },
  {
    name = "named events",
    bytes = "event: conversation.response.started\ndata: {}\n\nevent: message.output.delta\ndata: {\"content\":\"x\"}\n\n",
    events = {
      { type = "conversation.response.started", data = "{}" },
      { type = "message.output.delta", data = '{"content":"x"}' },
    },
  },
}
