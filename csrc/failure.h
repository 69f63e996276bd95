/*
 * failure: the ways a request can fail, each with the code the Lua side sees.
 *
 * One table, expanded here to the enum and in failure.c to the words. Pure.
 */
#ifndef MISTRAL_FAILURE_H
#define MISTRAL_FAILURE_H

/*        name             code               what happened */
#define FAILURES(X)                                                                                \
  X(NONE, "none", "nothing failed")                                                                \
  X(BAD_URL, "bad_url", "the address is not one this module can use")                              \
  X(INSECURE, "insecure", "plain http may not carry this request")                                 \
  X(RESOLVE, "resolve", "the host name could not be resolved")                                     \
  X(CONNECT, "connect", "no connection could be made")                                             \
  X(TLS, "tls", "the server's certificate or TLS handshake was not acceptable")                    \
  X(PROXY, "proxy", "the proxy could not be used")                                                 \
  X(TIMEOUT_CONNECT, "timeout_connect", "connecting took too long")                                \
  X(TIMEOUT_HEAD, "timeout_head", "the server did not begin to answer in time")                    \
  X(TIMEOUT_IDLE, "timeout_idle", "the server fell silent in the middle of its answer")            \
  X(TIMEOUT_TOTAL, "timeout_total", "the whole request took too long")                             \
  X(RESET, "reset", "the connection was lost before the answer was complete")                      \
  X(PROTOCOL, "protocol", "the server's answer is not valid")                                      \
  X(TOO_LARGE, "too_large", "the answer passed a size limit")                                      \
  X(REDIRECT, "redirect", "the server answered with a redirect, which is never followed")          \
  X(HTTP, "http", "the server refused the request")                                                \
  X(FILE, "file", "a file could not be used")                                                      \
  X(MEMORY, "memory", "there was not enough memory")

enum failure {
#define FAILURE_ENUM(name, code, text) FAILURE_##name,
  FAILURES(FAILURE_ENUM)
#undef FAILURE_ENUM
};

/* Both return a string that lives as long as the program. */
const char *failure_code(enum failure f);
const char *failure_text(enum failure f);

#endif
