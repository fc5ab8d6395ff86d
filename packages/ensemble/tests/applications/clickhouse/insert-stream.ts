import { setImmediate as nextTurn } from 'node:timers/promises';
import { pollUntil } from '../../harness/poll.ts';
import type { Replica } from './replica.ts';

/** Rows of one block; a block is what ClickHouse inserts as a whole, and recognises when it comes again. */
const ROWS_A_BLOCK = 3;

/**
 * Inserts block after block, on one replica after the other. A block that fails, or whose answer is lost, is sent again, to
 * the next replica, until one acknowledges it: it may then have been inserted before, and must be there once all the same.
 */
export class InsertStream {
  readonly #replicas: readonly Replica[];
  readonly #table: string;
  readonly #ended: Promise<void>;
  #blocks = 0;
  #failures = 0;
  #longestGapMs = 0;
  #stopping = false;
  #error: unknown;

  /** Starts to insert into `table (day Date, id UInt64)`. */
  constructor(replicas: readonly Replica[], table: string) {
    this.#replicas = replicas;
    this.#table = table;
    this.#ended = this.#run().catch((error: unknown) => {
      this.#error = error;
    });
  }

  /** How many requests failed. */
  get failures(): number {
    return this.#failures;
  }

  /** The longest time from one acknowledgement to the next, in ms. */
  get longestGapMs(): number {
    return this.#longestGapMs;
  }

  /** The ids of all rows that were acknowledged: those from 0 to below this. */
  get acknowledgedIds(): number {
    return this.#blocks * ROWS_A_BLOCK;
  }

  /** Waits until `blocks` more are acknowledged. */
  async progress(blocks: number, deadlineMs = 60_000): Promise<void> {
    const wanted = this.#blocks + blocks;
    await pollUntil(
      async () => {
        if (this.#error !== undefined) {
          throw this.#error;
        }
        return this.#blocks >= wanted ? true : undefined;
      },
      { deadlineMs, describe: () => `block ${wanted}\n${this.#replicas.map((one) => one.report()).join('\n')}` },
    );
  }

  /** Ends the inserting, with the block that is under way. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#ended;
    if (this.#error !== undefined) {
      throw this.#error;
    }
  }

  async #run(): Promise<void> {
    let turn = 0;
    let lastAtMs = performance.now();
    while (!this.#stopping) {
      const statement = this.#statement(this.#blocks);
      await pollUntil(
        async () => {
          const replica = this.#replicas[turn++ % this.#replicas.length];
          try {
            return await replica?.query(statement);
          } catch {
            this.#failures += 1;
            return undefined;
          }
        },
        { deadlineMs: 60_000, describe: () => `an acknowledgement of block ${this.#blocks}` },
      );
      this.#blocks += 1;
      const nowMs = performance.now();
      this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - lastAtMs);
      lastAtMs = nowMs;
      await nextTurn();
    }
  }

  #statement(block: number): string {
    const rows = Array.from({ length: ROWS_A_BLOCK }, (_, index) => `('2020-01-01', ${block * ROWS_A_BLOCK + index})`);
    return `INSERT INTO ${this.#table} (day, id) VALUES ${rows.join(', ')}`;
  }
}
