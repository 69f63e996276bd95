/* A Lua of our own, so that the sanitizers' runtime is in the program from the start and nowhere
 * else: preloading it would put it into every child process too. `mistral_lua FILE [ARG...]`
 */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static int add_traceback(lua_State *L) {
  luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
  return 1;
}

static void set_arg(lua_State *L, int argc, char **argv) {
  lua_createtable(L, argc, 1);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - 1);
  }
  lua_setglobal(L, "arg");
}

static int run_file(lua_State *L, const char *path) {
  lua_pushcfunction(L, add_traceback);
  if (luaL_loadfile(L, path) == LUA_OK && lua_pcall(L, 0, 0, 1) == LUA_OK)
    return EXIT_SUCCESS;
  fprintf(stderr, "%s\n", lua_tostring(L, -1));
  return EXIT_FAILURE;
}

static void *nothing(void *unused) {
  return unused;
}

/* TSan starts a thread of its own beside the first one: have it before the specs count threads. */
static void settle_runtime(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, nothing, NULL) == 0)
    pthread_join(thread, NULL);
}

int main(int argc, char **argv) {
  lua_State *L = luaL_newstate();
  if (!L || argc < 2) {
    fprintf(stderr, "mistral_lua: no memory, or no file to run\n");
    return EXIT_FAILURE;
  }
  settle_runtime();
  luaL_openlibs(L);
  set_arg(L, argc, argv);
  int status = run_file(L, argv[1]);
  lua_close(L);
  return status;
}
