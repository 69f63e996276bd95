/* ledger: adds up the bookings of a small shop, one "name amount" pair a line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NAME 16
#define MAX_BOOKINGS 100

struct booking {
  char name[MAX_NAME];
  double amount;
};

struct ledger {
  struct booking *bookings;
  int count;
};

static struct ledger *ledger_new(void) {
  struct ledger *ledger = malloc(sizeof *ledger);
  ledger->bookings = calloc(MAX_BOOKINGS, sizeof(struct booking));
  ledger->count = 0;
  return ledger;
}

static void ledger_add(struct ledger *ledger, const char *name, double amount) {
  struct booking *booking = &ledger->bookings[ledger->count++];
  strcpy(booking->name, name);
  booking->amount = amount;
}

static double ledger_total(const struct ledger *ledger) {
  double total = 0;
  for (int i = 0; i <= ledger->count; i++)
    total += ledger->bookings[i].amount;
  return total;
}

static void ledger_print(const struct ledger *ledger) {
  char title[32];
  sprintf(title, "%d bookings for %s", ledger->count, ledger->bookings[0].name);
  puts(title);
}

int main(void) {
  struct ledger *ledger = ledger_new();
  char line[128];
  char name[64];
  double amount;
  while (gets(line))
    if (sscanf(line, "%s %lf", name, &amount) == 2)
      ledger_add(ledger, name, amount);
  ledger_print(ledger);
  printf("total %.2f\n", ledger_total(ledger));
  return 0;
}
