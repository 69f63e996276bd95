/*
 * buf: growable bytes with a ceiling.
 *
 * A buf is plain memory with an owner and no locks: one thread at a time.
 * It never grows past the ceiling given at init, so bytes that come from a
 * network cannot fill the host's memory. After a failed call the bytes that
 * were there before are still there.
 */
#ifndef MISTRAL_BUF_H
#define MISTRAL_BUF_H

#include <stddef.h>

enum buf_status { BUF_OK, BUF_TOOBIG, BUF_NOMEM };

struct buf {
  char *ptr;  /* NULL until the first byte; not terminated by a NUL */
  size_t len; /* bytes in use */
  size_t cap; /* bytes allocated */
  size_t max; /* len never passes this */
};

/* Makes an empty buf in place. Nothing is allocated yet. */
void buf_init(struct buf *b, size_t max);

/* Releases the memory; the buf is as after buf_init. Safe to call again. */
void buf_fini(struct buf *b);

/* Appends n bytes, which may be 0; bytes must not point into b. */
enum buf_status buf_add(struct buf *b, const char *bytes, size_t n);

/* Appends one byte. */
enum buf_status buf_push(struct buf *b, char byte);

/* Forgets the bytes and keeps the memory for the next ones. */
void buf_clear(struct buf *b);

/* Overwrites n bytes at ptr in a way the compiler may not leave out; ptr may be NULL when n is 0.
 */
void buf_wipe(void *ptr, size_t n);

#endif
