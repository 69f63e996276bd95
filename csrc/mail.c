#include "mail.h"

#include <stdlib.h>
#include <string.h>

struct text text_of(const char *string) {
  return (struct text){.ptr = string, .len = string ? strlen(string) : 0};
}

static size_t room(struct text t) {
  return t.ptr ? t.len + 1 : 0;
}

static struct text keep(char **at, struct text t) {
  if (!t.ptr)
    return t;
  char *own = *at;
  memcpy(own, t.ptr, t.len);
  own[t.len] = '\0';
  *at += t.len + 1;
  return (struct text){.ptr = own, .len = t.len};
}

struct mail *mail_new(enum mail_kind kind, uint64_t id, const struct mail_texts *texts) {
  size_t size = sizeof(struct mail) + room(texts->data) + room(texts->type) +
                room(texts->message_type) + room(texts->event_id) + room(texts->headers) +
                room(texts->code) + room(texts->message);
  struct mail *m = malloc(size);
  if (!m)
    return NULL;
  *m = (struct mail){.letter.cost = size, .kind = kind, .id = id};
  char *at = m->bytes;
  m->texts.data = keep(&at, texts->data);
  m->texts.type = keep(&at, texts->type);
  m->texts.message_type = keep(&at, texts->message_type);
  m->texts.event_id = keep(&at, texts->event_id);
  m->texts.headers = keep(&at, texts->headers);
  m->texts.code = keep(&at, texts->code);
  m->texts.message = keep(&at, texts->message);
  return m;
}

void mail_free(struct mail *m) {
  free(m);
}
