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

int wake_fd(const struct wake *w);
void wake_ring(struct wake *w);
void wake_quiet(struct wake *w);

#endif
