#define _GNU_SOURCE /* for st_mtim */
#include "disk.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
  const char *code;
  const char *text;
} words[] = {
#define DISK_WORDS(name, code, text) {code, text},
    DISK_FAILURES(DISK_WORDS)
#undef DISK_WORDS
};

const char *disk_code(enum disk_failure f) {
  return words[f].code;
}

const char *disk_text(enum disk_failure f) {
  return words[f].text;
}

enum disk_failure disk_errno(int number) {
  switch (number) {
  case 0:
    return DISK_OK;
  case ENOENT:
  case ENOTDIR:
    return DISK_MISSING;
  case EACCES:
  case EPERM:
  case EROFS:
    return DISK_DENIED;
  case ENOSPC:
  case EDQUOT:
  case EFBIG:
    return DISK_FULL;
  case EISDIR:
  case ENXIO:
    return DISK_KIND;
  case ENOMEM:
    return DISK_MEMORY;
  default:
    return DISK_IO;
  }
}

static const char *type_name(mode_t mode) {
  static const struct {
    mode_t type;
    const char *name;
  } names[] = {{S_IFREG, "file"},    {S_IFDIR, "directory"}, {S_IFIFO, "fifo"},
               {S_IFSOCK, "socket"}, {S_IFBLK, "block"},     {S_IFCHR, "char"}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if ((mode & S_IFMT) == names[i].type)
      return names[i].name;
  }
  return "unknown";
}

enum disk_failure disk_look(const char *path, struct disk_facts *out) {
  struct stat st;
  if (stat(path, &st) != 0)
    return disk_errno(errno);
#ifdef __APPLE__
  const struct timespec mtime = st.st_mtimespec;
#else
  const struct timespec mtime = st.st_mtim;
#endif
  *out = (struct disk_facts){.type = type_name(st.st_mode),
                             .mode = st.st_mode & 07777,
                             .uid = st.st_uid,
                             .mine = st.st_uid == geteuid(),
                             .size = st.st_size,
                             .mtime_s = mtime.tv_sec,
                             .mtime_ns = mtime.tv_nsec};
  return DISK_OK;
}

int disk_make_folders(const char *path) {
  char *folder = strdup(path);
  if (!folder)
    return ENOMEM;
  int problem = 0;
  for (char *slash = folder + 1; !problem && (slash = strchr(slash, '/')) != NULL; slash++) {
    *slash = '\0';
    if (mkdir(folder, 0700) != 0 && errno != EEXIST && errno != EISDIR)
      problem = errno;
    *slash = '/';
  }
  free(folder);
  return problem;
}
