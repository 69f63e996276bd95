#include "source.h"

#include "reason.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct source {
  const char *bytes; /* NULL when it is a file */
  const char *path;
  int fd; /* -1 before its first byte and after its last */
  int64_t size, at;
  struct stat then; /* the file, when it was seen first */
};

static struct source *say(char why[SOURCE_WHY], const char *words) {
  snprintf(why, SOURCE_WHY, "%s", words);
  return NULL;
}

static struct source *say_errno(char why[SOURCE_WHY], int number) {
  reason_of(number, why, SOURCE_WHY);
  return NULL;
}

struct source *source_of_bytes(const char *bytes, size_t len) {
  struct source *s = malloc(sizeof *s);
  if (s)
    *s = (struct source){.bytes = bytes, .fd = -1, .size = (int64_t)len};
  return s;
}

/* looked: what stat or fstat said of it. */
static bool is_regular(int looked, const struct stat *now, char why[SOURCE_WHY]) {
  if (looked != 0)
    say_errno(why, errno);
  else if (!S_ISREG(now->st_mode))
    say(why, S_ISDIR(now->st_mode) ? "it is a folder" : "it is no regular file");
  else
    return true;
  return false;
}

/* -1, and in why the clause, unless it is a regular file, which *now then tells of. Asked before it
 * is opened, since opening may do something to a device or for who waits at a pipe; and again,
 * since it may be another by then. O_NONBLOCK: a pipe that nobody writes to would hold the worker
 * for ever. */
static int open_regular(const char *path, struct stat *now, char why[SOURCE_WHY]) {
  if (!is_regular(stat(path, now), now, why))
    return -1;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) {
    say_errno(why, errno);
    return -1;
  }
  if (is_regular(fstat(fd, now), now, why))
    return fd;
  close(fd);
  return -1;
}

/* As the system's own files are that are made up when they are read. */
static bool hides_its_size(int fd, const struct stat *now) {
  char byte;
  return now->st_size == 0 && pread(fd, &byte, 1, 0) > 0;
}

struct source *source_of_file(const char *path, char why[SOURCE_WHY]) {
  struct stat now;
  int fd = open_regular(path, &now, why);
  if (fd < 0)
    return NULL;
  bool hides = hides_its_size(fd, &now);
  close(fd);
  if (hides)
    return say(why, "it has something in it, and says that it is empty");
  struct source *s = malloc(sizeof *s);
  if (!s)
    return say(why, "there is not enough memory");
  *s = (struct source){.path = path, .fd = -1, .size = now.st_size, .then = now};
  return s;
}

static void shut(struct source *s) {
  if (s->fd >= 0)
    close(s->fd);
  s->fd = -1;
}

void source_free(struct source *s) {
  if (s)
    shut(s);
  free(s);
}

int64_t source_size(const struct source *s) {
  return s->size;
}

static bool same_time(struct timespec a, struct timespec b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

#ifdef __APPLE__
#define st_mtim st_mtimespec
#endif

static bool unchanged(const struct source *s, const struct stat *now, char why[SOURCE_WHY]) {
  if (now->st_dev == s->then.st_dev && now->st_ino == s->then.st_ino &&
      now->st_size == s->then.st_size && same_time(now->st_mtim, s->then.st_mtim))
    return true;
  say(why, "it was changed while it was being sent");
  return false;
}

/* Asked before the last bytes leave, while it can still be said. */
static bool unchanged_at_end(const struct source *s, char why[SOURCE_WHY]) {
  struct stat now;
  if (fstat(s->fd, &now) != 0) {
    say_errno(why, errno);
    return false;
  }
  return unchanged(s, &now, why);
}

/* The file, as it was seen before. */
static bool reopen(struct source *s, char why[SOURCE_WHY]) {
  struct stat now;
  s->fd = open_regular(s->path, &now, why);
  if (s->fd < 0)
    return false;
  if (lseek(s->fd, (off_t)s->at, SEEK_SET) >= 0)
    return unchanged(s, &now, why);
  say_errno(why, errno);
  return false;
}

/* One byte at least, or -1. */
static ssize_t read_some(int fd, char *out, size_t n, char why[SOURCE_WHY]) {
  ssize_t got;
  do
    got = read(fd, out, n);
  while (got < 0 && errno == EINTR);
  if (got > 0)
    return got;
  if (got < 0)
    say_errno(why, errno);
  else
    say(why, "it became shorter while it was being sent");
  return -1;
}

static int64_t read_file(struct source *s, char *out, size_t n, char why[SOURCE_WHY]) {
  if (s->fd < 0 && !reopen(s, why))
    return -1;
  ssize_t got = read_some(s->fd, out, n, why);
  if (got < 0)
    return -1;
  s->at += got;
  if (s->at < s->size)
    return got;
  if (!unchanged_at_end(s, why))
    return -1;
  shut(s);
  return got;
}

int64_t source_read(struct source *s, char *out, size_t n, char why[SOURCE_WHY]) {
  int64_t left = s->size - s->at;
  if ((uint64_t)left < n)
    n = (size_t)left;
  if (n == 0)
    return 0;
  if (!s->bytes)
    return read_file(s, out, n, why);
  memcpy(out, s->bytes + s->at, n);
  s->at += (int64_t)n;
  return (int64_t)n;
}

bool source_seek(struct source *s, int64_t offset) {
  if (offset < 0 || offset > s->size)
    return false;
  shut(s); /* the next read opens it there */
  s->at = offset;
  return true;
}
