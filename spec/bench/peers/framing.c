/* What it costs to find the events in a stream: csrc/sse.c beside the decoders of decoders.h.
 *
 *   framing        for every line read, one round of every measurement as one line of JSON:
 *     {"sse":{"event_ns":,"byte_ns":,"big_ms":,"big_byte_ns":},"plain":{...},"memchr":{...}}
 *
 *   event_ns     CPU per event of 250 bytes, in feeds of 16 KiB
 *   byte_ns      CPU per byte of the same stream, in feeds of one byte
 *   big_ms       CPU of one event of 8 MiB, in feeds of 16 KiB
 *   big_byte_ns  CPU per byte of that event, in feeds of one byte
 */
#include "decoders.h"
#include "sse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EVENT_BYTES = 250, FEED = 16384, BIG_BYTES = 8 << 20 };
/* Small enough to lie in the cache, as bytes do that were just decrypted; so it is fed many times.
 */
enum { EVENTS = 256, PASSES = 100 };

struct tally {
  size_t events, bytes;
};

struct stream {
  char *bytes;
  size_t n, events;
};

typedef void run_fn(const struct stream *s, size_t feed, struct tally *t);

static double cpu_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int count_sse(void *ctx, const struct sse_event *event) {
  struct tally *t = ctx;
  t->events++;
  t->bytes += event->data_len + (event->data[0] == '{');
  return 0;
}

static void count_data(void *ctx, const char *data, size_t n) {
  struct tally *t = ctx;
  t->events++;
  t->bytes += n + (data[0] == '{');
}

static void run_sse(const struct stream *s, size_t feed, struct tally *t) {
  struct sse *decoder = sse_new(16 << 20);
  for (size_t at = 0; at < s->n; at += feed) {
    size_t n = s->n - at < feed ? s->n - at : feed;
    if (sse_feed(decoder, s->bytes + at, n, count_sse, t) != SSE_OK)
      abort();
  }
  sse_free(decoder);
}

static void run_plain(const struct stream *s, size_t feed, struct tally *t) {
  struct decoder d;
  decoder_init(&d, count_data, t);
  for (size_t at = 0; at < s->n; at += feed) {
    plain_feed(&d, s->bytes + at, s->n - at < feed ? s->n - at : feed);
  }
  decoder_fini(&d);
}

static void run_memchr(const struct stream *s, size_t feed, struct tally *t) {
  struct decoder d;
  decoder_init(&d, count_data, t);
  for (size_t at = 0; at < s->n; at += feed) {
    memchr_feed(&d, s->bytes + at, s->n - at < feed ? s->n - at : feed);
  }
  decoder_fini(&d);
}

static double timed(run_fn *run, const struct stream *s, size_t feed, size_t passes) {
  struct tally t = {0, 0};
  double began = cpu_ns();
  for (size_t i = 0; i < passes; i++)
    run(s, feed, &t);
  double took = cpu_ns() - began;
  if (t.events != s->events * passes) {
    fprintf(stderr, "framing: %zu events instead of %zu\n", t.events, s->events * passes);
    exit(1);
  }
  return took / (double)passes;
}

static void append(struct stream *s, const char *bytes, size_t n) {
  memcpy(s->bytes + s->n, bytes, n);
  s->n += n;
}

/* An event of n bytes in all, like the service's. */
static void append_event(struct stream *s, size_t n) {
  static const char head[] = "data: {\"id\":\"0f4c2ab19e\",\"choices\":[{\"delta\":{\"content\":\"";
  static const char tail[] = "\"}}]}\n\n";
  append(s, head, sizeof head - 1);
  size_t middle = n - (sizeof head - 1) - (sizeof tail - 1);
  memset(s->bytes + s->n, 'x', middle);
  s->n += middle;
  append(s, tail, sizeof tail - 1);
  s->events++;
}

static struct stream stream_of(size_t events, size_t event_bytes) {
  struct stream s = {malloc(events * event_bytes), 0, 0};
  if (!s.bytes)
    abort();
  while (s.events < events)
    append_event(&s, event_bytes);
  return s;
}

int main(void) {
  static const struct {
    const char *name;
    run_fn *run;
  } subjects[] = {{"sse", run_sse}, {"plain", run_plain}, {"memchr", run_memchr}};
  struct stream small = stream_of(EVENTS, EVENT_BYTES), big = stream_of(1, BIG_BYTES);
  char line[16];
  while (fgets(line, sizeof line, stdin)) {
    for (size_t i = 0; i < 3; i++) {
      run_fn *run = subjects[i].run;
      printf("%s\"%s\":{\"event_ns\":%.3f,\"byte_ns\":%.3f,\"big_ms\":%.3f,\"big_byte_ns\":%.3f}",
             i ? "," : "{", subjects[i].name, timed(run, &small, FEED, PASSES) / EVENTS,
             timed(run, &small, 1, PASSES / 10) / (double)small.n, timed(run, &big, FEED, 1) / 1e6,
             timed(run, &big, 1, 1) / (double)big.n);
    }
    puts("}");
    fflush(stdout);
  }
  free(small.bytes);
  free(big.bytes);
  return 0;
}
