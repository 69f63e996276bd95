#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct source {
  const char *bytes; /* NULL when it is a file */
  int fd;
  int64_t size, at;
  struct stat then; /* the file, when it was opened */
};

static struct source *say(char why[SOURCE_WHY], const char *words) {
  snprintf(why, SOURCE_WHY, "%s", words);
  return NULL;
}

static struct source *say_errno(char why[SOURCE_WHY], int number) {
  if (strerror_r(number, why, SOURCE_WHY) != 0)
    snprintf(why, SOURCE_WHY, "error %d", number);
  return NULL;
}

struct source *source_of_bytes(const char *bytes, size_t len) {
  struct source *s = malloc(sizeof *s);
  if (s)
    *s = (struct source){.bytes = bytes, .fd = -1, .size = (int64_t)len};
  return s;
}

static struct source *of_file(int fd, char why[SOURCE_WHY]) {
  struct stat now;
  if (fstat(fd, &now) != 0)
    return say_errno(why, errno);
  if (!S_ISREG(now.st_mode))
    return say(why, S_ISDIR(now.st_mode) ? "it is a folder" : "it is no regular file");
  struct source *s = malloc(sizeof *s);
  if (!s)
    return say(why, "there is not enough memory");
  *s = (struct source){.fd = fd, .size = now.st_size, .then = now};
  return s;
}

/* O_NONBLOCK: a pipe that nobody writes to would hold the worker for ever. */
struct source *source_open(const char *path, char why[SOURCE_WHY]) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0)
    return say_errno(why, errno);
  struct source *s = of_file(fd, why);
  if (!s)
    close(fd);
  return s;
}

void source_free(struct source *s) {
  if (s && s->fd >= 0)
    close(s->fd);
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

/* Asked before the last bytes leave, while it can still be said. */
static bool unchanged(const struct source *s, char why[SOURCE_WHY]) {
  struct stat now;
  if (fstat(s->fd, &now) != 0) {
    say_errno(why, errno);
    return false;
  }
  if (now.st_size == s->then.st_size && same_time(now.st_mtim, s->then.st_mtim))
    return true;
  say(why, "it was changed while it was being sent");
  return false;
}

static int64_t read_file(struct source *s, char *out, size_t n, char why[SOURCE_WHY]) {
  ssize_t got;
  do
    got = read(s->fd, out, n);
  while (got < 0 && errno == EINTR);
  if (got < 0) {
    say_errno(why, errno);
    return -1;
  }
  if (got == 0) {
    say(why, "it became shorter while it was being sent");
    return -1;
  }
  s->at += got;
  return s->at < s->size || unchanged(s, why) ? got : -1;
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
  if (!s->bytes && lseek(s->fd, (off_t)offset, SEEK_SET) < 0)
    return false;
  s->at = offset;
  return true;
}
