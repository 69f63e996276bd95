/*
 * tcp: sockets that stay out of child processes and notice when they have died.
 *
 * libcurl's HTTP/2 pings (curl_easy_upkeep) do not reach connections owned by
 * a multi handle in libcurl 7.88, so TCP does the asking: probes while idle,
 * and a limit on how long sent bytes may stay unacknowledged.
 */
#ifndef MISTRAL_TCP_H
#define MISTRAL_TCP_H

/* As socket(2). Settings that the system does not offer, or the family does not know, are left out.
 */
int tcp_open(int family, int type, int protocol);

#endif
