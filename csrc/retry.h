/*
 * retry: which failure is tried again, and when. Pure: no clock, no random source.
 */
#ifndef MISTRAL_RETRY_H
#define MISTRAL_RETRY_H

#include "failure.h"

#include <stdbool.h>
#include <stdint.h>

/* What is known when an attempt has failed. */
struct retry_facts {
  enum failure failure;
  int status;             /* the HTTP status, or 0 when there was none */
  unsigned tried;         /* attempts made so far, this one included; at least 1 */
  unsigned max;           /* further attempts allowed in all; 0 never tries again */
  bool delivered;         /* part of the answer has reached the caller */
  bool dead;              /* it was the connection that failed, and it had been open before */
  bool spared;            /* the one silent retry for a dead connection has been used */
  bool fetch;             /* nothing is changed by asking, and nobody sees half an answer */
  bool no_allowance;      /* 429 whose limit is zero, or a month that is spent */
  int64_t retry_after_ms; /* what the server asked for, or -1 */
  double random;          /* 0 <= random < 1 */
};

struct retry_plan {
  bool again;
  bool silent; /* a dead reused connection: at once, on a fresh one, not counted, not told */
  int64_t delay_ms;
  int64_t hold_ms; /* how long nobody of its lane should ask, tried again or not; mostly 0 */
};

struct retry_plan retry_decide(const struct retry_facts *f);

#endif
