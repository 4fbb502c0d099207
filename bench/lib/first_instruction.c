/* The child of bench/restart.py: notes the time at once (CLOCK_MONOTONIC, with its pid) in the file $FIRST, then waits. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(void) {
  struct timespec now;
  char line[64];
  const char* path = getenv("FIRST");
  clock_gettime(CLOCK_MONOTONIC, &now);
  int fd = path ? open(path, O_WRONLY | O_APPEND | O_CREAT, 0644) : -1;
  int length = snprintf(line, sizeof line, "%lld %d\n", now.tv_sec * 1000000000LL + now.tv_nsec, (int)getpid());
  if (fd >= 0 && write(fd, line, length) != length) return 1;
  for (;;) pause();
}
