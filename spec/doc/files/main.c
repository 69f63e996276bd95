#include <stdio.h>

int main(int argc, char **argv) {
  char name[8];
  sprintf(name, "%s", argv[1]);
  printf("Hello, %s\n", name);
}
