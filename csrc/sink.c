#define _GNU_SOURCE /* for O_PATH */
#include "sink.h"

#include "reason.h"

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
#define MOST_LINKS 40
#define PRIVATE (S_IRUSR | S_IWUSR)

/* A way into a folder, which need not be one that we may read. */
#ifdef O_PATH
#define ENTER (O_PATH | O_DIRECTORY | O_CLOEXEC)
#else
#define ENTER (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#endif

struct sink {
  int folder; /* open, so that a change of the working folder or a move does not matter */
  int fd;
  int64_t left;
  bool replace;
  mode_t mode; /* who may do what with it in the end */
  char temporary[NAME_BYTES];
  char *name;          /* in the folder; the end of path */
  char path[PATH_MAX]; /* as we were told, or as the last link says */
};

static struct sink *say(char why[SINK_WHY], const char *words) {
  snprintf(why, SINK_WHY, "%s", words);
  return NULL;
}

static struct sink *say_errno(char why[SINK_WHY], int number) {
  reason_of(number, why, SINK_WHY);
  return NULL;
}

static void release(struct sink *s) {
  if (s->fd >= 0)
    close(s->fd);
  if (s->folder >= 0)
    close(s->folder);
  free(s);
}

/* ---- where it goes ---- */

/* Opens the folder that path is in, seen from the one before, and leaves its last word in name. */
static bool enter_folder(struct sink *s) {
  char *slash = strrchr(s->path, '/');
  s->name = slash ? slash + 1 : s->path;
  char first = *s->name;
  *s->name = '\0';
  int folder = openat(s->folder, *s->path ? s->path : ".", ENTER);
  *s->name = first;
  if (folder < 0)
    return false;
  if (s->folder >= 0)
    close(s->folder);
  s->folder = folder;
  return true;
}

/* Linux's rule for open(), which we keep since we read links ourselves: in a folder like /tmp,
 * where anybody may leave a link to a file of ours, only links that are ours or the folder's
 * owner's are followed. Nobody else can put another in place of those. */
static bool may_follow(const struct sink *s, const struct stat *link) {
  struct stat folder;
  const mode_t shared = S_ISVTX | S_IWOTH;
  if (link->st_uid == geteuid())
    return true;
  return fstat(s->folder, &folder) == 0 &&
         ((folder.st_mode & shared) != shared || folder.st_uid == link->st_uid);
}

/* The path is what the link says from now on. */
static bool read_link(struct sink *s) {
  char target[PATH_MAX];
  ssize_t len = readlinkat(s->folder, s->name, target, sizeof target);
  if (len < 0)
    return false;
  if ((size_t)len == sizeof target) {
    errno = ENAMETOOLONG;
    return false;
  }
  memcpy(s->path, target, (size_t)len);
  s->path[len] = '\0';
  return true;
}

enum place { PLACE_GOOD, PLACE_LINK, PLACE_BAD };

/* What is there now. A device or a pipe is nothing to put a file in place of, and a name that
 * cannot be looked up is none that could be given. */
static enum place look(struct sink *s, char why[SINK_WHY]) {
  struct stat there;
  if (fstatat(s->folder, s->name, &there, AT_SYMLINK_NOFOLLOW) != 0) {
    int problem = errno;
    say_errno(why, problem);
    return problem == ENOENT ? PLACE_GOOD : PLACE_BAD;
  }
  if (S_ISREG(there.st_mode) && s->replace) {
    s->mode = there.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO);
    return PLACE_GOOD;
  }
  if (S_ISLNK(there.st_mode) && may_follow(s, &there))
    return PLACE_LINK;
  if (S_ISLNK(there.st_mode))
    say(why, "it is somebody else's link in a folder that anybody may write to");
  else
    say(why, S_ISREG(there.st_mode)   ? "it is there already"
             : S_ISDIR(there.st_mode) ? "it is a folder"
                                      : "it is no regular file");
  return PLACE_BAD;
}

/* Where the path is a link, the file behind it is meant. */
static bool find_place(struct sink *s, char why[SINK_WHY]) {
  enum place place = PLACE_LINK;
  for (int links = 0; place == PLACE_LINK; links++) {
    if (links > MOST_LINKS)
      errno = ELOOP;
    if (links > MOST_LINKS || (links && !read_link(s)) || !enter_folder(s)) {
      say_errno(why, errno);
      return false;
    }
    if (!*s->name) {
      say(why, "it is a folder");
      return false;
    }
    place = look(s, why);
  }
  return place == PLACE_GOOD;
}

/* ---- what is written meanwhile ---- */

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
    s->fd = openat(s->folder, s->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, PRIVATE);
    if (s->fd >= 0 || errno != EEXIST)
      break;
  }
  return s->fd >= 0;
}

struct sink *sink_open(const char *path, int64_t max, bool replace, char why[SINK_WHY]) {
  size_t len = strlen(path);
  if (len >= PATH_MAX)
    return say_errno(why, ENAMETOOLONG);
  struct sink *s = calloc(1, sizeof *s);
  if (!s)
    return say(why, "there is not enough memory");
  memcpy(s->path, path, len + 1);
  s->left = max;
  s->replace = replace;
  s->mode = PRIVATE;
  s->folder = AT_FDCWD;
  s->fd = -1;
  if (find_place(s, why) && !make_temporary(s))
    say_errno(why, errno);
  if (s->fd >= 0)
    return s;
  release(s);
  return NULL;
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

static bool move(const struct sink *s) {
  return renameat(s->folder, s->temporary, s->folder, s->name) == 0;
}

/* A second name is only given where there is none. Some file systems know no second names: there a
 * look has to do. */
static bool move_where_nothing_is(const struct sink *s) {
  struct stat there;
  if (linkat(s->folder, s->temporary, s->folder, s->name, 0) == 0) {
    unlinkat(s->folder, s->temporary, 0);
    return true;
  }
  if (errno == EEXIST)
    return false;
  if (fstatat(s->folder, s->name, &there, AT_SYMLINK_NOFOLLOW) != 0)
    return errno == ENOENT && move(s);
  errno = EEXIST;
  return false;
}

bool sink_keep(struct sink *s, char why[SINK_WHY]) {
  if (s->mode != PRIVATE)
    fchmod(s->fd, s->mode); /* or it stays its owner's alone */
  int closed = close(s->fd);
  s->fd = -1;
  if (closed != 0 || !(s->replace ? move(s) : move_where_nothing_is(s))) {
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
