#define _GNU_SOURCE
#include "tcp.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define IDLE_S 30
#define INTERVAL_S 10
#define PROBES 3
#define UNACKNOWLEDGED_MS 10000

static void set(int fd, int level, int name, int value) {
  (void)setsockopt(fd, level, name, &value, sizeof value);
}

static void keep_alive(int fd) {
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, INTERVAL_S);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, PROBES);
#ifdef TCP_KEEPIDLE
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, IDLE_S);
#elif defined(TCP_KEEPALIVE)
  set(fd, IPPROTO_TCP, TCP_KEEPALIVE, IDLE_S);
#endif
#ifdef TCP_USER_TIMEOUT
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS);
#endif
}

int tcp_open(int family, int type, int protocol) {
#ifdef SOCK_CLOEXEC
  int fd = socket(family, type | SOCK_CLOEXEC, protocol);
#else
  int fd = socket(family, type, protocol);
  if (fd >= 0)
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
#endif
  if (fd >= 0)
    keep_alive(fd);
  return fd;
}
