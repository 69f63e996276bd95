/* transport: the only file that knows libcurl. See transport_wire.h for what it offers the worker,
 * and transport.h for what the whole promises. */
#define _GNU_SOURCE
#include "answer.h"
#include "buf.h"
#include "peer.h"
#include "source.h"
#include "tcp.h"
#include "transport_wire.h"
#include "wake.h"

#include <curl/curl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

_Static_assert(TRANSFER_DETAIL >= CURL_ERROR_SIZE, "curl writes its errors there");

#define MAX_STREAMS 1000L
#define DAY_S 86400
#define CONNECTION_IDLE_S 3600L
#define LARGE_BODY ((size_t)256 * 1024)

/* False when it failed, which without memory it does. */
#define SET(easy, option, value) (curl_easy_setopt(easy, option, value) == CURLE_OK)

static int64_t info_number(CURL *easy, CURLINFO which) {
  curl_off_t number = 0;
  curl_easy_getinfo(easy, which, &number);
  return number;
}

static bool is_large(const struct request *r) {
  return r->parts || r->body_len >= LARGE_BODY;
}

/* ---- callbacks: inside curl_multi_perform or curl_easy_pause ---- */

static int http_version(CURL *easy) {
  long version = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
  switch (version) {
  case CURL_HTTP_VERSION_1_0:
    return 10;
  case CURL_HTTP_VERSION_1_1:
    return 11;
  case CURL_HTTP_VERSION_2_0:
    return 20;
  case CURL_HTTP_VERSION_3:
    return 30;
  default:
    return 0;
  }
}

/* There is a connection, and libcurl is about to use it. Told now that it was wanted for its own
 * sake, libcurl ends the transfer with success, which keeps the connection, also over HTTP/1.1, and
 * from 8.1 on writes out what it still holds. 7.88 does that when the pause state changes.
 *
 * libcurl looks at an idle connection before it uses it, and 7.88 takes one for dead where there is
 * something to read that comes to nothing. After the handshake there often is: tickets of TLS 1.3,
 * for as long as the server's HTTP/2 settings are not there. Newer ones do so over HTTP/1.1. So
 * what comes unasked stays unseen until a request is on the connection. */
static int run_errand(struct transfer *x, int own_port) {
  if (x->errand == ERRAND_PUSH)
    curl_easy_pause(x->easy, CURLPAUSE_SEND);
  else
    tcp_doze(&x->transport->sockets, own_port);
  curl_easy_setopt(x->easy, CURLOPT_CONNECT_ONLY, 1L);
  return CURL_PREREQFUNC_OK;
}

/* libcurl asks again by itself when an open connection ends without a byte of an answer. */
static int on_ready(void *ctx, char *peer_ip, char *own_ip, int peer_port, int own_port) {
  (void)peer_ip, (void)own_ip, (void)peer_port;
  struct transfer *x = ctx;
  long connects = 0;
  if (x->taken) {
    transfer_blame_connection(x, "the request had been sent whole, and may have been seen");
    return CURL_PREREQFUNC_ABORT;
  }
  curl_easy_getinfo(x->easy, CURLINFO_NUM_CONNECTS, &connects);
  x->connected_ms = transport_now_ms();
  x->reused = connects == 0;
  if (x->errand != ERRAND_ASK)
    return run_errand(x, own_port);
  tcp_ask(&x->transport->sockets, own_port);
  if (is_large(x->request)) {
    x->patient_port = own_port;
    tcp_patience(&x->transport->sockets, own_port, true);
  }
  atomic_fetch_add(&x->transport->requests, 1);
  return CURL_PREREQFUNC_OK;
}

static curl_socket_t on_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address) {
  (void)purpose;
  struct transfer *x = ctx;
  if (x->errand == ERRAND_PUSH)
    return CURL_SOCKET_BAD; /* there is a connection, or there is nothing to push */
  return tcp_open(&x->transport->sockets, address->family, address->socktype, address->protocol);
}

static int on_close(void *ctx, curl_socket_t fd) {
  struct transport *t = ctx;
  return tcp_close(&t->sockets, fd);
}

static size_t on_header(char *line, size_t size, size_t n, void *ctx) {
  struct transfer *x = ctx;
  size_t len = size * n;
  enum answer_status taken;
  x->last_byte_ms = transport_now_ms();
  if (x->head_done || len > 2 || (line[0] != '\r' && line[0] != '\n')) {
    taken = answer_header(x, line, len);
  } else {
    long status = 0;
    curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
    taken = answer_head(x, (int)status, http_version(x->easy));
  }
  return taken == ANSWER_OK ? len : 0;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *ctx) {
  struct transfer *x = ctx;
  size_t len = size * n;
  x->last_byte_ms = transport_now_ms();
  switch (answer_body(x, bytes, len)) {
  case ANSWER_OK:
    return len;
  case ANSWER_PAUSE:
    return CURL_WRITEFUNC_PAUSE;
  default:
    return 0;
  }
}

/* ---- a form going out ---- */

/* What one part of a form is read from; libcurl's to free with on_form_end. */
struct feed {
  struct transfer *transfer;
  const struct part *part;
  struct source *source;
};

static size_t on_form_read(char *out, size_t size, size_t n, void *ctx) {
  const struct feed *feed = ctx;
  char why[SOURCE_WHY];
  int64_t got = source_read(feed->source, out, size * n, why);
  if (got >= 0)
    return (size_t)got;
  transfer_blame_file(feed->transfer, feed->part->file, why);
  return CURL_READFUNC_ABORT;
}

/* libcurl begins again by itself when a connection that was open turns out to be closed. */
static int on_form_seek(void *ctx, curl_off_t offset, int origin) {
  const struct feed *feed = ctx;
  bool done = origin == SEEK_SET && source_seek(feed->source, offset);
  return done ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static void on_form_end(void *ctx) {
  struct feed *feed = ctx;
  source_free(feed->source);
  free(feed);
}

static struct source *open_source(struct transfer *x, const struct part *p) {
  char why[SOURCE_WHY];
  if (!p->file)
    return source_of_bytes(p->value, p->value_len);
  struct source *source = source_of_file(p->file, why);
  if (!source)
    transfer_blame_file(x, p->file, why);
  return source;
}

/* NULL when its file cannot be read, which x->failure says, and without memory. */
static struct feed *open_feed(struct transfer *x, const struct part *p) {
  struct source *source = open_source(x, p);
  if (!source)
    return NULL;
  struct feed *feed = malloc(sizeof *feed);
  if (feed)
    *feed = (struct feed){.transfer = x, .part = p, .source = source};
  else
    source_free(source);
  return feed;
}

static const char *name_of_file(const struct part *p) {
  if (p->filename || !p->file)
    return p->filename;
  const char *slash = strrchr(p->file, '/');
  return slash ? slash + 1 : p->file;
}

static enum failure add_part(struct transfer *x, const struct part *p) {
  struct feed *feed = open_feed(x, p);
  if (!feed)
    return x->failure == FAILURE_NONE ? FAILURE_MEMORY : x->failure;
  curl_mimepart *part = curl_mime_addpart(x->form);
  curl_off_t size = source_size(feed->source);
  if (!part || curl_mime_data_cb(part, size, on_form_read, on_form_seek, on_form_end, feed)) {
    on_form_end(feed);
    return FAILURE_MEMORY;
  }
  bool ok = !curl_mime_name(part, p->name) && !curl_mime_filename(part, name_of_file(p)) &&
            !curl_mime_type(part, p->content_type);
  return ok ? FAILURE_NONE : FAILURE_MEMORY;
}

/* Every file is looked at before the first byte leaves. */
static enum failure set_form(struct transfer *x) {
  if (!x->request->parts)
    return FAILURE_NONE;
  x->form = curl_mime_init(x->easy);
  enum failure f = x->form ? FAILURE_NONE : FAILURE_MEMORY;
  for (const struct part *p = x->request->parts; p && f == FAILURE_NONE; p = p->next)
    f = add_part(x, p);
  if (f == FAILURE_NONE && !SET(x->easy, CURLOPT_MIMEPOST, x->form))
    f = FAILURE_MEMORY;
  return f;
}

/* ---- what may be asked at all ---- */

/* *plain: the scheme is http. *host, to be freed with curl_free, is set when the url can be read.
 */
static enum failure check_url(const struct request *r, bool *plain, char **host) {
  enum failure f = FAILURE_BAD_URL;
  char *scheme = NULL, *user = NULL;
  *host = NULL;
  CURLU *url = curl_url();
  if (!url)
    return FAILURE_MEMORY;
  if (curl_url_set(url, CURLUPART_URL, r->url, 0) == CURLUE_OK &&
      curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
      curl_url_get(url, CURLUPART_HOST, host, 0) == CURLUE_OK) {
    curl_url_get(url, CURLUPART_USER, &user, 0);
    f = request_may_go(r, scheme, *host, user);
    *plain = strcmp(scheme, "http") == 0;
  }
  curl_free(scheme);
  curl_free(user);
  curl_url_cleanup(url);
  return f;
}

enum failure wire_name_lane(struct request *r) {
  if (r->lane)
    return FAILURE_NONE;
  bool plain;
  char *host = NULL;
  enum failure f = check_url(r, &plain, &host);
  if (f == FAILURE_NONE && request_set(&r->lane, host, strlen(host)) != REQUEST_OK)
    f = FAILURE_MEMORY;
  curl_free(host);
  return f;
}

/* ---- beginning an attempt ---- */

static bool set_callbacks(struct transfer *x) {
  CURL *e = x->easy;
  return SET(e, CURLOPT_PRIVATE, x) && SET(e, CURLOPT_ERRORBUFFER, x->detail) &&
         SET(e, CURLOPT_PREREQFUNCTION, on_ready) && SET(e, CURLOPT_PREREQDATA, x) &&
         SET(e, CURLOPT_OPENSOCKETFUNCTION, on_socket) && SET(e, CURLOPT_OPENSOCKETDATA, x) &&
         SET(e, CURLOPT_CLOSESOCKETFUNCTION, on_close) &&
         SET(e, CURLOPT_CLOSESOCKETDATA, x->transport) &&
         SET(e, CURLOPT_HEADERFUNCTION, on_header) && SET(e, CURLOPT_HEADERDATA, x) &&
         SET(e, CURLOPT_WRITEFUNCTION, on_body) && SET(e, CURLOPT_WRITEDATA, x);
}

/* Encrypted, verified, no proxy but the one asked for, and never on to another place. A proxy
 * would see what goes over plain http, so there is none for that. */
static bool set_safety(struct transfer *x, bool plain) {
  const struct transport *t = x->transport;
  CURL *e = x->easy;
  const char *proxy = t->proxy && !plain ? t->proxy : "";
  bool ok = SET(e, CURLOPT_PROTOCOLS_STR, plain ? "http" : "https") &&
            SET(e, CURLOPT_FOLLOWLOCATION, 0L) && SET(e, CURLOPT_NETRC, CURL_NETRC_IGNORED) &&
            SET(e, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) && SET(e, CURLOPT_PROXY, proxy) &&
            SET(e, CURLOPT_NOPROXY, t->no_proxy ? t->no_proxy : "") &&
            SET(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (t->trust.file || t->trust.path)
    ok = ok && SET(e, CURLOPT_CAINFO, t->trust.file) && SET(e, CURLOPT_CAPATH, t->trust.path) &&
         SET(e, CURLOPT_PROXY_CAINFO, t->trust.file) && SET(e, CURLOPT_PROXY_CAPATH, t->trust.path);
  return ok;
}

/* To libcurl 0 is five minutes. */
static long connect_limit_ms(const struct request *r) {
  int64_t ms = r->connect_ms > 0 ? r->connect_ms : (int64_t)DAY_S * 1000;
  return ms < LONG_MAX ? (long)ms : LONG_MAX;
}

/* One connection for everybody: who comes while it is being made waits for it. */
static bool set_connection(struct transfer *x, bool plain) {
  const struct request *r = x->request;
  CURL *e = x->easy;
  long version = plain ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS;
  bool ok = SET(e, CURLOPT_NOSIGNAL, 1L) && SET(e, CURLOPT_PIPEWAIT, 1L) &&
            SET(e, CURLOPT_HTTP_VERSION, version) &&
            SET(e, CURLOPT_CONNECTTIMEOUT_MS, connect_limit_ms(r)) &&
            SET(e, CURLOPT_MAXAGE_CONN, CONNECTION_IDLE_S) &&
            SET(e, CURLOPT_FRESH_CONNECT, x->spared ? 1L : 0L);
#if LIBCURL_VERSION_NUM >= 0x075700
  /* A cancel must not wait for a name server: the resolver's thread may end by itself. */
  ok = ok && SET(e, CURLOPT_QUICK_EXIT, 1L);
#endif
  return ok;
}

static bool set_method(CURL *e, const struct request *r) {
  bool ok = SET(e, CURLOPT_URL, r->url);
  if (r->body)
    return ok && SET(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_len) &&
           SET(e, CURLOPT_POSTFIELDS, r->body) &&
           (!r->method || SET(e, CURLOPT_CUSTOMREQUEST, r->method));
  if (r->parts) /* set_form makes it a POST */
    return ok && (!r->method || SET(e, CURLOPT_CUSTOMREQUEST, r->method));
  if (!r->method || strcmp(r->method, "GET") == 0)
    return ok;
  if (strcmp(r->method, "HEAD") == 0)
    return ok && SET(e, CURLOPT_NOBODY, 1L);
  return ok && SET(e, CURLOPT_CUSTOMREQUEST, r->method);
}

static bool add_line(struct curl_slist **lines, const char *line) {
  struct curl_slist *longer = curl_slist_append(*lines, line);
  if (longer)
    *lines = longer;
  return longer != NULL;
}

/* "Expect:" removes a header that would cost a round trip on large bodies; where libcurl signs, it
 * would sign that too, and so is only told not to wait. Events are asked for uncompressed, since a
 * compressor holds them back. */
static bool set_headers(struct transfer *x) {
  const struct request *r = x->request;
  bool ok = r->signer.scope ? SET(x->easy, CURLOPT_EXPECT_100_TIMEOUT_MS, 1L)
                            : add_line(&x->lines, "Expect:");
  for (const struct header *h = r->headers; h && ok; h = h->next)
    ok = add_line(&x->lines, h->line);
  return ok && SET(x->easy, CURLOPT_HTTPHEADER, x->lines) &&
         SET(x->easy, CURLOPT_USERAGENT, x->transport->user_agent) &&
         SET(x->easy, CURLOPT_ACCEPT_ENCODING, r->stream ? "identity" : "");
}

/* libcurl signs what it sends, at each try anew. What it keeps of the secret is beyond our reach.
 */
static bool set_signature(struct transfer *x) {
  const struct signer *s = &x->request->signer;
  CURL *e = x->easy;
  return !s->scope ||
         (SET(e, CURLOPT_AWS_SIGV4, s->scope) && SET(e, CURLOPT_USERNAME, s->access_key) &&
          SET(e, CURLOPT_PASSWORD, s->secret_key));
}

static enum failure set_up(struct transfer *x) {
  bool plain = false;
  char *host = NULL;
  enum failure f = check_url(x->request, &plain, &host);
  curl_free(host);
  if (f == FAILURE_NONE && !plain && !x->transport->proxy_ok)
    f = FAILURE_PROXY;
  if (f == FAILURE_NONE)
    f = transfer_open_sink(x);
  if (f != FAILURE_NONE)
    return f;
  bool ok = set_callbacks(x) && set_safety(x, plain) && set_connection(x, plain) &&
            set_method(x->easy, x->request) && set_headers(x) && set_signature(x);
  if (!ok)
    return FAILURE_MEMORY;
  f = set_form(x);
  if (f != FAILURE_NONE)
    return f;
  if (curl_multi_add_handle(x->transport->multi, x->easy) != CURLM_OK)
    return FAILURE_MEMORY;
  return FAILURE_NONE;
}

enum failure wire_start(struct transfer *x) {
  transfer_begin(x, transport_now_ms());
  x->easy = curl_easy_init();
  return x->easy ? set_up(x) : FAILURE_MEMORY;
}

/* ---- while it runs ---- */

void wire_work(struct transport *t) {
  int running;
  curl_multi_perform(t->multi, &running);
}

bool wire_resume(struct transfer *x) {
  x->paused = false;
  x->last_byte_ms = transport_now_ms();
  /* When a callback refuses what comes out, libcurl says so here and would go on. */
  return curl_easy_pause(x->easy, CURLPAUSE_CONT) == CURLE_OK;
}

void wire_forbid_reuse(struct transfer *x) {
  curl_easy_setopt(x->easy, CURLOPT_FORBID_REUSE, 1L);
}

void wire_watch_upload(struct transfer *x, int64_t now_ms) {
  if (!x->easy || x->connected_ms < 0 || (x->head_done && !is_large(x->request)))
    return;
  struct progress p = wire_progress(x);
  if (p.sent != x->uploaded) {
    x->uploaded = p.sent;
    x->upload_ms = now_ms;
  }
  if (is_large(x->request) && p.sent_total >= 0 && p.sent >= p.sent_total)
    x->taken = true;
}

struct progress wire_progress(const struct transfer *x) {
  return (struct progress){.sent = info_number(x->easy, CURLINFO_SIZE_UPLOAD_T),
                           .sent_total = info_number(x->easy, CURLINFO_CONTENT_LENGTH_UPLOAD_T),
                           .received = info_number(x->easy, CURLINFO_SIZE_DOWNLOAD_T),
                           .received_total =
                               info_number(x->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T)};
}

int64_t wire_retry_after_ms(const struct transfer *x) {
  curl_off_t seconds = 0;
  curl_easy_getinfo(x->easy, CURLINFO_RETRY_AFTER, &seconds);
  if (seconds > 0)
    return (seconds < DAY_S ? seconds : DAY_S) * 1000;
  return headers_number(&x->head, "retry-after") == 0 ? 0 : -1;
}

/* ---- the end of an attempt ---- */

/* A proxy that answered CONNECT with anything but yes. */
static bool proxy_refused(const struct transfer *x) {
  long status = 0;
  curl_easy_getinfo(x->easy, CURLINFO_HTTP_CONNECTCODE, &status);
  return status >= 300;
}

/* The connection was gone before, if it had been open, and the request will not have been seen; but
 * one that took a large body whole was not. A reset of one stream is the server's word, and so none
 * of these. */
static bool is_dead(const struct transfer *x, CURLcode code) {
  switch (code) {
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR:
  case CURLE_GOT_NOTHING:
  case CURLE_PARTIAL_FILE:
  case CURLE_HTTP2:
    return x->connected_ms >= 0 && !x->taken;
  default:
    return false;
  }
}

static enum failure failure_of(const struct transfer *x, CURLcode code) {
  if (code != CURLE_OK && x->connected_ms < 0 && proxy_refused(x))
    return FAILURE_PROXY;
  switch (code) {
  case CURLE_OK:
    return FAILURE_NONE;
  case CURLE_COULDNT_RESOLVE_HOST:
    return FAILURE_RESOLVE;
  case CURLE_COULDNT_CONNECT:
    return FAILURE_CONNECT;
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_PROXY:
    return FAILURE_PROXY;
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_ISSUER_ERROR:
    return FAILURE_TLS;
  case CURLE_OPERATION_TIMEDOUT:
    return x->connected_ms < 0 ? FAILURE_TIMEOUT_CONNECT : FAILURE_RESET;
  case CURLE_URL_MALFORMAT:
  case CURLE_UNSUPPORTED_PROTOCOL:
    return FAILURE_BAD_URL;
  case CURLE_OUT_OF_MEMORY:
    return FAILURE_MEMORY;
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR:
  case CURLE_GOT_NOTHING:
  case CURLE_PARTIAL_FILE:
  case CURLE_HTTP2:
  case CURLE_HTTP2_STREAM:
    return x->connected_ms < 0 ? FAILURE_CONNECT : FAILURE_RESET;
  default:
    return FAILURE_PROTOCOL;
  }
}

struct transfer *wire_finished(struct transport *t, enum failure *f) {
  CURLMsg *msg;
  int left;
  while ((msg = curl_multi_info_read(t->multi, &left)) != NULL && msg->msg != CURLMSG_DONE)
    ;
  if (!msg)
    return NULL;
  struct transfer *x = NULL;
  CURLcode code = msg->data.result;
  curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &x);
  x->complete = code == CURLE_OK;
  wire_watch_upload(x, transport_now_ms());
  x->dead = is_dead(x, code);
  *f = failure_of(x, code);
  return x;
}

static void free_lines(struct curl_slist *lines) {
  for (struct curl_slist *line = lines; line; line = line->next)
    buf_wipe(line->data, strlen(line->data));
  curl_slist_free_all(lines);
}

static int64_t info_ms(CURL *easy, CURLINFO which) {
  return info_number(easy, which) / 1000; /* they are microseconds */
}

static void note_figures(struct transfer *x) {
  struct mail *m = x->last;
  long connects = 0, request_size = 0;
  m->connect_ms = info_ms(x->easy, CURLINFO_APPCONNECT_TIME_T);
  if (!m->connect_ms) /* no TLS */
    m->connect_ms = info_ms(x->easy, CURLINFO_CONNECT_TIME_T);
  m->head_ms = info_ms(x->easy, CURLINFO_STARTTRANSFER_TIME_T);
  curl_easy_getinfo(x->easy, CURLINFO_REQUEST_SIZE, &request_size);
  m->received_bytes += info_number(x->easy, CURLINFO_SIZE_DOWNLOAD_T);
  m->sent_bytes += info_number(x->easy, CURLINFO_SIZE_UPLOAD_T) + request_size;
  curl_easy_getinfo(x->easy, CURLINFO_NUM_CONNECTS, &connects);
  atomic_fetch_add(&x->transport->connections, (unsigned long long)connects);
}

/* libcurl 7.88 loses the memory of what a paused transfer still holds when it is removed while
 * others use its connection. So it gives it out first, to nobody. */
static void empty(struct transfer *x) {
  if (!x->paused)
    return;
  x->discard = true;
  curl_easy_pause(x->easy, CURLPAUSE_CONT);
}

bool wire_end(struct transfer *x) {
  if (!x->easy)
    return false;
  bool sent = x->errand == ERRAND_ASK && x->connected_ms >= 0;
  note_figures(x);
  if (x->patient_port)
    tcp_patience(&x->transport->sockets, x->patient_port, false);
  x->patient_port = 0;
  empty(x);
  if (x->errand != ERRAND_ASK)
    curl_easy_setopt(x->easy, CURLOPT_CONNECT_ONLY, 0L); /* or libcurl closes the connection */
  curl_multi_remove_handle(x->transport->multi, x->easy);
  curl_easy_cleanup(x->easy);
  curl_mime_free(x->form);
  free_lines(x->lines);
  sse_free(x->sse);
  eventstream_free(x->frames);
  sink_drop(x->sink);
  x->easy = NULL;
  x->form = NULL;
  x->lines = NULL;
  x->sse = NULL;
  x->frames = NULL;
  x->sink = NULL;
  x->paused = false;
  return sent && !x->complete && !x->dead;
}

/* ---- the multi handle ---- */

void wire_sleep(struct transport *t, int64_t ms) {
  struct peer *peer = atomic_load(&t->peer);
  struct curl_waitfd doors[] = {
      {.fd = wake_fd(t->bell), .events = CURL_WAIT_POLLIN},
      {.fd = peer ? peer_listening(peer) : -1, .events = CURL_WAIT_POLLIN}};
  curl_multi_poll(t->multi, doors, doors[1].fd >= 0 ? 2 : 1, (int)ms, NULL);
  if (doors[0].revents)
    wake_quiet(t->bell);
  if (doors[1].revents)
    peer_accept(peer);
}

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

#ifdef MISTRAL_FIND_LEAKS
/* Under a leak finder, what libcurl lets grow comes through here, so that lsan.supp can name it. */
__attribute__((noinline)) static void *wire_grow(void *old, size_t size) {
  void *grown = realloc(old, size);
  __asm__ volatile("" : : "r"(grown) : "memory"); /* no tail call: this frame is to be seen */
  return grown;
}

static void start_curl(void) {
  curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, free, wire_grow, strdup, calloc);
}
#else
static void start_curl(void) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
}
#endif

/* Costs some milliseconds, so the first worker does it. libcurl says since 7.84 that it may. */
static void init_curl(void) {
  start_curl();
  transport_at_exit();
}

/* libcurl's words for a proxy that it cannot use repeat it whole, password and all; so it is read
 * here first. */
static bool is_proxy(const char *proxy) {
  static const char *const schemes[] = {"http", "https", "socks4", "socks4a", "socks5", "socks5h"};
  char *scheme = NULL;
  bool known = false;
  CURLU *url = curl_url();
  unsigned flags = CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME;
  if (url && curl_url_set(url, CURLUPART_URL, proxy, flags) == CURLUE_OK &&
      curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK)
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
      known = known || strcasecmp(scheme, schemes[i]) == 0;
  curl_free(scheme);
  curl_url_cleanup(url);
  return known;
}

bool wire_open(struct transport *t) {
  pthread_once(&curl_once, init_curl);
  CURLM *multi = curl_multi_init();
  if (!multi)
    return false;
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, MAX_STREAMS);
  curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
  t->multi = multi;
  t->trust = trust_choose(t->ca_file, info->cainfo, info->capath);
  t->proxy_ok = !t->proxy || !*t->proxy || is_proxy(t->proxy);
  return true;
}

void wire_close(struct transport *t) {
  curl_multi_cleanup(t->multi);
}

/* ---- what libcurl can do ---- */

const char *transport_curl_version(void) {
  return curl_version_info(CURLVERSION_NOW)->version;
}

unsigned transport_features(void) {
  static const struct {
    int curl;
    unsigned ours;
  } table[] = {
      {CURL_VERSION_HTTP2, TRANSPORT_HTTP2},   {CURL_VERSION_SSL, TRANSPORT_TLS},
      {CURL_VERSION_BROTLI, TRANSPORT_BROTLI}, {CURL_VERSION_LIBZ, TRANSPORT_GZIP},
      {CURL_VERSION_ZSTD, TRANSPORT_ZSTD},     {CURL_VERSION_ASYNCHDNS, TRANSPORT_ASYNC_DNS}};
  int has = curl_version_info(CURLVERSION_NOW)->features;
  unsigned features = TRANSPORT_SIGV4; /* since libcurl 7.75, older than we build with */
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (has & table[i].curl)
      features |= table[i].ours;
  return features;
}
