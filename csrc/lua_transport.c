/* lua_transport: native.transport(options), the door to the worker. Knows no network. */
#include "lua_request.h"
#include "reason.h"
#include "transport.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#define TYPE_NAME "mistral.transport"
#define DRAFT_NAME "mistral.draft"
#define MAILBOX_BYTES (4 * 1024 * 1024)
#define MIN_MAILBOX_BYTES 1024
#define MAX_BYTES INT64_C(0x40000000)

#ifndef MISTRAL_VERSION
#error "MISTRAL_VERSION comes from the build"
#endif

struct box {
  struct transport *transport;
  struct letters inbox; /* taken, not yet handed to Lua */
  int closed;
  int draining;
};

/* A request being filled by submit; a userdata, so that no jump loses it. */
struct draft {
  struct request *request;
};

static struct box *check_box(lua_State *L) {
  return luaL_checkudata(L, 1, TYPE_NAME);
}

static struct box *check_open(lua_State *L, const char *method) {
  struct box *box = check_box(L);
  if (box->closed || !box->transport || !transport_running(box->transport))
    luaL_error(L, "transport: %s on a closed transport", method);
  return box;
}

static void free_inbox(struct box *box) {
  struct letter *one;
  while ((one = letters_pop(&box->inbox)) != NULL)
    mail_free((struct mail *)one);
}

/* ---- making and ending ---- */

static int transport_close(lua_State *L) {
  struct box *box = check_box(L);
  box->closed = 1;
  if (box->transport)
    transport_stop(box->transport);
  return 0;
}

static int transport_gc(lua_State *L) {
  struct box *box = check_box(L);
  box->closed = 1;
  transport_free(box->transport);
  free_inbox(box);
  box->transport = NULL;
  return 0;
}

static int transport_tostring(lua_State *L) {
  struct box *box = check_box(L);
  lua_pushfstring(L, "transport (%s)", box->closed ? "closed" : "open");
  return 1;
}

static const char WHAT_NEW[] = "transport";

/* [-0, +0] A text of one line, whole for C too; the options table holds it. */
static const char *line_option(lua_State *L, const char *key) {
  size_t len;
  const char *text = binding_string(L, 1, WHAT_NEW, key, &len);
  if (text && (memchr(text, '\0', len) || strpbrk(text, "\r\n")))
    luaL_error(L, "transport: %s should be one line of text", key);
  return text;
}

static struct transport_options read_options(lua_State *L) {
  struct transport_options o = {.user_agent = "mistral.vim/" MISTRAL_VERSION,
                                .mailbox_bytes = MAILBOX_BYTES};
  if (lua_isnoneornil(L, 1))
    return o;
  luaL_checktype(L, 1, LUA_TTABLE);
  const char *agent = line_option(L, "user_agent");
  if (agent)
    o.user_agent = agent;
  o.ca_file = line_option(L, "ca_file");
  o.proxy = line_option(L, "proxy");
  o.no_proxy = line_option(L, "no_proxy");
  o.mailbox_bytes =
      (size_t)binding_integer(L, 1, WHAT_NEW, "mailbox_bytes", MAILBOX_BYTES, MAX_BYTES);
  if (o.mailbox_bytes < MIN_MAILBOX_BYTES)
    luaL_error(L, "transport: mailbox_bytes should be at least %d", MIN_MAILBOX_BYTES);
  return o;
}

int lua_transport_new(lua_State *L) {
  struct transport_options options = read_options(L);
  struct box *box = compat_newuserdata(L, sizeof *box);
  *box = (struct box){0};
  luaL_getmetatable(L, TYPE_NAME);
  lua_setmetatable(L, -2);
  const char *why = NULL;
  box->transport = transport_new(&options, &why);
  if (!box->transport)
    return binding_fail(L, why, "memory");
  return 1;
}

/* ---- submit ---- */

static int submit_nomem(lua_State *L) {
  return binding_fail(L, "there is not enough memory for this request", "memory");
}

static int draft_gc(lua_State *L) {
  struct draft *draft = luaL_checkudata(L, 1, DRAFT_NAME);
  request_free(draft->request);
  draft->request = NULL;
  return 0;
}

/* [-0, +1] */
static struct draft *new_draft(lua_State *L) {
  struct draft *draft = compat_newuserdata(L, sizeof *draft);
  draft->request = NULL;
  luaL_getmetatable(L, DRAFT_NAME);
  lua_setmetatable(L, -2);
  draft->request = request_new();
  return draft;
}

static int transport_lua_submit(lua_State *L) {
  check_open(L, "submit");
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  struct draft *draft = new_draft(L);
  if (!draft->request || binding_request(L, draft->request) != REQUEST_OK)
    return submit_nomem(L);
  struct box *box = check_open(L, "submit"); /* a finaliser may have closed it meanwhile */
  uint64_t id = transport_submit(box->transport, draft->request);
  if (!id)
    return submit_nomem(L);
  draft->request = NULL; /* the transport owns it now */
  lua_pushinteger(L, (lua_Integer)id);
  return 1;
}

static int transport_lua_cancel(lua_State *L) {
  struct box *box = check_box(L);
  uint64_t id = (uint64_t)luaL_checkinteger(L, 2);
  bool open = !box->closed && box->transport && transport_running(box->transport);
  if (open && !transport_cancel(box->transport, id))
    return submit_nomem(L);
  return 0;
}

static int transport_lua_warm(lua_State *L) {
  struct box *box = check_open(L, "warm");
  size_t len;
  const char *url = luaL_checklstring(L, 2, &len);
  luaL_argcheck(L, !memchr(url, '\0', len), 2, "the url should not contain a NUL");
  if (!transport_warm(box->transport, url, len))
    return submit_nomem(L);
  return 0;
}

/* ---- mail ---- */

static const char *const kinds[] = {
    [MAIL_HEAD] = "head", [MAIL_DATA] = "data",         [MAIL_RETRY] = "retry",
    [MAIL_HELD] = "held", [MAIL_PROGRESS] = "progress", [MAIL_END] = "end"};
static const char *const outcomes[] = {
    [OUTCOME_DONE] = "done", [OUTCOME_FAILED] = "failed", [OUTCOME_CANCELLED] = "cancelled"};

static const char *version_name(int version) {
  switch (version) {
  case 10:
    return "1.0";
  case 11:
    return "1.1";
  case 20:
    return "2";
  case 30:
    return "3";
  default:
    return NULL;
  }
}

static void set_string(lua_State *L, const char *key, const char *text) {
  binding_set_text(L, key, text, text ? strlen(text) : 0);
}

static void set_text(lua_State *L, const char *key, struct text t) {
  binding_set_text(L, key, t.ptr, t.len);
}

/* [-0, +0] headers = {name = value}; values of the same name are joined as RFC 9110, 5.3 says. */
static void set_headers(lua_State *L, struct text block) {
  lua_newtable(L);
  const char *at = block.ptr;
  const char *end = at ? at + block.len : at;
  while (at < end) {
    const char *value = at + strlen(at) + 1;
    lua_getfield(L, -1, at);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      lua_pushstring(L, value);
    } else {
      lua_pushliteral(L, ", ");
      lua_pushstring(L, value);
      lua_concat(L, 3);
    }
    lua_setfield(L, -2, at);
    at = value + strlen(value) + 1;
  }
  lua_setfield(L, -2, "headers");
}

static void set_head(lua_State *L, const struct mail *m) {
  binding_set_integer(L, "status", m->status);
  binding_set_boolean(L, "reused", m->reused);
  set_string(L, "http", version_name(m->http_version));
  set_headers(L, m->texts.headers);
}

static void set_data(lua_State *L, const struct mail *m) {
  set_text(L, "data", m->texts.data);
  set_text(L, "type", m->texts.type);
  set_text(L, "message_type", m->texts.message_type);
  set_text(L, "event_id", m->texts.event_id);
  if (m->delay_ms >= 0)
    binding_set_integer(L, "retry", m->delay_ms);
}

static void set_failure(lua_State *L, const struct mail *m) {
  if (m->status)
    binding_set_integer(L, "status", m->status);
  set_text(L, "code", m->texts.code);
  set_text(L, "message", m->texts.message);
}

static void set_retry(lua_State *L, const struct mail *m) {
  binding_set_integer(L, "attempt", m->attempt);
  binding_set_integer(L, "delay_ms", m->delay_ms);
  set_failure(L, m);
}

static void set_held(lua_State *L, const struct mail *m) {
  binding_set_integer(L, "delay_ms", m->delay_ms);
}

static void set_total(lua_State *L, const char *key, int64_t bytes) {
  if (bytes >= 0)
    binding_set_integer(L, key, bytes);
}

static void set_progress(lua_State *L, const struct mail *m) {
  binding_set_integer(L, "sent_bytes", m->sent_bytes);
  binding_set_integer(L, "received_bytes", m->received_bytes);
  set_total(L, "sent_total", m->sent_total);
  set_total(L, "received_total", m->received_total);
}

static void set_end(lua_State *L, const struct mail *m) {
  set_string(L, "outcome", outcomes[m->outcome]);
  set_string(L, "http", version_name(m->http_version));
  binding_set_boolean(L, "reused", m->reused);
  binding_set_integer(L, "attempts", m->attempt);
  binding_set_integer(L, "connect_ms", m->connect_ms);
  binding_set_integer(L, "head_ms", m->head_ms);
  binding_set_integer(L, "total_ms", m->total_ms);
  if (m->waited_ms)
    binding_set_integer(L, "waited_ms", m->waited_ms);
  binding_set_integer(L, "sent_bytes", m->sent_bytes);
  binding_set_integer(L, "received_bytes", m->received_bytes);
  if (m->outcome == OUTCOME_FAILED) {
    set_failure(L, m);
    set_text(L, "body", m->texts.data);
    set_headers(L, m->texts.headers);
  } else if (m->status) {
    binding_set_integer(L, "status", m->status);
  }
}

/* [-0, +1] */
static void push_mail(lua_State *L, const struct mail *m) {
  static void (*const fill[])(lua_State *, const struct mail *) = {
      [MAIL_HEAD] = set_head, [MAIL_DATA] = set_data,         [MAIL_RETRY] = set_retry,
      [MAIL_HELD] = set_held, [MAIL_PROGRESS] = set_progress, [MAIL_END] = set_end};
  lua_createtable(L, 0, 4);
  binding_set_integer(L, "id", (int64_t)m->id);
  set_string(L, "kind", kinds[m->kind]);
  fill[m->kind](L, m);
}

/* [-1, +1] box -> list of its inbox */
static int list_inbox(lua_State *L) {
  struct box *box = lua_touserdata(L, 1);
  int n = 0;
  lua_newtable(L);
  for (struct letter *one = box->inbox.first; one; one = one->next) {
    push_mail(L, (struct mail *)one);
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}

/* The box keeps the mail until the whole list is built: should Lua run out of memory on the way,
 * the descriptor rings again and the next drain hands out the same mail. A drain within a drain, by
 * a finaliser, finds nothing. */
static int transport_lua_drain(lua_State *L) {
  struct box *box = check_box(L);
  lua_Integer max = luaL_optinteger(L, 2, 0);
  luaL_argcheck(L, max >= 0, 2, "the most events should be 0 (all) or more");
  if (!box->transport || box->draining) {
    lua_newtable(L);
    return 1;
  }
  lua_pushcfunction(L, list_inbox);
  lua_pushvalue(L, 1);
  if (!box->inbox.first)
    transport_take(box->transport, (size_t)max, &box->inbox);
  box->draining = 1;
  int failed = lua_pcall(L, 1, 1, 0);
  box->draining = 0;
  if (failed && transport_running(box->transport))
    transport_ring(box->transport);
  if (failed)
    return lua_error(L);
  free_inbox(box);
  return 1;
}

static int transport_lua_wait(lua_State *L) {
  struct box *box = check_open(L, "wait");
  double ms = (double)luaL_checknumber(L, 2);
  luaL_argcheck(L, ms >= 0 && ms <= (double)BINDING_MAX_MS, 2, "the time is out of range");
  lua_pushboolean(L, transport_wait(box->transport, (int64_t)ms));
  return 1;
}

static int transport_lua_wake(lua_State *L) {
  transport_ring(check_open(L, "wake")->transport);
  return 0;
}

static int transport_lua_fd(lua_State *L) {
  lua_pushinteger(L, transport_fd(check_open(L, "fd")->transport));
  return 1;
}

static int fail_listen(lua_State *L, int number) {
  char why[REASON];
  reason_of(number, why, sizeof why);
  return binding_fail(L, why, "listen");
}

static int transport_lua_listen(lua_State *L) {
  const char *path = transport_listen(check_open(L, "listen")->transport);
  if (!path)
    return fail_listen(L, errno);
  lua_pushstring(L, path);
  return 1;
}

static int transport_lua_stats(lua_State *L) {
  struct box *box = check_box(L);
  struct transport_stats s = {0};
  if (box->transport)
    s = transport_stats(box->transport);
  lua_createtable(L, 0, 5);
  binding_set_integer(L, "connections", (int64_t)s.connections);
  binding_set_integer(L, "requests", (int64_t)s.requests);
  binding_set_integer(L, "retries", (int64_t)s.retries);
  binding_set_integer(L, "cancels", (int64_t)s.cancels);
  binding_set_integer(L, "in_flight", (int64_t)s.in_flight);
  return 1;
}

void lua_transport_register(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"submit", transport_lua_submit},   {"cancel", transport_lua_cancel},
      {"warm", transport_lua_warm},       {"drain", transport_lua_drain},
      {"wait", transport_lua_wait},       {"wake", transport_lua_wake},
      {"fd", transport_lua_fd},           {"listen", transport_lua_listen},
      {"stats", transport_lua_stats},     {"close", transport_close},
      {"__close", transport_close},       {"__gc", transport_gc},
      {"__tostring", transport_tostring}, {NULL, NULL}};
  static const luaL_Reg draft_methods[] = {{"__gc", draft_gc}, {NULL, NULL}};
  binding_metatable(L, TYPE_NAME, methods);
  binding_metatable(L, DRAFT_NAME, draft_methods);
}
