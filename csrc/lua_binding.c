/* lua_binding: the helpers that the files of the binding share. */
#include "lua_binding.h"

void binding_metatable(lua_State *L, const char *name, const luaL_Reg *methods) {
  luaL_newmetatable(L, name);
  compat_setfuncs(L, methods);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "not for you");
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}

int binding_fail(lua_State *L, const char *message, const char *code) {
  lua_pushnil(L);
  lua_pushstring(L, message);
  lua_pushstring(L, code);
  return 3;
}

void binding_set_text(lua_State *L, const char *key, const char *text, size_t len) {
  if (!text)
    return;
  lua_pushlstring(L, text, len);
  lua_setfield(L, -2, key);
}

void binding_set_integer(lua_State *L, const char *key, int64_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, key);
}

void binding_set_boolean(lua_State *L, const char *key, int value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, key);
}

/* [-0, +1] Without metamethods: those could change what is being read, or where it goes. */
static void raw_field(lua_State *L, int index, const char *key) {
  lua_pushstring(L, key);
  lua_rawget(L, index);
}

static int field_error(lua_State *L, const char *what, const char *key, const char *should) {
  const char *got = luaL_typename(L, -1);
  return luaL_error(L, "%s: %s should be %s, got %s", what, key, should, got);
}

int64_t binding_integer(lua_State *L, int index, const char *what, const char *key, int64_t def,
                        int64_t max) {
  raw_field(L, index, key);
  if (!lua_isnil(L, -1)) {
    if (lua_type(L, -1) != LUA_TNUMBER)
      field_error(L, what, key, "a whole number");
    double value = (double)lua_tonumber(L, -1);
    if (!(value >= 0 && value <= (double)max))
      luaL_error(L, "%s: %s is out of range", what, key);
    def = (int64_t)value;
    if ((double)def != value)
      luaL_error(L, "%s: %s should be a whole number", what, key);
  }
  lua_pop(L, 1);
  return def;
}

double binding_number(lua_State *L, int index, const char *what, const char *key, double def) {
  raw_field(L, index, key);
  if (!lua_isnil(L, -1)) {
    if (lua_type(L, -1) != LUA_TNUMBER)
      field_error(L, what, key, "a number");
    def = (double)lua_tonumber(L, -1);
    if (!(def >= 0))
      luaL_error(L, "%s: %s is out of range", what, key);
  }
  lua_pop(L, 1);
  return def;
}

int binding_boolean(lua_State *L, int index, const char *what, const char *key, int def) {
  raw_field(L, index, key);
  if (!lua_isnil(L, -1)) {
    if (lua_type(L, -1) != LUA_TBOOLEAN)
      field_error(L, what, key, "true or false");
    def = lua_toboolean(L, -1);
  }
  lua_pop(L, 1);
  return def;
}

const char *binding_string(lua_State *L, int index, const char *what, const char *key,
                           size_t *len) {
  const char *text = NULL;
  *len = 0;
  raw_field(L, index, key);
  if (!lua_isnil(L, -1)) {
    if (lua_type(L, -1) != LUA_TSTRING)
      field_error(L, what, key, "a string");
    text = lua_tolstring(L, -1, len);
  }
  lua_pop(L, 1);
  return text;
}
