/*
 * transport_wire: libcurl behind a few verbs, for the worker thread alone.
 * transport.c has them, and nothing else in this folder knows curl.
 *
 * An attempt is one try of a transfer on libcurl's side: x->easy and what
 * hangs on it. What comes in while it runs is decoded in libcurl's callbacks
 * and put into x->out.
 */
#ifndef MISTRAL_TRANSPORT_WIRE_H
#define MISTRAL_TRANSPORT_WIRE_H

#include "transport_state.h"

/* Makes the multi handle, and with the first worker sets up libcurl, which costs some
 * milliseconds. False without memory. */
bool wire_open(struct transport *t);

/* Closes every connection. Safe when wire_open failed. */
void wire_close(struct transport *t);

/* Begins an attempt; x counts it. Anything but FAILURE_NONE: it did not begin, or cannot go on,
 * and wire_end is due. */
enum failure wire_start(struct transfer *x);

/* Ends the attempt, if there is one, and adds its figures to x->last. On HTTP/2 one that is under
 * way has its stream reset, and the connection lives on; true when libcurl may still hold that
 * reset back, so that the connection wants a push. */
bool wire_end(struct transfer *x);

/* Does what can be done without waiting. */
void wire_work(struct transport *t);

/* The next transfer whose attempt is over, with the wire's own story of it, or NULL. */
struct transfer *wire_finished(struct transport *t, enum failure *f);

/* Sleeps until something can be done, the bell rings or ms have passed; takes in a peer. */
void wire_sleep(struct transport *t, int64_t ms);

/* Lets a paused attempt read on. False when what came out was refused: the attempt is over. */
bool wire_resume(struct transfer *x);

/* Notes that bytes of the body have left since the last call. */
void wire_watch_upload(struct transfer *x, int64_t now_ms);

/* How far the bodies of this attempt are. */
struct progress wire_progress(const struct transfer *x);

/* What the answer's Retry-After asks for, or -1. */
int64_t wire_retry_after_ms(const struct transfer *x);

/* Nobody else shall use this attempt's connection. */
void wire_forbid_reuse(struct transfer *x);

/* Names the lane of a request that has none by the host of its url. */
enum failure wire_name_lane(struct request *r);

#endif
