/* lua_bytes: native.base64, unbase64, floats, tokens and entropy. */
#include "base64.h"
#include "lua_binding.h"
#include "scan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BOX_NAME "mistral.box"
#define MOST_TOKENS 10000

_Static_assert(sizeof(float) == 4, "the floats of the service are IEEE 754 binary32");

/* Memory that the collector frees when an error keeps us from doing it. */
struct box {
  char *ptr;
};

static void box_empty(struct box *box) {
  free(box->ptr);
  box->ptr = NULL;
}

static int box_gc(lua_State *L) {
  box_empty(luaL_checkudata(L, 1, BOX_NAME));
  return 0;
}

/* [-0, +1] A box with n bytes, or with NULL when there is not enough memory. */
static struct box *box_new(lua_State *L, size_t n) {
  struct box *box = compat_newuserdata(L, sizeof *box);
  box->ptr = NULL;
  luaL_getmetatable(L, BOX_NAME);
  lua_setmetatable(L, -2);
  box->ptr = malloc(n ? n : 1);
  return box;
}

/* [-0, +1] What it holds, as a string; it is empty after. */
static int push_box(lua_State *L, struct box *box, size_t n) {
  lua_pushlstring(L, box->ptr, n);
  box_empty(box);
  return 1;
}

static int no_memory(lua_State *L) {
  return binding_fail(L, "there is not enough memory for this text", "memory");
}

int lua_bytes_base64(lua_State *L) {
  size_t n;
  const char *bytes = luaL_checklstring(L, 1, &n);
  if (n > BASE64_MAX)
    return no_memory(L);
  struct box *box = box_new(L, base64_length(n));
  if (!box->ptr)
    return no_memory(L);
  base64_write(bytes, n, box->ptr);
  return push_box(L, box, base64_length(n));
}

int lua_bytes_unbase64(lua_State *L) {
  size_t len, n;
  const char *text = luaL_checklstring(L, 1, &len);
  struct box *box = box_new(L, len / 4 * 3);
  if (!box->ptr)
    return no_memory(L);
  if (base64_read(text, len, box->ptr, &n))
    return push_box(L, box, n);
  box_empty(box);
  return binding_fail(L, "this is not base64 with padding", "base64");
}

static float read_float(const char *bytes) {
  const unsigned char *at = (const unsigned char *)bytes;
  uint32_t bits = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

int lua_bytes_floats(lua_State *L) {
  size_t len;
  const char *bytes = luaL_checklstring(L, 1, &len);
  if (len % 4)
    return binding_fail(L, "floats have four bytes each, and these are not", "floats");
  if (len / 4 > INT32_MAX)
    return no_memory(L);
  int n = (int)(len / 4);
  lua_createtable(L, n, 0);
  for (int i = 0; i < n; i++) {
    lua_pushnumber(L, (lua_Number)read_float(bytes + 4 * (size_t)i));
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* [-0, +0] list[index] = value, for the list on the top. */
static void set(lua_State *L, int index, size_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_rawseti(L, -2, index);
}

int lua_bytes_tokens(lua_State *L) {
  size_t len, from, to;
  const char *text = luaL_checklstring(L, 1, &len);
  lua_Integer min = luaL_checkinteger(L, 2);
  luaL_argcheck(L, min >= 1, 2, "the shortest length should be 1 or more");
  struct scan scan;
  scan_init(&scan, text, len, (size_t)min);
  lua_newtable(L);
  for (int i = 0; i < MOST_TOKENS && scan_next(&scan, &from, &to); i++) {
    set(L, 2 * i + 1, from + 1);
    set(L, 2 * i + 2, to);
  }
  return 1;
}

int lua_bytes_entropy(lua_State *L) {
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len);
  lua_Integer first = luaL_optinteger(L, 2, 1);
  lua_Integer last = luaL_optinteger(L, 3, (lua_Integer)len);
  luaL_argcheck(L, first >= 1, 2, "places are counted from 1");
  if (last > (lua_Integer)len)
    last = (lua_Integer)len;
  size_t n = first <= last ? (size_t)(last - first) + 1 : 0;
  lua_pushnumber(L, scan_entropy(n ? text + first - 1 : text, n));
  return 1;
}

void lua_bytes_register(lua_State *L) {
  static const luaL_Reg methods[] = {{"__gc", box_gc}, {NULL, NULL}};
  binding_metatable(L, BOX_NAME, methods);
}
