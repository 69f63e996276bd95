/* Lanes under any order of events, against a model that looks at everything every time; and retries
 * under any run of failures, which must come to an end.
 *
 * The input is read as a list of steps of three bytes: what happens, to which lane, how much.
 */
#include "lane.h"
#include "retry.h"

#include <stdlib.h>
#include <string.h>

enum { LANES = 3, ITEMS = 24, MINUTE_MS = 60000 };
enum item_state { ITEM_FREE, ITEM_WAITING, ITEM_FLYING };

struct item {
  struct lane_item link; /* first: a lane_item is its item */
  enum item_state state;
  int lane;
};

/* level is in 60000ths of a token, at level_ms. */
struct model_lane {
  bool exists;
  struct lane_caps caps;
  int64_t taught_ms, scarce_ms, last_start_ms, held_until_ms;
  int64_t taught_tokens, level, level_ms;
};

struct world {
  struct lanes *lanes;
  struct model_lane model[LANES];
  struct item items[ITEMS];
  uint64_t turn;
  int64_t now_ms;
};

static void require(bool truth) {
  if (!truth)
    abort();
}

static unsigned count(const struct world *w, int lane, enum item_state state) {
  unsigned n = 0;
  for (int i = 0; i < ITEMS; i++)
    n += w->items[i].lane == lane && w->items[i].state == state;
  return n;
}

static struct item *pick(struct world *w, int lane, enum item_state state) {
  for (int i = 0; i < ITEMS; i++) {
    struct item *it = &w->items[i];
    if (it->state == state && (state == ITEM_FREE || it->lane == lane))
      return it;
  }
  return NULL;
}

static bool is_bound(const struct model_lane *m) {
  return m->caps.firm && m->caps.tokens_per_minute;
}

static int64_t per_minute(const struct model_lane *m) {
  int64_t asked = m->caps.tokens_per_minute, taught = m->taught_tokens;
  if (asked && taught && m->caps.firm)
    return asked < taught ? asked : taught;
  return taught ? taught : asked;
}

static int64_t level(const struct model_lane *m, int64_t now_ms) {
  int64_t full = per_minute(m) * MINUTE_MS;
  int64_t now = m->level + (now_ms - m->level_ms) * per_minute(m);
  return now < full ? now : full;
}

/* The first millisecond in which that many can be spent. */
static int64_t affordable_ms(const struct model_lane *m, int64_t tokens, int64_t now_ms) {
  int64_t most = per_minute(m);
  if (!most)
    return now_ms;
  int64_t need = tokens < 1 ? 1 : tokens < most ? tokens : most;
  int64_t at_ms = now_ms, have = level(m, now_ms);
  for (; have < need * MINUTE_MS; at_ms++)
    have += most;
  return at_ms;
}

/* A lane that rested for a minute is forgotten, with its limits, when another one is made. */
static void model_forget(struct world *w) {
  for (int i = 0; i < LANES; i++) {
    struct model_lane *m = &w->model[i];
    bool busy = count(w, i, ITEM_WAITING) || count(w, i, ITEM_FLYING);
    bool rested = w->now_ms - m->last_start_ms >= MINUTE_MS && m->held_until_ms <= w->now_ms;
    bool full = level(m, w->now_ms) == per_minute(m) * MINUTE_MS;
    if (!busy && rested && full)
      *m = (struct model_lane){0};
  }
}

static struct lane *get(struct world *w, int lane) {
  static const char *const names[LANES] = {"a", "b", "key@host"};
  if (!w->model[lane].exists) {
    model_forget(w);
    w->model[lane] = (struct model_lane){.exists = true,
                                         .last_start_ms = w->now_ms - MINUTE_MS,
                                         .held_until_ms = w->now_ms,
                                         .level_ms = w->now_ms};
  }
  struct lane *found = lanes_get(w->lanes, names[lane], w->now_ms);
  require(found != NULL);
  require(lane_held_until_ms(found) == w->model[lane].held_until_ms);
  return found;
}

static void add(struct world *w, int lane, uint8_t how) {
  struct item *it = pick(w, lane, ITEM_FREE);
  if (!it)
    return;
  struct lane *l = get(w, lane);
  it->state = ITEM_WAITING;
  it->lane = lane;
  it->link.priority = how % 4 - 1;
  it->link.turn = w->turn++;
  it->link.not_before_ms = w->now_ms + how / 4 - 16;
  it->link.tokens = how * 7 % 64;
  lane_add(l, &it->link);
}

static bool before(const struct item *a, const struct item *b) {
  if (a->link.priority != b->link.priority)
    return a->link.priority > b->link.priority;
  return a->link.turn < b->link.turn;
}

static int64_t opens_ms(const struct model_lane *m) {
  int64_t gap = m->caps.per_second > 0 ? (int64_t)(1000 / m->caps.per_second) : 0;
  if (gap && m->taught_ms && !(m->caps.firm && m->taught_ms < gap))
    gap = m->taught_ms;
  if (gap < m->scarce_ms)
    gap = m->scarce_ms;
  int64_t paced = m->last_start_ms + gap;
  return paced > m->held_until_ms ? paced : m->held_until_ms;
}

/* When this item could start at the soonest were it alone and for nothing, or -1 while its lane is
 * full. */
static int64_t startable_ms(const struct world *w, const struct item *it) {
  const struct model_lane *m = &w->model[it->lane];
  if (m->caps.in_flight && count(w, it->lane, ITEM_FLYING) >= m->caps.in_flight)
    return -1;
  int64_t at = it->link.not_before_ms, open = opens_ms(m);
  return at > open ? at : open;
}

/* Whether another item of its lane is due and goes before it. */
static bool is_behind(const struct world *w, const struct item *it) {
  for (int i = 0; i < ITEMS; i++) {
    const struct item *other = &w->items[i];
    if (other == it || other->state != ITEM_WAITING || other->lane != it->lane)
      continue;
    if (other->link.not_before_ms <= w->now_ms && before(other, it))
      return true;
  }
  return false;
}

static void check_started(struct world *w, struct item *it) {
  require(it->state == ITEM_WAITING);
  int64_t at = startable_ms(w, it);
  require(at >= 0 && at <= w->now_ms);
  require(affordable_ms(&w->model[it->lane], it->link.tokens, w->now_ms) == w->now_ms);
  require(!is_behind(w, it));
}

/* Nothing may start now; what waits only for the time is woken for. */
static void check_idle(const struct world *w, int64_t wait_ms) {
  for (int i = 0; i < ITEMS; i++) {
    const struct item *it = &w->items[i];
    if (it->state != ITEM_WAITING)
      continue;
    int64_t at = startable_ms(w, it);
    if (at >= 0 && at <= w->now_ms) {
      if (is_behind(w, it))
        continue;
      at = affordable_ms(&w->model[it->lane], it->link.tokens, w->now_ms);
    }
    if (at >= 0)
      require(at > w->now_ms && wait_ms <= at - w->now_ms);
  }
  require(wait_ms > 0);
}

static void next(struct world *w) {
  int64_t wait_ms = INT64_MAX;
  struct lane_item *link = lanes_next(w->lanes, w->now_ms, &wait_ms);
  if (!link) {
    check_idle(w, wait_ms);
    return;
  }
  struct item *it = (struct item *)link;
  check_started(w, it);
  it->state = ITEM_FLYING;
  struct model_lane *m = &w->model[it->lane];
  m->last_start_ms = w->now_ms;
  if (!per_minute(m))
    return;
  m->level = level(m, w->now_ms) - link->tokens * MINUTE_MS;
  m->level_ms = w->now_ms;
}

static void finish(struct world *w, int lane) {
  struct item *it = pick(w, lane, ITEM_FLYING);
  if (!it)
    return;
  lane_done(get(w, lane), &it->link);
  it->state = ITEM_FREE;
}

static void withdraw(struct world *w, int lane) {
  struct item *it = pick(w, lane, ITEM_WAITING);
  if (!it)
    return;
  lane_remove(get(w, lane), &it->link);
  it->state = ITEM_FREE;
}

/* A fresh bucket is full, and a smaller one holds less. */
static void set_caps(struct world *w, int lane, struct lane_caps caps) {
  lane_limit(get(w, lane), &caps, w->now_ms);
  struct model_lane *m = &w->model[lane];
  int64_t before = level(m, w->now_ms);
  bool fresh = !per_minute(m);
  m->caps = caps;
  m->level = fresh ? per_minute(m) * MINUTE_MS : before;
  m->level_ms = w->now_ms;
  m->level = level(m, w->now_ms);
}

static void limit(struct world *w, int lane, uint8_t how) {
  get(w, lane);
  struct lane_caps caps = w->model[lane].caps;
  caps.in_flight = how % 4;
  caps.per_second = how / 4;
  caps.firm = how / 4 % 2;
  set_caps(w, lane, caps);
}

static void ration(struct world *w, int lane, uint8_t how) {
  get(w, lane);
  struct lane_caps caps = w->model[lane].caps;
  caps.tokens_per_minute = how % 64;
  set_caps(w, lane, caps);
}

static void hold(struct world *w, int lane, uint8_t how) {
  struct model_lane *m = &w->model[lane];
  lane_hold(get(w, lane), w->now_ms + how);
  if (m->held_until_ms < w->now_ms + how)
    m->held_until_ms = w->now_ms + how;
}

static int64_t unheard(const struct world *w, int lane) {
  int64_t sum = 0;
  for (int i = 0; i < ITEMS; i++) {
    const struct item *it = &w->items[i];
    if (it->lane == lane && it->state == ITEM_FLYING && it->link.unheard)
      sum += it->link.tokens;
  }
  return sum;
}

static void note(struct world *w, int lane, uint8_t how) {
  struct item *it = pick(w, lane, ITEM_FLYING);
  if (!it)
    return;
  struct lane_news news = {.requests = how / 8 - 1,
                           .requests_left = how % 8 - 1,
                           .tokens = how % 5 * 16 - 16,
                           .tokens_left = how / 5 - 1};
  lane_hear(get(w, lane), &it->link, &news, w->now_ms);
  require(!it->link.unheard);
  struct model_lane *m = &w->model[lane];
  if (news.requests > 0 && news.requests_left >= 0) {
    m->taught_ms = MINUTE_MS / news.requests;
    m->scarce_ms = news.requests_left < news.requests / 5 ? m->taught_ms : 0;
  }
  if (news.tokens > 0 && news.tokens_left >= 0) {
    int64_t own = level(m, w->now_ms);
    m->taught_tokens = news.tokens;
    m->level = (news.tokens_left - unheard(w, lane)) * MINUTE_MS;
    if (is_bound(m) && own < m->level)
      m->level = own;
    m->level_ms = w->now_ms;
    m->level = level(m, w->now_ms);
  }
}

static void lane_step(struct world *w, uint8_t what, int lane, uint8_t how) {
  switch (what % 10) {
  case 0:
  case 1:
    add(w, lane, how);
    break;
  case 2:
  case 3:
    next(w);
    break;
  case 4:
    finish(w, lane);
    break;
  case 5:
    withdraw(w, lane);
    break;
  case 6:
    w->now_ms += how < 240 ? how : MINUTE_MS;
    break;
  case 7:
    limit(w, lane, how);
    break;
  case 8:
    ration(w, lane, how);
    break;
  default:
    if (how & 1)
      hold(w, lane, how);
    else
      note(w, lane, how);
  }
}

static struct retry_facts facts_of(const uint8_t *step) {
  static const int statuses[] = {0, 200, 301, 400, 408, 425, 429, 500, 501, 502, 503, 504, 529};
  struct retry_facts f = {0};
  f.failure = (enum failure)(step[0] % (FAILURE_MEMORY + 1));
  f.status = f.failure == FAILURE_HTTP ? statuses[step[1] % 13] : 0;
  f.fetch = step[1] & 0x20;
  f.dead = step[1] & 0x40;
  f.no_allowance = step[1] & 0x80;
  f.delivered = step[2] == 0xff;
  f.retry_after_ms = (int64_t)step[2] * 500 - 1000;
  if (f.retry_after_ms < 0)
    f.retry_after_ms = -1;
  f.random = step[2] / 256.0;
  return f;
}

static void check_plan(const struct retry_facts *f, const struct retry_plan *p) {
  require(p->delay_ms >= 0 && p->delay_ms <= MINUTE_MS);
  require(p->hold_ms >= 0 && p->hold_ms <= MINUTE_MS);
  require(!p->hold_ms || (f->status == 429 && !f->no_allowance));
  require(!p->again || p->silent || f->status != 429 || p->hold_ms == p->delay_ms);
  require(!p->again || !f->delivered);
  require(!p->silent || (p->again && f->dead && !f->spared && p->delay_ms == 0));
  require(!p->again || p->silent || f->tried <= f->max);
  require(!p->again || p->silent || f->retry_after_ms < 0 || p->delay_ms == f->retry_after_ms);
}

/* One request that fails as the steps say until it is given up. */
static void fail_on(const uint8_t *steps, size_t n, unsigned max) {
  unsigned tried = 1, attempts = 1;
  bool spared = false;
  for (size_t i = 0; i < n; i++) {
    struct retry_facts f = facts_of(steps + 3 * i);
    f.tried = tried;
    f.max = max;
    f.spared = spared;
    struct retry_plan p = retry_decide(&f);
    check_plan(&f, &p);
    if (!p.again)
      return;
    attempts++;
    if (p.silent)
      spared = true;
    else
      tried++;
    require(attempts <= max + 2);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size) {
  if (size < 1)
    return 0;
  struct world w = {.lanes = lanes_new(), .now_ms = 1000};
  size_t steps = (size - 1) / 3;
  require(w.lanes != NULL);
  for (size_t i = 0; i < steps; i++) {
    const uint8_t *step = input + 1 + 3 * i;
    lane_step(&w, step[0], step[1] % LANES, step[2]);
  }
  lanes_free(w.lanes);
  fail_on(input + 1, steps, input[0] % 5);
  return 0;
}
