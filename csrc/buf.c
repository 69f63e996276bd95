#include "buf.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 256

void buf_init(struct buf *b, size_t max) {
  b->ptr = NULL;
  b->len = 0;
  b->cap = 0;
  b->max = max;
}

void buf_fini(struct buf *b) {
  free(b->ptr);
  buf_init(b, b->max);
}

static enum buf_status grow(struct buf *b, size_t need) {
  size_t first = b->max < FIRST_CAPACITY ? b->max : FIRST_CAPACITY;
  size_t cap = b->cap ? b->cap : first;
  while (cap < need)
    cap = cap > b->max / 2 ? b->max : cap * 2;
  char *ptr = realloc(b->ptr, cap);
  if (!ptr)
    return BUF_NOMEM;
  b->ptr = ptr;
  b->cap = cap;
  return BUF_OK;
}

enum buf_status buf_add(struct buf *b, const char *bytes, size_t n) {
  if (n > b->max - b->len)
    return BUF_TOOBIG;
  if (n > b->cap - b->len) {
    enum buf_status status = grow(b, b->len + n);
    if (status != BUF_OK)
      return status;
  }
  if (n)
    memcpy(b->ptr + b->len, bytes, n);
  b->len += n;
  return BUF_OK;
}

enum buf_status buf_push(struct buf *b, char byte) {
  if (b->len == b->cap)
    return buf_add(b, &byte, 1);
  b->ptr[b->len++] = byte;
  return BUF_OK;
}

void buf_clear(struct buf *b) {
  b->len = 0;
}

void buf_wipe(void *ptr, size_t n) {
  volatile unsigned char *byte = ptr;
  while (n--)
    *byte++ = 0;
}
