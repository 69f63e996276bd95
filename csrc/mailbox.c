#include "mailbox.h"

#include <pthread.h>
#include <stdlib.h>

struct mailbox {
  pthread_mutex_t lock;
  struct letters waiting;
  size_t max;
  bool rung;    /* the receiver has been woken and has not taken yet */
  bool starved; /* a sender was told "full" */
};

void letters_add(struct letters *chain, struct letter *one) {
  one->next = NULL;
  if (chain->last)
    chain->last->next = one;
  else
    chain->first = one;
  chain->last = one;
  chain->cost += one->cost;
  chain->urgent = chain->urgent || !one->patient;
}

struct letter *letters_pop(struct letters *chain) {
  struct letter *one = chain->first;
  if (!one)
    return NULL;
  chain->first = one->next;
  if (!chain->first) {
    chain->last = NULL;
    chain->urgent = false;
  }
  chain->cost -= one->cost;
  one->next = NULL;
  return one;
}

static void append(struct letters *to, struct letters *from) {
  if (!from->first)
    return;
  if (to->last)
    to->last->next = from->first;
  else
    to->first = from->first;
  to->last = from->last;
  to->cost += from->cost;
  to->urgent = to->urgent || from->urgent;
  *from = (struct letters){0};
}

struct mailbox *mailbox_new(size_t max) {
  struct mailbox *m = calloc(1, sizeof *m);
  if (!m)
    return NULL;
  m->max = max;
  if (pthread_mutex_init(&m->lock, NULL) != 0) {
    free(m);
    return NULL;
  }
  return m;
}

void mailbox_free(struct mailbox *m) {
  if (!m)
    return;
  pthread_mutex_destroy(&m->lock);
  free(m);
}

bool mailbox_send(struct mailbox *m, struct letters *chain) {
  if (!chain->first)
    return false;
  pthread_mutex_lock(&m->lock);
  append(&m->waiting, chain);
  bool ring = !m->rung;
  m->rung = true;
  pthread_mutex_unlock(&m->lock);
  return ring;
}

bool mailbox_full(struct mailbox *m, size_t more) {
  pthread_mutex_lock(&m->lock);
  bool full = m->waiting.cost + more >= m->max;
  m->starved = m->starved || full;
  pthread_mutex_unlock(&m->lock);
  return full;
}

bool mailbox_take(struct mailbox *m, size_t max, struct letters *out, bool *more) {
  pthread_mutex_lock(&m->lock);
  if (!max) {
    append(out, &m->waiting);
  } else {
    struct letter *one;
    while (max-- && (one = letters_pop(&m->waiting)) != NULL)
      letters_add(out, one);
  }
  *more = m->waiting.first != NULL;
  m->rung = *more;
  bool room = m->starved && m->waiting.cost <= m->max / 2;
  if (room)
    m->starved = false;
  pthread_mutex_unlock(&m->lock);
  return room;
}
