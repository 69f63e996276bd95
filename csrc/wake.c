#define _GNU_SOURCE
#include "wake.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef __linux__
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#else
#include <fcntl.h>
#endif

struct wake {
  int read_fd;
  int write_fd; /* the same as read_fd for an eventfd */
};

#ifdef __linux__

static int open_pair(struct wake *w) {
  w->read_fd = w->write_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  return w->read_fd < 0 ? -1 : 0;
}

/* SCHED_BATCH is SCHED_OTHER but for this one thing. Another policy was somebody's wish. */
void wake_politely(void) {
  struct sched_param param;
  int policy;
  if (pthread_getschedparam(pthread_self(), &policy, &param) == 0 && policy == SCHED_OTHER)
    pthread_setschedparam(pthread_self(), SCHED_BATCH, &param);
}

#else

void wake_politely(void) {}

static void set_flags(int fd) {
  fcntl(fd, F_SETFL, O_NONBLOCK);
  fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static int open_pair(struct wake *w) {
  int ends[2];
  if (pipe(ends) != 0)
    return -1;
  set_flags(ends[0]);
  set_flags(ends[1]);
  w->read_fd = ends[0];
  w->write_fd = ends[1];
  return 0;
}

#endif

struct wake *wake_new(void) {
  struct wake *w = malloc(sizeof *w);
  if (!w)
    return NULL;
  if (open_pair(w) != 0) {
    free(w);
    return NULL;
  }
  return w;
}

void wake_free(struct wake *w) {
  if (!w)
    return;
  close(w->read_fd);
  if (w->write_fd != w->read_fd)
    close(w->write_fd);
  free(w);
}

int wake_fd(const struct wake *w) {
  return w->read_fd;
}

void wake_ring(struct wake *w) {
  uint64_t one = 1;
  /* A full pipe or counter already is readable, so a failed write loses nothing. */
  ssize_t written = write(w->write_fd, &one, sizeof one);
  (void)written;
}

void wake_quiet(struct wake *w) {
  uint64_t seen[8];
  while (read(w->read_fd, seen, sizeof seen) == (ssize_t)sizeof seen)
    ;
}
