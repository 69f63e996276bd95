#include "sse.h"

#include "buf.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ID_MAX 1024 /* every event carries the id along, so a long one would multiply */
#define RETRY_MAX INT64_C(9007199254740991) /* the largest whole number every Lua holds exactly */

struct sse {
  size_t max;
  size_t event_bytes; /* field lines of the unfinished event */
  struct buf line;    /* the unfinished line */
  struct buf data;    /* the unfinished event's data, one LF after each line */
  struct buf type;
  struct buf id; /* the last event id */
  int64_t retry_ms;
  unsigned bom_seen; /* bytes of the byte order mark matched so far; BOM_DONE once past it */
  bool after_cr;     /* the last byte was a CR: an LF that comes next belongs to it */
};

/* What a feed still has before it, and where its next line ends are. */
struct reader {
  const char *at;
  const char *end;
  const char *lf; /* first LF at or after `at`, or end; NULL until looked for */
  const char *cr; /* likewise the first CR */
  sse_fn *fn;
  void *ctx;
};

struct field {
  const char *name;
  size_t name_len;
  const char *value;
  size_t value_len;
};

static const char BOM[] = "\xEF\xBB\xBF";
#define BOM_DONE 3

static const enum sse_status from_buf[] = {
    [BUF_OK] = SSE_OK, [BUF_TOOBIG] = SSE_TOOBIG, [BUF_NOMEM] = SSE_NOMEM};

struct sse *sse_new(size_t max) {
  struct sse *s = malloc(sizeof *s);
  if (!s)
    return NULL;
  size_t line_max = max < SIZE_MAX / 4 ? max + 1 : max; /* room for the last LF of data */
  *s = (struct sse){.max = max, .retry_ms = -1};
  buf_init(&s->line, line_max);
  buf_init(&s->data, line_max);
  buf_init(&s->type, line_max);
  buf_init(&s->id, ID_MAX);
  return s;
}

void sse_free(struct sse *s) {
  if (!s)
    return;
  buf_fini(&s->line);
  buf_fini(&s->data);
  buf_fini(&s->type);
  buf_fini(&s->id);
  free(s);
}

static void forget_event(struct sse *s) {
  buf_clear(&s->data);
  buf_clear(&s->type);
  s->event_bytes = 0;
}

static enum sse_status emit(struct sse *s, const char *data, size_t len, struct reader *r) {
  struct sse_event event = {.type = s->type.len ? s->type.ptr : "message",
                            .type_len = s->type.len ? s->type.len : strlen("message"),
                            .data = data,
                            .data_len = len,
                            .id = s->id.len ? s->id.ptr : "",
                            .id_len = s->id.len,
                            .retry_ms = s->retry_ms};
  int stop = r->fn(r->ctx, &event);
  s->retry_ms = -1;
  forget_event(s);
  return stop ? SSE_STOPPED : SSE_OK;
}

static enum sse_status on_blank(struct sse *s, struct reader *r) {
  if (s->data.len)
    return emit(s, s->data.ptr, s->data.len - 1, r);
  forget_event(s);
  return SSE_OK;
}

static enum sse_status set(struct buf *b, const struct field *f) {
  buf_clear(b);
  return from_buf[buf_add(b, f->value, f->value_len)];
}

static enum sse_status on_retry(struct sse *s, const struct field *f) {
  int64_t ms = 0;
  for (size_t i = 0; i < f->value_len; i++) {
    char c = f->value[i];
    if (c < '0' || c > '9')
      return SSE_OK;
    int digit = c - '0';
    ms = ms > (RETRY_MAX - digit) / 10 ? RETRY_MAX : ms * 10 + digit;
  }
  if (f->value_len)
    s->retry_ms = ms;
  return SSE_OK;
}

/* After a CR an LF still belongs to the same line end, even when it opens the next feed. */
static void skip_lf(struct sse *s, struct reader *r) {
  if (!s->after_cr || r->at == r->end)
    return;
  s->after_cr = false;
  if (*r->at == '\n')
    r->at++;
}

/* Whether the next byte ends an empty line, so that the event is complete; steps over that line
 * end. */
static bool take_blank(struct sse *s, struct reader *r) {
  if (r->at == r->end)
    return false;
  if (*r->at != '\n' && *r->at != '\r')
    return false;
  s->after_cr = *r->at == '\r';
  r->at++;
  return true;
}

/* An event of a single data line, which is nearly every event, is handed on without a copy. */
static enum sse_status on_data(struct sse *s, const struct field *f, struct reader *r) {
  if (!s->data.len && take_blank(s, r))
    return emit(s, f->value, f->value_len, r);
  enum buf_status status = buf_add(&s->data, f->value, f->value_len);
  if (status == BUF_OK)
    status = buf_push(&s->data, '\n');
  return from_buf[status];
}

static bool named(const struct field *f, const char *name) {
  return f->name_len == strlen(name) && memcmp(f->name, name, f->name_len) == 0;
}

static enum sse_status on_field(struct sse *s, const struct field *f, struct reader *r) {
  if (named(f, "data"))
    return on_data(s, f, r);
  if (named(f, "event"))
    return set(&s->type, f);
  if (named(f, "id"))
    return memchr(f->value, '\0', f->value_len) ? SSE_OK : set(&s->id, f);
  if (named(f, "retry"))
    return on_retry(s, f);
  return SSE_OK;
}

/* One whole line without its end; it lies in the feed or in s->line. */
static enum sse_status on_line(struct sse *s, const char *line, size_t len, struct reader *r) {
  if (!len)
    return on_blank(s, r);
  if (line[0] == ':')
    return len > s->max ? SSE_TOOBIG : SSE_OK;
  s->event_bytes += len;
  if (s->event_bytes > s->max)
    return SSE_TOOBIG;
  const char *colon = memchr(line, ':', len);
  struct field f = {.name = line, .name_len = colon ? (size_t)(colon - line) : len, .value = ""};
  if (colon) {
    f.value = colon + 1;
    f.value_len = len - f.name_len - 1;
    if (f.value_len && f.value[0] == ' ') {
      f.value++;
      f.value_len--;
    }
  }
  return on_field(s, &f, r);
}

static const char *find(const char *at, const char *end, char c) {
  const char *p = memchr(at, c, (size_t)(end - at));
  return p ? p : end;
}

/* Where the present line ends, or r->end. Each LF and each CR is looked for once. */
static const char *line_end(struct reader *r) {
  if (!r->lf || r->lf < r->at)
    r->lf = find(r->at, r->end, '\n');
  if (!r->cr || r->cr < r->at)
    r->cr = find(r->at, r->end, '\r');
  return r->lf < r->cr ? r->lf : r->cr;
}

static enum sse_status keep_partial(struct sse *s, const char *bytes, size_t n) {
  enum buf_status status = buf_add(&s->line, bytes, n);
  if (status != BUF_OK)
    return from_buf[status];
  bool comment = s->line.len && s->line.ptr[0] == ':';
  size_t others = comment ? 0 : s->event_bytes;
  return s->line.len > s->max || others > s->max - s->line.len ? SSE_TOOBIG : SSE_OK;
}

/* The line ends at `eol`; r->at is already behind it. */
static enum sse_status finish_line(struct sse *s, const char *from, const char *eol,
                                   struct reader *r) {
  size_t n = (size_t)(eol - from);
  if (!s->line.len)
    return on_line(s, from, n, r);
  enum sse_status status = keep_partial(s, from, n);
  if (status == SSE_OK)
    status = on_line(s, s->line.ptr, s->line.len, r);
  buf_clear(&s->line);
  return status;
}

/* Bytes that began like a byte order mark and were none belong to the first line. */
static enum sse_status skip_bom(struct sse *s, struct reader *r) {
  while (s->bom_seen < BOM_DONE && r->at < r->end) {
    if (*r->at != BOM[s->bom_seen]) {
      size_t held = s->bom_seen;
      s->bom_seen = BOM_DONE;
      return held ? keep_partial(s, BOM, held) : SSE_OK;
    }
    s->bom_seen++;
    r->at++;
  }
  return SSE_OK;
}

/* Reads one line, or keeps what there is of it. */
static enum sse_status read_line(struct sse *s, struct reader *r) {
  const char *from = r->at;
  const char *eol = line_end(r);
  if (eol == r->end) {
    r->at = r->end;
    return keep_partial(s, from, (size_t)(eol - from));
  }
  r->at = eol + 1;
  s->after_cr = *eol == '\r';
  skip_lf(s, r);
  return finish_line(s, from, eol, r);
}

enum sse_status sse_feed(struct sse *s, const char *bytes, size_t n, sse_fn *fn, void *ctx) {
  struct reader r = {.at = bytes, .end = bytes + n, .fn = fn, .ctx = ctx};
  enum sse_status status = s->bom_seen < BOM_DONE ? skip_bom(s, &r) : SSE_OK;
  while (status == SSE_OK) {
    skip_lf(s, &r);
    if (r.at == r.end)
      break;
    status = read_line(s, &r);
  }
  return status;
}
