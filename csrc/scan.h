/*
 * scan: where text looks as if a machine had made it. Pure.
 */
#ifndef MISTRAL_SCAN_H
#define MISTRAL_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* Goes through a text, which must stay where it is. Plain data. */
struct scan {
  const char *text;
  size_t len;
  size_t min;
  size_t at;
  bool belongs[256];
};

/* Looks for runs of at least min bytes, 1 or more, out of A-Z a-z 0-9 + / _ = - */
void scan_init(struct scan *s, const char *text, size_t len, size_t min);

/* The next run, as long as it goes: its bytes are [*from, *to). False when there is none. Each byte
 * is looked at once at most, and outside of runs only one in min of them. */
bool scan_next(struct scan *s, size_t *from, size_t *to);

/* Bits per byte, by how often each byte occurs: 0 for none or all alike, 8 at most. */
double scan_entropy(const char *bytes, size_t n);

#endif
