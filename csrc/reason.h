/*
 * reason: the system's words for an errno. A file of its own because strerror_r
 * is another function where _GNU_SOURCE is defined. Any thread.
 */
#ifndef MISTRAL_REASON_H
#define MISTRAL_REASON_H

#include <stddef.h>

#define REASON 128 /* room for them */

void reason_of(int number, char *out, size_t room);

#endif
