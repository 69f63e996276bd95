#include "headers.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define STATUS_LINE "HTTP/"

void headers_init(struct headers *h, size_t max_bytes, size_t max_count) {
  buf_init(&h->bytes, max_bytes);
  h->count = 0;
  h->max_count = max_count;
}

void headers_fini(struct headers *h) {
  buf_fini(&h->bytes);
}

void headers_clear(struct headers *h) {
  buf_clear(&h->bytes);
  h->count = 0;
}

static bool blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static enum buf_status add_lower(struct buf *b, const char *name, size_t len) {
  enum buf_status status = BUF_OK;
  for (size_t i = 0; i < len && status == BUF_OK; i++)
    status = buf_push(b, (char)tolower((unsigned char)name[i]));
  return status == BUF_OK ? buf_push(b, '\0') : status;
}

static bool is_status_line(const char *line, size_t len) {
  return len >= strlen(STATUS_LINE) && memcmp(line, STATUS_LINE, strlen(STATUS_LINE)) == 0;
}

enum buf_status headers_add(struct headers *h, const char *line, size_t len) {
  const char *colon = memchr(line, ':', len);
  if (!colon || memchr(line, '\0', len) || is_status_line(line, len))
    return BUF_OK;
  if (h->count == h->max_count)
    return BUF_TOOBIG;
  const char *from = colon + 1;
  const char *to = line + len;
  while (from < to && blank(*from))
    from++;
  while (to > from && blank(to[-1]))
    to--;
  size_t before = h->bytes.len;
  enum buf_status status = add_lower(&h->bytes, line, (size_t)(colon - line));
  if (status == BUF_OK)
    status = buf_add(&h->bytes, from, (size_t)(to - from));
  if (status == BUF_OK)
    status = buf_push(&h->bytes, '\0');
  if (status != BUF_OK)
    h->bytes.len = before; /* never a name without its value */
  h->count += status == BUF_OK;
  return status;
}

const char *headers_find(const struct headers *h, const char *name) {
  const char *at = h->bytes.ptr;
  if (!at)
    return NULL;
  const char *end = at + h->bytes.len;
  while (at < end) {
    const char *value = at + strlen(at) + 1;
    if (strcmp(at, name) == 0)
      return value;
    at = value + strlen(value) + 1;
  }
  return NULL;
}

long headers_number(const struct headers *h, const char *name) {
  const char *value = headers_find(h, name);
  if (!value || !isdigit((unsigned char)value[0]))
    return -1;
  char *end;
  errno = 0;
  long number = strtol(value, &end, 10);
  return errno || *end ? -1 : number;
}
