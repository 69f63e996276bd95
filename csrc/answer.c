#include "answer.h"

#include "transport_state.h"

#include <string.h>
#include <strings.h>

static enum answer_status refuse(struct transfer *x, enum failure f) {
  x->failure = f;
  return ANSWER_REFUSED;
}

/* ---- the head ---- */

enum answer_status answer_header(struct transfer *x, const char *line, size_t len) {
  if (x->head_done)
    return ANSWER_OK; /* trailers */
  switch (headers_add(&x->head, line, len)) {
  case BUF_TOOBIG:
    return refuse(x, FAILURE_TOO_LARGE);
  case BUF_NOMEM:
    return refuse(x, FAILURE_MEMORY);
  default:
    return ANSWER_OK;
  }
}

static void teach_lane(struct transfer *x) {
  if (!x->lane)
    return;
  struct lane_news news = {
      .requests = headers_number(&x->head, "x-ratelimit-limit-req-minute"),
      .requests_left = headers_number(&x->head, "x-ratelimit-remaining-req-minute"),
      .tokens = headers_number(&x->head, "x-ratelimit-limit-tokens-minute"),
      .tokens_left = headers_number(&x->head, "x-ratelimit-remaining-tokens-minute")};
  lane_hear(x->lane, &x->item, &news, x->last_byte_ms);
}

static bool is_of_type(const struct transfer *x, const char *type) {
  const char *value = headers_find(&x->head, "content-type");
  return value && strncasecmp(value, type, strlen(type)) == 0;
}

static bool make_decoder(struct transfer *x) {
  if (!x->request->stream)
    return true;
  if (is_of_type(x, "text/event-stream"))
    return (x->sse = sse_new(x->request->event_bytes)) != NULL;
  if (is_of_type(x, "application/vnd.amazon.eventstream"))
    return (x->frames = eventstream_new(x->request->event_bytes)) != NULL;
  return true;
}

enum answer_status answer_head(struct transfer *x, int status, int http_version) {
  if (status < 200) {
    headers_clear(&x->head);
    return ANSWER_OK;
  }
  x->status = status;
  x->http_version = http_version;
  x->head_done = true;
  teach_lane(x);
  if (status >= 300)
    return ANSWER_OK; /* told when it ends, unless it is tried again */
  if (x->sink)        /* told when all of it is there */
    return headers_number(&x->head, "content-length") > x->request->sink_bytes
               ? refuse(x, FAILURE_TOO_LARGE)
               : ANSWER_OK;
  if (!make_decoder(x) || !transfer_post_head(x))
    return refuse(x, FAILURE_MEMORY);
  return ANSWER_OK;
}

/* ---- the body ---- */

/* What the server says of its error; enough of it is enough. */
static enum answer_status take_error(struct transfer *x, const char *bytes, size_t n) {
  size_t room = x->error_body.max - x->error_body.len;
  buf_add(&x->error_body, bytes, n < room ? n : room);
  return n <= room ? ANSWER_OK : ANSWER_REFUSED;
}

static enum answer_status take_events(struct transfer *x, const char *bytes, size_t n) {
  switch (sse_feed(x->sse, bytes, n, transfer_post_event, x)) {
  case SSE_OK:
    return ANSWER_OK;
  case SSE_TOOBIG:
    return refuse(x, FAILURE_TOO_LARGE);
  default:
    return refuse(x, FAILURE_MEMORY);
  }
}

static enum answer_status refuse_frame(struct transfer *x, const char *why) {
  return refuse(x, transfer_blame_server(x, why));
}

static enum answer_status take_frames(struct transfer *x, const char *bytes, size_t n) {
  switch (eventstream_feed(x->frames, bytes, n, transfer_post_frame, x)) {
  case EVENTSTREAM_OK:
    return ANSWER_OK;
  case EVENTSTREAM_TOOBIG:
    return refuse(x, FAILURE_TOO_LARGE);
  case EVENTSTREAM_CRC:
    return refuse_frame(x, "a frame was damaged on its way");
  case EVENTSTREAM_BROKEN:
    return refuse_frame(x, "a frame's lengths or headers make no sense");
  default:
    return refuse(x, FAILURE_MEMORY);
  }
}

static enum answer_status take_bytes(struct transfer *x, const char *bytes, size_t n) {
  x->body_bytes += n;
  if (x->body_bytes > x->request->body_bytes)
    return refuse(x, FAILURE_TOO_LARGE);
  return transfer_post_bytes(x, bytes, n) ? ANSWER_OK : refuse(x, FAILURE_MEMORY);
}

static enum answer_status take_file(struct transfer *x, const char *bytes, size_t n) {
  char why[SINK_WHY];
  switch (sink_write(x->sink, bytes, n, why)) {
  case SINK_OK:
    return ANSWER_OK;
  case SINK_TOOBIG:
    return refuse(x, FAILURE_TOO_LARGE);
  default:
    return refuse(x, transfer_blame_file(x, x->request->sink, why));
  }
}

enum answer_status answer_body(struct transfer *x, const char *bytes, size_t n) {
  if (x->discard)
    return ANSWER_OK;
  if (x->status >= 300)
    return take_error(x, bytes, n);
  if (x->sink)
    return take_file(x, bytes, n);
  if (mailbox_full(x->transport->mail, x->out->cost)) {
    x->paused = true;
    return ANSWER_PAUSE;
  }
  if (x->sse)
    return take_events(x, bytes, n);
  return x->frames ? take_frames(x, bytes, n) : take_bytes(x, bytes, n);
}

enum failure answer_end(struct transfer *x) {
  if (!x->frames || eventstream_whole(x->frames))
    return FAILURE_NONE;
  return transfer_blame_server(x, "it ends in the middle of a frame");
}
