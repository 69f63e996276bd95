#include "retry.h"

#define FIRST_DELAY_MS 500.0
#define MAX_DELAY_MS 30000.0
#define MAX_RETRY_AFTER_MS INT64_C(60000)

static bool passing_status(int status) {
  switch (status) {
  case 408: /* request timeout */
  case 425: /* too early */
  case 429: /* too many requests */
  case 500:
  case 502:
  case 503:
  case 504:
    return true;
  default:
    return false;
  }
}

static bool passing(const struct retry_facts *f) {
  switch (f->failure) {
  case FAILURE_RESOLVE:
  case FAILURE_CONNECT:
  case FAILURE_TIMEOUT_CONNECT:
    return true;
  case FAILURE_RESET:
  case FAILURE_TIMEOUT_IDLE:
    return f->fetch;
  case FAILURE_HTTP:
    return passing_status(f->status) && !f->no_allowance;
  default:
    return false;
  }
}

/* The peer, or something on the way, forgot a connection that we still thought good. The server
 * will not have seen the request, so asking again asks once. */
static bool dead_connection(const struct retry_facts *f) {
  return f->dead && !f->spared && f->status == 0;
}

/* Full jitter: anything from nothing to the doubled delay, so that clients do not come back
 * together. */
static int64_t backoff_ms(unsigned tried, double random) {
  double ceiling = FIRST_DELAY_MS;
  for (unsigned i = 1; i < tried && ceiling < MAX_DELAY_MS; i++)
    ceiling *= 2;
  if (ceiling > MAX_DELAY_MS)
    ceiling = MAX_DELAY_MS;
  return (int64_t)(ceiling * random);
}

static int64_t asked_ms(const struct retry_facts *f) {
  return f->retry_after_ms >= 0 ? f->retry_after_ms : backoff_ms(f->tried, f->random);
}

/* Too many requests are everybody's, also when this one is not tried again. An allowance that is
 * none is not: waiting does not help, and other models may have one. */
static int64_t hold_ms(const struct retry_facts *f) {
  if (f->failure != FAILURE_HTTP || f->status != 429 || f->no_allowance)
    return 0;
  return asked_ms(f) < MAX_RETRY_AFTER_MS ? asked_ms(f) : MAX_RETRY_AFTER_MS;
}

struct retry_plan retry_decide(const struct retry_facts *f) {
  struct retry_plan no = {.hold_ms = hold_ms(f)};
  if (f->delivered)
    return no;
  if (dead_connection(f))
    return (struct retry_plan){.again = true, .silent = true};
  if (f->tried > f->max || !passing(f))
    return no;
  if (f->retry_after_ms > MAX_RETRY_AFTER_MS)
    return no; /* longer than a person waits: the caller is told when to come back */
  return (struct retry_plan){.again = true, .delay_ms = asked_ms(f), .hold_ms = no.hold_ms};
}
