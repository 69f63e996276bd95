/* lua_decoder: native.decoder(kind [, limit]), the event decoders for scripts and specs. */
#include "eventstream.h"
#include "lua_binding.h"
#include "sse.h"

#include <stdbool.h>
#include <string.h>

#define TYPE_NAME "mistral.decoder"
#define DEFAULT_LIMIT (16 * 1024 * 1024)

/* Where a feed puts its events: the table at the top of the stack. */
struct sink {
  lua_State *L;
  int count;
};

/* Why a feed failed; no code when it did not. */
struct refusal {
  const char *message;
  const char *code;
};

struct kind {
  const char *name;
  void *(*make)(size_t limit); /* NULL without memory */
  void (*drop)(void *codec);   /* NULL is allowed */
  /* Runs Lua calls, which may jump out of it: the codec is then half fed, and can only be
   * dropped. */
  struct refusal (*feed)(void *codec, const char *bytes, size_t n, struct sink *sink);
  bool (*whole)(const void *codec); /* whether the stream may end here */
};

struct decoder {
  const struct kind *kind;
  void *codec;   /* NULL during a feed, and once it failed or was finished */
  void *feeding; /* in the hands of a feed; stays there when the feed was cut short */
};

static const struct refusal no_memory = {"there is not enough memory for this event", "memory"};
static const struct refusal too_large = {"an event is larger than the limit", "too_large"};

/* ---- server-sent events ---- */

static int push_event(void *ctx, const struct sse_event *event) {
  struct sink *sink = ctx;
  lua_State *L = sink->L;
  lua_createtable(L, 0, 4);
  binding_set_text(L, "type", event->type, event->type_len);
  binding_set_text(L, "data", event->data, event->data_len);
  if (event->id_len)
    binding_set_text(L, "id", event->id, event->id_len);
  if (event->retry_ms >= 0)
    binding_set_integer(L, "retry", event->retry_ms);
  lua_rawseti(L, -2, ++sink->count);
  return 0;
}

static void *make_sse(size_t limit) {
  return sse_new(limit);
}

static void drop_sse(void *codec) {
  sse_free(codec);
}

static struct refusal feed_sse(void *codec, const char *bytes, size_t n, struct sink *sink) {
  switch (sse_feed(codec, bytes, n, push_event, sink)) {
  case SSE_OK:
    return (struct refusal){0};
  case SSE_TOOBIG:
    return too_large;
  default:
    return no_memory;
  }
}

/* An event without its blank line is dropped. */
static bool sse_whole(const void *codec) {
  (void)codec;
  return true;
}

/* ---- frames ---- */

/* [-0, +1] */
static void push_value(lua_State *L, const struct eventstream_value *v) {
  switch (v->kind) {
  case EVENTSTREAM_TRUE:
  case EVENTSTREAM_FALSE:
    lua_pushboolean(L, v->kind == EVENTSTREAM_TRUE);
    break;
  case EVENTSTREAM_BYTES:
  case EVENTSTREAM_STRING:
  case EVENTSTREAM_UUID:
    lua_pushlstring(L, v->bytes, v->len);
    break;
  default:
    lua_pushinteger(L, (lua_Integer)v->number);
  }
}

/* [-0, +1] */
static void push_headers(lua_State *L, const struct eventstream_frame *frame) {
  struct eventstream_value v;
  size_t at = 0;
  lua_newtable(L);
  while (eventstream_header(frame, &at, &v)) {
    lua_pushlstring(L, v.name, v.name_len);
    push_value(L, &v);
    lua_rawset(L, -3);
  }
}

static int push_frame(void *ctx, const struct eventstream_frame *frame) {
  struct sink *sink = ctx;
  lua_State *L = sink->L;
  lua_createtable(L, 0, 4);
  binding_set_text(L, "type", frame->type, frame->type_len);
  binding_set_text(L, "message_type", frame->message_type, frame->message_type_len);
  binding_set_text(L, "data", frame->data, frame->data_len);
  push_headers(L, frame);
  lua_setfield(L, -2, "headers");
  lua_rawseti(L, -2, ++sink->count);
  return 0;
}

static void *make_eventstream(size_t limit) {
  return eventstream_new(limit);
}

static void drop_eventstream(void *codec) {
  eventstream_free(codec);
}

static struct refusal feed_eventstream(void *codec, const char *bytes, size_t n,
                                       struct sink *sink) {
  switch (eventstream_feed(codec, bytes, n, push_frame, sink)) {
  case EVENTSTREAM_OK:
    return (struct refusal){0};
  case EVENTSTREAM_TOOBIG:
    return too_large;
  case EVENTSTREAM_CRC:
    return (struct refusal){"a frame was damaged on its way", "crc"};
  case EVENTSTREAM_BROKEN:
    return (struct refusal){"a frame's lengths or headers make no sense", "protocol"};
  default:
    return no_memory;
  }
}

static bool frames_whole(const void *codec) {
  return eventstream_whole(codec);
}

static const struct kind kinds[] = {
    {"sse", make_sse, drop_sse, feed_sse, sse_whole},
    {"eventstream", make_eventstream, drop_eventstream, feed_eventstream, frames_whole},
};

/* ---- the userdata ---- */

static struct decoder *check_open(lua_State *L, const char *method) {
  struct decoder *d = luaL_checkudata(L, 1, TYPE_NAME);
  if (!d->codec)
    luaL_error(L, "decoder: %s on a decoder that has ended", method);
  return d;
}

static int decoder_gc(lua_State *L) {
  struct decoder *d = luaL_checkudata(L, 1, TYPE_NAME);
  d->kind->drop(d->codec);
  d->kind->drop(d->feeding);
  d->codec = d->feeding = NULL;
  return 0;
}

/* A feed that is under way, in a finaliser's caller, keeps what it feeds. */
static void end(struct decoder *d) {
  d->kind->drop(d->codec);
  d->codec = NULL;
}

static int decoder_feed(lua_State *L) {
  struct decoder *d = check_open(L, "feed");
  size_t n;
  const char *bytes = luaL_checklstring(L, 2, &n);
  lua_newtable(L);
  check_open(L, "feed"); /* a finaliser may have ended it just now */
  struct sink sink = {.L = L};
  d->feeding = d->codec;
  d->codec = NULL;
  struct refusal refusal = d->kind->feed(d->feeding, bytes, n, &sink);
  d->codec = d->feeding;
  d->feeding = NULL;
  if (!refusal.code)
    return 1;
  end(d);
  return binding_fail(L, refusal.message, refusal.code);
}

static int decoder_finish(lua_State *L) {
  struct decoder *d = check_open(L, "finish");
  bool whole = d->kind->whole(d->codec);
  end(d);
  if (!whole)
    return binding_fail(L, "the stream ends in the middle of a frame", "protocol");
  lua_newtable(L);
  return 1;
}

static const struct kind *check_kind(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (strcmp(name, kinds[i].name) == 0)
      return &kinds[i];
  }
  luaL_argerror(L, 1, "the kind should be \"sse\" or \"eventstream\"");
  return NULL;
}

int lua_decoder_new(lua_State *L) {
  const struct kind *kind = check_kind(L);
  double limit = (double)luaL_optnumber(L, 2, DEFAULT_LIMIT);
  luaL_argcheck(L, limit >= 1 && limit <= (double)(SIZE_MAX / 8), 2, "the limit is out of range");
  struct decoder *d = compat_newuserdata(L, sizeof *d);
  *d = (struct decoder){.kind = kind};
  luaL_getmetatable(L, TYPE_NAME);
  lua_setmetatable(L, -2);
  d->codec = kind->make((size_t)limit);
  if (!d->codec)
    return binding_fail(L, "there is not enough memory for a decoder", "memory");
  return 1;
}

void lua_decoder_register(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"feed", decoder_feed}, {"finish", decoder_finish}, {"__gc", decoder_gc}, {NULL, NULL}};
  binding_metatable(L, TYPE_NAME, methods);
}
