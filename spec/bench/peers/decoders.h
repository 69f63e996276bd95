/* Two event-stream decoders to hold csrc/sse.c against: what one writes in an afternoon.
 *
 * Both join the data lines of an event and hand it over at the empty line, wherever the stream is
 * cut; an event of one line is handed over without a copy. Neither knows event names, ids, retry, a
 * byte order mark or a ceiling, and memchr_feed knows no CR at all: they do less than the rules
 * ask, so they are hard to beat.
 */
#ifndef BENCH_DECODERS_H
#define BENCH_DECODERS_H

#include <stddef.h>

/* One event's data, valid until it returns. */
typedef void data_fn(void *ctx, const char *data, size_t n);

struct joined {
  char *ptr;
  size_t len, cap;
};

struct decoder {
  struct joined line; /* a line that the feeds so far have not ended */
  struct joined data; /* data lines of the event that is not over yet */
  int after_cr;
  data_fn *fn;
  void *ctx;
};

void decoder_init(struct decoder *d, data_fn *fn, void *ctx);
void decoder_fini(struct decoder *d);

/* Looks at one byte after the other. */
void plain_feed(struct decoder *d, const char *bytes, size_t n);

/* Lets memchr find the line ends. */
void memchr_feed(struct decoder *d, const char *bytes, size_t n);

#endif
