/* libcurl as a C program would use it at its best: one thread, one multi handle kept warm.
 *
 *   bare URL http2|http1 CA_FILE|- CA_PATH|-      answers one line of JSON per line read:
 *     body N       read N bytes of request body from stdin, kept for the requests that follow
 *     fim          one streamed request             ->
 * {"first_ms":,"total_ms":,"cpu_ms":,"opened":} cancelled MS three requests, all removed after MS,
 * then one more; that one is timed fresh        forget every connection and every loaded CA: what
 * follows is cold fresh fim    both, as one answer
 *
 * opened counts the connections made during the command. A CA argument of "-" leaves it unset.
 */
#define _GNU_SOURCE
#include <curl/curl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct request {
  CURL *easy;
  double first_ms;
  int done;
};

static const char *url, *ca_file, *ca_path;
static long http_version;
static CURLM *multi;
static struct curl_slist *headers;
static char *body;
static size_t body_bytes;
static long opened;

static double clock_ms(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static size_t on_bytes(char *bytes, size_t size, size_t n, void *context) {
  struct request *r = context;
  if (r->first_ms == 0 && memmem(bytes, n, "data:", 5))
    r->first_ms = clock_ms(CLOCK_MONOTONIC);
  return size * n;
}

static curl_socket_t on_open(void *context, curlsocktype purpose, struct curl_sockaddr *a) {
  (void)context;
  (void)purpose;
  opened++;
  return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static void fresh(void) {
  if (multi)
    curl_multi_cleanup(multi);
  multi = curl_multi_init();
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
}

static void start(struct request *r) {
  CURL *e = curl_easy_init();
  *r = (struct request){.easy = e};
  curl_easy_setopt(e, CURLOPT_URL, url);
  curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(e, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)body_bytes);
  curl_easy_setopt(e, CURLOPT_HTTP_VERSION, http_version);
  curl_easy_setopt(e, CURLOPT_PIPEWAIT, 1L);
  curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(e, CURLOPT_PROXY, "");
  curl_easy_setopt(e, CURLOPT_CAINFO, ca_file);
  curl_easy_setopt(e, CURLOPT_CAPATH, ca_path);
  curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_bytes);
  curl_easy_setopt(e, CURLOPT_WRITEDATA, r);
  curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open);
  curl_easy_setopt(e, CURLOPT_PRIVATE, r);
  curl_multi_add_handle(multi, e);
}

static void stop(struct request *r) {
  curl_multi_remove_handle(multi, r->easy);
  curl_easy_cleanup(r->easy);
}

static void fail(CURLcode code) {
  fprintf(stderr, "bare: %s\n", curl_easy_strerror(code));
  exit(1);
}

static void collect(void) {
  int running, left;
  curl_multi_perform(multi, &running);
  for (CURLMsg *m; (m = curl_multi_info_read(multi, &left));) {
    struct request *ended;
    if (m->data.result != CURLE_OK)
      fail(m->data.result);
    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &ended);
    ended->done = 1;
  }
}

/* Runs transfers until r has ended, or until the clock says so when r is NULL. */
static void run(const struct request *r, double until_ms) {
  collect();
  while (r ? !r->done : clock_ms(CLOCK_MONOTONIC) < until_ms) {
    curl_multi_poll(multi, NULL, 0, r ? 1000 : 1, NULL);
    collect();
  }
}

/* Times one request; opened is told since the count was before. */
static void fim(long before) {
  struct request r;
  double cpu = clock_ms(CLOCK_PROCESS_CPUTIME_ID), began = clock_ms(CLOCK_MONOTONIC);
  start(&r);
  run(&r, 0);
  stop(&r);
  double ended = clock_ms(CLOCK_MONOTONIC);
  if (r.first_ms == 0)
    fail(CURLE_GOT_NOTHING);
  printf("{\"first_ms\":%.4f,\"total_ms\":%.4f,\"cpu_ms\":%.4f,\"opened\":%ld}\n",
         r.first_ms - began, ended - began, clock_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu,
         opened - before);
}

static void cancelled(double after_ms) {
  struct request burst[3];
  long before = opened;
  for (int i = 0; i < 3; i++)
    start(&burst[i]);
  run(NULL, clock_ms(CLOCK_MONOTONIC) + after_ms);
  for (int i = 0; i < 3; i++)
    stop(&burst[i]);
  fim(before);
}

static void read_body(size_t n) {
  body = realloc(body, n + 1);
  if (!body || fread(body, 1, n, stdin) != n)
    exit(1);
  body_bytes = n;
}

static void answer(const char *line) {
  double ms;
  size_t n;
  if (sscanf(line, "body %zu", &n) == 1) {
    read_body(n);
    puts("{}");
  } else if (sscanf(line, "cancelled %lf", &ms) == 1) {
    cancelled(ms);
  } else {
    if (strncmp(line, "fresh", 5) == 0)
      fresh();
    if (strstr(line, "fim")) {
      fim(opened);
    } else {
      puts("{}");
    }
  }
  fflush(stdout);
}

int main(int argc, char **argv) {
  char line[128];
  if (argc != 5) {
    fprintf(stderr, "usage: bare URL http2|http1 CA_FILE|- CA_PATH|-\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  url = argv[1];
  http_version = strcmp(argv[2], "http1") == 0 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS;
  ca_file = strcmp(argv[3], "-") == 0 ? NULL : argv[3];
  ca_path = strcmp(argv[4], "-") == 0 ? NULL : argv[4];
  curl_global_init(CURL_GLOBAL_DEFAULT);
  headers = curl_slist_append(headers, "Content-Type: application/json");
  headers = curl_slist_append(headers, "Accept: text/event-stream");
  headers = curl_slist_append(headers, "Authorization: Bearer test-key-bench");
  fresh();
  while (fgets(line, sizeof line, stdin))
    answer(line);
  curl_multi_cleanup(multi);
  curl_slist_free_all(headers);
  curl_global_cleanup();
  return 0;
}
