/*
 * source: bytes on their way out, from memory or from a file on disk, read
 * from the start to the end. One thread at a time; reading may wait for the
 * disk, so it is the worker's. Knows no network.
 *
 * What was promised when it was made is what comes out: a file that changes
 * its size or is written to meanwhile, or gives way to another, is trouble, not
 * other bytes. It is open only from its first byte to its last, so that a form
 * of many files takes one descriptor.
 */
#ifndef MISTRAL_SOURCE_H
#define MISTRAL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOURCE_WHY 128

struct source;

/* Reads from memory that stays the caller's and must outlive it. NULL without memory. */
struct source *source_of_bytes(const char *bytes, size_t len);

/* Of a regular file; the path stays the caller's and must outlive it. NULL, and in why a clause
 * that says why: it is missing, may not be read, is no file, does not tell its size, or there is no
 * memory. */
struct source *source_of_file(const char *path, char why[SOURCE_WHY]);

/* NULL is allowed. */
void source_free(struct source *s);

/* The bytes in it when it was made. */
int64_t source_size(const struct source *s);

/* Fills out with at most n bytes; 0 at the end. -1 when it is not what it was, and in why a clause
 * that says how. */
int64_t source_read(struct source *s, char *out, size_t n, char why[SOURCE_WHY]);

/* The next read begins so many bytes from the start. False when that cannot be. */
bool source_seek(struct source *s, int64_t offset);

#endif
