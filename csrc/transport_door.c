/* transport_door: the editor's side of transport.h. Knows no curl: it links messages and leaves. */
#define _GNU_SOURCE
#include "buf.h"
#include "peer.h"
#include "transport.h"
#include "transport_state.h"
#include "wake.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ORDERS_BYTES ((size_t)-1) /* the editor's own requests are not bounded here */

int64_t transport_now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void transport_ring(struct transport *t) {
  wake_ring(t->wake);
  struct peer *peer = atomic_load(&t->peer);
  if (peer)
    peer_ring(peer);
}

/* ---- starting and stopping ---- */

/* Every running transport, so that exit() stops their workers before libraries take themselves
 * apart around them. */
static pthread_mutex_t live_lock = PTHREAD_MUTEX_INITIALIZER;
static struct transport *live;

static struct transport *any_live(void) {
  pthread_mutex_lock(&live_lock);
  struct transport *t = live;
  pthread_mutex_unlock(&live_lock);
  return t;
}

static void stop_all(void) {
  struct transport *t;
  while ((t = any_live()) != NULL)
    transport_stop(t);
}

/* Registered after the set-up of libcurl and OpenSSL, and so run before their own ends. */
void transport_at_exit(void) {
  atexit(stop_all);
}

static void enlist(struct transport *t) {
  pthread_mutex_lock(&live_lock);
  t->next_live = live;
  live = t;
  pthread_mutex_unlock(&live_lock);
}

static void delist(struct transport *t) {
  pthread_mutex_lock(&live_lock);
  for (struct transport **at = &live; *at; at = &(*at)->next_live) {
    if (*at == t) {
      *at = t->next_live;
      break;
    }
  }
  pthread_mutex_unlock(&live_lock);
}

static bool keep(char **field, const char *text) {
  return !text || request_set(field, text, strlen(text)) == REQUEST_OK;
}

static bool build(struct transport *t, const struct transport_options *o) {
  t->orders = mailbox_new(ORDERS_BYTES);
  t->mail = mailbox_new(o->mailbox_bytes);
  t->bell = wake_new();
  t->wake = wake_new();
  t->lanes = lanes_new();
  t->seed = (uint64_t)transport_now_ms() ^ (uint64_t)(uintptr_t)t;
  return t->orders && t->mail && t->bell && t->wake && t->lanes && keep(&t->ca_file, o->ca_file) &&
         keep(&t->proxy, o->proxy) && keep(&t->no_proxy, o->no_proxy) &&
         keep(&t->user_agent, o->user_agent);
}

/* Signals are the host's: the worker takes none. */
static bool run_worker(struct transport *t) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  t->pid = getpid();
  t->running = pthread_create(&t->thread, NULL, transport_worker, t) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return t->running;
}

struct transport *transport_new(const struct transport_options *options, const char **why) {
  struct transport *t = calloc(1, sizeof *t);
  if (!t || !build(t, options)) {
    *why = "no memory or no descriptor is left for another transport";
    transport_free(t);
    return NULL;
  }
  enlist(t);
  if (!run_worker(t)) {
    *why = "the system did not start another thread";
    transport_free(t);
    return NULL;
  }
  return t;
}

/* The descriptors go with the worker; the mail stays. */
static void close_doors(struct transport *t) {
  peer_free(atomic_exchange(&t->peer, NULL));
  wake_free(t->bell);
  wake_free(t->wake);
  t->bell = t->wake = NULL;
}

bool transport_running(const struct transport *t) {
  return t->running && t->pid == getpid();
}

/* In a forked child the worker does not exist, and its memory is a picture of something moving. */
void transport_stop(struct transport *t) {
  delist(t);
  if (!transport_running(t))
    return;
  t->running = false;
  atomic_store(&t->stopping, true);
  wake_ring(t->bell);
  pthread_join(t->thread, NULL);
  close_doors(t);
}

static void free_mail(struct transport *t) {
  struct letters left = {0};
  bool more;
  mailbox_take(t->mail, 0, &left, &more);
  struct letter *one;
  while ((one = letters_pop(&left)) != NULL)
    mail_free((struct mail *)one);
}

static void wipe(char *text) {
  if (text)
    buf_wipe(text, strlen(text));
}

void transport_free(struct transport *t) {
  if (!t)
    return;
  transport_stop(t);
  if (t->running)
    return; /* a forked child: nothing here is ours */
  if (t->mail)
    free_mail(t);
  close_doors(t);
  mailbox_free(t->orders);
  mailbox_free(t->mail);
  lanes_free(t->lanes);
  free(t->ca_file);
  wipe(t->proxy); /* may have a password in it */
  free(t->proxy);
  free(t->no_proxy);
  free(t->user_agent);
  free(t);
}

/* ---- the editor's side ---- */

static void send_order(struct transport *t, struct order *order) {
  struct letters one = {0};
  letters_add(&one, &order->letter);
  if (mailbox_send(t->orders, &one))
    wake_ring(t->bell);
}

static uint64_t send_transfer(struct transport *t, struct transfer *x) {
  if (!x)
    return 0;
  uint64_t id = x->order.id; /* once sent, it is the worker's */
  t->last_id = id;
  x->transport = t;
  x->out = &t->out;
  send_order(t, &x->order);
  return id;
}

uint64_t transport_submit(struct transport *t, struct request *r) {
  return send_transfer(t, transfer_new(r, t->last_id + 1, transport_now_ms()));
}

bool transport_warm(struct transport *t, const char *url, size_t len) {
  uint64_t id = t->last_id + 1;
  return send_transfer(t, transfer_errand(ERRAND_WARM, url, len, id, transport_now_ms())) != 0;
}

bool transport_cancel(struct transport *t, uint64_t id) {
  struct order *order = calloc(1, sizeof *order);
  if (!order)
    return false;
  order->kind = ORDER_CANCEL;
  order->id = id;
  send_order(t, order);
  return true;
}

int transport_fd(const struct transport *t) {
  return wake_fd(t->wake);
}

const char *transport_listen(struct transport *t) {
  struct peer *peer = atomic_load(&t->peer);
  if (!peer) {
    peer = peer_new();
    if (!peer)
      return NULL;
    atomic_store(&t->peer, peer);
    wake_ring(t->bell);
  }
  return peer_path(peer);
}

void transport_take(struct transport *t, size_t max, struct letters *out) {
  bool more;
  if (t->pid != getpid())
    return;
  if (!t->running) {
    mailbox_take(t->mail, max, out, &more);
    return;
  }
  wake_quiet(t->wake);
  bool room = mailbox_take(t->mail, max, out, &more);
  if (more)
    transport_ring(t);
  if (room)
    wake_ring(t->bell);
}

bool transport_wait(struct transport *t, int64_t ms) {
  struct pollfd door = {.fd = wake_fd(t->wake), .events = POLLIN};
  int limit = ms < 0 ? 0 : ms > INT_MAX ? INT_MAX : (int)ms;
  return poll(&door, 1, limit) > 0;
}

struct transport_stats transport_stats(const struct transport *t) {
  return (struct transport_stats){.connections = atomic_load(&t->connections),
                                  .requests = atomic_load(&t->requests),
                                  .retries = atomic_load(&t->retries),
                                  .cancels = atomic_load(&t->cancels),
                                  .in_flight = atomic_load(&t->in_flight)};
}
