#include "eventstream.h"

#include "buf.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define PRELUDE_BYTES 12
#define CRC_BYTES 4
#define LEAST_BYTES (PRELUDE_BYTES + CRC_BYTES)

struct eventstream {
  size_t max;
  struct buf pieces; /* what has come of a frame that did not come at once */
  size_t total;      /* bytes of the present frame; 0 while its prelude is not read */
  size_t headers_len;
};

/* What a feed still has before it. */
struct reader {
  const char *at;
  size_t left;
  eventstream_fn *fn;
  void *ctx;
};

struct eventstream *eventstream_new(size_t max) {
  struct eventstream *s = malloc(sizeof *s);
  if (!s)
    return NULL;
  *s = (struct eventstream){.max = max};
  buf_init(&s->pieces, max > PRELUDE_BYTES ? max : PRELUDE_BYTES);
  return s;
}

void eventstream_free(struct eventstream *s) {
  if (!s)
    return;
  buf_fini(&s->pieces);
  free(s);
}

bool eventstream_whole(const struct eventstream *s) {
  return s->pieces.len == 0;
}

/* A big-endian number of n bytes, at most 8. */
static uint64_t number_at(const char *bytes, size_t n) {
  uint64_t number = 0;
  for (size_t i = 0; i < n; i++)
    number = number << 8 | (unsigned char)bytes[i];
  return number;
}

static int64_t signed_at(const char *bytes, size_t n) {
  uint64_t sign = (uint64_t)1 << (8 * n - 1);
  uint64_t number = number_at(bytes, n) ^ sign;
  return number >= sign ? (int64_t)(number - sign) : (int64_t)number - (int64_t)(sign - 1) - 1;
}

/* ---- headers ---- */

/* Bytes of a value of that kind; of those that say their length themselves, of the length. */
static const struct {
  size_t bytes;
  bool is_number;
  bool has_length;
} kinds[] = {
    [EVENTSTREAM_TRUE] = {.bytes = 0},
    [EVENTSTREAM_FALSE] = {.bytes = 0},
    [EVENTSTREAM_INT8] = {.bytes = 1, .is_number = true},
    [EVENTSTREAM_INT16] = {.bytes = 2, .is_number = true},
    [EVENTSTREAM_INT32] = {.bytes = 4, .is_number = true},
    [EVENTSTREAM_INT64] = {.bytes = 8, .is_number = true},
    [EVENTSTREAM_BYTES] = {.bytes = 2, .has_length = true},
    [EVENTSTREAM_STRING] = {.bytes = 2, .has_length = true},
    [EVENTSTREAM_TIMESTAMP] = {.bytes = 8, .is_number = true},
    [EVENTSTREAM_UUID] = {.bytes = 16},
};

/* The next n bytes, or NULL when there are fewer before `end`. */
static const char *take(const char **at, const char *end, size_t n) {
  if (n > (size_t)(end - *at))
    return NULL;
  const char *bytes = *at;
  *at += n;
  return bytes;
}

static bool read_value(const char **at, const char *end, struct eventstream_value *out) {
  out->len = kinds[out->kind].bytes;
  out->bytes = take(at, end, out->len);
  if (out->bytes && kinds[out->kind].has_length) {
    out->len = (size_t)number_at(out->bytes, 2);
    out->bytes = take(at, end, out->len);
  }
  if (out->bytes && kinds[out->kind].is_number)
    out->number = signed_at(out->bytes, out->len);
  return out->bytes != NULL;
}

/* One header from *at on, which is moved behind it. False when it passes the end or is none. */
static bool read_header(const char **at, const char *end, struct eventstream_value *out) {
  const char *length = take(at, end, 1);
  *out = (struct eventstream_value){.name_len = length ? (unsigned char)*length : 0};
  out->name = take(at, end, out->name_len);
  const char *kind = out->name ? take(at, end, 1) : NULL;
  if (!out->name_len || !kind || (unsigned char)*kind > EVENTSTREAM_UUID)
    return false;
  out->kind = (enum eventstream_kind)(unsigned char)*kind;
  return read_value(at, end, out);
}

bool eventstream_header(const struct eventstream_frame *frame, size_t *at,
                        struct eventstream_value *out) {
  const char *next = frame->headers + *at;
  const char *end = frame->headers + frame->headers_len;
  bool found = next < end && read_header(&next, end, out);
  *at = (size_t)(next - frame->headers);
  return found;
}

/* What a frame's own headers say; each points into the frame. */
struct names {
  struct eventstream_value message_type, event_type, exception_type, error_code, error_message;
};

static bool spells(const char *bytes, size_t len, const char *word) {
  return len == strlen(word) && memcmp(bytes, word, len) == 0;
}

static void note(struct names *names, const struct eventstream_value *v) {
  struct {
    const char *name;
    struct eventstream_value *value;
  } table[] = {{":message-type", &names->message_type},
               {":event-type", &names->event_type},
               {":exception-type", &names->exception_type},
               {":error-code", &names->error_code},
               {":error-message", &names->error_message}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    if (spells(v->name, v->name_len, table[i].name))
      *table[i].value = *v;
  }
}

/* All headers, to the last byte. Those that are no strings have no say. */
static bool read_names(const char *at, size_t len, struct names *names) {
  const char *end = at + len;
  struct eventstream_value v;
  while (at < end) {
    if (!read_header(&at, end, &v))
      return false;
    if (v.kind == EVENTSTREAM_STRING)
      note(names, &v);
  }
  return true;
}

/* ---- frames ---- */

static void say_kind(struct eventstream_frame *frame, const struct names *names) {
  const struct eventstream_value *message = &names->message_type, *type = &names->event_type;
  if (spells(message->bytes, message->len, "exception"))
    type = &names->exception_type;
  if (spells(message->bytes, message->len, "error")) {
    type = &names->error_code;
    if (!frame->data_len && names->error_message.bytes) {
      frame->data = names->error_message.bytes;
      frame->data_len = names->error_message.len;
    }
  }
  frame->message_type = message->bytes;
  frame->message_type_len = message->len;
  frame->type = type->bytes;
  frame->type_len = type->len;
}

static enum eventstream_status emit(const struct eventstream *s, const char *bytes,
                                    const struct reader *r) {
  size_t covered = s->total - CRC_BYTES;
  struct names names = {0};
  if (crc32_z(0, (const Bytef *)bytes, covered) != number_at(bytes + covered, CRC_BYTES))
    return EVENTSTREAM_CRC;
  const char *headers = bytes + PRELUDE_BYTES;
  if (!read_names(headers, s->headers_len, &names))
    return EVENTSTREAM_BROKEN;
  struct eventstream_frame frame = {.data = headers + s->headers_len,
                                    .data_len = covered - PRELUDE_BYTES - s->headers_len,
                                    .headers = headers,
                                    .headers_len = s->headers_len};
  say_kind(&frame, &names);
  return r->fn(r->ctx, &frame) ? EVENTSTREAM_STOPPED : EVENTSTREAM_OK;
}

static enum eventstream_status read_prelude(struct eventstream *s, const char *bytes) {
  if (crc32_z(0, (const Bytef *)bytes, 8) != number_at(bytes + 8, CRC_BYTES))
    return EVENTSTREAM_CRC;
  uint64_t total = number_at(bytes, 4), headers = number_at(bytes + 4, 4);
  if (total < LEAST_BYTES || headers > total - LEAST_BYTES)
    return EVENTSTREAM_BROKEN;
  if (total > s->max)
    return EVENTSTREAM_TOOBIG;
  s->total = (size_t)total;
  s->headers_len = (size_t)headers;
  return EVENTSTREAM_OK;
}

/* Adds to the pieces until there are `until` of them. */
static enum eventstream_status keep(struct eventstream *s, struct reader *r, size_t until) {
  size_t missing = until - s->pieces.len;
  size_t n = r->left < missing ? r->left : missing;
  if (buf_add(&s->pieces, r->at, n) != BUF_OK)
    return EVENTSTREAM_NOMEM; /* it has room for every frame that is taken */
  r->at += n;
  r->left -= n;
  return EVENTSTREAM_OK;
}

/* Reads the prelude, in place when it is all there. */
static enum eventstream_status begin_frame(struct eventstream *s, struct reader *r) {
  if (!s->pieces.len && r->left >= PRELUDE_BYTES)
    return read_prelude(s, r->at);
  enum eventstream_status status = keep(s, r, PRELUDE_BYTES);
  if (status == EVENTSTREAM_OK && s->pieces.len == PRELUDE_BYTES)
    status = read_prelude(s, s->pieces.ptr);
  return status;
}

/* A frame that is all there is handed on without a copy. */
static enum eventstream_status end_frame(struct eventstream *s, struct reader *r) {
  enum eventstream_status status;
  if (!s->pieces.len && r->left >= s->total) {
    status = emit(s, r->at, r);
    r->at += s->total;
    r->left -= s->total;
    s->total = 0;
    return status;
  }
  status = keep(s, r, s->total);
  if (status == EVENTSTREAM_OK && s->pieces.len == s->total) {
    status = emit(s, s->pieces.ptr, r);
    buf_clear(&s->pieces);
    s->total = 0;
  }
  return status;
}

enum eventstream_status eventstream_feed(struct eventstream *s, const char *bytes, size_t n,
                                         eventstream_fn *fn, void *ctx) {
  struct reader r = {.at = bytes, .left = n, .fn = fn, .ctx = ctx};
  enum eventstream_status status = EVENTSTREAM_OK;
  while (r.left && status == EVENTSTREAM_OK)
    status = s->total ? end_frame(s, &r) : begin_frame(s, &r);
  return status;
}
