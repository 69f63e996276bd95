/*
 * request: what is to be asked of a server. A message, made on the editor's
 * side and owned by the transport from transport_submit on.
 */
#ifndef MISTRAL_REQUEST_H
#define MISTRAL_REQUEST_H

#include "failure.h"
#include "lane.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "Name: value"; the value may be a key. */
struct header {
  struct header *next;
  char line[];
};

/* One part of a form: a value from memory or a file from disk. */
struct part {
  struct part *next;
  char *name;
  char *value; /* NULL when it is a file */
  size_t value_len;
  char *file;         /* its path, or NULL */
  char *filename;     /* what the server is told; NULL: for a file the end of its path */
  char *content_type; /* NULL: libcurl's guess by the file name */
};

/* Who signs, by Amazon's Signature Version 4; scope is NULL when nobody does. */
struct signer {
  char *scope; /* as CURLOPT_AWS_SIGV4 wants it */
  char *access_key;
  char *secret_key;
};

struct request {
  char *method;
  char *url;
  char *lane; /* never NULL in the transport; by default the host of the url */
  char *body; /* NULL when there is none */
  size_t body_len;
  struct part *parts;     /* in order; then there is no body */
  struct part *last_part; /* NULL without parts */
  char *sink;             /* the path of the file that a 2xx body goes to, or NULL */
  bool sink_replace;      /* also where there is a file */
  struct header *headers;
  struct signer signer;
  bool secret;     /* a header carries a key, or it is signed with one */
  bool stream;     /* decode server-sent events */
  bool progress;   /* tell how far the bodies are */
  bool allow_http; /* plain http beyond this machine, never with a key */
  int priority;
  unsigned retry;        /* further tries at most */
  struct lane_caps caps; /* of its lane, from now on */
  int64_t tokens;        /* what it may cost; 0 when nobody knows */
  int64_t delay_ms;
  /* Limits in milliseconds; 0 is none. */
  int64_t connect_ms;
  int64_t head_ms;
  int64_t reuse_head_ms; /* when shorter: silence that proves an open connection dead */
  int64_t idle_ms;
  int64_t total_ms;
  /* Limits in bytes. */
  size_t event_bytes;
  size_t body_bytes;
  int64_t sink_bytes; /* in place of body_bytes where there is a sink */
};

enum request_status {
  REQUEST_OK,
  REQUEST_NOMEM,
  REQUEST_BAD_HEADER /* a name that is no token, or CR, LF or NUL in a value */
};

/* A request with the default limits and nothing to ask yet, or NULL without memory. */
struct request *request_new(void);

/* Overwrites url, headers, body, parts and keys before it frees them. NULL is allowed. */
void request_free(struct request *r);

/* Copies a string into one of the fields above, in place of what was there. */
enum request_status request_set(char **field, const char *text, size_t len);
enum request_status request_body(struct request *r, const char *bytes, size_t len);

/* The same for a path. One that is not from the root is made so, since the host's working folder
 * may be another by the time it is used. */
enum request_status request_path(char **field, const char *text, size_t len);

/* Has it signed with signer's keys for a service in a region; false unless both are plain names. */
bool request_scope_ok(const char *region, const char *service);
enum request_status request_sign(struct request *r, const char *region, const char *service);

/* Whether libcurl signs this address as Amazon does: older ones sort no query and encode no path.
 */
bool request_url_signs(const char *url);

/* Whether it may go there at all: encrypted, or without a key where that was allowed, or on this
 * machine. user is what stands before the host, or NULL. */
enum failure request_may_go(const struct request *r, const char *scheme, const char *host,
                            const char *user);

/* Whether asking again asks for no more than once: a GET. */
bool request_harmless(const struct request *r);

/* Adds an empty part at the end, which the request owns; NULL without memory. Its texts are set
 * with request_set, and its value with request_value. */
struct part *request_part(struct request *r);
enum request_status request_value(struct part *p, const char *bytes, size_t len);

/* Whether a text can stand in a header: no CR, no LF, no NUL. */
bool request_line_ok(const char *text, size_t len);

/* Whether it is a method that HTTP allows. */
bool request_method_ok(const char *method);

/* Adds one header. Sets `secret` when it is one that carries a key. */
enum request_status request_header(struct request *r, const char *name, size_t name_len,
                                   const char *value, size_t value_len);

/* Whether it has a header of that name, or one that says nothing. */
bool request_has_header(const struct request *r, const char *name);
bool request_has_empty_header(const struct request *r);

#endif
