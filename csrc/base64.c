#include "base64.h"

#include <string.h>

#define DIGITS 64
#define NO_DIGIT 0x80

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_length(size_t n) {
  return (n + 2) / 3 * 4;
}

/* Four digits for the low 24 bits. */
static void write_digits(uint32_t bits, char *out) {
  out[0] = alphabet[bits >> 18 & 63];
  out[1] = alphabet[bits >> 12 & 63];
  out[2] = alphabet[bits >> 6 & 63];
  out[3] = alphabet[bits & 63];
}

void base64_write(const char *bytes, size_t n, char *out) {
  const unsigned char *at = (const unsigned char *)bytes;
  for (; n >= 3; n -= 3, at += 3, out += 4)
    write_digits((uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2], out);
  if (!n)
    return;
  write_digits((uint32_t)at[0] << 16 | (n > 1 ? (uint32_t)at[1] << 8 : 0), out);
  out[3] = '=';
  if (n == 1)
    out[2] = '=';
}

/* What each character stands for. */
static void make_values(unsigned char values[256]) {
  memset(values, NO_DIGIT, 256);
  for (unsigned char i = 0; i < DIGITS; i++)
    values[(unsigned char)alphabet[i]] = i;
}

/* Four digits into 24 bits. A character that is none leaves a bit above them. */
static uint32_t read_digits(const unsigned char values[256], const char *text) {
  const unsigned char *at = (const unsigned char *)text;
  uint32_t a = values[at[0]], b = values[at[1]], c = values[at[2]], d = values[at[3]];
  return ((a | b | c | d) & NO_DIGIT) << 24 | a << 18 | b << 12 | c << 6 | d;
}

static void write_bytes(uint32_t bits, char *out, size_t n) {
  for (size_t i = 0; i < n; i++)
    out[i] = (char)(unsigned char)(bits >> (16 - 8 * i) & 255);
}

/* The last four characters; the padding stands for zeros. */
static bool read_last(const unsigned char values[256], const char *text, char *out, size_t *n) {
  size_t padding = text[3] != '=' ? 0 : text[2] != '=' ? 1 : 2;
  char digits[4] = {text[0], text[1], padding < 2 ? text[2] : 'A', padding < 1 ? text[3] : 'A'};
  uint32_t bits = read_digits(values, digits);
  uint32_t unused = ((uint32_t)1 << 8 * padding) - 1;
  if (bits >> 24 || bits & unused)
    return false;
  write_bytes(bits, out, 3 - padding);
  *n += 3 - padding;
  return true;
}

bool base64_read(const char *text, size_t len, char *out, size_t *n) {
  unsigned char values[256];
  *n = 0;
  if (!len || len % 4)
    return !len;
  make_values(values);
  for (; len > 4; len -= 4, text += 4, out += 3, *n += 3) {
    uint32_t bits = read_digits(values, text);
    if (bits >> 24)
      return false;
    out[0] = (char)(unsigned char)(bits >> 16);
    out[1] = (char)(unsigned char)(bits >> 8 & 255);
    out[2] = (char)(unsigned char)(bits & 255);
  }
  return read_last(values, text, out, n);
}
