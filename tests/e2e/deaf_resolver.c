// For LD_PRELOAD: every look-up of a name hangs, as when the network's name server is gone. Addresses are answered.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <unistd.h>

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
  unsigned char bytes[16];
  int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
      (int (*)(const char *, const char *, const struct addrinfo *, struct addrinfo **))dlsym(RTLD_NEXT, "getaddrinfo");
  if (name == NULL || inet_pton(AF_INET, name, bytes) == 1) return real(name, service, hints, found);
  while (1) sleep(3600);
}
