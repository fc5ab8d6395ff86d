/** What is told of the machine and of the process. None of it is worth a server: what the system does not tell is left out. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import v8 from 'node:v8';

const MEGABYTE = 1024 * 1024;

/** A file of a directory, with its size and time. */
export interface FoundFile {
  readonly name: string;
  readonly stat: fs.Stats;
}

/** What the system answers; the fallback where it does not, for want of a user, a directory or a file descriptor. */
function orElse<T>(ask: () => T, fallback: T): T {
  try {
    return ask();
  } catch {
    return fallback;
  }
}

/** The lines of `envi` behind the version. */
export function environment(): [string, string][] {
  const heap = v8.getHeapStatistics();
  const megabytes = (bytes: number): string => `${Math.floor(bytes / MEGABYTE)}MB`;
  return [
    ['host.name', orElse(() => os.hostname(), '<NA>')],
    ['node.version', process.versions.node],
    ['node.home', process.execPath],
    ['os.name', os.type()],
    ['os.arch', os.arch()],
    ['os.version', os.release()],
    // A container may run under a number that is nobody's, in a directory that is gone.
    ['user.name', orElse(() => os.userInfo().username, '?')],
    ['user.home', orElse(() => os.homedir(), '?')],
    ['user.dir', orElse(() => process.cwd(), '?')],
    ['os.memory.free', megabytes(heap.total_heap_size - heap.used_heap_size)],
    ['os.memory.max', megabytes(heap.heap_size_limit)],
    ['os.memory.total', megabytes(heap.total_heap_size)],
  ];
}

/** Linux tells both below /proc; elsewhere it is not told. */
export function fileDescriptors(): { open: number; max: number } | null {
  return orElse(() => {
    const limit = /^Max open files +(\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return limit === undefined ? null : { open: fs.readdirSync('/proc/self/fd').length, max: Number(limit) };
  }, null);
}

/** Memory of the process; null where the system does not tell. */
export function residentBytes(): number | null {
  return orElse(() => process.memoryUsage.rss(), null);
}

/** The files of a directory; those that cannot be looked at are left out. */
export function filesIn(directory: string): FoundFile[] {
  return orElse(() => fs.readdirSync(directory), []).flatMap((name) => {
    // A purge may have removed it meanwhile.
    const stat = orElse(() => fs.statSync(path.join(directory, name), { throwIfNoEntry: false }), undefined);
    return stat?.isFile() ? [{ name, stat }] : [];
  });
}
