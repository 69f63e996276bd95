/* Any stream of frames, cut anywhere, gives what a decoder finds in it that reads it whole, field
 * by field as Amazon describes it, and works out its checks bit by bit.
 *
 * The first byte chooses the ceiling, the second where the stream is cut, the third which checks
 * are left as they are: the others are put right, or nothing would ever come behind them. Every
 * feed lies in a block of its own, so that reading past its end is seen.
 */
#include "eventstream.h"
#include "reference.h"

#include <stdlib.h>
#include <string.h>

enum { PRELUDE = 12, LEAST = 16 };

struct bytes {
  const uint8_t *at;
  size_t n;
};

/* ---- the reference ---- */

static uint32_t crc(const uint8_t *bytes, size_t n) {
  uint32_t rest = 0xffffffff;
  for (size_t i = 0; i < n * 8; i++) {
    uint32_t bit = (rest ^ bytes[i / 8] >> i % 8) & 1;
    rest = rest >> 1 ^ (bit ? 0xedb88320 : 0);
  }
  return rest ^ 0xffffffff;
}

static uint32_t u32(const uint8_t *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static const size_t sizes[] = {0, 0, 1, 2, 4, 8, 0, 0, 8, 16};

/* The length of the header at the beginning of these bytes, or 0 when there is none. */
static size_t header_length(struct bytes b) {
  if (b.n < 2 || b.at[0] == 0 || b.n < 2u + b.at[0])
    return 0;
  size_t value = 2u + b.at[0];
  uint8_t kind = b.at[value - 1];
  if (kind > 9)
    return 0;
  if (kind == 6 || kind == 7) {
    if (b.n < value + 2)
      return 0;
    value += 2u + (size_t)b.at[value] * 256 + b.at[value + 1];
  }
  value += sizes[kind];
  return value <= b.n ? value : 0;
}

/* The last string header of that name. */
static struct bytes string_of(struct bytes headers, const char *name) {
  struct bytes found = {NULL, 0};
  for (size_t n; (n = header_length(headers)) > 0; headers.at += n, headers.n -= n) {
    size_t len = headers.at[0];
    if (len == strlen(name) && memcmp(headers.at + 1, name, len) == 0 && headers.at[1 + len] == 7)
      found = (struct bytes){headers.at + len + 4, n - len - 4};
  }
  return found;
}

static int is(struct bytes b, const char *word) {
  return b.n == strlen(word) && memcmp(b.at, word, b.n) == 0;
}

/* Every header, in a number; -1 when one is none. */
static int64_t sum_of(struct bytes headers) {
  int64_t sum = 0;
  while (headers.n) {
    size_t n = header_length(headers);
    if (!n)
      return -1;
    size_t len = headers.at[0];
    uint8_t kind = headers.at[1 + len];
    size_t value = n - 2 - len - (kind == 6 || kind == 7 ? 2 : 0);
    sum = sum * 31 % 1000003 + (int64_t)(len * 10 + kind + value * 7);
    headers.at += n;
    headers.n -= n;
  }
  return sum;
}

static void say(struct transcript *t, struct bytes type, struct bytes data, struct bytes message,
                int64_t sum) {
  transcript_event(t, (const char *)type.at, type.n, (const char *)data.at, data.n,
                   (const char *)message.at, message.n, sum);
}

static enum eventstream_status reference(struct bytes b, size_t max, struct transcript *t) {
  while (b.n >= PRELUDE) {
    if (crc(b.at, 8) != u32(b.at + 8))
      return EVENTSTREAM_CRC;
    size_t total = u32(b.at), headers_len = u32(b.at + 4);
    if (total < LEAST || headers_len > total - LEAST)
      return EVENTSTREAM_BROKEN;
    if (total > max)
      return EVENTSTREAM_TOOBIG;
    if (b.n < total)
      break;
    if (crc(b.at, total - 4) != u32(b.at + total - 4))
      return EVENTSTREAM_CRC;
    struct bytes headers = {b.at + PRELUDE, headers_len};
    struct bytes data = {headers.at + headers_len, total - LEAST - headers_len};
    int64_t sum = sum_of(headers);
    if (sum < 0)
      return EVENTSTREAM_BROKEN;
    struct bytes message = string_of(headers, ":message-type");
    struct bytes type = string_of(headers, ":event-type");
    if (is(message, "exception"))
      type = string_of(headers, ":exception-type");
    if (is(message, "error")) {
      type = string_of(headers, ":error-code");
      if (!data.n)
        data = string_of(headers, ":error-message");
    }
    say(t, type, data, message, sum);
    b.at += total;
    b.n -= total;
  }
  return EVENTSTREAM_OK;
}

/* ---- ours ---- */

static int on_frame(void *ctx, const struct eventstream_frame *f) {
  struct eventstream_value v;
  size_t at = 0;
  int64_t sum = 0;
  while (eventstream_header(f, &at, &v))
    sum = sum * 31 % 1000003 + (int64_t)(v.name_len * 10 + (size_t)v.kind + v.len * 7);
  if (at != f->headers_len)
    abort();
  transcript_event(ctx, f->type, f->type_len, f->data, f->data_len, f->message_type,
                   f->message_type_len, sum);
  return 0;
}

/* cut 0: whole; 1: byte by byte; otherwise in pieces of sizes that follow from cut. */
static size_t piece(unsigned *cut, size_t left) {
  if (*cut == 0)
    return left;
  if (*cut == 1)
    return 1;
  *cut = *cut * 1103515245u + 12345u;
  size_t n = (*cut >> 16) % 23; /* a feed of no bytes is allowed */
  *cut |= 2;
  return n < left ? n : left;
}

static enum eventstream_status feed_copy(struct eventstream *s, struct bytes b,
                                         struct transcript *t) {
  char *copy = malloc(b.n ? b.n : 1);
  if (!copy)
    abort();
  if (b.n)
    memcpy(copy, b.at, b.n);
  enum eventstream_status status = eventstream_feed(s, copy, b.n, on_frame, t);
  free(copy);
  return status;
}

static void compare(struct bytes b, size_t max, unsigned cut) {
  struct transcript expected, t;
  transcript_init(&expected);
  transcript_init(&t);
  enum eventstream_status wanted = reference(b, max, &expected), status = EVENTSTREAM_OK;
  struct eventstream *s = eventstream_new(max);
  if (!s)
    abort();
  for (size_t n; b.n && status == EVENTSTREAM_OK; b.at += n, b.n -= n) {
    n = piece(&cut, b.n);
    status = feed_copy(s, (struct bytes){b.at, n}, &t);
  }
  eventstream_free(s);
  if (status != wanted || t.len != expected.len)
    abort();
  if (t.len && memcmp(t.bytes, expected.bytes, t.len) != 0)
    abort();
  transcript_fini(&expected);
  transcript_fini(&t);
}

/* ---- the input ---- */

static void put_crc(uint8_t *at, uint32_t value) {
  for (int i = 0; i < 4; i++)
    at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* Makes the lengths small enough to be reached, and the checks right but for those left alone. */
static void put_right(uint8_t *at, size_t n, unsigned left_alone) {
  for (unsigned frame = 0; n >= PRELUDE; frame++) {
    at[0] = at[1] = at[4] = at[5] = 0;
    at[2] &= 3;
    at[6] &= 3;
    if (left_alone % 16 != frame + 1)
      put_crc(at + 8, crc(at, 8));
    size_t total = u32(at);
    if (total < LEAST || total > n)
      return;
    if (left_alone / 16 != frame + 1)
      put_crc(at + total - 4, crc(at, total - 4));
    at += total;
    n -= total;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size) {
  if (size < 3)
    return 0;
  size_t max = input[0] < 128 ? 1 << 20 : (size_t)input[0] - 127;
  size_t n = size - 3;
  uint8_t *stream = malloc(n ? n : 1);
  if (!stream)
    abort();
  memcpy(stream, input + 3, n);
  put_right(stream, n, input[2]);
  struct bytes b = {stream, n};
  compare(b, max, 0);
  compare(b, max, 1);
  compare(b, max, input[1] + 2u);
  free(stream);
  return 0;
}
