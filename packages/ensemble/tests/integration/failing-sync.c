/* Preloaded into a server: fdatasync fails with EIO as long as the file that FAIL_SYNC_WHILE names exists. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

int fdatasync(int fd) {
  static int (*real)(int);
  if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  const char *mark = getenv("FAIL_SYNC_WHILE");
  if (mark != NULL && access(mark, F_OK) == 0) {
    errno = EIO;
    return -1;
  }
  return real(fd);
}
