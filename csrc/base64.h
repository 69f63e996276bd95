/*
 * base64: RFC 4648 section 4, with padding. Pure; the caller owns all memory.
 */
#ifndef MISTRAL_BASE64_H
#define MISTRAL_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More bytes than this are not taken: their text might not be countable. */
#define BASE64_MAX (SIZE_MAX / 2)

/* Characters that n bytes become; n is at most BASE64_MAX. */
size_t base64_length(size_t n);

/* Writes exactly that many to out. No NUL. */
void base64_write(const char *bytes, size_t n, char *out);

/* Reads len characters into out, which has room for len / 4 * 3 bytes, and sets *n to how many
 * there were. False, with out in any state, for whatever base64_write would not have written: each
 * text stands for one row of bytes and each row for one text. So no line breaks, no other alphabet,
 * no missing padding, and no bits set that the padding says are not there. */
bool base64_read(const char *text, size_t len, char *out, size_t *n);

#endif
