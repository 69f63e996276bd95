/* A TCP proxy on loopback that makes the far end look one round trip away.
 *
 *   delay TARGET_PORT RTT_MS        prints {"port":N}, then answers one line per line read:
 *     rtt MS    from now on, a round trip takes MS       -> {"rtt":MS}
 *     count     connections accepted since the start     -> {"connections":N}
 *
 * Each direction holds every byte for half a round trip, in order and without a limit on
 * bandwidth. connect() to the proxy succeeds at once, where over a real network it would take a
 * round trip: so the first bytes of a connection leave one round trip later than they otherwise
 * would, and everything behind them keeps its place. Ends when stdin does. One thread.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK_BYTES = 65536, MAX_EVENTS = 64 };
static const int64_t RETRY_NS = 200000; /* the receiver's window is full: look again soon */
static const int64_t NEVER = INT64_MAX;

/* Bytes on their way; n == 0 is the end of the stream. */
struct chunk {
  struct chunk *next;
  int64_t due_ns;
  size_t n, sent;
  char bytes[];
};

struct side {
  struct link *link;
  int fd;     /* what this side reads from */
  int ended;  /* fd has said all it has to say */
  int passed; /* and the other end has been told */
  struct side *other;
  struct chunk *head, *tail; /* read from fd, not yet written to other->fd */
};

struct link {
  struct link *next;
  struct side client, server;
  int64_t opened_ns;
  int dead;
};

static int epoll_fd, timer_fd, listen_fd;
static int target_port;
static int64_t rtt_ns;
static unsigned long connections;
static struct link *links;
static int stdin_mark, listen_mark, timer_mark; /* their addresses name the other descriptors */

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

_Noreturn static void die(const char *what) {
  perror(what);
  exit(1);
}

static void watch(int fd, void *mark) {
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = mark};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e) != 0)
    die("epoll_ctl");
}

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return a;
}

static void prepare(int fd) {
  int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  fcntl(fd, F_SETFL, O_NONBLOCK);
}

static void side_init(struct side *s, struct link *l, int fd, struct side *other) {
  s->link = l;
  s->fd = fd;
  s->other = other;
  prepare(fd);
  watch(fd, s);
}

static void accept_one(void) {
  int client = accept(listen_fd, NULL, NULL);
  if (client < 0)
    return;
  int server = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a = loopback(target_port);
  struct link *l = calloc(1, sizeof *l);
  if (!l || server < 0 || connect(server, (struct sockaddr *)&a, sizeof a) != 0) {
    free(l);
    close(client);
    if (server >= 0)
      close(server);
    return;
  }
  l->opened_ns = now_ns();
  side_init(&l->client, l, client, &l->server);
  side_init(&l->server, l, server, &l->client);
  l->next = links;
  links = l;
  connections++;
}

/* A connection's first word may leave the client one round trip after connect, not sooner. */
static int64_t due(const struct side *s) {
  int64_t sent = now_ns();
  if (s == &s->link->client && sent < s->link->opened_ns + rtt_ns) {
    sent = s->link->opened_ns + rtt_ns;
  }
  int64_t at = sent + rtt_ns / 2;
  return s->tail && s->tail->due_ns > at ? s->tail->due_ns : at;
}

static void queue(struct side *s, const char *bytes, size_t n) {
  struct chunk *c = malloc(sizeof *c + n);
  if (!c)
    die("malloc");
  *c = (struct chunk){.due_ns = due(s), .n = n};
  memcpy(c->bytes, bytes, n);
  if (s->tail) {
    s->tail->next = c;
  } else {
    s->head = c;
  }
  s->tail = c;
}

static void take(struct side *s) {
  static char bytes[CHUNK_BYTES];
  ssize_t n = read(s->fd, bytes, sizeof bytes);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n > 0) {
    queue(s, bytes, (size_t)n);
    return;
  }
  s->ended = 1;
  epoll_ctl(epoll_fd, EPOLL_CTL_DEL, s->fd, NULL);
  if (n < 0) {
    s->link->dead = 1;
  } else {
    queue(s, "", 0);
  }
}

static void drop_head(struct side *s) {
  struct chunk *c = s->head;
  s->head = c->next;
  if (!s->head)
    s->tail = NULL;
  free(c);
}

/* Writes what is due; returns when to look again. */
static int64_t pass(struct side *s, int64_t now) {
  while (s->head && s->head->due_ns <= now) {
    struct chunk *c = s->head;
    if (c->n == 0) {
      shutdown(s->other->fd, SHUT_WR);
      s->passed = 1;
      drop_head(s);
      continue;
    }
    ssize_t n = send(s->other->fd, c->bytes + c->sent, c->n - c->sent, MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
      return now + RETRY_NS;
    if (n < 0) {
      s->link->dead = 1;
      return NEVER;
    }
    c->sent += (size_t)n;
    if (c->sent == c->n)
      drop_head(s);
  }
  return s->head ? s->head->due_ns : NEVER;
}

static void side_fini(struct side *s) {
  close(s->fd);
  while (s->head)
    drop_head(s);
}

static void free_dead(void) {
  for (struct link **at = &links; *at;) {
    struct link *l = *at;
    if (!l->dead && !(l->client.passed && l->server.passed)) {
      at = &l->next;
      continue;
    }
    *at = l->next;
    side_fini(&l->client);
    side_fini(&l->server);
    free(l);
  }
}

static void set_timer(int64_t at) {
  struct itimerspec t = {{0, 0}, {0, 0}};
  if (at != NEVER) {
    t.it_value.tv_sec = at / 1000000000;
    t.it_value.tv_nsec = at % 1000000000;
  }
  timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &t, NULL);
}

static void pass_all(void) {
  int64_t now = now_ns(), next = NEVER;
  for (struct link *l = links; l; l = l->next) {
    int64_t a = pass(&l->client, now), b = pass(&l->server, now);
    if (a < next)
      next = a;
    if (b < next)
      next = b;
  }
  free_dead();
  set_timer(next);
}

static void answer(void) {
  char line[64];
  ssize_t n = read(0, line, sizeof line - 1);
  if (n <= 0)
    exit(0);
  line[n] = '\0';
  double ms;
  if (sscanf(line, "rtt %lf", &ms) == 1) {
    rtt_ns = (int64_t)(ms * 1e6);
    printf("{\"rtt\":%g}\n", ms);
  } else {
    printf("{\"connections\":%lu}\n", connections);
  }
  fflush(stdout);
}

static void dispatch(void *mark) {
  uint64_t ticks;
  if (mark == &stdin_mark) {
    answer();
  } else if (mark == &listen_mark) {
    accept_one();
  } else if (mark == &timer_mark) {
    if (read(timer_fd, &ticks, sizeof ticks) < 0 && errno != EAGAIN)
      die("timerfd");
  } else {
    struct side *s = mark;
    if (!s->ended && !s->link->dead)
      take(s);
  }
}

static void start(void) {
  struct sockaddr_in a = loopback(0);
  socklen_t n = sizeof a;
  epoll_fd = epoll_create1(0);
  timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (epoll_fd < 0 || timer_fd < 0 || listen_fd < 0)
    die("socket");
  if (bind(listen_fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(listen_fd, 64) != 0) {
    die("listen");
  }
  getsockname(listen_fd, (struct sockaddr *)&a, &n);
  watch(0, &stdin_mark);
  watch(listen_fd, &listen_mark);
  watch(timer_fd, &timer_mark);
  printf("{\"port\":%d}\n", ntohs(a.sin_port));
  fflush(stdout);
}

int main(int argc, char **argv) {
  struct epoll_event events[MAX_EVENTS];
  if (argc != 3) {
    fprintf(stderr, "usage: delay TARGET_PORT RTT_MS\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  target_port = atoi(argv[1]);
  rtt_ns = (int64_t)(atof(argv[2]) * 1e6);
  start();
  for (;;) {
    int n = epoll_wait(epoll_fd, events, MAX_EVENTS, -1);
    for (int i = 0; i < n; i++)
      dispatch(events[i].data.ptr);
    pass_all();
  }
}
