#include "decoders.h"

#include <stdlib.h>
#include <string.h>

void decoder_init(struct decoder *d, data_fn *fn, void *ctx) {
  *d = (struct decoder){.fn = fn, .ctx = ctx};
}

void decoder_fini(struct decoder *d) {
  free(d->line.ptr);
  free(d->data.ptr);
}

static void grow(struct joined *j, size_t n) {
  if (j->len + n <= j->cap)
    return;
  while (j->cap < j->len + n)
    j->cap = j->cap ? j->cap * 2 : 1024;
  j->ptr = realloc(j->ptr, j->cap);
  if (!j->ptr)
    abort();
}

static void join(struct joined *j, const char *bytes, size_t n) {
  grow(j, n);
  if (n)
    memcpy(j->ptr + j->len, bytes, n);
  j->len += n;
}

static void end_event(struct decoder *d) {
  if (d->data.len)
    d->fn(d->ctx, d->data.ptr, d->data.len - 1);
  d->data.len = 0;
}

/* A line that the next byte ends as an event is handed over where it lies. */
static void end_line(struct decoder *d, const char *line, size_t n, int alone) {
  if (n == 0) {
    end_event(d);
    return;
  }
  if (n < 5 || memcmp(line, "data:", 5) != 0)
    return;
  size_t skip = n > 5 && line[5] == ' ' ? 6 : 5;
  if (alone && d->data.len == 0) {
    d->fn(d->ctx, line + skip, n - skip);
    return;
  }
  join(&d->data, line + skip, n - skip);
  join(&d->data, "\n", 1);
}

/* The line that ends at `end`, of which an earlier feed may have brought the beginning. */
static void take_line(struct decoder *d, const char *from, const char *end, int alone) {
  size_t n = (size_t)(end - from);
  if (d->line.len == 0) {
    end_line(d, from, n, alone);
    return;
  }
  join(&d->line, from, n);
  end_line(d, d->line.ptr, d->line.len, alone);
  d->line.len = 0;
}

void plain_feed(struct decoder *d, const char *bytes, size_t n) {
  const char *end = bytes + n, *from = bytes;
  for (const char *p = bytes; p < end; p++) {
    if (*p != '\n' && *p != '\r') {
      d->after_cr = 0;
      continue;
    }
    if (*p == '\n' && d->after_cr) {
      d->after_cr = 0;
    } else {
      d->after_cr = *p == '\r';
      take_line(d, from, p, p + 1 < end && p[1] == '\n' && *p == '\n');
    }
    from = p + 1;
  }
  join(&d->line, from, (size_t)(end - from));
}

void memchr_feed(struct decoder *d, const char *bytes, size_t n) {
  const char *end = bytes + n;
  for (const char *lf; (lf = memchr(bytes, '\n', (size_t)(end - bytes))); bytes = lf + 1) {
    take_line(d, bytes, lf, lf + 1 < end && lf[1] == '\n');
  }
  join(&d->line, bytes, (size_t)(end - bytes));
}
