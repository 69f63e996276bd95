/* Runs a script of the binding's functions again and again, each time with another allocation
 * failing: Lua's own, which then raises out of the middle of our code, and ours. Either only that
 * one fails, or all from then on, since Lua collects its garbage and tries again. Built with
 * AddressSanitizer, which at the end says what was left behind. The script says what is wrong by
 * raising anything but a lack of memory.
 *
 * Linked with --wrap for malloc, calloc and realloc.
 */
#include "lua_binding.h"

#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *ptr, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *ptr, size_t n);

#define NEVER -1L

static long left = NEVER; /* allocations until one fails */
static int for_good;      /* and then all others, too */

static int fails(void) {
  if (left == NEVER)
    return 0;
  if (left > 0) {
    left--;
    return 0;
  }
  if (!for_good)
    left = NEVER;
  return 1;
}

void *__wrap_malloc(size_t n) {
  return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size) {
  return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *ptr, size_t n) {
  return fails() ? NULL : __real_realloc(ptr, n);
}

/* Lua takes it for granted that a block can shrink. */
static void *lua_alloc(void *ctx, void *ptr, size_t old, size_t n) {
  (void)ctx;
  if (!n) {
    free(ptr);
    return NULL;
  }
  return (!ptr || n > old) && fails() ? NULL : __real_realloc(ptr, n);
}

static int open_native(lua_State *L) {
  static const luaL_Reg functions[] = {{"append", lua_disk_append},
                                       {"base64", lua_bytes_base64},
                                       {"decoder", lua_decoder_new},
                                       {"entropy", lua_bytes_entropy},
                                       {"floats", lua_bytes_floats},
                                       {"run", lua_process_run},
                                       {"stat", lua_disk_stat},
                                       {"tokens", lua_bytes_tokens},
                                       {"unbase64", lua_bytes_unbase64},
                                       {"write", lua_disk_write},
                                       {NULL, NULL}};
  lua_bytes_register(L);
  lua_decoder_register(L);
  lua_process_register(L);
  luaL_newlib(L, functions);
  return 1;
}

/* Runs the script with the allocation number n of it failing. Returns 1 when there was no such
 * allocation any more, 0 when it failed as it should, -1 when something is wrong. */
static int run(const char *script, long n) {
  lua_State *L = lua_newstate(lua_alloc, NULL);
  if (!L)
    return -1;
  luaL_openlibs(L);
  luaL_requiref(L, "native", open_native, 1);
  int outcome = luaL_loadfile(L, script) == LUA_OK ? 0 : -1;
  left = n;
  int status = outcome == 0 ? lua_pcall(L, 0, 0, 0) : LUA_OK;
  if (status == LUA_OK && left > 0)
    outcome = 1;
  left = NEVER;
  if (status != LUA_OK && !strstr(lua_tostring(L, -1), "not enough memory"))
    outcome = -1;
  if (outcome < 0)
    printf("allocation %ld: %s\n", n, lua_tostring(L, -1));
  lua_close(L);
  return outcome;
}

/* How many allocations failed in turn, or -1. */
static long run_all(const char *script) {
  int outcome = 0;
  long n = 0;
  while ((outcome = run(script, n)) == 0)
    n++;
  return outcome > 0 ? n : -1;
}

int main(int argc, char **argv) {
  long once = argc == 2 ? run_all(argv[1]) : -1;
  for_good = 1;
  long ever = once > 0 ? run_all(argv[1]) : -1;
  printf("%ld and %ld allocations failed in turn\n", once, ever);
  return ever > 0 ? 0 : 1;
}
