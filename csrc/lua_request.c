/* lua_request: reads the table that submit is given into a request. Knows no network. */
#include "lua_request.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

#define MAX_BYTES INT64_C(0x40000000)
#define MAX_SINK_BYTES (INT64_C(1) << 53)

static const char WHAT[] = "submit";

/* [-0, +0] The draft is the box's own while Lua is asked, so a jump loses nothing. */
static void read_limits(lua_State *L, struct request *r) {
  r->connect_ms = binding_integer(L, 2, WHAT, "connect_ms", r->connect_ms, BINDING_MAX_MS);
  r->head_ms = binding_integer(L, 2, WHAT, "head_ms", r->head_ms, BINDING_MAX_MS);
  r->reuse_head_ms = binding_integer(L, 2, WHAT, "reuse_head_ms", r->reuse_head_ms, BINDING_MAX_MS);
  r->idle_ms = binding_integer(L, 2, WHAT, "idle_ms", r->idle_ms, BINDING_MAX_MS);
  r->total_ms = binding_integer(L, 2, WHAT, "total_ms", r->total_ms, BINDING_MAX_MS);
  r->delay_ms = binding_integer(L, 2, WHAT, "delay_ms", r->delay_ms, BINDING_MAX_MS);
  r->event_bytes =
      (size_t)binding_integer(L, 2, WHAT, "event_bytes", (int64_t)r->event_bytes, MAX_BYTES);
  r->body_bytes =
      (size_t)binding_integer(L, 2, WHAT, "body_bytes", (int64_t)r->body_bytes, MAX_BYTES);
  r->sink_bytes = binding_integer(L, 2, WHAT, "sink_bytes", r->sink_bytes, MAX_SINK_BYTES);
}

/* [-0, +0] */
static int read_priority(lua_State *L) {
  lua_pushliteral(L, "priority");
  lua_rawget(L, 2);
  int type = lua_type(L, -1);
  double value = type == LUA_TNUMBER ? (double)lua_tonumber(L, -1) : 0;
  lua_pop(L, 1);
  if ((type != LUA_TNIL && type != LUA_TNUMBER) || !(value >= -1000 && value <= 1000))
    luaL_error(L, "submit: priority should be a number from -1000 to 1000");
  return (int)value;
}

static void read_manners(lua_State *L, struct request *r) {
  r->stream = binding_boolean(L, 2, WHAT, "stream", 0);
  r->sink_replace = binding_boolean(L, 2, WHAT, "sink_replace", r->sink_replace);
  r->progress = binding_boolean(L, 2, WHAT, "progress", 0);
  r->allow_http = binding_boolean(L, 2, WHAT, "allow_http", 0);
  r->retry = (unsigned)binding_integer(L, 2, WHAT, "retry", r->retry, 100);
  r->caps.in_flight =
      (unsigned)binding_integer(L, 2, WHAT, "lane_limit", r->caps.in_flight, INT_MAX);
  r->caps.per_second = binding_number(L, 2, WHAT, "lane_rate", 0);
  r->caps.tokens_per_minute = binding_integer(L, 2, WHAT, "lane_tokens", 0, LANE_TOKENS);
  r->caps.firm = binding_boolean(L, 2, WHAT, "lane_firm", 0);
  r->tokens = binding_integer(L, 2, WHAT, "tokens", 0, LANE_ITEM_TOKENS);
  r->priority = read_priority(L);
}

static enum request_status read_text(lua_State *L, const char *key, char **field) {
  size_t len;
  const char *text = binding_string(L, 2, WHAT, key, &len);
  if (text && memchr(text, '\0', len))
    luaL_error(L, "submit: %s should not contain a NUL", key);
  return text ? request_set(field, text, len) : REQUEST_OK;
}

/* [-0, +0] A path may hold anything but a NUL. */
static enum request_status read_path(lua_State *L, int index, const char *what, const char *key,
                                     char **field) {
  size_t len;
  const char *text = binding_string(L, index, what, key, &len);
  if (text && (len == 0 || memchr(text, '\0', len)))
    luaL_error(L, "%s: %s should be the path of a file", what, key);
  return text ? request_path(field, text, len) : REQUEST_OK;
}

static enum request_status read_texts(lua_State *L, struct request *r) {
  size_t len;
  enum request_status status = read_text(L, "url", &r->url);
  if (!r->url && status == REQUEST_OK)
    luaL_error(L, "submit: url should be a string, got nil");
  if (status == REQUEST_OK)
    status = read_text(L, "method", &r->method);
  if (r->method && !request_method_ok(r->method))
    luaL_error(L, "submit: method should be a word such as GET");
  if (status == REQUEST_OK)
    status = read_text(L, "lane", &r->lane);
  if (status == REQUEST_OK)
    status = read_path(L, 2, WHAT, "sink", &r->sink);
  const char *body = binding_string(L, 2, WHAT, "body", &len);
  if (body && status == REQUEST_OK)
    status = request_body(r, body, len);
  return status;
}

/* [-0, +0] The message names the header, never its value, which may be a key. */
static enum request_status read_header(lua_State *L, struct request *r) {
  size_t name_len, value_len;
  if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
    luaL_error(L, "submit: headers should map names to strings");
  const char *name = lua_tolstring(L, -2, &name_len);
  const char *value = lua_tolstring(L, -1, &value_len);
  enum request_status status = request_header(r, name, name_len, value, value_len);
  if (status == REQUEST_BAD_HEADER)
    luaL_error(L, "submit: the header %s has a name or value that HTTP does not allow", name);
  return status;
}

static enum request_status read_headers(lua_State *L, struct request *r) {
  enum request_status status = REQUEST_OK;
  int top = lua_gettop(L);
  lua_pushliteral(L, "headers");
  lua_rawget(L, 2);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return REQUEST_OK;
  }
  if (!lua_istable(L, -1))
    luaL_error(L, "submit: headers should be a table, got %s", luaL_typename(L, -1));
  for (lua_pushnil(L); lua_next(L, -2) && status == REQUEST_OK; lua_pop(L, 1))
    status = read_header(L, r);
  lua_settop(L, top);
  return status;
}

/* ---- parts of a form ---- */

#define MAX_PARTS 1000

static const char WHAT_PART[] = "submit: parts";

/* [-0, +0] A text without line ends, from the table at that index. */
static enum request_status read_line(lua_State *L, int index, const char *what, const char *key,
                                     char **field) {
  size_t len;
  const char *text = binding_string(L, index, what, key, &len);
  if (text && !request_line_ok(text, len))
    luaL_error(L, "%s: %s should not contain a line end or a NUL", what, key);
  return text ? request_set(field, text, len) : REQUEST_OK;
}

static enum request_status read_value(lua_State *L, int index, struct part *p) {
  size_t len;
  const char *text = binding_string(L, index, WHAT_PART, "value", &len);
  return text ? request_value(p, text, len) : REQUEST_OK;
}

/* [-0, +0] The table of one part is at the top. */
static enum request_status read_part(lua_State *L, struct request *r) {
  int index = lua_gettop(L);
  if (!lua_istable(L, index))
    luaL_error(L, "submit: parts should be a list of tables, got %s", luaL_typename(L, index));
  struct part *p = request_part(r);
  if (!p)
    return REQUEST_NOMEM;
  enum request_status status[] = {read_line(L, index, WHAT_PART, "name", &p->name),
                                  read_path(L, index, WHAT_PART, "file", &p->file),
                                  read_value(L, index, p),
                                  read_line(L, index, WHAT_PART, "filename", &p->filename),
                                  read_line(L, index, WHAT_PART, "content_type", &p->content_type)};
  for (size_t i = 0; i < sizeof status / sizeof *status; i++)
    if (status[i] != REQUEST_OK)
      return status[i];
  if (!p->name)
    luaL_error(L, "submit: parts: name should be a string, got nil");
  if (!p->file == !p->value)
    luaL_error(L, "submit: parts: %s should have either a value or a file", p->name);
  return REQUEST_OK;
}

static enum request_status read_parts(lua_State *L, struct request *r) {
  enum request_status status = REQUEST_OK;
  int top = lua_gettop(L);
  lua_pushliteral(L, "parts");
  lua_rawget(L, 2);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return REQUEST_OK;
  }
  if (!lua_istable(L, -1))
    luaL_error(L, "submit: parts should be a list of tables, got %s", luaL_typename(L, -1));
  for (int i = 1; status == REQUEST_OK; i++) {
    lua_settop(L, top + 1);
    lua_rawgeti(L, -1, i);
    if (lua_isnil(L, -1))
      break;
    if (i > MAX_PARTS)
      luaL_error(L, "submit: parts should be %d at most", MAX_PARTS);
    status = read_part(L, r);
  }
  lua_settop(L, top);
  if (status == REQUEST_OK && (!r->parts || r->body))
    luaL_error(L, r->body ? "submit: a request has either a body or parts"
                          : "submit: parts should have one part at least");
  return status;
}

/* ---- a signature ---- */

static const char WHAT_SIGN[] = "submit: sigv4";

/* [-0, +0] A text without line ends that has to be there; the table holds it. */
static const char *need_line(lua_State *L, int index, const char *key) {
  size_t len;
  const char *text = binding_string(L, index, WHAT_SIGN, key, &len);
  if (!text || len == 0 || !request_line_ok(text, len))
    luaL_error(L, "submit: sigv4: %s should be one line of text", key);
  return text;
}

static enum request_status read_token(lua_State *L, int index, struct request *r) {
  static const char name[] = "x-amz-security-token";
  size_t len;
  const char *token = binding_string(L, index, WHAT_SIGN, "session_token", &len);
  if (!token)
    return REQUEST_OK;
  enum request_status status = request_header(r, name, strlen(name), token, len);
  if (status == REQUEST_BAD_HEADER)
    luaL_error(L, "submit: sigv4: session_token should be one line of text");
  return status;
}

/* libcurl would sign these otherwise than the service does, or not at all. */
static void check_signable(lua_State *L, const struct request *r) {
  if (!request_url_signs(r->url))
    luaL_error(L, "submit: sigv4: the url should have no query and nothing encoded in its path");
  if (request_has_header(r, "authorization"))
    luaL_error(L, "submit: sigv4: there should be no authorization header besides it");
  if (request_has_empty_header(r))
    luaL_error(L, "submit: sigv4: a header should not be empty");
  lua_pushliteral(L, "parts");
  lua_rawget(L, 2);
  if (!lua_isnil(L, -1))
    luaL_error(L, "submit: sigv4: a form cannot be signed");
  lua_pop(L, 1);
}

static enum request_status read_signer(lua_State *L, struct request *r) {
  lua_pushliteral(L, "sigv4");
  lua_rawget(L, 2);
  int index = lua_gettop(L);
  if (lua_isnil(L, index)) {
    lua_pop(L, 1);
    return REQUEST_OK;
  }
  if (!lua_istable(L, index))
    luaL_error(L, "submit: sigv4 should be a table, got %s", luaL_typename(L, index));
  const char *region = need_line(L, index, "region"), *service = need_line(L, index, "service");
  const char *access = need_line(L, index, "access_key");
  const char *secret = need_line(L, index, "secret_key");
  if (!request_scope_ok(region, service))
    luaL_error(L, "submit: sigv4: region and service should be names such as eu-west-3");
  check_signable(L, r);
  enum request_status status = request_sign(r, region, service);
  if (status == REQUEST_OK)
    status = request_set(&r->signer.access_key, access, strlen(access));
  if (status == REQUEST_OK)
    status = request_set(&r->signer.secret_key, secret, strlen(secret));
  if (status == REQUEST_OK)
    status = read_token(L, index, r);
  lua_settop(L, index - 1);
  return status;
}

enum request_status binding_request(lua_State *L, struct request *r) {
  read_limits(L, r);
  read_manners(L, r);
  enum request_status status = read_texts(L, r);
  if (r->sink && r->stream)
    luaL_error(L, "submit: events are no file: a request has either stream or a sink");
  if (status == REQUEST_OK)
    status = read_headers(L, r);
  if (status == REQUEST_OK)
    status = read_signer(L, r);
  return status == REQUEST_OK ? read_parts(L, r) : status;
}
