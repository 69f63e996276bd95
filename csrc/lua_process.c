/* lua_process: native.run. */
#include "lua_binding.h"
#include "process.h"
#include "reason.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define TYPE_NAME "mistral.process"
#define WHAT "run"
#define DEFAULT_TIMEOUT_MS 60000
#define MAX_TIMEOUT_MS INT64_C(86400000000)
#define DEFAULT_LIMIT (INT64_C(64) << 20)
#define MAX_LIMIT (INT64_C(1) << 30)
#define MAX_WORDS 65536

static int process_gc(lua_State *L) {
  process_fini(luaL_checkudata(L, 1, TYPE_NAME));
  return 0;
}

void lua_process_register(lua_State *L) {
  static const luaL_Reg methods[] = {{"__gc", process_gc}, {NULL, NULL}};
  binding_metatable(L, TYPE_NAME, methods);
}

/* [-0, +1] The words of argument 1, ended by NULL, valid while that table holds them. */
static char *const *push_words(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
#if LUA_VERSION_NUM < 502
  size_t count = lua_objlen(L, 1);
#else
  size_t count = lua_rawlen(L, 1);
#endif
  luaL_argcheck(L, count > 0 && count <= MAX_WORDS, 1,
                "a command needs its name, and not too much");
  const char **words = compat_newuserdata(L, (count + 1) * sizeof *words);
  for (size_t i = 0; i < count; i++) {
    size_t len;
    lua_rawgeti(L, 1, (int)i + 1);
    luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 1, "each word should be a string");
    words[i] = lua_tolstring(L, -1, &len);
    luaL_argcheck(L, strlen(words[i]) == len, 1, "each word should be without NUL");
    lua_pop(L, 1);
  }
  words[count] = NULL;
  return (char *const *)words;
}

/* [-0, +1] The input, which stays on the stack, whatever somebody does to the table. */
static void push_input(lua_State *L, struct process_order *order) {
  lua_pushliteral(L, "input");
  lua_rawget(L, 2);
  if (lua_isnil(L, -1))
    return;
  luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 2, "input should be a string");
  order->input = lua_tolstring(L, -1, &order->input_len);
}

/* [-0, +1] */
static void read_options(lua_State *L, struct process_order *order) {
  size_t len;
  order->timeout_ms = binding_integer(L, 2, WHAT, "timeout_ms", DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS);
  order->limit = (size_t)binding_integer(L, 2, WHAT, "limit", DEFAULT_LIMIT, MAX_LIMIT);
  order->catch_errors = binding_boolean(L, 2, WHAT, "stderr", 1) != 0;
  order->cwd = binding_string(L, 2, WHAT, "cwd", &len);
  luaL_argcheck(L, !order->cwd || strlen(order->cwd) == len, 2, "cwd should be without NUL");
  push_input(L, order);
}

static int has_folder(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static const char *code_of(int number) {
  if (number == ENOENT || number == ENOTDIR)
    return "missing";
  return number == EACCES || number == EPERM ? "denied" : "system";
}

/* [-0, +3] */
static int fail_start(lua_State *L, const struct process_order *order, int number) {
  char reason[REASON];
  reason_of(number, reason, sizeof reason);
  if (order->cwd && !has_folder(order->cwd))
    return binding_fail(
        L, lua_pushfstring(L, "there is no folder %s to run %s in", order->cwd, order->argv[0]),
        "missing");
  const char *said = lua_pushfstring(L, "%s cannot be started: %s", order->argv[0], reason);
  return binding_fail(L, said, code_of(number));
}

static int nothing(lua_State *L) {
  (void)L;
  return 0;
}

/* A script's own CTRL-C comes as a hook, which runs at the next call, and may raise. */
static void let_hooks_run(lua_State *L, struct process *p) {
  lua_pushcfunction(L, nothing);
  if (lua_pcall(L, 0, 0, 0) == 0)
    return;
  process_fini(p);
  lua_error(L);
}

/* [-0, +1] */
static void push_result(lua_State *L, const struct process *p, int64_t timeout_ms) {
  lua_createtable(L, 0, 4);
  binding_set_integer(L, "code", p->code);
  binding_set_text(L, "stdout", p->output.ptr ? p->output.ptr : "", p->output.len);
  binding_set_text(L, "stderr", p->errors.ptr ? p->errors.ptr : "", p->errors.len);
  if (p->stopped == PROCESS_TIMED_OUT)
    binding_set_integer(L, "after_ms", timeout_ms);
}

#define LOST                                                                                       \
  "nobody knows how the command ended: this program ignores SIGCHLD, or another part of it waits " \
  "for children that are not its own; start it with SIGCHLD as usual"

/* [-0, +1 or +3] Returns how many. */
static int push_end(lua_State *L, const struct process *p, const struct process_order *order) {
  if (p->starved)
    return binding_fail(L, "not enough memory for what the command prints", "memory");
  if (p->lost)
    return binding_fail(L, LOST, "lost");
  push_result(L, p, order->timeout_ms);
  return 1;
}

int lua_process_run(lua_State *L) {
  struct process_order order = {0};
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) {
    lua_newtable(L);
    lua_replace(L, 2);
  }
  luaL_checktype(L, 2, LUA_TTABLE);
  order.argv = push_words(L);
  read_options(L, &order);
  struct process *p = compat_newuserdata(L, sizeof *p);
  process_init(p);
  luaL_getmetatable(L, TYPE_NAME);
  lua_setmetatable(L, -2);
  int problem = process_start(p, &order);
  if (problem) {
    process_fini(p);
    return fail_start(L, &order, problem);
  }
  while (process_step(p))
    let_hooks_run(L, p);
  int pushed = push_end(L, p, &order);
  process_fini(p);
  return pushed;
}
