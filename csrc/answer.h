/*
 * answer: what comes in for a transfer, head and body, on its way to the mail.
 * Worker thread only; knows no curl. transport.c hands it what libcurl reads.
 */
#ifndef MISTRAL_ANSWER_H
#define MISTRAL_ANSWER_H

#include "transfer.h"

enum answer_status {
  ANSWER_OK,
  ANSWER_PAUSE,  /* nothing was taken: the same bytes again, later; x->paused says so */
  ANSWER_REFUSED /* the attempt has to end; x->failure says why, or it was an error's body that is
                    long enough */
};

/* One line of the head, the blank one at its end excepted. */
enum answer_status answer_header(struct transfer *x, const char *line, size_t len);

/* The head is whole. Interim answers (1xx) are passed over. */
enum answer_status answer_head(struct transfer *x, int status, int http_version);

/* Bytes of the body, all or none. */
enum answer_status answer_body(struct transfer *x, const char *bytes, size_t n);

/* HTTP says that the body is complete: FAILURE_NONE, or why it is not. */
enum failure answer_end(struct transfer *x);

#endif
