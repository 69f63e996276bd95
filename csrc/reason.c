#include "reason.h"

#include <stdio.h>
#include <string.h>

void reason_of(int number, char *out, size_t room) {
  if (strerror_r(number, out, room) != 0)
    snprintf(out, room, "error %d", number);
}
