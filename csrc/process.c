#define _GNU_SOURCE /* for what posix_spawn can do beyond POSIX */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
  CHUNK = 16 * 1024,
  ROUND = 64 * 1024,       /* read of one pipe before looking at the rest */
  PIPE_MOST = 1024 * 1024, /* what a pipe can hold when its writer is gone */
  SLICE_MS = 20,
  GRACE_MS = 2000,
  BRIEF_GRACE_MS = 500
};

#ifdef __APPLE__ /* where a module does not see it by name */
#include <crt_externs.h>
#define environ (*_NSGetEnviron())
#elif !defined(__linux__)
extern char **environ;
#endif

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void close_end(int *fd) {
  if (*fd >= 0)
    close(*fd);
  *fd = -1;
}

/* ---- starting ---------------------------------------------------------------------------------
 */

/* Above the standard ones, which this process may have closed; and not for other children. */
static int lift(int *fd) {
  int above = fcntl(*fd, F_DUPFD_CLOEXEC, 3);
  int problem = above < 0 ? errno : 0;
  close(*fd);
  *fd = above;
  return problem;
}

static int open_pipe(int ends[2]) {
#ifdef __APPLE__
  if (pipe(ends) != 0)
    return errno;
#else
  if (pipe2(ends, O_CLOEXEC) != 0)
    return errno;
#endif
  int problem = lift(&ends[0]);
  int other = lift(&ends[1]);
  return problem ? problem : other;
}

struct pipes {
  int in[2], out[2], err[2]; /* read end, write end */
};

static void close_pipes(struct pipes *s) {
  int *ends[] = {&s->in[0], &s->in[1], &s->out[0], &s->out[1], &s->err[0], &s->err[1]};
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    close_end(ends[i]);
}

static int open_pipes(struct pipes *s, const struct process_order *order) {
  int problem = open_pipe(s->out);
  if (!problem && order->catch_errors)
    problem = open_pipe(s->err);
  if (!problem && order->input)
    problem = open_pipe(s->in);
  return problem;
}

/* What other parts of this process have opened without a thought for children. */
static int keep_from_child(posix_spawn_file_actions_t *actions) {
#if defined(MISTRAL_SPAWN_CLOSEFROM)
  return posix_spawn_file_actions_addclosefrom_np(actions, 3);
#elif defined(POSIX_SPAWN_CLOEXEC_DEFAULT)
  (void)actions;
  return 0;
#else
  int problem = 0;
  long most = sysconf(_SC_OPEN_MAX);
  for (int fd = 3; fd < (most > 0 && most < 4096 ? (int)most : 4096) && !problem; fd++) {
    int flags = fcntl(fd, F_GETFD);
    if (flags >= 0 && !(flags & FD_CLOEXEC))
      problem = posix_spawn_file_actions_addclose(actions, fd);
  }
  return problem;
#endif
}

static int enter(posix_spawn_file_actions_t *actions, const char *folder) {
  if (!folder)
    return 0;
#ifdef MISTRAL_SPAWN_CHDIR
  return posix_spawn_file_actions_addchdir_np(actions, folder);
#else
  (void)actions;
  return ENOSYS;
#endif
}

static int add_actions(posix_spawn_file_actions_t *actions, const struct process_order *order,
                       const struct pipes *s) {
  int problem = posix_spawn_file_actions_adddup2(actions, s->out[1], 1);
#ifdef POSIX_SPAWN_CLOEXEC_DEFAULT
  if (!problem && !order->input)
    problem = posix_spawn_file_actions_addinherit_np(actions, 0);
  if (!problem && !order->catch_errors)
    problem = posix_spawn_file_actions_addinherit_np(actions, 2);
#endif
  if (!problem && order->input)
    problem = posix_spawn_file_actions_adddup2(actions, s->in[0], 0);
  if (!problem && order->catch_errors)
    problem = posix_spawn_file_actions_adddup2(actions, s->err[1], 2);
  if (!problem)
    problem = enter(actions, order->cwd);
  return problem ? problem : keep_from_child(actions);
}

/* A host may ignore SIGPIPE, or was started by somebody who ignores SIGCHLD, and that would pass to
 * the child, which may rely on the one and on learning what its own children came to. */
static int set_attributes(posix_spawnattr_t *attributes, bool group) {
  sigset_t usual;
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);
  sigaddset(&usual, SIGCHLD);
  int flags = POSIX_SPAWN_SETSIGDEF | (group ? POSIX_SPAWN_SETPGROUP : 0);
#ifdef POSIX_SPAWN_CLOEXEC_DEFAULT
  flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
#endif
  int problem = posix_spawnattr_setsigdefault(attributes, &usual);
  return problem ? problem : posix_spawnattr_setflags(attributes, (short)flags);
}

static int spawn(struct process *p, const struct process_order *order, const struct pipes *s) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int problem = posix_spawn_file_actions_init(&actions);
  if (problem)
    return problem;
  problem = posix_spawnattr_init(&attributes);
  if (problem) {
    posix_spawn_file_actions_destroy(&actions);
    return problem;
  }
  problem = add_actions(&actions, order, s);
  if (!problem)
    problem = set_attributes(&attributes, p->group);
  pid_t pid = 0;
  if (!problem)
    problem = posix_spawnp(&pid, order->argv[0], &actions, &attributes, order->argv, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  p->pid = problem ? 0 : pid;
  return problem;
}

/* In a group of its own it could not ask somebody at the terminal for a password. */
static bool may_lead(const struct process_order *order) {
  if (order->input)
    return true;
  int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal >= 0)
    close(terminal);
  return terminal < 0;
}

static int take_end(int *end, int *from) {
  *end = *from;
  *from = -1;
  if (*end < 0)
    return 0;
  return fcntl(*end, F_SETFL, O_NONBLOCK) == 0 ? 0 : errno;
}

void process_init(struct process *p) {
  *p = (struct process){.in = -1, .out = -1, .err = -1, .slice_ms = 1};
  buf_init(&p->output, 0);
  buf_init(&p->errors, 0);
}

int process_start(struct process *p, const struct process_order *order) {
  struct pipes s = {.in = {-1, -1}, .out = {-1, -1}, .err = {-1, -1}};
  p->output.max = p->errors.max = p->limit = order->limit;
  p->input = order->input;
  p->input_len = order->input_len;
  p->group = may_lead(order);
  int problem = open_pipes(&s, order);
  if (!problem)
    problem = spawn(p, order, &s);
  int one = take_end(&p->in, &s.in[1]);
  int two = take_end(&p->out, &s.out[0]);
  int three = take_end(&p->err, &s.err[0]);
  close_pipes(&s);
  if (p->input && p->input_len == 0)
    close_end(&p->in);
  p->deadline_ms = now_ms() + order->timeout_ms;
  return problem ? problem : one ? one : two ? two : three;
}

/* ---- its pipes --------------------------------------------------------------------------------
 */

static void stop(struct process *p, int why, int64_t grace_ms);

/* What it says goes to b, up to most bytes at a time. */
static void take(struct process *p, int *fd, struct buf *b, size_t most) {
  char chunk[CHUNK];
  size_t taken = 0;
  while (*fd >= 0 && taken < most) {
    ssize_t n = read(*fd, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && errno == EAGAIN)
      return;
    if (n <= 0) {
      close_end(fd);
      return;
    }
    taken += (size_t)n;
    if (p->stopped)
      continue; /* it is ending; nobody reads more of it */
    size_t room = p->limit - p->output.len - p->errors.len;
    size_t fits = (size_t)n < room ? (size_t)n : room;
    p->starved = buf_add(b, chunk, fits) != BUF_OK;
    if (p->starved || fits < (size_t)n)
      stop(p, PROCESS_TOO_MUCH, GRACE_MS);
  }
}

/* write() without the signal that kills a process whose reader has gone: it comes to this thread
 * alone, so it is held back here, and taken away unless it was there before. */
static ssize_t write_quietly(int fd, const char *bytes, size_t n) {
  sigset_t one, before, pending;
  sigemptyset(&one);
  sigaddset(&one, SIGPIPE);
  sigpending(&pending);
  bool was_there = sigismember(&pending, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &one, &before);
  ssize_t written = write(fd, bytes, n);
  int problem = errno;
  if (written < 0 && problem == EPIPE && !was_there) {
    int number;
    sigpending(&pending);
    if (sigismember(&pending, SIGPIPE) == 1)
      sigwait(&one, &number);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = problem;
  return written;
}

static void give(struct process *p) {
  while (p->in >= 0) {
    ssize_t n = write_quietly(p->in, p->input, p->input_len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && errno == EAGAIN)
      return;
    if (n > 0) {
      p->input += n;
      p->input_len -= (size_t)n;
    }
    if (n < 0 || p->input_len == 0) /* it need not read all of it */
      close_end(&p->in);
  }
}

/* Waits until there is something to do for the pipes, and does it; p->slice_ms at most. */
static void serve(struct process *p) {
  struct pollfd fds[] = {{.fd = p->in, .events = POLLOUT},
                         {.fd = p->out, .events = POLLIN},
                         {.fd = p->err, .events = POLLIN}};
  if (poll(fds, 3, p->slice_ms) <= 0) {
    p->slice_ms = p->slice_ms * 2 < SLICE_MS ? p->slice_ms * 2 : SLICE_MS;
    return;
  }
  p->slice_ms = 1;
  if (fds[0].revents)
    give(p);
  if (fds[1].revents)
    take(p, &p->out, &p->output, ROUND);
  if (fds[2].revents)
    take(p, &p->err, &p->errors, ROUND);
}

/* ---- its end ----------------------------------------------------------------------------------
 */

static void signal_it(const struct process *p, int number) {
  kill(p->group ? -p->pid : p->pid, number);
}

static void stop(struct process *p, int why, int64_t grace_ms) {
  p->stopped = why;
  p->deadline_ms = now_ms() + grace_ms;
  signal_it(p, SIGTERM);
}

/* Whether it has ended; its number stays its own until it is reaped. */
static bool has_ended(struct process *p) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  int got = waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT);
  if (got != 0 && errno == ECHILD)
    p->lost = true;
  return p->lost || (got == 0 && info.si_pid == p->pid);
}

static void reap(struct process *p) {
  int status = 0;
  if (p->stopped && p->group && !p->lost)
    signal_it(p, SIGKILL); /* those of the group that have not listened */
  pid_t got = p->lost ? -1 : waitpid(p->pid, &status, 0);
  while (got < 0 && !p->lost) {
    p->lost = errno != EINTR;
    got = p->lost ? -1 : waitpid(p->pid, &status, 0);
  }
  p->pid = 0;
  p->code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  if (p->stopped)
    p->code = p->stopped;
}

static void watch_the_clock(struct process *p) {
  if (p->deadline_ms == 0 || now_ms() < p->deadline_ms)
    return;
  if (!p->stopped) {
    stop(p, PROCESS_TIMED_OUT, GRACE_MS);
    return;
  }
  p->deadline_ms = 0;
  signal_it(p, SIGKILL);
}

bool process_step(struct process *p) {
  serve(p);
  if (!has_ended(p)) {
    watch_the_clock(p);
    return true;
  }
  /* What it left in the pipes; not what others who hold them may still write. */
  take(p, &p->out, &p->output, PIPE_MOST);
  take(p, &p->err, &p->errors, PIPE_MOST);
  reap(p);
  return false;
}

static void end_now(struct process *p) {
  if (!p->stopped)
    stop(p, PROCESS_TIMED_OUT, BRIEF_GRACE_MS);
  while (!has_ended(p)) {
    watch_the_clock(p);
    poll(NULL, 0, 5);
  }
  reap(p);
}

void process_fini(struct process *p) {
  close_end(&p->in);
  close_end(&p->out);
  close_end(&p->err);
  if (p->pid != 0)
    end_now(p);
  buf_fini(&p->output);
  buf_fini(&p->errors);
}
