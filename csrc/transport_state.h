/*
 * transport_state: what the two sides of a transport share. Only for
 * transport.c, the worker's side, and transport_door.c, the editor's.
 */
#ifndef MISTRAL_TRANSPORT_STATE_H
#define MISTRAL_TRANSPORT_STATE_H

#include "tcp.h"
#include "transfer.h"
#include "transport.h"
#include "trust.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

struct peer;
struct wake;

struct transport {
  /* Both sides; each of these guards itself. */
  struct mailbox *orders;
  struct mailbox *mail;
  struct wake *bell; /* calls the worker */
  struct wake *wake; /* calls the editor */
  _Atomic(struct peer *) peer;
  atomic_bool stopping;
  atomic_ullong connections, requests, retries, cancels, in_flight;

  /* Written before the worker starts, read by both. */
  char *ca_file, *proxy, *no_proxy, *user_agent;

  /* The editor's. */
  pthread_t thread;
  pid_t pid; /* a forked child has no worker to wait for */
  bool running;
  uint64_t last_id;
  struct transport *next_live;

  /* The worker's. */
  void *multi; /* CURLM */
  struct lanes *lanes;
  struct transfer *transfers;
  struct letters out; /* mail not sent yet */
  int64_t sent_ms;    /* when mail was sent last */
  struct trust trust;
  struct tcp_set sockets;
  bool proxy_ok;
  uint64_t turn;
  uint64_t seed;
};

/* The worker thread; arg is the transport. Runs until `stopping`, then ends every request. */
void *transport_worker(void *arg);

/* Called once, on a worker, when libcurl has been set up. */
void transport_at_exit(void);

/* A clock that only goes forward. Any thread. */
int64_t transport_now_ms(void);

#endif
