#include "transfer.h"

#include <stdio.h>
#include <stdlib.h>

#define HEADER_BYTES ((size_t)256 * 1024)
#define HEADER_COUNT 1000
#define PROGRESS_EVERY_MS 100
#define HELD_WORTH_MS 1000 /* shorter waits are not worth a word */
#define ERROR_BODY_BYTES ((size_t)256 * 1024)

struct transfer *transfer_new(struct request *r, uint64_t id, int64_t now_ms) {
  struct transfer *x = calloc(1, sizeof *x);
  if (!x)
    return NULL;
  x->last = mail_new(MAIL_END, id, &(struct mail_texts){0});
  if (!x->last) {
    free(x);
    return NULL;
  }
  x->request = r;
  x->told_ms = -1;
  x->order.kind = ORDER_START;
  x->order.id = id;
  x->submitted_ms = now_ms;
  headers_init(&x->head, HEADER_BYTES, HEADER_COUNT);
  buf_init(&x->error_body, ERROR_BODY_BYTES);
  return x;
}

struct transfer *transfer_errand(enum errand errand, const char *url, size_t len, uint64_t id,
                                 int64_t now_ms) {
  struct request *r = request_new();
  if (!r)
    return NULL;
  struct transfer *x = NULL;
  if (request_set(&r->url, url, len) == REQUEST_OK)
    x = transfer_new(r, id, now_ms);
  if (!x) {
    request_free(r);
    return NULL;
  }
  x->errand = errand;
  x->connected_ms = -1;
  return x;
}

void transfer_free(struct transfer *x) {
  if (!x)
    return;
  request_free(x->request);
  mail_free(x->last);
  headers_fini(&x->head);
  buf_fini(&x->error_body);
  sse_free(x->sse);
  eventstream_free(x->frames);
  sink_drop(x->sink);
  free(x);
}

void transfer_begin(struct transfer *x, int64_t now_ms) {
  headers_clear(&x->head);
  buf_clear(&x->error_body);
  x->failure = FAILURE_NONE;
  x->status = 0;
  x->http_version = 0;
  x->head_done = false;
  x->complete = false;
  x->reused = false;
  x->dead = false;
  x->taken = false;
  x->discard = false;
  x->uploaded = 0;
  x->upload_ms = -1;
  x->body_bytes = 0;
  x->told = (struct progress){0};
  x->detail[0] = '\0';
  x->problem[0] = '\0';
  x->started_ms = now_ms;
  x->last_byte_ms = now_ms;
  x->connected_ms = -1;
  x->tried++;
}

enum failure transfer_blame_file(struct transfer *x, const char *path, const char *why) {
  snprintf(x->problem, sizeof x->problem, "%s (%s)", why, path);
  x->failure = FAILURE_FILE;
  return FAILURE_FILE;
}

static enum failure blame(struct transfer *x, const char *why, enum failure f) {
  snprintf(x->problem, sizeof x->problem, "%s", why);
  x->failure = f;
  return f;
}

enum failure transfer_blame_server(struct transfer *x, const char *why) {
  return blame(x, why, FAILURE_PROTOCOL);
}

enum failure transfer_blame_connection(struct transfer *x, const char *why) {
  return blame(x, why, FAILURE_RESET);
}

void transfer_blame_lane(struct transfer *x, int64_t now_ms) {
  bool held = lane_held_until_ms(x->lane) > now_ms;
  x->waited_ms = now_ms > x->item.not_before_ms ? now_ms - x->item.not_before_ms : 0;
  if (x->waited_ms)
    snprintf(x->problem, sizeof x->problem, "it waited %.1f s for its turn%s",
             (double)x->waited_ms / 1000,
             held ? ", since the service asked all requests of this key to wait"
                  : " among the requests of this key");
}

enum failure transfer_open_sink(struct transfer *x) {
  char why[SINK_WHY];
  const struct request *r = x->request;
  if (!r->sink)
    return FAILURE_NONE;
  x->sink = sink_open(r->sink, r->sink_bytes, r->sink_replace, why);
  return x->sink ? FAILURE_NONE : transfer_blame_file(x, r->sink, why);
}

enum failure transfer_keep_sink(struct transfer *x) {
  char why[SINK_WHY];
  struct sink *sink = x->sink;
  if (!sink)
    return FAILURE_NONE;
  if (!transfer_post_head(x))
    return FAILURE_MEMORY;
  x->sink = NULL;
  return sink_keep(sink, why) ? FAILURE_NONE : transfer_blame_file(x, x->request->sink, why);
}

static struct text block(const struct buf *b) {
  return (struct text){.ptr = b->len ? b->ptr : NULL, .len = b->len};
}

bool transfer_post_head(struct transfer *x) {
  struct mail_texts texts = {.headers = block(&x->head.bytes)};
  struct mail *m = mail_new(MAIL_HEAD, x->order.id, &texts);
  if (!m)
    return false;
  m->status = x->status;
  m->http_version = x->http_version;
  m->reused = x->reused;
  m->attempt = x->tried;
  letters_add(x->out, &m->letter);
  x->delivered = true;
  return true;
}

/* Someone waits for the first word; the next ones may come in company. */
static void post_data(struct transfer *x, struct mail *m) {
  m->letter.patient = x->spoke;
  x->spoke = true;
  letters_add(x->out, &m->letter);
}

bool transfer_post_bytes(struct transfer *x, const char *bytes, size_t n) {
  struct mail_texts texts = {.data = {.ptr = bytes, .len = n}};
  struct mail *m = mail_new(MAIL_DATA, x->order.id, &texts);
  if (!m)
    return false;
  m->delay_ms = -1;
  post_data(x, m);
  return true;
}

int transfer_post_event(void *ctx, const struct sse_event *event) {
  struct transfer *x = ctx;
  struct mail_texts texts = {
      .data = {.ptr = event->data, .len = event->data_len},
      .type = {.ptr = event->type, .len = event->type_len},
      .event_id = {.ptr = event->id_len ? event->id : NULL, .len = event->id_len}};
  struct mail *m = mail_new(MAIL_DATA, x->order.id, &texts);
  if (!m)
    return -1;
  m->delay_ms = event->retry_ms;
  post_data(x, m);
  return 0;
}

void transfer_post_progress(struct transfer *x, const struct progress *p, int64_t now_ms,
                            int64_t *wait_ms) {
  if (p->sent == x->told.sent && p->received == x->told.received)
    return;
  int64_t due_ms = x->told_ms < 0 ? now_ms : x->told_ms + PROGRESS_EVERY_MS;
  if (wait_ms && due_ms > now_ms) {
    *wait_ms = due_ms - now_ms < *wait_ms ? due_ms - now_ms : *wait_ms;
    return;
  }
  struct mail *m = mail_new(MAIL_PROGRESS, x->order.id, &(struct mail_texts){0});
  if (!m)
    return;
  m->sent_bytes = p->sent;
  m->sent_total = p->sent_total;
  m->received_bytes = p->received;
  m->received_total = p->received_total;
  m->letter.patient = true;
  letters_add(x->out, &m->letter);
  x->told = *p;
  x->told_ms = now_ms;
}

int transfer_post_frame(void *ctx, const struct eventstream_frame *frame) {
  struct transfer *x = ctx;
  struct mail_texts texts = {
      .data = {.ptr = frame->data, .len = frame->data_len},
      .type = {.ptr = frame->type, .len = frame->type_len},
      .message_type = {.ptr = frame->message_type, .len = frame->message_type_len}};
  struct mail *m = mail_new(MAIL_DATA, x->order.id, &texts);
  if (!m)
    return -1;
  m->delay_ms = -1;
  post_data(x, m);
  return 0;
}

static void message_for(const struct transfer *x, enum failure f, char *out, size_t room) {
  if (f == FAILURE_HTTP)
    snprintf(out, room, "the server answered with status %d", x->status);
  else if (x->problem[0])
    snprintf(out, room, "%s: %s", failure_text(f), x->problem);
  else if (x->detail[0])
    snprintf(out, room, "%s: %s", failure_text(f), x->detail);
  else
    snprintf(out, room, "%s", failure_text(f));
}

void transfer_post_retry(struct transfer *x, enum failure f, int64_t delay_ms) {
  char message[TRANSFER_PROBLEM + 128];
  message_for(x, f, message, sizeof message);
  struct mail_texts texts = {.code = text_of(failure_code(f)), .message = text_of(message)};
  struct mail *m = mail_new(MAIL_RETRY, x->order.id, &texts);
  if (!m)
    return; /* a missing notice is no missing answer */
  m->status = x->status;
  m->attempt = x->tried;
  m->delay_ms = delay_ms;
  letters_add(x->out, &m->letter);
}

/* Its own pause before another try was told with that. */
bool transfer_is_unaware(const struct transfer *x, int64_t until_ms, int64_t now_ms) {
  int64_t known_ms = now_ms;
  if (known_ms < x->item.not_before_ms)
    known_ms = x->item.not_before_ms;
  if (known_ms < x->held_told_ms)
    known_ms = x->held_told_ms;
  return x->waiting && until_ms - known_ms > HELD_WORTH_MS;
}

void transfer_post_held(struct transfer *x, int64_t until_ms, int64_t now_ms) {
  struct mail *m = mail_new(MAIL_HELD, x->order.id, &(struct mail_texts){0});
  if (!m)
    return;
  m->delay_ms = until_ms - now_ms;
  letters_add(x->out, &m->letter);
  x->held_told_ms = until_ms;
}

/* The end with all its texts, or without memory the reserved one, which has only the words. */
static struct mail *end_mail(struct transfer *x, enum mail_outcome outcome, enum failure f) {
  char message[TRANSFER_PROBLEM + 128];
  message_for(x, f, message, sizeof message);
  struct mail_texts texts = {0};
  if (outcome == OUTCOME_FAILED)
    texts = (struct mail_texts){.data = block(&x->error_body),
                                .headers = block(&x->head.bytes),
                                .code = text_of(failure_code(f)),
                                .message = text_of(message)};
  struct mail *m = mail_new(MAIL_END, x->order.id, &texts);
  if (m) {
    m->connect_ms = x->last->connect_ms;
    m->head_ms = x->last->head_ms;
    m->sent_bytes = x->last->sent_bytes;
    m->received_bytes = x->last->received_bytes;
    mail_free(x->last);
  } else {
    m = x->last;
    m->texts.code = text_of(failure_code(f));
    m->texts.message = text_of(failure_text(f));
  }
  x->last = NULL;
  return m;
}

void transfer_post_end(struct transfer *x, enum mail_outcome outcome, enum failure f,
                       int64_t now_ms) {
  struct mail *m = end_mail(x, outcome, f);
  m->outcome = outcome;
  m->status = x->status;
  m->http_version = x->http_version;
  m->reused = x->reused;
  m->attempt = x->tried;
  m->total_ms = now_ms - x->submitted_ms;
  m->waited_ms = x->waited_ms;
  letters_add(x->out, &m->letter);
}

enum failure transfer_verdict(const struct transfer *x, enum failure f) {
  if (x->failure != FAILURE_NONE)
    return x->failure;
  if (x->status >= 400)
    return FAILURE_HTTP; /* even when its body broke off */
  if (x->status >= 300)
    return FAILURE_REDIRECT;
  return f;
}

static void sooner(struct deadline *d, int64_t from, int64_t limit_ms, enum failure f) {
  if (limit_ms > 0 && from + limit_ms < d->at_ms)
    *d = (struct deadline){.at_ms = from + limit_ms, .failure = f};
}

/* The head is waited for from the last byte that was sent. On a connection that was already open
 * the shorter limit, where one is asked for, says that the connection is dead. */
static void head_deadline(const struct transfer *x, struct deadline *d) {
  const struct request *r = x->request;
  int64_t from = x->upload_ms > x->connected_ms ? x->upload_ms : x->connected_ms;
  sooner(d, from, r->head_ms, FAILURE_TIMEOUT_HEAD);
  if (!x->reused || r->reuse_head_ms <= 0 || from + r->reuse_head_ms >= d->at_ms)
    return;
  sooner(d, from, r->reuse_head_ms, FAILURE_TIMEOUT_HEAD);
  d->dead = true;
}

struct deadline transfer_deadline(const struct transfer *x) {
  const struct request *r = x->request;
  struct deadline d = {.at_ms = TRANSFER_NEVER};
  sooner(&d, x->submitted_ms, r->total_ms, FAILURE_TIMEOUT_TOTAL);
  if (!x->easy)
    return d;
  if (x->connected_ms < 0) {
    sooner(&d, x->started_ms, r->connect_ms, FAILURE_TIMEOUT_CONNECT);
  } else if (!x->head_done) {
    head_deadline(x, &d);
  } else if (!x->paused) {
    int64_t from = x->upload_ms > x->last_byte_ms ? x->upload_ms : x->last_byte_ms;
    sooner(&d, from, r->idle_ms, FAILURE_TIMEOUT_IDLE); /* a head may come before all is sent */
  }
  return d;
}

/* No request of this kind is in the plan, or the month is used up: waiting will not help. */
static bool no_allowance(const struct transfer *x) {
  static const char *const allowances[] = {"x-ratelimit-limit-req-minute",
                                           "x-ratelimit-limit-tokens-minute",
                                           "x-ratelimit-remaining-tokens-month"};
  bool none = false;
  for (size_t i = 0; i < sizeof allowances / sizeof *allowances; i++)
    none = none || headers_number(&x->head, allowances[i]) == 0;
  return none && x->status == 429;
}

struct retry_facts transfer_facts(const struct transfer *x, enum failure f, int64_t retry_after_ms,
                                  double random) {
  return (struct retry_facts){.failure = f,
                              .status = x->status,
                              .tried = x->tried,
                              .max = x->request->retry,
                              .delivered = x->delivered,
                              .dead = x->reused && x->dead,
                              .spared = x->spared,
                              .no_allowance = no_allowance(x),
                              .fetch = x->request->sink && request_harmless(x->request),
                              .retry_after_ms = retry_after_ms,
                              .random = random};
}
