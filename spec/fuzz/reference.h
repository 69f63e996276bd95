/* An event-stream decoder that is easy to believe: it reads the whole stream at once, line by line,
 * as section 9.2.6 of the HTML standard words it, and knows nothing of feeds. It shares no code
 * with csrc/sse.c, which is held against it.
 */
#ifndef FUZZ_REFERENCE_H
#define FUZZ_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

/* What a decoder said, written down in one row of bytes so that two of them compare with memcmp. */
struct transcript {
  char *bytes;
  size_t len, cap;
};

void transcript_init(struct transcript *t);
void transcript_fini(struct transcript *t);
void transcript_event(struct transcript *t, const char *type, size_t type_len, const char *data,
                      size_t data_len, const char *id, size_t id_len, int64_t retry_ms);

/* Decodes n bytes into t; max is the ceiling of sse_new. Returns whether it was passed. */
int reference_decode(const char *bytes, size_t n, size_t max, struct transcript *t);

#endif
