#include "reference.h"

#include <stdlib.h>
#include <string.h>

#define RETRY_MAX INT64_C(9007199254740991)

struct string {
  char *ptr;
  size_t len;
};

struct state {
  struct string data, type, id;
  int64_t retry_ms;
  size_t event_bytes;
};

static void add(char **ptr, size_t *len, const void *bytes, size_t n) {
  *ptr = realloc(*ptr, *len + n + 1);
  if (!*ptr)
    abort();
  if (n)
    memcpy(*ptr + *len, bytes, n);
  *len += n;
}

void transcript_init(struct transcript *t) {
  *t = (struct transcript){NULL, 0, 0};
}

void transcript_fini(struct transcript *t) {
  free(t->bytes);
  transcript_init(t);
}

static void note(struct transcript *t, const void *bytes, size_t n) {
  if (t->len + n > t->cap) {
    t->cap = (t->len + n) * 2;
    t->bytes = realloc(t->bytes, t->cap);
    if (!t->bytes)
      abort();
  }
  if (n)
    memcpy(t->bytes + t->len, bytes, n);
  t->len += n;
}

static void note_string(struct transcript *t, const char *bytes, size_t n) {
  note(t, &n, sizeof n);
  note(t, bytes, n);
}

void transcript_event(struct transcript *t, const char *type, size_t type_len, const char *data,
                      size_t data_len, const char *id, size_t id_len, int64_t retry_ms) {
  note_string(t, type, type_len);
  note_string(t, data, data_len);
  note_string(t, id, id_len);
  note(t, &retry_ms, sizeof retry_ms);
}

static void set(struct string *s, const char *bytes, size_t n) {
  s->len = 0;
  add(&s->ptr, &s->len, bytes, n);
}

static void dispatch(struct state *s, struct transcript *t) {
  if (s->data.len > 0) {
    const char *type = s->type.len ? s->type.ptr : "message";
    transcript_event(t, type, strlen("message") * !s->type.len + s->type.len, s->data.ptr,
                     s->data.len - 1, s->id.ptr, s->id.len, s->retry_ms);
    s->retry_ms = -1;
  }
  s->data.len = 0;
  s->type.len = 0;
  s->event_bytes = 0;
}

static void set_retry(struct state *s, const char *value, size_t n) {
  int64_t ms = 0;
  for (size_t i = 0; i < n; i++) {
    if (value[i] < '0' || value[i] > '9')
      return;
    ms = ms * 10 + (value[i] - '0');
    if (ms > RETRY_MAX)
      ms = RETRY_MAX;
  }
  if (n)
    s->retry_ms = ms;
}

static int is(const char *name, size_t n, const char *word) {
  return n == strlen(word) && memcmp(name, word, n) == 0;
}

static void process_field(struct state *s, const char *name, size_t name_len, const char *value,
                          size_t n) {
  if (is(name, name_len, "event"))
    set(&s->type, value, n);
  if (is(name, name_len, "data")) {
    add(&s->data.ptr, &s->data.len, value, n);
    add(&s->data.ptr, &s->data.len, "\n", 1);
  }
  if (is(name, name_len, "id") && !memchr(value, 0, n))
    set(&s->id, value, n);
  if (is(name, name_len, "retry"))
    set_retry(s, value, n);
}

static void process_line(struct state *s, const char *line, size_t n, struct transcript *t) {
  size_t name = 0;
  if (n == 0) {
    dispatch(s, t);
    return;
  }
  while (name < n && line[name] != ':')
    name++;
  if (name == 0)
    return; /* a comment */
  size_t value = name < n ? name + 1 : n;
  if (value < n && line[value] == ' ')
    value++;
  process_field(s, line, name, line + value, n - value);
}

/* Whether a line of n bytes passes the ceiling, be it whole or not. */
static int too_big(struct state *s, const char *line, size_t n, size_t max) {
  if (n && line[0] == ':')
    return n > max;
  s->event_bytes += n;
  return s->event_bytes > max;
}

static int decode(struct state *s, const char *bytes, size_t n, size_t max, struct transcript *t) {
  size_t from = 0;
  while (from < n) {
    size_t to = from;
    while (to < n && bytes[to] != '\n' && bytes[to] != '\r')
      to++;
    if (too_big(s, bytes + from, to - from, max))
      return 1;
    if (to == n)
      return 0;
    process_line(s, bytes + from, to - from, t);
    from = to + (bytes[to] == '\r' && to + 1 < n && bytes[to + 1] == '\n' ? 2 : 1);
  }
  return 0;
}

/* A stream that stops inside its byte order mark has said nothing yet. */
static size_t mark_length(const char *bytes, size_t n) {
  size_t seen = n < 3 ? n : 3;
  return memcmp(bytes, "\xEF\xBB\xBF", seen) == 0 ? seen : 0;
}

int reference_decode(const char *bytes, size_t n, size_t max, struct transcript *t) {
  struct state s = {.retry_ms = -1};
  set(&s.id, "", 0);
  size_t mark = mark_length(bytes, n);
  int passed = decode(&s, bytes + mark, n - mark, max, t);
  free(s.data.ptr);
  free(s.type.ptr);
  free(s.id.ptr);
  return passed;
}
