import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { BoundedTail } from '../../harness/bounded-tail.ts';
import { type ChildExit, exitOf, spawnChild } from '../../harness/child.ts';

/** A process that is spoken to in lines: JSON values or commands in, JSON values or text out. */
export class LineProcess {
  readonly stderr = new BoundedTail();
  readonly exited: Promise<ChildExit>;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(command: readonly string[], environment?: NodeJS.ProcessEnv) {
    this.#child = spawnChild(command, {
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(environment === undefined ? {} : { environment }),
    });
    this.exited = exitOf(this.#child);
    const { stdin, stdout, stderr } = this.#child;
    if (stdin === null || stdout === null || stderr === null) {
      throw new Error('a process without pipes');
    }
    // A process that ends early closes its input; that shows as the end of its output, so the write error says no more.
    stdin.on('error', () => undefined);
    this.stderr.follow(stderr);
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  /** Writes one line. */
  send(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** The next line, or undefined after the last. */
  async nextLine(): Promise<string | undefined> {
    const next = await this.#lines.next();
    return next.done === true ? undefined : next.value;
  }

  /** Closes the process's standard input. */
  end(): void {
    this.#child.stdin?.end();
  }

  /** SIGKILL, and waits for the end. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }
}
