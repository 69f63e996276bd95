/*
 * lua_binding: what the files of the binding share.
 *
 * Any Lua call may jump, so nothing here holds memory or a lock across one:
 * whatever must live longer belongs to a userdata that was collectable before
 * it owned anything.
 */
#ifndef MISTRAL_LUA_BINDING_H
#define MISTRAL_LUA_BINDING_H

#include "lua_compat.h"

#include <stdint.h>

#if defined(__GNUC__)
#define MISTRAL_EXPORT __attribute__((visibility("default")))
#else
#define MISTRAL_EXPORT
#endif

/* lua_CFunctions: what native has under the last word of their names. */
int lua_bytes_base64(lua_State *L);
int lua_bytes_entropy(lua_State *L);
int lua_bytes_floats(lua_State *L);
int lua_bytes_tokens(lua_State *L);
int lua_bytes_unbase64(lua_State *L);
int lua_disk_append(lua_State *L);
int lua_disk_stat(lua_State *L);
int lua_disk_write(lua_State *L);
int lua_process_run(lua_State *L);

/* And native.decoder, native.transport. */
int lua_decoder_new(lua_State *L);
int lua_transport_new(lua_State *L);

/* [-0, +0] Make the metatables; called once by luaopen_mistral_core. */
void lua_bytes_register(lua_State *L);
void lua_decoder_register(lua_State *L);
void lua_process_register(lua_State *L);
void lua_transport_register(lua_State *L);

/* [-0, +0] A metatable of that name with these methods, indexable by itself. */
void binding_metatable(lua_State *L, const char *name, const luaL_Reg *methods);

/* [-0, +3] Pushes nil, message, code and returns 3: how the world's failures are told. */
int binding_fail(lua_State *L, const char *message, const char *code);

/* [-0, +0] table[key] = value, for the table on the top. A NULL text sets nothing. */
void binding_set_text(lua_State *L, const char *key, const char *text, size_t len);
void binding_set_integer(lua_State *L, const char *key, int64_t value);
void binding_set_boolean(lua_State *L, const char *key, int value);

/* [-0, +0] The field of the table at index, which is counted from the bottom, read without
 * metamethods; absent gives the default, anything of another type or
 * out of range raises "what: key should be …". Strings are valid while the table holds them. */
int64_t binding_integer(lua_State *L, int index, const char *what, const char *key, int64_t def,
                        int64_t max);
double binding_number(lua_State *L, int index, const char *what, const char *key, double def);
int binding_boolean(lua_State *L, int index, const char *what, const char *key, int def);
const char *binding_string(lua_State *L, int index, const char *what, const char *key, size_t *len);

#endif
