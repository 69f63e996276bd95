#include "trust.h"

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#define HASH_DIGITS 8

/* "3513523f.0": what c_rehash and update-ca-certificates make. */
static bool hashed_name(const char *name) {
  for (int i = 0; i < HASH_DIGITS; i++)
    if (!isxdigit((unsigned char)name[i]))
      return false;
  return name[HASH_DIGITS] == '.' && name[HASH_DIGITS + 1] == '0' && !name[HASH_DIGITS + 2];
}

static bool has_hashes(const char *folder) {
  DIR *dir = opendir(folder);
  if (!dir)
    return false;
  const struct dirent *entry;
  bool found = false;
  while (!found && (entry = readdir(dir)) != NULL)
    found = hashed_name(entry->d_name);
  closedir(dir);
  return found;
}

struct trust trust_choose(const char *own_file, const char *bundle, const char *folder) {
  if (own_file)
    return (struct trust){.file = own_file};
  if (folder && has_hashes(folder))
    return (struct trust){.path = folder};
  if (bundle && access(bundle, R_OK) == 0)
    return (struct trust){.file = bundle};
  return (struct trust){0};
}
