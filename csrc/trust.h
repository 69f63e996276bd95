/*
 * trust: which store of certificates to use.
 *
 * A folder of hashed certificates costs one file per connection; a bundle is
 * parsed whole, 20 ms for Debian's. Given both, OpenSSL does both each time,
 * and libcurl's cache of the parsed bundle is switched off. So: exactly one.
 */
#ifndef MISTRAL_TRUST_H
#define MISTRAL_TRUST_H

struct trust {
  const char *file; /* a PEM bundle, or NULL */
  const char *path; /* a folder of hashed certificates, or NULL */
};

/* Chooses by what is on the disk, which it reads: not for the editor's thread. Each of the three
 * may be NULL; own_file wins. Both NULL in the answer: leave libcurl to its defaults. */
struct trust trust_choose(const char *own_file, const char *bundle, const char *folder);

#endif
