/*
 * disk: what can be said of a file, and the ways the system refuses one, each
 * with the code the Lua side sees. Blocks as long as the file system does.
 */
#ifndef MISTRAL_DISK_H
#define MISTRAL_DISK_H

#include <stdbool.h>
#include <stdint.h>

/*        name            code              what happened */
#define DISK_FAILURES(X)                                                                           \
  X(OK, "none", "nothing failed")                                                                  \
  X(MISSING, "missing", "there is no such file or folder")                                         \
  X(DENIED, "denied", "permission denied")                                                         \
  X(FULL, "full", "there is no room left for it")                                                  \
  X(KIND, "kind", "this is not a regular file")                                                    \
  X(TOO_LARGE, "too_large", "the line is larger than 64 KiB")                                      \
  X(BAD_LINE, "bad_line", "the line has a line break or a NUL in it")                              \
  X(MEMORY, "memory", "there was not enough memory")                                               \
  X(IO, "io", "the system could not read or write it")

enum disk_failure {
#define DISK_ENUM(name, code, text) DISK_##name,
  DISK_FAILURES(DISK_ENUM)
#undef DISK_ENUM
};

/* Both return a string that lives as long as the program. */
const char *disk_code(enum disk_failure f);
const char *disk_text(enum disk_failure f);

/* What an errno comes to; DISK_IO for one that has no name of its own here. */
enum disk_failure disk_errno(int number);

struct disk_facts {
  const char *type; /* "file", "directory", "fifo", "socket", "block", "char" or "unknown" */
  unsigned mode;    /* permission bits, those for set-id and sticky included */
  unsigned uid;     /* the owner */
  bool mine;        /* the owner is who this process acts as */
  int64_t size;     /* bytes */
  int64_t mtime_s;  /* last change of its content, seconds since 1970 */
  int64_t mtime_ns; /* and the nanoseconds on top */
};

/* Follows symbolic links. */
enum disk_failure disk_look(const char *path, struct disk_facts *out);

/* Makes every folder on the way to path that is not there, 0700. 0, or an errno. */
int disk_make_folders(const char *path);

#endif
