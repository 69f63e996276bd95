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

/* Writes a file beside path and puts it in its place; a link there gives way to it. After anything
 * but DISK_OK the old content is there. Blocks as long as the disk does. Any thread. */
enum disk_failure store_write(const char *path, const char *bytes, size_t len);

#endif
