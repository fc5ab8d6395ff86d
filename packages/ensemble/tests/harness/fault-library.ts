/** Slow syncs and jumping clocks for a server process of either kind: a library that is preloaded, and its orders. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('../nemesis/faults.c', import.meta.url));
/** Beside the server's own files. */
const ORDERS = 'orders';
const ORDER_BYTES = 8;

/** Compiles `faults.c` into the directory; returns the library's path. */
export function buildFaultLibrary(directory: string): string {
  const library = join(directory, 'faults.so');
  execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl']);
  return library;
}

/** The environment of a server process whose working directory has {@link FaultOrders}. */
export function faultEnvironment(library: string): NodeJS.ProcessEnv {
  return { LD_PRELOAD: library, NEMESIS_ORDERS: ORDERS };
}

/** What the library in front of one server does; it has to be there before the server starts. */
export class FaultOrders {
  private readonly file: number;

  constructor(directory: string) {
    this.file = openSync(join(directory, ORDERS), 'w+');
    writeSync(this.file, new Uint8Array(2 * ORDER_BYTES));
  }

  /** How far the server's wall clock is off, in ms; its monotonic clock goes on. */
  setClockSkew(skewMs: number): void {
    this.order(0, skewMs);
  }

  /** How much longer each sync to disk takes, in ms. */
  setSyncDelay(delayMs: number): void {
    this.order(1, delayMs);
  }

  /** To be called when the process has ended. */
  close(): void {
    closeSync(this.file);
  }

  private order(index: number, value: number): void {
    const bytes = new Uint8Array(ORDER_BYTES);
    new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true);
    writeSync(this.file, bytes, 0, ORDER_BYTES, index * ORDER_BYTES);
  }
}
