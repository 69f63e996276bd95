/*
 * transport: requests go in, mail comes out, and everything in between happens
 * on a worker thread that owns all of libcurl.
 *
 * Threads. Every function here belongs to the editor's thread and returns at
 * once: it links a message and wakes the worker. The worker never calls out.
 * transport_stop alone waits, for the worker to end, which takes one turn of
 * its loop.
 *
 * Promise. Each submitted request gets exactly one MAIL_END, after all its
 * other mail: done, failed or cancelled. That holds through retries, cancels,
 * a full mailbox, lack of memory and transport_stop.
 *
 * Bounds. While the mail waiting reaches options.mailbox_bytes, the worker
 * stops reading answers; nothing is dropped. What libcurl had already read
 * stays with it: up to 2 MiB for each answer that is then on its way.
 *
 * Fork. In a child nothing works but transport_stop and transport_free, which
 * do nothing there; transport_running says so.
 */
#ifndef MISTRAL_TRANSPORT_H
#define MISTRAL_TRANSPORT_H

#include "mail.h"
#include "request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Strings may be NULL; they are copied. */
struct transport_options {
  const char *ca_file;    /* PEM bundle in place of the system's certificates */
  const char *proxy;      /* as CURLOPT_PROXY; NULL is none, the environment is not asked */
  const char *no_proxy;   /* as CURLOPT_NOPROXY */
  const char *user_agent; /* never NULL */
  size_t mailbox_bytes;
};

/* Counters since the start; each is exact, together they are no snapshot. */
struct transport_stats {
  uint64_t connections; /* opened */
  uint64_t requests;    /* attempts put on a connection */
  uint64_t retries;
  uint64_t cancels;   /* requests ended by transport_cancel */
  uint64_t in_flight; /* now */
};

enum transport_feature {
  TRANSPORT_HTTP2 = 1,
  TRANSPORT_TLS = 2,
  TRANSPORT_BROTLI = 4,
  TRANSPORT_GZIP = 8,
  TRANSPORT_ZSTD = 16,
  TRANSPORT_ASYNC_DNS = 32,
  TRANSPORT_SIGV4 = 64
};

struct transport;

/* Starts the worker. NULL and *why, a sentence that lives as long as the program, when that fails.
 */
struct transport *transport_new(const struct transport_options *options, const char **why);

/* Takes the request over and gives it an id, never 0. 0 without memory: the request is still the
 * caller's. After transport_stop it may not be called. */
uint64_t transport_submit(struct transport *t, struct request *r);

/* Ends that request soon, on an HTTP/2 connection by resetting its stream. An id that is unknown
 * or has ended is no error. False without memory. */
bool transport_cancel(struct transport *t, uint64_t id);

/* Opens a connection to the url's host and keeps it, without asking anything of the server; one
 * that is open already will do. False without memory. */
bool transport_warm(struct transport *t, const char *url, size_t len);

/* Readable while there is mail, or after transport_ring. */
int transport_fd(const struct transport *t);

/* The path of a unix socket that rings too, for a host that cannot watch a descriptor; made at the
 * first call, gone once it is connected to, which can be done once. NULL when it cannot be made;
 * errno says why. */
const char *transport_listen(struct transport *t);

/* Makes the descriptor readable once, and rings at the socket. Both threads. */
void transport_ring(struct transport *t);

/* Takes at most max mails (0: all), oldest first; the caller owns them. Also after transport_stop.
 */
void transport_take(struct transport *t, size_t max, struct letters *out);

/* Waits until there is mail or transport_ring was called; false when ms passed first, or a signal
 * came. */
bool transport_wait(struct transport *t, int64_t ms);

/* False once it was stopped, and in a forked child. */
bool transport_running(const struct transport *t);

struct transport_stats transport_stats(const struct transport *t);

/* Cancels everything, ends the worker, waits for that and closes every descriptor. From then on
 * only transport_take, which gives what is left, transport_stats and transport_free are valid. Safe
 * to call again. */
void transport_stop(struct transport *t);

/* Stops, if need be, and frees all, untaken mail included. NULL is allowed. */
void transport_free(struct transport *t);

/* libcurl's version, and the transport_features it was built with. Any time. */
const char *transport_curl_version(void);
unsigned transport_features(void);

#endif
