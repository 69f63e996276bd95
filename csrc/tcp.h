/*
 * tcp: sockets that stay out of child processes and notice when they have died.
 *
 * libcurl's HTTP/2 pings (curl_easy_upkeep) do not reach connections owned by
 * a multi handle in libcurl 7.88, so TCP does the asking: probes while idle,
 * and a limit on how long sent bytes may stay unacknowledged.
 */
#ifndef MISTRAL_TCP_H
#define MISTRAL_TCP_H

#include <stdbool.h>

#define TCP_KNOWN 32

/* The sockets that are open, as many as matter. {0} is empty. */
struct tcp_set {
  int fds[TCP_KNOWN];    /* each one more, so that 0 is none */
  bool asked[TCP_KNOWN]; /* since it was opened */
};

/* As socket(2). Settings that the system does not offer, or the family does not know, are left out.
 */
int tcp_open(struct tcp_set *known, int family, int type, int protocol);
int tcp_close(struct tcp_set *known, int fd);

/* How long bytes may lie unacknowledged on the connection from that port before it is given up: 10
 * seconds, which finds a dead one soon, or two minutes, for a server that takes a large body at its
 * own speed. */
void tcp_patience(const struct tcp_set *known, int port, bool patient);

/* The connection from that port is open before anything is asked over it. Until tcp_ask the few
 * bytes that a server sends by itself do not make it readable, where the system can do that; its
 * end does. After tcp_ask this does nothing. */
void tcp_doze(const struct tcp_set *known, int port);
void tcp_ask(struct tcp_set *known, int port);

#endif
