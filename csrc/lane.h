/*
 * lane: who may start now. Pure: the caller brings the clock.
 *
 * A lane (one key at one host) caps how many requests are in flight, how fast
 * new ones start, and how many tokens they may cost in a minute. Requests that
 * must wait do so in order of priority, then of arrival; none overtakes because
 * it is cheap. One thread at a time; items belong to the caller and are only
 * linked here.
 *
 * What the service says of its limits wins over what was asked for, unless
 * that is firm: then the lower of the two holds.
 */
#ifndef MISTRAL_LANE_H
#define MISTRAL_LANE_H

#include <stdbool.h>
#include <stdint.h>

#define LANE_TOKENS INT64_C(1000000000000)
#define LANE_ITEM_TOKENS INT64_C(1000000000)

/* Embedded in whatever waits. */
struct lane_item {
  struct lane_item *next;
  int priority;  /* higher goes first */
  uint64_t turn; /* lower goes first among equals */
  int64_t not_before_ms;
  int64_t tokens; /* what it may cost, at most LANE_ITEM_TOKENS; 0 when nobody knows */
  bool unheard;   /* in flight, and the service has not said what is left after it */
};

struct lane_caps {
  unsigned in_flight; /* 0: no cap, here and below */
  double per_second;
  int64_t tokens_per_minute; /* at most LANE_TOKENS */
  bool firm;                 /* the two above are bounds, and no guess at the service's own */
};

/* What the service said with an answer; -1 where it said nothing. */
struct lane_news {
  long requests, requests_left; /* in this minute */
  long tokens, tokens_left;
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

/* Sets what is asked for. A minute's tokens may be spent at once, and come back evenly. */
void lane_limit(struct lane *lane, const struct lane_caps *caps, int64_t now_ms);

void lane_add(struct lane *lane, struct lane_item *item);

/* Takes an item out that is still waiting. */
void lane_remove(struct lane *lane, struct lane_item *item);

/* One of those in flight has ended. */
void lane_done(struct lane *lane, struct lane_item *item);

/* Nothing starts in this lane before that time. */
void lane_hold(struct lane *lane, int64_t until_ms);

/* When that is; no later than now where nothing holds the lane. */
int64_t lane_held_until_ms(const struct lane *lane);

/* Takes in what the service said with the answer to that item, which is in flight here. While less
 * than a fifth of a minute's requests is left, starts are spread evenly over the minute. */
void lane_hear(struct lane *lane, struct lane_item *item, const struct lane_news *news,
               int64_t now_ms);

#endif
