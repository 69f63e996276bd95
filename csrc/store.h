/*
 * store: the whole content of a file of ours, exchanged in one go.
 *
 * A reader sees what was there before or what is there now, never a part. The
 * file is only for its owner, as are folders that have to be made for it.
 */
#ifndef MISTRAL_STORE_H
#define MISTRAL_STORE_H

#include "disk.h"

#include <stddef.h>

enum store_how {
  STORE_DURABLE, /* it is on the disk when this returns, which blocks as long as the disk does */
  STORE_SOON,    /* the system writes it within half a minute; a power cut before may lose it */
};

/* Writes a file beside path and puts it in its place; a link there gives way to it. After anything
 * but DISK_OK the old content is there. Any thread. */
enum disk_failure store_write(const char *path, const char *bytes, size_t len, enum store_how how);

#endif
