#include "request.h"

#include "buf.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define MIB ((size_t)1024 * 1024)

static const char *const key_headers[] = {
    "authorization", "proxy-authorization",       "api-key",
    "x-api-key",     "ocp-apim-subscription-key", "x-amz-security-token"};

struct request *request_new(void) {
  struct request *r = malloc(sizeof *r);
  if (!r)
    return NULL;
  *r = (struct request){.retry = 3,
                        .caps = {.in_flight = 8},
                        .connect_ms = 10000,
                        .head_ms = 60000,
                        .idle_ms = 120000,
                        .event_bytes = 16 * MIB,
                        .body_bytes = 64 * MIB,
                        .sink_replace = true,
                        .sink_bytes = INT64_C(2048) * 1024 * 1024};
  return r;
}

static void wipe_string(char *text) {
  if (text)
    buf_wipe(text, strlen(text));
  free(text);
}

static void part_free(struct part *p) {
  if (p->value)
    buf_wipe(p->value, p->value_len);
  free(p->value);
  free(p->name);
  free(p->file);
  free(p->filename);
  free(p->content_type);
  free(p);
}

void request_free(struct request *r) {
  if (!r)
    return;
  while (r->parts) {
    struct part *one = r->parts;
    r->parts = one->next;
    part_free(one);
  }
  while (r->headers) {
    struct header *one = r->headers;
    r->headers = one->next;
    buf_wipe(one->line, strlen(one->line));
    free(one);
  }
  if (r->body)
    buf_wipe(r->body, r->body_len);
  free(r->body);
  wipe_string(r->url);
  wipe_string(r->signer.access_key);
  wipe_string(r->signer.secret_key);
  free(r->signer.scope);
  free(r->method);
  free(r->lane);
  free(r->sink);
  free(r);
}

static char *copy(const char *bytes, size_t len) {
  char *text = malloc(len + 1);
  if (!text)
    return NULL;
  if (len)
    memcpy(text, bytes, len);
  text[len] = '\0';
  return text;
}

enum request_status request_set(char **field, const char *text, size_t len) {
  char *own = copy(text, len);
  if (!own)
    return REQUEST_NOMEM;
  free(*field);
  *field = own;
  return REQUEST_OK;
}

enum request_status request_body(struct request *r, const char *bytes, size_t len) {
  enum request_status status = request_set(&r->body, bytes, len);
  r->body_len = status == REQUEST_OK ? len : 0;
  return status;
}

enum request_status request_path(char **field, const char *text, size_t len) {
  char folder[PATH_MAX];
  if (len == 0 || text[0] == '/' || !getcwd(folder, sizeof folder))
    return request_set(field, text, len);
  size_t size = strlen(folder) + 1 + len + 1;
  char *whole = malloc(size);
  if (!whole)
    return REQUEST_NOMEM;
  snprintf(whole, size, "%s/%s", folder, text);
  free(*field);
  *field = whole;
  return REQUEST_OK;
}

#define UNRESERVED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

static bool is_plain(const char *name) {
  return *name && strspn(name, UNRESERVED) == strlen(name);
}

bool request_scope_ok(const char *region, const char *service) {
  return is_plain(region) && is_plain(service);
}

enum request_status request_sign(struct request *r, const char *region, const char *service) {
  static const char before[] = "aws:amz:";
  size_t size = strlen(before) + strlen(region) + 1 + strlen(service) + 1;
  free(r->signer.scope);
  r->signer.scope = malloc(size);
  if (!r->signer.scope)
    return REQUEST_NOMEM;
  snprintf(r->signer.scope, size, "%s%s:%s", before, region, service);
  r->secret = true;
  return REQUEST_OK;
}

bool request_url_signs(const char *url) {
  const char *host = strstr(url, "://");
  const char *path = host ? strpbrk(host + 3, "/?#") : NULL;
  return !path || path[strspn(path, "/" UNRESERVED)] == '\0';
}

static bool is_loopback(const char *host) {
  struct in_addr four;
  if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
    return true;
  return inet_pton(AF_INET, host, &four) == 1 && ntohl(four.s_addr) >> 24 == 127;
}

enum failure request_may_go(const struct request *r, const char *scheme, const char *host,
                            const char *user) {
  if (user)
    return FAILURE_BAD_URL;
  if (strcmp(scheme, "https") == 0)
    return FAILURE_NONE;
  if (strcmp(scheme, "http") != 0)
    return FAILURE_BAD_URL;
  if (is_loopback(host) || (r->allow_http && !r->secret))
    return FAILURE_NONE;
  return FAILURE_INSECURE;
}

bool request_harmless(const struct request *r) {
  return !r->body && !r->parts && (!r->method || strcmp(r->method, "GET") == 0);
}

struct part *request_part(struct request *r) {
  struct part *p = calloc(1, sizeof *p);
  if (!p)
    return NULL;
  if (r->last_part)
    r->last_part->next = p;
  else
    r->parts = p;
  r->last_part = p;
  return p;
}

enum request_status request_value(struct part *p, const char *bytes, size_t len) {
  enum request_status status = request_set(&p->value, bytes, len);
  p->value_len = status == REQUEST_OK ? len : 0;
  return status;
}

/* RFC 9110, 5.6.2: the characters a field name may have. */
static bool is_token(const char *name, size_t len) {
  static const char others[] = "!#$%&'*+-.^_`|~";
  for (size_t i = 0; i < len; i++) {
    char c = name[i];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && (c == '\0' || !strchr(others, c)))
      return false;
  }
  return len > 0;
}

bool request_method_ok(const char *method) {
  return is_token(method, strlen(method));
}

bool request_line_ok(const char *text, size_t len) {
  return !memchr(text, '\r', len) && !memchr(text, '\n', len) && !memchr(text, '\0', len);
}

static bool carries_key(const char *name, size_t len) {
  for (size_t i = 0; i < sizeof key_headers / sizeof *key_headers; i++)
    if (strlen(key_headers[i]) == len && strncasecmp(key_headers[i], name, len) == 0)
      return true;
  return false;
}

enum request_status request_header(struct request *r, const char *name, size_t name_len,
                                   const char *value, size_t value_len) {
  if (!is_token(name, name_len) || !request_line_ok(value, value_len))
    return REQUEST_BAD_HEADER;
  size_t len = name_len + 2 + value_len;
  struct header *one = malloc(sizeof *one + len + 1);
  if (!one)
    return REQUEST_NOMEM;
  memcpy(one->line, name, name_len);
  memcpy(one->line + name_len, ": ", 2);
  memcpy(one->line + name_len + 2, value, value_len);
  one->line[len] = '\0';
  one->next = r->headers;
  r->headers = one;
  r->secret = r->secret || carries_key(name, name_len);
  return REQUEST_OK;
}

bool request_has_header(const struct request *r, const char *name) {
  size_t len = strlen(name);
  for (const struct header *h = r->headers; h; h = h->next)
    if (strncasecmp(h->line, name, len) == 0 && h->line[len] == ':')
      return true;
  return false;
}

bool request_has_empty_header(const struct request *r) {
  for (const struct header *h = r->headers; h; h = h->next) {
    const char *value = strchr(h->line, ':') + 1;
    if (value[strspn(value, " \t")] == '\0')
      return true;
  }
  return false;
}
