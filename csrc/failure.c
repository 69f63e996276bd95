#include "failure.h"

static const struct {
  const char *code;
  const char *text;
} words[] = {
#define FAILURE_WORDS(name, code, text) {code, text},
    FAILURES(FAILURE_WORDS)
#undef FAILURE_WORDS
};

const char *failure_code(enum failure f) {
  return words[f].code;
}

const char *failure_text(enum failure f) {
  return words[f].text;
}
