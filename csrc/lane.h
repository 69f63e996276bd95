/*
 * lane: who may start now. Pure: the caller brings the clock.
 *
 * A lane (one key at one host) caps how many requests are in flight and how
 * fast new ones start. Requests that must wait do so in order of priority,
 * then of arrival. One thread at a time; items belong to the caller and are
 * only linked here.
 */
#ifndef MISTRAL_LANE_H
#define MISTRAL_LANE_H

#include <stdbool.h>
#include <stdint.h>

/* Embedded in whatever waits. */
struct lane_item {
  struct lane_item *next;
  int priority;  /* higher goes first */
  uint64_t turn; /* lower goes first among equals */
  int64_t not_before_ms;
};

struct lane;
struct lanes;

/* All lanes of one transport, or NULL without memory. */
struct lanes *lanes_new(void);

/* Frees the lanes, not the items in them. NULL is allowed. */
void lanes_free(struct lanes *all);

/* The lane of that name, made at need with no limits; NULL without memory. */
struct lane *lanes_get(struct lanes *all, const char *name, int64_t now_ms);

/* The first item that may start now, taken out of its lane and counted as in flight there, or
 * NULL. *wait_ms is lowered to the time after which it is worth asking again. */
struct lane_item *lanes_next(struct lanes *all, int64_t now_ms, int64_t *wait_ms);

/* Sets the caps; in_flight 0 or per_second 0 means no cap of that kind. */
void lane_limit(struct lane *lane, unsigned in_flight, double per_second);

void lane_add(struct lane *lane, struct lane_item *item);

/* Takes an item out that is still waiting. */
void lane_remove(struct lane *lane, struct lane_item *item);

/* One of those in flight has ended. */
void lane_done(struct lane *lane);

/* Nothing starts in this lane before that time. */
void lane_hold(struct lane *lane, int64_t until_ms);

/* What the service said of its requests per minute; limit or remaining is -1 when unsaid. While
 * less than a fifth is left, starts are spread evenly over the minute. */
void lane_note(struct lane *lane, long limit, long remaining);

#endif
