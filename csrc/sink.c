#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __APPLE__
#include <sys/random.h>
#endif

#define RANDOM_BYTES 16
#define NAME_BYTES 64
#define TRIES 8

struct sink {
  int folder; /* open, so that a change of the working folder or a move does not matter */
  int fd;
  int64_t left;
  char temporary[NAME_BYTES];
  char name[]; /* in the folder */
};

static struct sink *say(char why[SINK_WHY], const char *words) {
  snprintf(why, SINK_WHY, "%s", words);
  return NULL;
}

static struct sink *say_errno(char why[SINK_WHY], int number) {
  if (strerror_r(number, why, SINK_WHY) != 0)
    snprintf(why, SINK_WHY, "error %d", number);
  return NULL;
}

static void release(struct sink *s) {
  if (s->fd >= 0)
    close(s->fd);
  if (s->folder >= 0)
    close(s->folder);
  free(s);
}

/* A device or a pipe is nothing to put a file in place of, and a name that cannot be looked up is
 * none that could be given. */
static bool may_replace(const struct sink *s, char why[SINK_WHY]) {
  struct stat there;
  if (fstatat(s->folder, s->name, &there, 0) == 0) {
    if (S_ISREG(there.st_mode))
      return true;
    say(why, S_ISDIR(there.st_mode) ? "it is a folder" : "it is no regular file");
    return false;
  }
  if (errno == ENOENT)
    return true;
  say_errno(why, errno);
  return false;
}

static bool pick_name(struct sink *s) {
  unsigned char random[RANDOM_BYTES];
  if (getentropy(random, sizeof random) != 0)
    return false;
  int at = snprintf(s->temporary, sizeof s->temporary, ".mistral-");
  for (size_t i = 0; i < sizeof random; i++)
    at += snprintf(s->temporary + at, sizeof s->temporary - (size_t)at, "%02x", random[i]);
  snprintf(s->temporary + at, sizeof s->temporary - (size_t)at, ".part");
  return true;
}

static bool make_temporary(struct sink *s) {
  for (int i = 0; i < TRIES && pick_name(s); i++) {
    s->fd = openat(s->folder, s->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (s->fd >= 0 || errno != EEXIST)
      break;
  }
  return s->fd >= 0;
}

static int open_folder(const char *path, const char *name) {
  char folder[PATH_MAX];
  size_t len = (size_t)(name - path);
  if (len >= sizeof folder) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(folder, path, len);
  folder[len] = '\0';
  return open(len ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static struct sink *open_beside(const char *path, int64_t max, char why[SINK_WHY]) {
  const char *slash = strrchr(path, '/');
  const char *name = slash ? slash + 1 : path;
  if (!*name)
    return say(why, "it is a folder");
  struct sink *s = calloc(1, sizeof *s + strlen(name) + 1);
  if (!s)
    return say(why, "there is not enough memory");
  memcpy(s->name, name, strlen(name) + 1);
  s->left = max;
  s->fd = -1;
  s->folder = open_folder(path, name);
  if (s->folder < 0 || (may_replace(s, why) && !make_temporary(s)))
    say_errno(why, errno);
  if (s->fd >= 0)
    return s;
  release(s);
  return NULL;
}

/* Where the path is a link, the file behind it is meant. */
struct sink *sink_open(const char *path, int64_t max, char why[SINK_WHY]) {
  char *behind = realpath(path, NULL);
  struct sink *s = open_beside(behind ? behind : path, max, why);
  free(behind);
  return s;
}

enum sink_status sink_write(struct sink *s, const char *bytes, size_t n, char why[SINK_WHY]) {
  if ((uint64_t)s->left < n)
    return SINK_TOOBIG;
  s->left -= (int64_t)n;
  while (n > 0) {
    ssize_t done = write(s->fd, bytes, n);
    if (done < 0 && errno != EINTR) {
      say_errno(why, errno);
      return SINK_TROUBLE;
    }
    if (done > 0) {
      bytes += done;
      n -= (size_t)done;
    }
  }
  return SINK_OK;
}

bool sink_keep(struct sink *s, char why[SINK_WHY]) {
  int closed = close(s->fd);
  s->fd = -1;
  if (closed != 0 || renameat(s->folder, s->temporary, s->folder, s->name) != 0) {
    say_errno(why, errno);
    sink_drop(s);
    return false;
  }
  release(s);
  return true;
}

void sink_drop(struct sink *s) {
  if (!s)
    return;
  unlinkat(s->folder, s->temporary, 0);
  release(s);
}
