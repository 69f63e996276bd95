/*
 * transfer: one request on its way, through all its attempts, and what is told
 * of it. Knows no curl and no clock of its own; the worker drives it.
 *
 * A transfer is made on the editor's side, so that everything it needs to end
 * properly is there before it begins, and is the worker's from then on.
 */
#ifndef MISTRAL_TRANSFER_H
#define MISTRAL_TRANSFER_H

#include "eventstream.h"
#include "failure.h"
#include "headers.h"
#include "lane.h"
#include "mail.h"
#include "request.h"
#include "retry.h"
#include "sink.h"
#include "sse.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSFER_DETAIL 256 /* CURL_ERROR_SIZE */
#define TRANSFER_PROBLEM 512
#define TRANSFER_NEVER INT64_MAX

enum errand {
  ERRAND_ASK,  /* a request */
  ERRAND_WARM, /* opens a connection, asks nothing, tells nothing */
  ERRAND_PUSH  /* pushes out what libcurl still holds for an open connection; likewise silent */
};

enum order_kind { ORDER_START, ORDER_CANCEL };

/* What the editor sends to the worker. */
struct order {
  struct letter letter;
  enum order_kind kind;
  uint64_t id;
};

/* Bytes of the two bodies, so far and in all; -1 is not known. */
struct progress {
  int64_t sent, sent_total, received, received_total;
};

struct transfer {
  struct order order; /* first: a transfer is its own starting order */
  struct lane_item item;
  struct transfer *prev, *next;
  struct transport *transport;
  struct letters *out; /* where its mail goes */
  struct request *request;
  struct mail *last; /* the end, reserved at the start so that it can always be told */
  struct lane *lane; /* NULL while it has none */
  bool waiting;      /* in its lane */
  enum errand errand;
  bool spared; /* had its silent retry for a dead connection */
  unsigned tried;
  int64_t submitted_ms;
  int64_t held_told_ms; /* until when it was told that its lane is held; 0 before */
  int64_t waited_ms;    /* for its turn, when its time ran out there; else 0 */

  /* The present attempt. */
  void *easy; /* curl's handle, NULL while the transfer waits */
  struct curl_slist *lines;
  void *form;      /* curl's handle of the parts, or NULL */
  struct sse *sse; /* the decoder of an answer that streams, if it is one of these */
  struct eventstream *frames;
  struct sink *sink; /* where a 2xx body goes, or NULL */
  struct headers head;
  struct buf error_body;
  enum failure failure; /* why we stopped the attempt ourselves */
  int status;
  int http_version;
  bool head_done;
  bool complete;  /* curl saw the end of the answer */
  bool delivered; /* part of the answer is in the mail */
  bool spoke;     /* and of its body, too */
  bool reused;
  bool dead;    /* the connection failed, not the server */
  bool taken;   /* a large body has left whole: the connection lived, and it may have been seen */
  bool discard; /* what still comes is for nobody */
  bool paused;
  int patient_port; /* of the connection that was asked to be patient, or 0 */
  int64_t started_ms;
  int64_t connected_ms; /* -1 before */
  int64_t upload_ms;    /* when the last byte was seen to leave; -1 before */
  int64_t uploaded;     /* bytes, by then */
  int64_t last_byte_ms;
  size_t body_bytes;
  struct progress told;           /* in the last progress mail */
  int64_t told_ms;                /* when; -1 before */
  char detail[TRANSFER_DETAIL];   /* what libcurl says of a failure */
  char problem[TRANSFER_PROBLEM]; /* and what we know better */
};

/* Takes the request over; NULL without memory, and then it does not. */
struct transfer *transfer_new(struct request *r, uint64_t id, int64_t now_ms);

/* An errand to that url's host, or NULL without memory. */
struct transfer *transfer_errand(enum errand errand, const char *url, size_t len, uint64_t id,
                                 int64_t now_ms);

void transfer_free(struct transfer *x); /* NULL is allowed */

/* Forgets the attempt before and counts a new one. */
void transfer_begin(struct transfer *x, int64_t now_ms);

/* Where the body is to go to a file: makes the file it goes to meanwhile, and puts that in its
 * place, with which the head is told. What fails is FAILURE_FILE or FAILURE_MEMORY. */
enum failure transfer_open_sink(struct transfer *x);
enum failure transfer_keep_sink(struct transfer *x);

/* Each adds one mail to x->out; false without memory. */
bool transfer_post_head(struct transfer *x);
bool transfer_post_bytes(struct transfer *x, const char *bytes, size_t n);

/* sse_fn and eventstream_fn with the transfer as their ctx. */
int transfer_post_event(void *ctx, const struct sse_event *event);
int transfer_post_frame(void *ctx, const struct eventstream_frame *frame);

/* Says how far it is, unless that was said already. When it was said a moment ago it waits, and
 * *wait_ms is lowered to when it is due; NULL says it at once. May be lost for want of memory. */
void transfer_post_progress(struct transfer *x, const struct progress *p, int64_t now_ms,
                            int64_t *wait_ms);

/* A missing notice is no missing answer, so this one may be lost for want of memory. */
void transfer_post_retry(struct transfer *x, enum failure f, int64_t delay_ms);

/* Whether it waits for more than a second, since its lane is held until then, and was not told. */
bool transfer_is_unaware(const struct transfer *x, int64_t until_ms, int64_t now_ms);

/* Says so. May be lost for want of memory. */
void transfer_post_held(struct transfer *x, int64_t until_ms, int64_t now_ms);

/* The end. Always adds its mail. */
void transfer_post_end(struct transfer *x, enum mail_outcome outcome, enum failure f,
                       int64_t now_ms);

/* The attempt has to end because of a file; why is a clause. Returns FAILURE_FILE. */
enum failure transfer_blame_file(struct transfer *x, const char *path, const char *why);

/* Likewise because of what the server sent. Returns FAILURE_PROTOCOL. */
enum failure transfer_blame_server(struct transfer *x, const char *why);

/* And because the connection broke. Returns FAILURE_RESET. */
enum failure transfer_blame_connection(struct transfer *x, const char *why);

/* What an attempt came to: our own reason to stop it, then the status, then the wire's f. */
enum failure transfer_verdict(const struct transfer *x, enum failure f);

/* Its time runs out while it waits in its lane: notes how long it waited for its turn, if it was
 * not its own pause before another try. */
void transfer_blame_lane(struct transfer *x, int64_t now_ms);

struct deadline {
  int64_t at_ms; /* TRANSFER_NEVER when there is none */
  enum failure failure;
  bool dead; /* passing it means that the connection is dead */
};

/* The limit of time that passes next. */
struct deadline transfer_deadline(const struct transfer *x);

/* What retry_decide wants to know. retry_after_ms and random as there. */
struct retry_facts transfer_facts(const struct transfer *x, enum failure f, int64_t retry_after_ms,
                                  double random);

#endif
