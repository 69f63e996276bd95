/* lua_decoder: native.decoder("sse" [, limit]), the event decoder for scripts and specs. */
#include "lua_binding.h"
#include "sse.h"

#include <string.h>

#define TYPE_NAME "mistral.decoder"
#define DEFAULT_LIMIT (16 * 1024 * 1024)

struct decoder {
  struct sse *sse;     /* NULL during a feed, and once it failed or was finished */
  struct sse *feeding; /* in the hands of a feed; stays there when the feed was cut short */
};

/* Where a feed puts its events: the table at the top of the stack. */
struct sink {
  lua_State *L;
  int count;
};

/* sse_fn. Runs Lua calls, which may jump out of sse_feed: the decoder is then half fed, and can
 * only be collected. */
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

static struct decoder *check_open(lua_State *L, const char *method) {
  struct decoder *d = luaL_checkudata(L, 1, TYPE_NAME);
  if (!d->sse)
    luaL_error(L, "decoder: %s on a decoder that has ended", method);
  return d;
}

static int decoder_gc(lua_State *L) {
  struct decoder *d = luaL_checkudata(L, 1, TYPE_NAME);
  sse_free(d->sse);
  sse_free(d->feeding);
  d->sse = d->feeding = NULL;
  return 0;
}

/* A feed that is under way, in a finaliser's caller, keeps what it feeds. */
static void end(struct decoder *d) {
  sse_free(d->sse);
  d->sse = NULL;
}

static int decoder_feed(lua_State *L) {
  struct decoder *d = check_open(L, "feed");
  size_t n;
  const char *bytes = luaL_checklstring(L, 2, &n);
  lua_newtable(L);
  check_open(L, "feed"); /* a finaliser may have ended it just now */
  struct sink sink = {.L = L};
  d->feeding = d->sse;
  d->sse = NULL;
  enum sse_status status = sse_feed(d->feeding, bytes, n, push_event, &sink);
  d->sse = d->feeding;
  d->feeding = NULL;
  if (status == SSE_OK)
    return 1;
  end(d);
  if (status == SSE_TOOBIG)
    return binding_fail(L, "an event is larger than the limit", "too_large");
  return binding_fail(L, "there is not enough memory for this event", "memory");
}

static int decoder_finish(lua_State *L) {
  end(check_open(L, "finish"));
  lua_newtable(L); /* an event without its blank line is dropped */
  return 1;
}

int lua_decoder_new(lua_State *L) {
  const char *kind = luaL_checkstring(L, 1);
  double limit = (double)luaL_optnumber(L, 2, DEFAULT_LIMIT);
  luaL_argcheck(L, strcmp(kind, "sse") == 0, 1, "the kind should be \"sse\"");
  luaL_argcheck(L, limit >= 1 && limit <= (double)(SIZE_MAX / 8), 2, "the limit is out of range");
  struct decoder *d = compat_newuserdata(L, sizeof *d);
  d->sse = d->feeding = NULL;
  luaL_getmetatable(L, TYPE_NAME);
  lua_setmetatable(L, -2);
  d->sse = sse_new((size_t)limit);
  if (!d->sse)
    return binding_fail(L, "there is not enough memory for a decoder", "memory");
  return 1;
}

void lua_decoder_register(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"feed", decoder_feed}, {"finish", decoder_finish}, {"__gc", decoder_gc}, {NULL, NULL}};
  binding_metatable(L, TYPE_NAME, methods);
}
