/* Any stream, cut anywhere, gives the events that the reference decoder finds in it when whole.
 *
 * The first byte chooses the ceiling, the second where the stream is cut; the rest is the stream.
 * Every feed lies in a block of its own, so that reading past its end is seen.
 */
#include "reference.h"
#include "sse.h"

#include <stdlib.h>
#include <string.h>

static int on_event(void *ctx, const struct sse_event *e) {
  transcript_event(ctx, e->type, e->type_len, e->data, e->data_len, e->id, e->id_len, e->retry_ms);
  return 0;
}

static enum sse_status feed_copy(struct sse *s, const char *bytes, size_t n, struct transcript *t) {
  char *copy = malloc(n ? n : 1);
  if (!copy)
    abort();
  if (n)
    memcpy(copy, bytes, n);
  enum sse_status status = sse_feed(s, copy, n, on_event, t);
  free(copy);
  return status;
}

/* cut 0: whole; 1: byte by byte; otherwise in pieces of sizes that follow from cut. */
static size_t piece(unsigned *cut, size_t left) {
  if (*cut == 0)
    return left;
  if (*cut == 1)
    return 1;
  *cut = *cut * 1103515245u + 12345u;
  size_t n = (*cut >> 16) % 9; /* a feed of no bytes is allowed */
  *cut |= 2;
  return n < left ? n : left;
}

static int decode(const char *bytes, size_t n, size_t max, unsigned cut, struct transcript *t) {
  enum sse_status status = SSE_OK;
  struct sse *s = sse_new(max);
  if (!s)
    abort();
  for (size_t at = 0; at < n && status == SSE_OK;) {
    size_t m = piece(&cut, n - at);
    status = feed_copy(s, bytes + at, m, t);
    at += m;
  }
  sse_free(s);
  if (status != SSE_OK && status != SSE_TOOBIG)
    abort();
  return status == SSE_TOOBIG;
}

static void compare(const char *bytes, size_t n, size_t max, unsigned cut,
                    const struct transcript *expected, int passed) {
  struct transcript t;
  transcript_init(&t);
  if (decode(bytes, n, max, cut, &t) != passed)
    abort();
  if (t.len != expected->len || (t.len && memcmp(t.bytes, expected->bytes, t.len) != 0))
    abort();
  transcript_fini(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size) {
  if (size < 2)
    return 0;
  size_t max = input[0] < 128 ? 1 << 20 : (size_t)input[0] - 128;
  const char *bytes = (const char *)input + 2;
  struct transcript expected;
  transcript_init(&expected);
  int passed = reference_decode(bytes, size - 2, max, &expected);
  compare(bytes, size - 2, max, 0, &expected, passed);
  compare(bytes, size - 2, max, 1, &expected, passed);
  compare(bytes, size - 2, max, input[1] + 2u, &expected, passed);
  transcript_fini(&expected);
  return 0;
}
