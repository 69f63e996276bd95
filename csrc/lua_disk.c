/* lua_disk: native.append, native.stat and native.write. */
#include "disk.h"
#include "journal.h"
#include "lua_binding.h"
#include "store.h"

#include <string.h>

/* The path that is argument 1. */
static const char *check_path(lua_State *L) {
  size_t len;
  const char *path = luaL_checklstring(L, 1, &len);
  luaL_argcheck(L, len && strlen(path) == len, 1, "the path should be without NUL and not empty");
  return path;
}

/* [-0, +3] */
static int fail(lua_State *L, const char *path, enum disk_failure f) {
  return binding_fail(L, lua_pushfstring(L, "%s: %s", path, disk_text(f)), disk_code(f));
}

int lua_disk_append(lua_State *L) {
  const char *path = check_path(L);
  size_t len;
  const char *line = luaL_checklstring(L, 2, &len);
  enum disk_failure f = journal_append(path, line, len);
  luaL_argcheck(L, f != DISK_BAD_LINE, 2, disk_text(f));
  if (f != DISK_OK)
    return fail(L, path, f);
  lua_pushboolean(L, 1);
  return 1;
}

int lua_disk_stat(lua_State *L) {
  const char *path = check_path(L);
  struct disk_facts facts;
  enum disk_failure f = disk_look(path, &facts);
  if (f != DISK_OK)
    return fail(L, path, f);
  lua_createtable(L, 0, 7);
  binding_set_text(L, "type", facts.type, strlen(facts.type));
  binding_set_integer(L, "size", facts.size);
  binding_set_integer(L, "mode", facts.mode);
  binding_set_integer(L, "mtime", facts.mtime_s);
  binding_set_integer(L, "mtime_ns", facts.mtime_ns);
  binding_set_integer(L, "uid", facts.uid);
  binding_set_boolean(L, "mine", facts.mine);
  return 1;
}

int lua_disk_write(lua_State *L) {
  const char *path = check_path(L);
  size_t len;
  const char *bytes = luaL_checklstring(L, 2, &len);
  enum disk_failure f =
      store_write(path, bytes, len, lua_toboolean(L, 3) ? STORE_SOON : STORE_DURABLE);
  if (f != DISK_OK)
    return fail(L, path, f);
  lua_pushboolean(L, 1);
  return 1;
}
