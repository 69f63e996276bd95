/* For LD_PRELOAD: names that end in ".slow.test" take ten seconds to resolve, as behind a name
 * server that does not answer. All others resolve as usual. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

#define SLOW ".slow.test"
#define SECONDS 10

static int is_slow(const char *name) {
  size_t n = name ? strlen(name) : 0;
  return n > strlen(SLOW) && strcmp(name + n - strlen(SLOW), SLOW) == 0;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **result) {
  if (is_slow(node)) {
    sleep(SECONDS);
    return EAI_AGAIN;
  }
  int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
  *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
  return real(node, service, hints, result);
}
