/*
 * Preloaded into a server process: syncs that take their time, and a wall clock that jumps while the monotonic one goes
 * on. What to do stands in a file of two 64-bit numbers, mapped so that a change counts at once: the skew of the wall
 * clock in ms, and the delay of a sync in ms.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *orders;

__attribute__((constructor)) static void map_orders(void) {
  const char *path = getenv("NEMESIS_ORDERS");
  int descriptor = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  void *mapped = mmap(NULL, 16, PROT_READ, MAP_SHARED, descriptor, 0);
  if (mapped != MAP_FAILED) orders = mapped;
  close(descriptor);
}

static int64_t skew_ms(void) { return orders == NULL ? 0 : orders[0]; }

static void delay_sync(void) {
  int64_t delay = orders == NULL ? 0 : orders[1];
  if (delay <= 0) return;
  struct timespec time = {delay / 1000, (delay % 1000) * 1000000};
  nanosleep(&time, NULL);
}

int fdatasync(int descriptor) {
  static int (*real)(int);
  if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  delay_sync();
  return real(descriptor);
}

int fsync(int descriptor) {
  static int (*real)(int);
  if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  delay_sync();
  return real(descriptor);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  static int (*real)(clockid_t, struct timespec *);
  if (real == NULL) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(clock, time);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    int64_t skew = skew_ms();
    int64_t nanoseconds = time->tv_nsec + (skew % 1000) * 1000000;
    time->tv_sec += skew / 1000;
    if (nanoseconds < 0) {
      nanoseconds += 1000000000;
      time->tv_sec--;
    }
    if (nanoseconds >= 1000000000) {
      nanoseconds -= 1000000000;
      time->tv_sec++;
    }
    time->tv_nsec = nanoseconds;
  }
  return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  struct timespec now;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result != NULL) *result = now.tv_sec;
  return now.tv_sec;
}
