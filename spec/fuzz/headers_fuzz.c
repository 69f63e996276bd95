/* Any header lines: what is kept can be read back, names in lower case, within the ceiling, also
 * after a line that did not fit.
 *
 * The first byte chooses the ceiling; the rest are the lines, each ended by LF.
 */
#include "headers.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void check_number(const struct headers *h, const char *name) {
  const char *value = headers_find(h, name);
  long number = headers_number(h, name);
  if (number < -1)
    abort();
  if (number >= 0 && (!value || strtol(value, NULL, 10) != number))
    abort();
}

static void check_name(const char *name) {
  for (const char *c = name; *c; c++) {
    if (isupper((unsigned char)*c))
      abort();
  }
}

/* Pairs from beginning to end, each found again by its name. */
static void check(const struct headers *h, size_t max) {
  if (h->bytes.len > max)
    abort();
  size_t at = 0;
  while (at < h->bytes.len) {
    const char *name = h->bytes.ptr + at;
    at += strlen(name) + 1;
    if (at >= h->bytes.len)
      abort(); /* a name without its value */
    at += strlen(h->bytes.ptr + at) + 1;
    check_name(name);
    if (!headers_find(h, name))
      abort();
    check_number(h, name);
  }
  check_number(h, "retry-after");
  if (headers_find(h, "X-Upper"))
    abort();
}

static void add_copy(struct headers *h, const char *line, size_t n) {
  char *copy = malloc(n ? n : 1);
  if (!copy)
    abort();
  if (n)
    memcpy(copy, line, n);
  headers_add(h, copy, n);
  free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size) {
  if (size < 1)
    return 0;
  size_t max = input[0] < 128 ? 1 << 18 : (size_t)input[0] - 128;
  const char *at = (const char *)input + 1, *end = (const char *)input + size;
  struct headers h;
  headers_init(&h, max, input[0] % 16 ? 1000 : 3);
  while (at < end) {
    const char *lf = memchr(at, '\n', (size_t)(end - at));
    const char *next = lf ? lf + 1 : end;
    add_copy(&h, at, (size_t)(next - at));
    check(&h, max);
    at = next;
  }
  headers_fini(&h);
  return 0;
}
