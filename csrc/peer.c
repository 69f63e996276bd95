#define _GNU_SOURCE
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifdef __APPLE__
#include <sys/ucred.h>
#endif

#define FOLDER_TEMPLATE "mistral-XXXXXX"
#define SOCKET_NAME "mail"

struct peer {
  atomic_int listening; /* -1 once the connection is there */
  atomic_int connected; /* -1 before */
  char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
  char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

static bool same_process(int fd) {
#ifdef __APPLE__
  pid_t pid = 0;
  socklen_t len = sizeof pid;
  if (getsockopt(fd, SOL_LOCAL, LOCAL_PEERPID, &pid, &len) != 0)
    return false;
  return pid == getpid();
#else
  struct ucred who = {0};
  socklen_t len = sizeof who;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0)
    return false;
  return who.pid == getpid();
#endif
}

/* A host that closed its end must not be killed by our next ring. */
static void keep_quiet(int fd) {
#ifdef SO_NOSIGPIPE
  int on = 1;
  (void)setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#else
  (void)fd; /* MSG_NOSIGNAL does it */
#endif
}

static void make_private(int fd) {
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* The folder of the session where there is one, since it is on no disk. */
static int make_folder(struct peer *p) {
  const char *base = getenv("XDG_RUNTIME_DIR");
  if (!base || base[0] != '/')
    base = "/tmp";
  for (int tries = 0; tries < 2; tries++, base = "/tmp") {
    int n = snprintf(p->folder, sizeof p->folder, "%s/%s", base, FOLDER_TEMPLATE);
    size_t room = sizeof p->folder - sizeof "/" SOCKET_NAME;
    if (n > 0 && (size_t)n < room && mkdtemp(p->folder))
      return 0;
  }
  p->folder[0] = '\0';
  return -1;
}

static int open_socket(struct peer *p) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t n = strlen(p->folder);
  memcpy(p->path, p->folder, n);
  memcpy(p->path + n, "/" SOCKET_NAME, sizeof "/" SOCKET_NAME);
  memcpy(address.sun_path, p->path, sizeof address.sun_path);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0)
    return -1;
  make_private(fd);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 1) != 0) {
    close(fd);
    return -1;
  }
  atomic_store(&p->listening, fd);
  return 0;
}

static void stop_listening(struct peer *p) {
  int fd = atomic_exchange(&p->listening, -1);
  if (fd >= 0)
    close(fd);
  if (p->folder[0]) {
    unlink(p->path);
    rmdir(p->folder);
    p->folder[0] = '\0';
  }
}

struct peer *peer_new(void) {
  struct peer *p = calloc(1, sizeof *p);
  if (!p)
    return NULL;
  atomic_init(&p->listening, -1);
  atomic_init(&p->connected, -1);
  if (make_folder(p) != 0 || open_socket(p) != 0) {
    int why = errno;
    peer_free(p);
    errno = why;
    return NULL;
  }
  return p;
}

void peer_free(struct peer *p) {
  if (!p)
    return;
  stop_listening(p);
  int fd = atomic_exchange(&p->connected, -1);
  if (fd >= 0)
    close(fd);
  free(p);
}

const char *peer_path(const struct peer *p) {
  return p->path;
}

int peer_listening(const struct peer *p) {
  return atomic_load(&p->listening);
}

/* Without a gap in which a child could inherit it, where the system has that. */
static int accept_private(int listening) {
#ifdef __linux__
  return accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
#else
  int fd = accept(listening, NULL, NULL);
  if (fd >= 0)
    make_private(fd);
  return fd;
#endif
}

static bool passing(int why) {
  return why == EAGAIN || why == EINTR || why == ECONNABORTED;
}

void peer_accept(struct peer *p) {
  int fd = accept_private(peer_listening(p));
  if (fd < 0) {
    if (!passing(errno))
      stop_listening(p); /* out of descriptors, say: to wait on would be to spin */
    return;
  }
  if (!same_process(fd)) {
    close(fd);
    return;
  }
  keep_quiet(fd);
  atomic_store(&p->connected, fd);
  stop_listening(p);
  peer_ring(p); /* mail may have come before the connection did */
}

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

void peer_ring(struct peer *p) {
  int fd = atomic_load(&p->connected);
  if (fd < 0)
    return;
  /* A full socket buffer means unread rings: the host will come. */
  ssize_t sent = send(fd, "!", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
  (void)sent;
}
