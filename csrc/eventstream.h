/*
 * eventstream: bytes in, frames of application/vnd.amazon.eventstream out.
 *
 * A frame is, with all numbers big endian:
 *   u32 length of all of it | u32 length of the headers | u32 CRC of these eight bytes
 *   headers | payload | u32 CRC of everything before
 * and a header: u8 length of the name | name | u8 type | value. Both checks are
 * made before anything of a frame is believed: its lengths after the first, its
 * headers and payload after the second.
 *
 * The decoder has no socket, no clock and no lock: one thread at a time. It
 * looks at no byte more often for being fed in pieces. A frame that comes in
 * pieces is put together in memory that grows with what has come, not with
 * what its length promises, and is kept for the next one.
 */
#ifndef MISTRAL_EVENTSTREAM_H
#define MISTRAL_EVENTSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum eventstream_status {
  EVENTSTREAM_OK,
  EVENTSTREAM_TOOBIG, /* a frame says that it is larger than the ceiling */
  EVENTSTREAM_CRC,    /* a frame was damaged on its way */
  EVENTSTREAM_BROKEN, /* a frame's lengths or headers make no sense */
  EVENTSTREAM_NOMEM,
  EVENTSTREAM_STOPPED /* the eventstream_fn asked to stop */
};

/* One frame. All pointers are valid only until the eventstream_fn returns. */
struct eventstream_frame {
  /* What kind of message it says it is: "event", "exception" or "error". NULL when it does not. */
  const char *message_type;
  size_t message_type_len;
  /* Of an event its :event-type, of an exception its :exception-type, of an error its :error-code.
   * NULL when it has none. */
  const char *type;
  size_t type_len;
  /* The payload; of an error, which has none, its :error-message. Never NULL. */
  const char *data;
  size_t data_len;
  const char *headers; /* for eventstream_header */
  size_t headers_len;
};

/* The numbers are those on the wire. */
enum eventstream_kind {
  EVENTSTREAM_TRUE,
  EVENTSTREAM_FALSE,
  EVENTSTREAM_INT8,
  EVENTSTREAM_INT16,
  EVENTSTREAM_INT32,
  EVENTSTREAM_INT64,
  EVENTSTREAM_BYTES,
  EVENTSTREAM_STRING,
  EVENTSTREAM_TIMESTAMP, /* milliseconds since 1970 */
  EVENTSTREAM_UUID       /* 16 bytes */
};

struct eventstream_value {
  const char *name;
  size_t name_len;
  enum eventstream_kind kind;
  const char *bytes; /* BYTES, STRING, UUID */
  size_t len;
  int64_t number; /* INT8 to INT64, TIMESTAMP */
};

/* Called once per frame, in order. Returns 0 to go on; anything else stops the feed. */
typedef int eventstream_fn(void *ctx, const struct eventstream_frame *frame);

struct eventstream;

/* A decoder for one stream, or NULL without memory. max is the ceiling for one frame in bytes. */
struct eventstream *eventstream_new(size_t max);

/* NULL is allowed. */
void eventstream_free(struct eventstream *s);

/* Feeds n bytes; every frame that they complete goes to fn. After anything but EVENTSTREAM_OK only
 * eventstream_free is valid. */
enum eventstream_status eventstream_feed(struct eventstream *s, const char *bytes, size_t n,
                                         eventstream_fn *fn, void *ctx);

/* Whether the bytes so far end where a frame ends. A stream that stops elsewhere was cut off. */
bool eventstream_whole(const struct eventstream *s);

/* Goes through a frame's headers in order; *at begins as 0. False when there is none left. */
bool eventstream_header(const struct eventstream_frame *frame, size_t *at,
                        struct eventstream_value *out);

#endif
