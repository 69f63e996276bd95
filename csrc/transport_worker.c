/* transport_worker: the worker thread's loop. Follows orders, starts what is due, ends what is over
 * or overdue, tells the editor. Knows no curl; transport_wire.h is its hand. */
#define _GNU_SOURCE
#include "answer.h"
#include "peer.h"
#include "transport_wire.h"
#include "wake.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SLEEP_MS 60000
#define FRAME_MS 16

/* splitmix64: spreads retries, guards nothing. */
static double next_random(struct transport *t) {
  uint64_t z = (t->seed += UINT64_C(0x9E3779B97F4A7C15));
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  z ^= z >> 31;
  return (double)(z >> 11) / 9007199254740992.0;
}

/* ---- telling the editor ---- */

static void send_mail(struct transport *t) {
  t->sent_ms = transport_now_ms();
  if (mailbox_send(t->mail, &t->out))
    transport_ring(t);
}

/* A fast stream would wake the editor for every token, and that costs it more than the token does.
 * So what can wait goes out once per frame; *wait_ms is lowered to when that is. With the mailbox
 * full there is no company to wait for: nothing is read until the editor has taken some. */
static void flush(struct transport *t, int64_t *wait_ms) {
  if (!t->out.first)
    return;
  int64_t left_ms = t->sent_ms + FRAME_MS - transport_now_ms();
  if (t->out.urgent || left_ms <= 0 || mailbox_full(t->mail, t->out.cost))
    send_mail(t);
  else if (left_ms < *wait_ms)
    *wait_ms = left_ms;
}

/* ---- a transfer's life ---- */

static void accept_transfer(struct transport *t, struct transfer *x);

static void link_transfer(struct transport *t, struct transfer *x) {
  x->next = t->transfers;
  if (x->next)
    x->next->prev = x;
  t->transfers = x;
}

static void unlink_transfer(struct transport *t, struct transfer *x) {
  if (x->prev)
    x->prev->next = x->next;
  else
    t->transfers = x->next;
  if (x->next)
    x->next->prev = x->prev;
}

static struct transfer *of_item(struct lane_item *item) {
  return (struct transfer *)((char *)item - offsetof(struct transfer, item));
}

static void wait_in_lane(struct transfer *x, int64_t not_before_ms) {
  x->waiting = true;
  x->item.not_before_ms = not_before_ms;
  lane_add(x->lane, &x->item);
}

/* No longer in flight there. */
static void leave_lane(struct transfer *x) {
  if (x->lane)
    lane_done(x->lane, &x->item);
}

/* Errands are nobody's requests. */
static void count_in_flight(struct transfer *x, int change) {
  if (x->errand == ERRAND_ASK)
    atomic_fetch_add(&x->transport->in_flight, (unsigned long long)change);
}

static bool push_waits(const struct transport *t, const char *url) {
  for (const struct transfer *x = t->transfers; x; x = x->next)
    if (x->errand == ERRAND_PUSH && x->connected_ms < 0 && strcmp(x->request->url, url) == 0)
      return true;
  return false;
}

/* libcurl may keep the reset of a stream to itself until the connection is used again: the server
 * would go on answering, and billing. So the connection is used again at once, by an errand. */
static void push_out(struct transport *t, const char *url) {
  if (atomic_load(&t->stopping) || push_waits(t, url))
    return;
  struct transfer *push = transfer_errand(ERRAND_PUSH, url, strlen(url), 0, transport_now_ms());
  if (!push)
    return; /* the reset is late, not lost */
  push->transport = t;
  push->out = &t->out;
  accept_transfer(t, push);
}

/* A full mailbox has no room for what is only nice to know. */
static void tell_progress(struct transfer *x, int64_t now, int64_t *wait_ms) {
  struct transport *t = x->transport;
  if (!x->easy || !x->request->progress || mailbox_full(t->mail, t->out.cost))
    return;
  struct progress p = wire_progress(x);
  transfer_post_progress(x, &p, now, wait_ms);
}

/* Another one's 429 makes it wait. A full mailbox is told later; its emptying wakes us. */
static void tell_hold(struct transfer *x, int64_t now) {
  struct transport *t = x->transport;
  if (!x->waiting)
    return;
  int64_t until_ms = lane_held_until_ms(x->lane);
  if (transfer_is_unaware(x, until_ms, now) && !mailbox_full(t->mail, t->out.cost))
    transfer_post_held(x, until_ms, now);
}

/* Ends the present attempt, if there is one. */
static void detach(struct transfer *x) {
  if (!x->easy)
    return;
  if (wire_end(x))
    push_out(x->transport, x->request->url);
  count_in_flight(x, -1);
  leave_lane(x);
}

static void finish(struct transfer *x, enum mail_outcome outcome, enum failure f) {
  tell_progress(x, transport_now_ms(), NULL);
  detach(x);
  if (x->waiting)
    lane_remove(x->lane, &x->item);
  if (x->errand == ERRAND_ASK)
    transfer_post_end(x, outcome, f, transport_now_ms());
  unlink_transfer(x->transport, x);
  transfer_free(x);
}

static void start(struct transfer *x) {
  x->waiting = false;
  enum failure f = wire_start(x);
  if (x->easy)
    count_in_flight(x, 1);
  else
    leave_lane(x);
  if (f != FAILURE_NONE)
    finish(x, OUTCOME_FAILED, f);
}

/* ---- the end of an attempt ---- */

static void wait_again(struct transfer *x, enum failure f, const struct retry_plan *plan,
                       int64_t now) {
  if (plan->silent) {
    x->spared = true;
    x->tried--;
    wire_forbid_reuse(x); /* nobody else shall run into the dead connection */
  } else {
    transfer_post_retry(x, f, plan->delay_ms);
    atomic_fetch_add(&x->transport->retries, 1);
  }
  detach(x);
  wait_in_lane(x, now + plan->delay_ms);
}

/* The attempt is over, with f as the wire's own story of it. */
static void conclude(struct transfer *x, enum failure f) {
  f = transfer_verdict(x, f);
  if (f == FAILURE_NONE)
    f = answer_end(x);
  if (f == FAILURE_NONE)
    f = transfer_keep_sink(x);
  if (x->errand != ERRAND_ASK || f == FAILURE_NONE) {
    finish(x, OUTCOME_DONE, f);
    return;
  }
  double random = next_random(x->transport);
  struct retry_facts facts = transfer_facts(x, f, wire_retry_after_ms(x), random);
  struct retry_plan plan = retry_decide(&facts);
  int64_t now = transport_now_ms();
  if (plan.hold_ms > 0)
    lane_hold(x->lane, now + plan.hold_ms);
  if (plan.again)
    wait_again(x, f, &plan, now);
  else
    finish(x, OUTCOME_FAILED, f);
}

static void collect_finished(struct transport *t) {
  struct transfer *x;
  enum failure f;
  while ((x = wire_finished(t, &f)) != NULL)
    conclude(x, f);
}

/* ---- limits of time ---- */

static void time_out(struct transfer *x, const struct deadline *d, int64_t now) {
  x->failure = d->failure;
  x->dead = d->dead;
  if (x->easy) {
    conclude(x, d->failure);
  } else {
    transfer_blame_lane(x, now);
    finish(x, OUTCOME_FAILED, d->failure);
  }
}

/* Ends what is overdue and tells the others how they do; lowers *wait_ms to the next deadline. */
static void check_deadlines(struct transport *t, int64_t *wait_ms) {
  int64_t now = transport_now_ms();
  struct transfer *next;
  for (struct transfer *x = t->transfers; x; x = next) {
    next = x->next;
    wire_watch_upload(x, now);
    tell_progress(x, now, wait_ms);
    tell_hold(x, now);
    struct deadline d = transfer_deadline(x);
    if (d.at_ms <= now)
      time_out(x, &d, now);
    else if (d.at_ms != TRANSFER_NEVER && d.at_ms - now < *wait_ms)
      *wait_ms = d.at_ms - now;
  }
}

/* ---- orders ---- */

static void accept_transfer(struct transport *t, struct transfer *x) {
  link_transfer(t, x);
  if (x->errand != ERRAND_ASK) {
    start(x);
    return;
  }
  struct request *r = x->request;
  enum failure f = wire_name_lane(r);
  struct lane *lane = f == FAILURE_NONE ? lanes_get(t->lanes, r->lane, transport_now_ms()) : NULL;
  if (!lane) {
    finish(x, OUTCOME_FAILED, f == FAILURE_NONE ? FAILURE_MEMORY : f);
    return;
  }
  lane_limit(lane, &r->caps, transport_now_ms());
  x->lane = lane;
  x->item = (struct lane_item){.priority = r->priority, .turn = ++t->turn, .tokens = r->tokens};
  wait_in_lane(x, x->submitted_ms + r->delay_ms);
}

static void cancel_transfer(struct transport *t, uint64_t id) {
  for (struct transfer *x = t->transfers; x; x = x->next) {
    if (x->order.id == id && x->errand == ERRAND_ASK) {
      atomic_fetch_add(&t->cancels, 1);
      finish(x, OUTCOME_CANCELLED, FAILURE_NONE);
      return;
    }
  }
}

static void follow_orders(struct transport *t) {
  struct letters orders = {0};
  bool more;
  mailbox_take(t->orders, 0, &orders, &more);
  struct letter *one;
  while ((one = letters_pop(&orders)) != NULL) {
    struct order *order = (struct order *)one;
    if (order->kind == ORDER_START) {
      accept_transfer(t, (struct transfer *)order);
    } else {
      cancel_transfer(t, order->id);
      free(order);
    }
  }
}

/* ---- the loop ---- */

static void start_due(struct transport *t, int64_t *wait_ms) {
  struct lane_item *item;
  while ((item = lanes_next(t->lanes, transport_now_ms(), wait_ms)) != NULL)
    start(of_item(item));
}

/* The editor has caught up: let the paused ones read on. */
static void resume(struct transport *t) {
  struct transfer *next;
  for (struct transfer *x = t->transfers; x; x = next) {
    next = x->next;
    if (x->paused && !mailbox_full(t->mail, t->out.cost) && !wire_resume(x))
      conclude(x, FAILURE_PROTOCOL);
  }
}

/* One turn; returns how long to sleep when nothing happens. */
static int64_t work(struct transport *t) {
  int64_t wait_ms = MAX_SLEEP_MS;
  follow_orders(t);
  resume(t);
  start_due(t, &wait_ms);
  wire_work(t);
  collect_finished(t);
  check_deadlines(t, &wait_ms);
  start_due(t, &wait_ms);
  flush(t, &wait_ms);
  return wait_ms;
}

static void serve(struct transport *t) {
  while (!atomic_load(&t->stopping))
    wire_sleep(t, work(t));
}

/* Without a multi handle there is nothing to do but to say so, request by request. */
static void serve_nothing(struct transport *t) {
  while (!atomic_load(&t->stopping)) {
    follow_orders(t);
    while (t->transfers)
      finish(t->transfers, OUTCOME_FAILED, FAILURE_MEMORY);
    send_mail(t);
    struct pollfd bell = {.fd = wake_fd(t->bell), .events = POLLIN};
    poll(&bell, 1, -1);
    wake_quiet(t->bell);
  }
}

static void end_all(struct transport *t) {
  follow_orders(t);
  while (t->transfers)
    finish(t->transfers, OUTCOME_CANCELLED, FAILURE_NONE);
  send_mail(t);
}

void *transport_worker(void *arg) {
  struct transport *t = arg;
  wake_politely();
  if (wire_open(t))
    serve(t);
  else
    serve_nothing(t);
  end_all(t);
  wire_close(t);
  return NULL;
}
