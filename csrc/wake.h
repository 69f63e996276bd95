/*
 * wake: a descriptor that is readable from wake_ring until wake_quiet.
 *
 * An eventfd where there is one, a pipe elsewhere. Ringing twice is like
 * ringing once. wake_ring may be called from any thread; the descriptor does
 * not reach child processes.
 */
#ifndef MISTRAL_WAKE_H
#define MISTRAL_WAKE_H

struct wake;

/* NULL when the system has no descriptor or no memory left. */
struct wake *wake_new(void);
void wake_free(struct wake *w); /* NULL is allowed */

/* Once, on the thread that waits: from then on a ring leaves the ringing thread its processor.
 * Linux otherwise likes to run who is woken at once, in the middle of the call that woke it. */
void wake_politely(void);

int wake_fd(const struct wake *w);
void wake_ring(struct wake *w);
void wake_quiet(struct wake *w);

#endif
