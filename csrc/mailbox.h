/*
 * mailbox: letters from one thread to another, in order, counted in bytes.
 *
 * A letter has one owner: the thread that made it, then the mailbox, then the
 * thread that took it. The lock is held to link and unlink, never to work.
 * Nothing is dropped: a sender who minds the bound asks mailbox_full first
 * and stops its source.
 */
#ifndef MISTRAL_MAILBOX_H
#define MISTRAL_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>

/* First member of whatever is sent. */
struct letter {
  struct letter *next;
  size_t cost;  /* bytes this letter holds */
  bool patient; /* may wait for others to go with it */
};

/* A chain of letters not yet sent, or just taken. Plain data; {0} is empty. */
struct letters {
  struct letter *first;
  struct letter *last;
  size_t cost;
  bool urgent; /* one of them is not patient */
};

void letters_add(struct letters *chain, struct letter *one);

/* The first letter, taken off the chain, or NULL. */
struct letter *letters_pop(struct letters *chain);

struct mailbox;

/* NULL without memory. max is the bound in bytes that mailbox_full speaks of. */
struct mailbox *mailbox_new(size_t max);

/* Frees the mailbox, which must be empty of letters and users. NULL is allowed. */
void mailbox_free(struct mailbox *m);

/* Any thread. Gives the whole chain away; it is empty after. True when the receiver has to be
 * woken: it has been asleep since its last take. */
bool mailbox_send(struct mailbox *m, struct letters *chain);

/* Any thread. Whether the letters waiting, with `more` bytes on top, reach the bound. A true
 * answer is remembered: the take that makes room says so. */
bool mailbox_full(struct mailbox *m, size_t more);

/* The receiver. Takes at most max letters (0: all), oldest first. *more is true when letters
 * were left behind. Returns true when a sender who was told "full" has room again: at most
 * half of the bound. */
bool mailbox_take(struct mailbox *m, size_t max, struct letters *out, bool *more);

#endif
