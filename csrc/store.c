#define _GNU_SOURCE /* for mkostemp */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".XXXXXX"

/* 0, or an errno. */
static int write_all(int fd, const char *bytes, size_t len) {
  while (len) {
    ssize_t got = write(fd, bytes, len);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return errno;
    bytes += got;
    len -= (size_t)got;
  }
  return 0;
}

/* Some files, such as pipes, have no disk below them. */
static int sync_file(int fd) {
  return fsync(fd) == 0 || errno == EINVAL ? 0 : errno;
}

/* A fresh file of that name but for its end, for its owner only: 0600 is what mkostemp makes. */
static int make_beside(char *name, size_t end, int *fd) {
  *fd = mkostemp(name, O_CLOEXEC);
  if (*fd >= 0 || errno != ENOENT)
    return *fd < 0 ? errno : 0;
  int problem = disk_make_folders(name);
  if (problem)
    return problem;
  memcpy(name + end, SUFFIX, sizeof SUFFIX);
  *fd = mkostemp(name, O_CLOEXEC);
  return *fd < 0 ? errno : 0;
}

static int replace(const char *path, char *name, const char *bytes, size_t len,
                   enum store_how how) {
  int fd = -1;
  int problem = make_beside(name, strlen(path), &fd);
  if (problem)
    return problem;
  problem = write_all(fd, bytes, len);
  if (!problem && how == STORE_DURABLE)
    problem = sync_file(fd);
  if (close(fd) != 0 && !problem)
    problem = errno;
  if (!problem && rename(name, path) != 0)
    problem = errno;
  if (problem)
    unlink(name);
  return problem;
}

enum disk_failure store_write(const char *path, const char *bytes, size_t len, enum store_how how) {
  size_t end = strlen(path);
  if (end == 0)
    return DISK_MISSING;
  char *name = malloc(end + sizeof SUFFIX);
  if (!name)
    return DISK_MEMORY;
  snprintf(name, end + sizeof SUFFIX, "%s" SUFFIX, path);
  int problem = replace(path, name, bytes, len, how);
  free(name);
  return disk_errno(problem);
}
