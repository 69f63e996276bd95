#include "lane.h"

#include <stdlib.h>
#include <string.h>

#define MINUTE_MS 60000
#define DAY_MS 86400000
#define SCARCE 5 /* pace once less than a fifth of the minute's requests is left */

/* Tokens that may be spent now, counted in 60000ths, so that what a millisecond brings is whole and
 * it does not matter how often one looks. Below 0 after a request that cost more than there was. */
struct bucket {
  int64_t asked, taught; /* tokens per minute; 0 when not known, and the taught ones win */
  bool firm;             /* unless those asked for are fewer and no guess */
  int64_t level;
  int64_t unheard; /* tokens of those in flight that the service may not have counted yet */
  int64_t at_ms;   /* when the level was that */
};

struct lane {
  struct lane *next;
  struct lane_item *waiting;
  unsigned in_flight;
  unsigned max_in_flight;
  int64_t interval_ms; /* between starts, asked for */
  int64_t taught_ms;   /* the same by the service's own limit; 0 when not known */
  bool firm;           /* the longer of the two holds */
  int64_t scarce_ms;   /* the same when little is left; else 0 */
  struct bucket bucket;
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

/* ---- tokens ---- */

static int64_t clamp(int64_t tokens) {
  return tokens > LANE_TOKENS ? LANE_TOKENS : tokens < -LANE_TOKENS ? -LANE_TOKENS : tokens;
}

/* Whether what was asked for is a bound that the service's word does not lift. */
static bool is_bound(const struct bucket *b) {
  return b->firm && b->asked > 0;
}

static int64_t per_minute(const struct bucket *b) {
  bool own = b->taught <= 0 || (is_bound(b) && b->asked < b->taught);
  return own ? b->asked : b->taught;
}

static void refill(struct bucket *b, int64_t now_ms) {
  int64_t most = per_minute(b), full = most * MINUTE_MS, passed_ms = now_ms - b->at_ms;
  b->at_ms = now_ms;
  if (most <= 0 || passed_ms > (full - b->level) / most)
    b->level = full;
  else
    b->level += passed_ms * most;
}

/* A fresh one is full, and a smaller one holds less. */
static void ask_tokens(struct bucket *b, const struct lane_caps *caps, int64_t now_ms) {
  refill(b, now_ms);
  bool fresh = per_minute(b) <= 0;
  b->asked = clamp(caps->tokens_per_minute);
  b->firm = caps->firm;
  int64_t full = per_minute(b) * MINUTE_MS;
  if (fresh || b->level > full)
    b->level = full;
}

/* What the service counts wins, less what it may not have seen yet; but a bound of the caller's own
 * is counted here, and what the service has left can only be less. */
static void teach_tokens(struct bucket *b, long limit, long left, int64_t now_ms) {
  if (limit <= 0 || left < 0)
    return;
  refill(b, now_ms);
  b->taught = clamp(limit);
  int64_t heard = clamp(clamp(left) - b->unheard) * MINUTE_MS;
  if (!is_bound(b) || heard < b->level)
    b->level = heard;
  refill(b, now_ms); /* never more than full */
}

/* How long until that many can be spent. More than a minute has is as much as it has, and what
 * nobody knows is one. */
static int64_t tokens_wait_ms(struct bucket *b, int64_t tokens, int64_t now_ms) {
  int64_t most = per_minute(b);
  if (most <= 0)
    return 0;
  refill(b, now_ms);
  int64_t need = (tokens < 1 ? 1 : tokens < most ? tokens : most) * MINUTE_MS;
  return b->level >= need ? 0 : (need - b->level + most - 1) / most;
}

static void spend(struct bucket *b, struct lane_item *item) {
  if (per_minute(b) > 0)
    b->level -= item->tokens * MINUTE_MS;
  b->unheard += item->tokens;
  item->unheard = true;
}

static void hear_of(struct bucket *b, struct lane_item *item) {
  if (item->unheard)
    b->unheard -= item->tokens;
  item->unheard = false;
}

/* ---- lanes ---- */

static bool asleep(struct lane *lane, int64_t now_ms) {
  bool quiet = now_ms - lane->last_start_ms >= MINUTE_MS && lane->held_until_ms <= now_ms;
  return quiet && !lane->waiting && !lane->in_flight &&
         tokens_wait_ms(&lane->bucket, INT64_MAX, now_ms) == 0;
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
  lane->bucket.at_ms = now_ms;
  lane->next = all->first;
  all->first = lane;
  return lane;
}

void lane_limit(struct lane *lane, const struct lane_caps *caps, int64_t now_ms) {
  lane->max_in_flight = caps->in_flight;
  double interval_ms = caps->per_second > 0 ? 1000 / caps->per_second : 0;
  lane->interval_ms = interval_ms < DAY_MS ? (int64_t)interval_ms : DAY_MS;
  lane->firm = caps->firm;
  ask_tokens(&lane->bucket, caps, now_ms);
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

void lane_done(struct lane *lane, struct lane_item *item) {
  lane->in_flight--;
  hear_of(&lane->bucket, item);
}

void lane_hold(struct lane *lane, int64_t until_ms) {
  if (lane->held_until_ms < until_ms)
    lane->held_until_ms = until_ms;
}

int64_t lane_held_until_ms(const struct lane *lane) {
  return lane->held_until_ms;
}

static void teach_rate(struct lane *lane, long limit, long left) {
  if (limit <= 0 || left < 0)
    return;
  lane->taught_ms = MINUTE_MS / limit;
  lane->scarce_ms = left < limit / SCARCE ? lane->taught_ms : 0;
}

void lane_hear(struct lane *lane, struct lane_item *item, const struct lane_news *news,
               int64_t now_ms) {
  hear_of(&lane->bucket, item);
  teach_rate(lane, news->requests, news->requests_left);
  teach_tokens(&lane->bucket, news->tokens, news->tokens_left, now_ms);
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
  bool asked = lane->interval_ms > 0, taught = lane->taught_ms > 0;
  bool wins = !lane->firm || lane->taught_ms > lane->interval_ms;
  int64_t gap = asked && taught && wins ? lane->taught_ms : lane->interval_ms;
  gap = gap > lane->scarce_ms ? gap : lane->scarce_ms;
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
  int64_t short_ms = tokens_wait_ms(&lane->bucket, item->tokens, now_ms);
  if (short_ms > 0) {
    lower(wait_ms, short_ms);
    return NULL;
  }
  lane_remove(lane, item);
  spend(&lane->bucket, item);
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
