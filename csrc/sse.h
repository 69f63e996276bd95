/*
 * sse: bytes in, server-sent events out.
 *
 * Follows the event stream rules of the WHATWG HTML standard, section 9.2.6
 * "Interpreting an event stream": lines end with CR, LF or CRLF (also when a
 * CRLF is split over two feeds), one byte order mark is skipped at the very
 * start only, an unfinished event at the end of the stream is dropped.
 *
 * The decoder has no socket, no clock and no lock: one thread at a time. It
 * never looks at a byte twice, however the stream is cut into feeds. Its line,
 * its data and its type each stay below the ceiling given to sse_new; memory
 * once needed is kept for the next event. An id may have 1 KiB.
 */
#ifndef MISTRAL_SSE_H
#define MISTRAL_SSE_H

#include <stddef.h>
#include <stdint.h>

enum sse_status {
  SSE_OK,
  SSE_TOOBIG, /* the lines of one event passed the ceiling, or an id its own */
  SSE_NOMEM,
  SSE_STOPPED /* the sse_fn asked to stop */
};

/* One event. All pointers are valid only until the sse_fn returns. */
struct sse_event {
  const char *type; /* "message" when the stream names none */
  size_t type_len;
  const char *data;
  size_t data_len;
  const char *id; /* the last event id, which lives on from event to event; may be empty */
  size_t id_len;
  int64_t retry_ms; /* a reconnection time sent since the event before, or -1 */
};

/* Called once per event, in order. Returns 0 to go on; anything else stops the feed. */
typedef int sse_fn(void *ctx, const struct sse_event *event);

struct sse;

/* A decoder for one stream, or NULL without memory. max is the ceiling for the
 * field lines of one event, in bytes, line ends and comments not counted. */
struct sse *sse_new(size_t max);

/* NULL is allowed. */
void sse_free(struct sse *s);

/* Feeds n bytes; every event that they complete goes to fn. After anything but
 * SSE_OK only sse_free is valid. */
enum sse_status sse_feed(struct sse *s, const char *bytes, size_t n, sse_fn *fn, void *ctx);

#endif
