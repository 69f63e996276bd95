/* lua_module: luaopen_mistral_core. */
#include "lua_binding.h"
#include "transport.h"

#include <string.h>

#ifndef MISTRAL_VERSION
#error "MISTRAL_VERSION comes from the build"
#endif

/* [-0, +1] */
static void push_features(lua_State *L) {
  static const struct {
    const char *name;
    unsigned feature;
  } table[] = {{"http2", TRANSPORT_HTTP2},   {"tls", TRANSPORT_TLS},
               {"brotli", TRANSPORT_BROTLI}, {"gzip", TRANSPORT_GZIP},
               {"zstd", TRANSPORT_ZSTD},     {"async_dns", TRANSPORT_ASYNC_DNS},
               {"sigv4", TRANSPORT_SIGV4}};
  unsigned has = transport_features();
  lua_newtable(L);
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    binding_set_boolean(L, table[i].name, (has & table[i].feature) != 0);
}

MISTRAL_EXPORT int luaopen_mistral_core(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"append", lua_disk_append},      {"base64", lua_bytes_base64},
      {"decoder", lua_decoder_new},     {"entropy", lua_bytes_entropy},
      {"floats", lua_bytes_floats},     {"run", lua_process_run},
      {"stat", lua_disk_stat},          {"tokens", lua_bytes_tokens},
      {"transport", lua_transport_new}, {"unbase64", lua_bytes_unbase64},
      {"write", lua_disk_write},        {NULL, NULL}};
  lua_bytes_register(L);
  lua_decoder_register(L);
  lua_process_register(L);
  lua_transport_register(L);
  lua_newtable(L);
  compat_setfuncs(L, functions);
  binding_set_text(L, "version", MISTRAL_VERSION, strlen(MISTRAL_VERSION));
  const char *curl = transport_curl_version();
  binding_set_text(L, "curl", curl, strlen(curl));
  push_features(L);
  lua_setfield(L, -2, "features");
  return 1;
}
