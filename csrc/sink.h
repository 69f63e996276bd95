/*
 * sink: bytes on their way into a file, which is there when all of them are,
 * and never half of it. One thread at a time; writing may wait for the disk,
 * so it is the worker's. Knows no network.
 *
 * They go to a fresh file beside the one that is meant, which nobody else may
 * read and whose name nobody can guess. sink_keep puts it in its place.
 */
#ifndef MISTRAL_SINK_H
#define MISTRAL_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SINK_WHY 128

enum sink_status {
  SINK_OK,
  SINK_TOOBIG, /* past the ceiling */
  SINK_TROUBLE /* the disk's, and why says which */
};

struct sink;

/* Takes at most max bytes for path, where there may be nothing yet or, with replace, also a file.
 * NULL, and in why a clause that says why, when nothing can be written there. */
struct sink *sink_open(const char *path, int64_t max, bool replace, char why[SINK_WHY]);

/* After anything but SINK_OK only sink_drop is valid. */
enum sink_status sink_write(struct sink *s, const char *bytes, size_t n, char why[SINK_WHY]);

/* Puts the file in its place and frees s. One that is replaced leaves its permissions to it;
 * otherwise it is its owner's alone. False, and in why a clause, when it could not, which
 * without replace it cannot where there is something by now: then nothing is left of it. */
bool sink_keep(struct sink *s, char why[SINK_WHY]);

/* Removes what was written and frees s. NULL is allowed. */
void sink_drop(struct sink *s);

#endif
