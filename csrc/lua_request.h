/*
 * lua_request: the table that submit is given, as a request.
 */
#ifndef MISTRAL_LUA_REQUEST_H
#define MISTRAL_LUA_REQUEST_H

#include "lua_binding.h"
#include "request.h"

#define BINDING_MAX_MS INT64_C(86400000000) /* a thousand days */

/* [-0, +0] Reads the table at index 2 into r, which a userdata must own: a field of the wrong type
 * raises "submit: key should be …". REQUEST_NOMEM when memory runs out half way. */
enum request_status binding_request(lua_State *L, struct request *r);

#endif
