import { fileURLToPath } from 'node:url';
import { pollUntil } from '../../harness/poll.ts';
import { LineProcess } from '../../integration/clients/line-process.ts';

const script = fileURLToPath(new URL('writer.py', import.meta.url));

/** A client of PostgreSQL that writes all the time, wherever the leader is, and the account of what was acknowledged to it. */
export class PostgresWriter {
  readonly #process: LineProcess;
  readonly #acknowledged: number[] = [];
  readonly #reading: Promise<void>;
  #lastAtMs = performance.now();
  #longestGapMs = 0;

  /** Starts to write; the table has to be there. */
  constructor(ports: readonly number[]) {
    this.#process = new LineProcess(['/usr/bin/python3', '-B', script, ports.join(',')]);
    this.#reading = this.#read();
  }

  /** The values of all rows that were acknowledged, in their order. */
  get acknowledged(): readonly number[] {
    return this.#acknowledged;
  }

  /** Waits until rows are acknowledged that were not even asked for at the time of the call. */
  async progress(deadlineMs = 60_000): Promise<void> {
    const known = this.#acknowledged.length;
    await pollUntil(async () => (this.#acknowledged.length >= known + 10 ? true : undefined), {
      deadlineMs,
      describe: () => `an acknowledged row after ${known} others\n${this.#process.stderr.text}`,
    });
  }

  /** The longest time without an acknowledgement since the last call, in ms. */
  takeLongestGapMs(): number {
    const longest = this.#longestGapMs;
    this.#longestGapMs = 0;
    return longest;
  }

  /** Ends the writing; {@link acknowledged} is complete then. */
  async stop(): Promise<void> {
    this.#process.send('stop');
    await this.#reading;
  }

  /** Ends the process. */
  async close(): Promise<void> {
    await this.#process.kill();
  }

  async #read(): Promise<void> {
    for (let line = await this.#process.nextLine(); line !== undefined; line = await this.#process.nextLine()) {
      this.#acknowledged.push(Number(line));
      const nowMs = performance.now();
      this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#lastAtMs);
      this.#lastAtMs = nowMs;
    }
  }
}
