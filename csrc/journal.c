#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- bytes of the file ---- */

/* Reads exactly n bytes at `at`. */
static bool read_at(int fd, char *out, size_t n, off_t at) {
  while (n) {
    ssize_t got = pread(fd, out, n, at);
    if (got == 0 || (got < 0 && errno != EINTR))
      return false;
    if (got < 0)
      continue;
    out += got;
    n -= (size_t)got;
    at += got;
  }
  return true;
}

/* Whether a line may begin at `at`. What cannot be read is taken for half a line. */
static bool begins_line(int fd, off_t at) {
  char before;
  return at == 0 || (read_at(fd, &before, 1, at - 1) && before == '\n');
}

/* Where the line began of which `end` is in the middle. -1 when it is longer than any line of
 * ours, and so not ours to blank, and when it cannot be read. */
static off_t line_start(int fd, off_t end) {
  size_t n = end <= (off_t)JOURNAL_LINE_MAX ? (size_t)end : JOURNAL_LINE_MAX + 1;
  off_t from = end - (off_t)n;
  off_t start = -1;
  char *bytes = malloc(n);
  if (bytes && read_at(fd, bytes, n, from)) {
    size_t at = n;
    while (at && bytes[at - 1] != '\n')
      at--;
    if (at || n <= JOURNAL_LINE_MAX)
      start = from + (off_t)at;
  }
  free(bytes);
  return start;
}

/* Spaces over [from, to). Linux would append them while the file is open for appending. */
static void blank(int fd, off_t from, off_t to) {
  char spaces[4096];
  memset(spaces, ' ', sizeof spaces);
  if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_APPEND) != 0)
    return;
  while (from < to) {
    size_t n = to - from < (off_t)sizeof spaces ? (size_t)(to - from) : sizeof spaces;
    ssize_t got = pwrite(fd, spaces, n, from);
    if (got == 0 || (got < 0 && errno != EINTR))
      return;
    from += got > 0 ? got : 0;
  }
}

/* ---- one line ---- */

/* Where half a line began, its own line break included if it began with one for nothing. */
static off_t half_start(int fd, off_t end) {
  off_t start = line_start(fd, end);
  return start > 1 && begins_line(fd, start - 1) ? start - 1 : start;
}

/* We wrote from `at` on, with a line break of our own first when apart. Before it there may be
 * half a line of a dead writer. The line break goes last: until then it keeps our line readable,
 * or that of whoever came behind what little of ours there was room for. */
static void tidy(int fd, off_t at, bool apart) {
  off_t start = begins_line(fd, at) ? at : half_start(fd, at);
  if (start < 0)
    return;
  blank(fd, start, at);
  if (apart)
    blank(fd, at, at + 1);
}

/* One write; a second one for the rest might come to lie behind somebody else's. */
static enum disk_failure write_text(int fd, const char *text, size_t n, bool apart) {
  ssize_t got;
  do
    got = write(fd, text, n);
  while (got < 0 && errno == EINTR);
  if (got < 0)
    return disk_errno(errno);
  off_t end = lseek(fd, 0, SEEK_CUR); /* behind our own last byte */
  if (end < got)
    return DISK_IO;
  if ((size_t)got < n)
    blank(fd, end - got + apart, end); /* the line break is tidy's: somebody may follow it */
  if (got > 0)
    tidy(fd, end - got, apart);
  return (size_t)got == n ? DISK_OK : DISK_FULL;
}

/* Begins with a line break of its own where half a line seems to be; it may also be a line that
 * somebody is just writing. */
static enum disk_failure write_line(int fd, const char *line, size_t len) {
  char *text = malloc(len + 2);
  if (!text)
    return DISK_MEMORY;
  text[0] = '\n';
  memcpy(text + 1, line, len);
  text[len + 1] = '\n';
  off_t end = lseek(fd, 0, SEEK_END);
  bool apart = end < 0 || !begins_line(fd, end);
  enum disk_failure f = write_text(fd, apart ? text : text + 1, apart ? len + 2 : len + 1, apart);
  free(text);
  return f;
}

/* ---- the file ---- */

/* Never waits for a fifo's other end; becomes nobody's terminal. */
static int open_once(const char *path) {
  return open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
}

static enum disk_failure open_file(const char *path, int *fd) {
  *fd = open_once(path);
  if (*fd < 0 && errno == ENOENT) {
    int problem = disk_make_folders(path);
    if (problem)
      return disk_errno(problem);
    *fd = open_once(path);
  }
  if (*fd < 0)
    return disk_errno(errno);
  struct stat st;
  return fstat(*fd, &st) == 0 && S_ISREG(st.st_mode) ? DISK_OK : DISK_KIND;
}

enum disk_failure journal_append(const char *path, const char *line, size_t len) {
  if (len > JOURNAL_LINE_MAX)
    return DISK_TOO_LARGE;
  if (!*path)
    return DISK_MISSING;
  if (memchr(line, '\n', len) || memchr(line, '\0', len))
    return DISK_BAD_LINE;
  int fd = -1;
  enum disk_failure f = open_file(path, &fd);
  if (f == DISK_OK)
    f = write_line(fd, line, len);
  if (fd >= 0)
    close(fd);
  return f;
}
