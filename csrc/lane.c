#include "lane.h"

#include <stdlib.h>
#include <string.h>

#define MINUTE_MS 60000
#define DAY_MS 86400000
#define SCARCE 5 /* pace once less than a fifth of the minute's requests is left */

struct lane {
  struct lane *next;
  struct lane_item *waiting;
  unsigned in_flight;
  unsigned max_in_flight;
  int64_t interval_ms; /* between starts, asked for by the user */
  int64_t scarce_ms;   /* between starts, taught by the service's headers */
  int64_t last_start_ms;
  int64_t held_until_ms;
  char name[];
};

struct lanes {
  struct lane *first;
};

struct lanes *lanes_new(void) {
  return calloc(1, sizeof(struct lanes));
}

void lanes_free(struct lanes *all) {
  if (!all)
    return;
  while (all->first) {
    struct lane *lane = all->first;
    all->first = lane->next;
    free(lane);
  }
  free(all);
}

static bool asleep(const struct lane *lane, int64_t now_ms) {
  bool quiet = now_ms - lane->last_start_ms >= MINUTE_MS && lane->held_until_ms <= now_ms;
  return quiet && !lane->waiting && !lane->in_flight;
}

/* A lane that had no work for a minute has nothing left to remember. */
static void forget_sleepers(struct lanes *all, int64_t now_ms) {
  struct lane **at = &all->first;
  while (*at) {
    struct lane *lane = *at;
    if (asleep(lane, now_ms)) {
      *at = lane->next;
      free(lane);
    } else {
      at = &lane->next;
    }
  }
}

struct lane *lanes_get(struct lanes *all, const char *name, int64_t now_ms) {
  for (struct lane *lane = all->first; lane; lane = lane->next)
    if (strcmp(lane->name, name) == 0)
      return lane;
  forget_sleepers(all, now_ms);
  size_t len = strlen(name) + 1;
  struct lane *lane = calloc(1, sizeof *lane + len);
  if (!lane)
    return NULL;
  memcpy(lane->name, name, len);
  lane->last_start_ms = now_ms - MINUTE_MS;
  lane->held_until_ms = now_ms;
  lane->next = all->first;
  all->first = lane;
  return lane;
}

void lane_limit(struct lane *lane, unsigned in_flight, double per_second) {
  lane->max_in_flight = in_flight;
  double interval_ms = per_second > 0 ? 1000 / per_second : 0;
  lane->interval_ms = interval_ms < DAY_MS ? (int64_t)interval_ms : DAY_MS;
}

void lane_add(struct lane *lane, struct lane_item *item) {
  item->next = lane->waiting;
  lane->waiting = item;
}

void lane_remove(struct lane *lane, struct lane_item *item) {
  for (struct lane_item **at = &lane->waiting; *at; at = &(*at)->next) {
    if (*at == item) {
      *at = item->next;
      return;
    }
  }
}

void lane_done(struct lane *lane) {
  lane->in_flight--;
}

void lane_hold(struct lane *lane, int64_t until_ms) {
  if (lane->held_until_ms < until_ms)
    lane->held_until_ms = until_ms;
}

void lane_note(struct lane *lane, long limit, long remaining) {
  if (limit <= 0 || remaining < 0)
    return;
  lane->scarce_ms = remaining < limit / SCARCE ? MINUTE_MS / limit : 0;
}

static bool goes_before(const struct lane_item *a, const struct lane_item *b) {
  return a->priority != b->priority ? a->priority > b->priority : a->turn < b->turn;
}

static void lower(int64_t *wait_ms, int64_t ms) {
  if (ms < *wait_ms)
    *wait_ms = ms;
}

static struct lane_item *first_due(const struct lane *lane, int64_t now_ms, int64_t *wait_ms) {
  struct lane_item *best = NULL;
  for (struct lane_item *item = lane->waiting; item; item = item->next) {
    if (item->not_before_ms > now_ms)
      lower(wait_ms, item->not_before_ms - now_ms);
    else if (!best || goes_before(item, best))
      best = item;
  }
  return best;
}

static int64_t open_at_ms(const struct lane *lane) {
  int64_t gap = lane->interval_ms > lane->scarce_ms ? lane->interval_ms : lane->scarce_ms;
  int64_t paced = lane->last_start_ms + gap;
  return paced > lane->held_until_ms ? paced : lane->held_until_ms;
}

static struct lane_item *lane_next(struct lane *lane, int64_t now_ms, int64_t *wait_ms) {
  if (!lane->waiting || (lane->max_in_flight && lane->in_flight >= lane->max_in_flight))
    return NULL;
  int64_t open_at = open_at_ms(lane);
  if (open_at > now_ms) {
    lower(wait_ms, open_at - now_ms);
    return NULL;
  }
  struct lane_item *item = first_due(lane, now_ms, wait_ms);
  if (!item)
    return NULL;
  lane_remove(lane, item);
  lane->in_flight++;
  lane->last_start_ms = now_ms;
  return item;
}

struct lane_item *lanes_next(struct lanes *all, int64_t now_ms, int64_t *wait_ms) {
  for (struct lane *lane = all->first; lane; lane = lane->next) {
    struct lane_item *item = lane_next(lane, now_ms, wait_ms);
    if (item)
      return item;
  }
  return NULL;
}
