/**
 * The monotonic clock of the machine in ms (CLOCK_MONOTONIC on Linux, `mach_absolute_time` on macOS). It is the same for
 * all processes, so that what happens in several servers can be put in order; `performance.now()` begins with its process.
 */
export function machineMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
