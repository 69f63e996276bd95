/* For LD_PRELOAD: what befalls a process that appends to a file. TORN_HOW says what, TORN_AT at
 * which write to a file that was opened for appending (default the first):
 *   kill  half of it is written, then the process kills itself
 *   stop  the process stops itself before it writes
 *   full  half of it is written, as on a disk that is full then
 *   brim  the same, and then the process stops itself
 *   tidy  the process stops itself before it writes into the middle of a file
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is(const char *how) {
  const char *wanted = getenv("TORN_HOW");
  return wanted && strcmp(wanted, how) == 0;
}

static int is_time(void) {
  static int seen;
  const char *at = getenv("TORN_AT");
  return ++seen == (at ? atoi(at) : 1);
}

static ssize_t really(int fd, const void *bytes, size_t n) {
  ssize_t (*real)(int, const void *, size_t);
  *(void **)&real = dlsym(RTLD_NEXT, "write");
  return real(fd, bytes, n);
}

ssize_t write(int fd, const void *bytes, size_t n) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || !(flags & O_APPEND) || is("tidy") || !is_time())
    return really(fd, bytes, n);
  if (is("stop")) {
    raise(SIGSTOP);
    return really(fd, bytes, n);
  }
  ssize_t written = really(fd, bytes, n / 2);
  if (is("kill"))
    raise(SIGKILL);
  if (is("brim"))
    raise(SIGSTOP);
  return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at) {
  ssize_t (*real)(int, const void *, size_t, off_t);
  *(void **)&real = dlsym(RTLD_NEXT, "pwrite");
  if (is("tidy") && is_time())
    raise(SIGSTOP);
  return real(fd, bytes, n, at);
}
