#define _GNU_SOURCE
#include "tcp.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#define IDLE_S 30
#define INTERVAL_S 10
#define PROBES 3
#define UNACKNOWLEDGED_MS 10000
#define PATIENT_MS 120000
#define DOZE_BYTES 8192 /* TLS tickets and HTTP/2 settings are less */

static void set(int fd, int level, int name, int value) {
  (void)setsockopt(fd, level, name, &value, sizeof value);
}

/* Linux counts the time in which a server that is alive takes no more, too. */
static void limit_unacknowledged(int fd, int ms) {
#ifdef TCP_USER_TIMEOUT
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, ms);
#else
  (void)fd, (void)ms;
#endif
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
  limit_unacknowledged(fd, UNACKNOWLEDGED_MS);
}

static void replace(struct tcp_set *known, int before, int after) {
  for (int i = 0; i < TCP_KNOWN; i++) {
    if (known->fds[i] == before) {
      known->fds[i] = after;
      known->asked[i] = false;
      return;
    }
  }
}

static int port_of(int fd) {
  struct sockaddr_storage own = {0};
  socklen_t size = sizeof own;
  if (getsockname(fd, (struct sockaddr *)&own, &size) != 0)
    return -1;
  if (own.ss_family == AF_INET)
    return ntohs(((struct sockaddr_in *)&own)->sin_port);
  return own.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&own)->sin6_port) : -1;
}

static bool is_from(const struct tcp_set *known, int i, int port) {
  return known->fds[i] && port_of(known->fds[i] - 1) == port;
}

void tcp_patience(const struct tcp_set *known, int port, bool patient) {
  for (int i = 0; i < TCP_KNOWN; i++)
    if (is_from(known, i, port))
      limit_unacknowledged(known->fds[i] - 1, patient ? PATIENT_MS : UNACKNOWLEDGED_MS);
}

void tcp_doze(const struct tcp_set *known, int port) {
  for (int i = 0; i < TCP_KNOWN; i++)
    if (!known->asked[i] && is_from(known, i, port))
      set(known->fds[i] - 1, SOL_SOCKET, SO_RCVLOWAT, DOZE_BYTES);
}

void tcp_ask(struct tcp_set *known, int port) {
  for (int i = 0; i < TCP_KNOWN; i++) {
    if (!known->asked[i] && is_from(known, i, port)) {
      known->asked[i] = true;
      set(known->fds[i] - 1, SOL_SOCKET, SO_RCVLOWAT, 1);
    }
  }
}

int tcp_open(struct tcp_set *known, int family, int type, int protocol) {
#ifdef SOCK_CLOEXEC
  int fd = socket(family, type | SOCK_CLOEXEC, protocol);
#else
  int fd = socket(family, type, protocol);
  if (fd >= 0)
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
#endif
  if (fd < 0)
    return fd;
  keep_alive(fd);
  replace(known, 0, fd + 1);
  return fd;
}

int tcp_close(struct tcp_set *known, int fd) {
  replace(known, fd + 1, 0);
  return close(fd);
}
