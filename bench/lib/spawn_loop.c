/* The least that a supervisor can do, for bench/restart.py: spawn_loop CHILD starts CHILD, waits for its end and starts it
 * again. What it needs is the machine's own floor. */
#include <spawn.h>
#include <sys/wait.h>

extern char** environ;

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (;;) {
    pid_t pid;
    if (posix_spawn(&pid, argv[1], 0, 0, argv + 1, environ) != 0) return 1;
    waitpid(pid, 0, 0);
  }
}
