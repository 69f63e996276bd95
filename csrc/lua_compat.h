/*
 * lua_compat: the few functions that Lua 5.1 lacks or names differently, so
 * that the binding reads as if there were one Lua. Only what is used.
 */
#ifndef MISTRAL_LUA_COMPAT_H
#define MISTRAL_LUA_COMPAT_H

#include <lauxlib.h>
#include <lua.h>

#if LUA_VERSION_NUM < 502

/* [-0, +0] Registers into the table on the top of the stack. LuaJIT has the same function. */
static inline void compat_setfuncs(lua_State *L, const luaL_Reg *list) {
  for (; list->name; list++) {
    lua_pushcfunction(L, list->func);
    lua_setfield(L, -2, list->name);
  }
}

#else

static inline void compat_setfuncs(lua_State *L, const luaL_Reg *list) {
  luaL_setfuncs(L, list, 0);
}

#endif

#if LUA_VERSION_NUM < 504
#define compat_newuserdata(L, size) lua_newuserdata(L, size)
#else
#define compat_newuserdata(L, size) lua_newuserdatauv(L, size, 0)
#endif

#endif
