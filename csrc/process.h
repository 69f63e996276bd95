/*
 * process: one command run to its end, its output caught. No shell reads it.
 *
 * The caller's thread owns it and waits in process_step, which returns at least
 * every few hundredths of a second, so that the caller can give up. The child
 * has the three standard descriptors and no other of ours. No disposition of a
 * signal changes, and when it is over nothing of it is left, a zombie neither.
 */
#ifndef MISTRAL_PROCESS_H
#define MISTRAL_PROCESS_H

#include "buf.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PROCESS_TIMED_OUT 124 /* as timeout(1) has it */
#define PROCESS_TOO_MUCH 125

struct process_order {
  char *const *argv;  /* ended by NULL; its first is looked up in PATH */
  const char *cwd;    /* NULL: this process's own */
  const char *input;  /* NULL: the child has this process's input */
  size_t input_len;   /* the input has to stay where it is until the end */
  bool catch_errors;  /* else the child complains where this process does */
  int64_t timeout_ms; /* then it is asked to end, and two seconds later made to */
  size_t limit;       /* bytes of output, both kinds together; past it it is ended, too */
};

struct process {
  pid_t pid;           /* 0: there is none */
  bool group;          /* it leads a process group of its own, which ends as a whole */
  bool lost;           /* somebody else has taken its status */
  bool starved;        /* there was no memory for its output; it was ended */
  int code;            /* 128 + the number of a signal that killed it; or PROCESS_… */
  int stopped;         /* why we end it: PROCESS_…, or 0 */
  int in, out, err;    /* our ends of the pipes; -1: closed */
  struct buf output;   /* what it printed */
  struct buf errors;   /* what it complained */
  const char *input;   /* what is left of it */
  size_t input_len;    /* bytes */
  size_t limit;        /* bytes */
  int64_t deadline_ms; /* of the monotonic clock; 0 once it was made to end */
  int slice_ms;        /* how long to look at nothing else */
};

/* Nothing yet: safe for process_fini. */
void process_init(struct process *p);

/* Starts it. 0, or an errno; then nothing has to be undone but by process_fini. */
int process_start(struct process *p, const struct process_order *order);

/* Waits a little and takes what has come. False when it is over: code, output and errors are there.
 */
bool process_step(struct process *p);

/* Ends what still runs, and releases all. Safe to call again. */
void process_fini(struct process *p);

#endif
