#include "scan.h"

#include <math.h>

static const char members[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_=-";

void scan_init(struct scan *s, const char *text, size_t len, size_t min) {
  *s = (struct scan){.text = text, .len = len, .min = min};
  for (const char *c = members; *c; c++)
    s->belongs[(unsigned char)*c] = true;
}

static bool belongs(const struct scan *s, size_t at) {
  return s->belongs[(unsigned char)s->text[at]];
}

static size_t end_of_run(const struct scan *s, size_t at) {
  while (at < s->len && belongs(s, at))
    at++;
  return at;
}

/* Looks from the far end of what would be the shortest run: a byte there that does not belong rules
 * out every run across it. [from, known) is known to belong. */
bool scan_next(struct scan *s, size_t *from, size_t *to) {
  size_t known = s->at;
  while (s->len - s->at >= s->min) {
    size_t shortest = s->at + s->min;
    size_t at = shortest;
    while (at > known && belongs(s, at - 1))
      at--;
    if (at == known) {
      *from = s->at;
      *to = s->at = end_of_run(s, shortest);
      return true;
    }
    s->at = at;
    known = shortest;
  }
  return false;
}

double scan_entropy(const char *bytes, size_t n) {
  size_t counts[256] = {0};
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    counts[(unsigned char)bytes[i]]++;
  for (size_t i = 0; i < 256; i++) {
    if (counts[i])
      sum += (double)counts[i] * log2((double)counts[i]);
  }
  return n ? log2((double)n) - sum / (double)n : 0;
}
