/*
 * headers: the header lines of one answer, kept as they came, with a ceiling.
 * Pure; one thread at a time.
 */
#ifndef MISTRAL_HEADERS_H
#define MISTRAL_HEADERS_H

#include "buf.h"

#include <stddef.h>

/* All in one buf: lower-case name, NUL, value, NUL, and so on. */
struct headers {
  struct buf bytes;
  size_t count, max_count; /* headers */
};

void headers_init(struct headers *h, size_t max_bytes, size_t max_count);
void headers_fini(struct headers *h);
void headers_clear(struct headers *h);

/* Adds a line as received, with or without its end. A status line and a line without a colon are
 * passed over. BUF_TOOBIG past either ceiling, and then h is as before. */
enum buf_status headers_add(struct headers *h, const char *line, size_t len);

/* The value of the first header of that name (lower case), or NULL. Valid until the next change. */
const char *headers_find(const struct headers *h, const char *name);

/* The same as a whole number, or -1 when there is none. */
long headers_number(const struct headers *h, const char *name);

#endif
