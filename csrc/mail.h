/*
 * mail: what the worker tells the editor about a request.
 *
 * One mail is one block of memory: this struct and, behind it, copies of its
 * texts. Whoever holds it owns it and ends it with mail_free.
 */
#ifndef MISTRAL_MAIL_H
#define MISTRAL_MAIL_H

#include "mailbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mail_kind { MAIL_HEAD, MAIL_DATA, MAIL_RETRY, MAIL_HELD, MAIL_PROGRESS, MAIL_END };
enum mail_outcome { OUTCOME_DONE, OUTCOME_FAILED, OUTCOME_CANCELLED };

/* ptr is NULL when there is none; the bytes behind len end with a NUL that len does not count. */
struct text {
  const char *ptr;
  size_t len;
};

struct mail_texts {
  struct text data;         /* data: the bytes; end: the body of an error answer */
  struct text type;         /* data: the event type, none for bytes that are no event */
  struct text message_type; /* data: of a frame, what kind of message it is */
  struct text event_id;     /* data: the last event id */
  struct text headers;      /* head, end: name NUL value NUL … */
  struct text code;         /* retry, end: failure_code */
  struct text message;      /* retry, end: one sentence */
};

struct mail {
  struct letter letter; /* first: the mailbox links it */
  enum mail_kind kind;
  enum mail_outcome outcome; /* end */
  uint64_t id;
  int status;       /* HTTP status or 0 */
  int http_version; /* 10, 11, 20, 30 or 0 */
  bool reused;      /* the connection was already open */
  unsigned attempt; /* attempts made so far */
  int64_t delay_ms; /* retry, held: until the next one; data: reconnection time or -1 */
  int64_t connect_ms, head_ms, total_ms; /* end */
  int64_t waited_ms;                     /* end: for its turn, when its time ran out there; or 0 */
  int64_t sent_bytes, received_bytes;    /* end: with heads, of all attempts; progress: of bodies */
  int64_t sent_total, received_total;    /* progress: -1 where it is not known */
  struct mail_texts texts;
  char bytes[]; /* what the texts point into */
};

/* Copies the texts in. NULL without memory. */
struct mail *mail_new(enum mail_kind kind, uint64_t id, const struct mail_texts *texts);
void mail_free(struct mail *m); /* NULL is allowed */

/* A text from a string that may be NULL. */
struct text text_of(const char *string);

#endif
