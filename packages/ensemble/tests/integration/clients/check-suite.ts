import { execFileSync } from 'node:child_process';
import type { TestEnsemble } from '../../harness/test-ensemble.ts';
import { LineProcess } from './line-process.ts';

/** What a suite writes: a wish about a server, or a check's result. */
type SuiteLine = { request: string; port: number } | { check: string; ok: boolean; error: string | null };

/** The names of a suite's checks, so that each can be a test of its own. */
export function listChecks(command: readonly string[]): string[] {
  const [file, ...argumentList] = command;
  if (file === undefined) {
    throw new Error('empty command');
  }
  return JSON.parse(execFileSync(file, [...argumentList, '--list'], { encoding: 'utf8' })) as string[];
}

/**
 * A program in a client library's own language that runs checks against an ensemble. It reads names of checks, one a
 * line, and writes a {@link SuiteLine} for each; in between it may wish that a server is killed or started, or to be told
 * the leader's client port, and reads a line when that is done.
 */
export class CheckSuite {
  readonly #ensemble: TestEnsemble;
  readonly #process: LineProcess;

  constructor(command: readonly string[], ensemble: TestEnsemble) {
    this.#ensemble = ensemble;
    this.#process = new LineProcess([...command, ensemble.connectString]);
  }

  /** Runs one check; throws what went wrong in it. */
  async run(check: string): Promise<void> {
    this.#process.send(check);
    for (;;) {
      const line = await this.#process.nextLine();
      if (line === undefined) {
        throw new Error(`the suite ended\n${this.#process.stderr.text}\n${this.#ensemble.report()}`);
      }
      const message = JSON.parse(line) as SuiteLine;
      if ('request' in message) {
        this.#process.send(await this.#grant(message.request, message.port));
        continue;
      }
      if (message.check !== check) {
        throw new Error(`the result of ${message.check} instead of ${check}`);
      }
      if (!message.ok) {
        // A check that failed half-way may have left a server dead, which isn't the next check's fault.
        this.#ensemble.startAll();
        throw new Error(`${message.error}\n${this.#ensemble.report()}`);
      }
      return;
    }
  }

  /** Ends the program. */
  async close(): Promise<void> {
    await this.#process.kill();
  }

  /** Does what a suite wishes; returns the line that it reads then. */
  async #grant(request: string, port: number): Promise<string> {
    const done = 'done';
    if (request === 'leader') {
      const { clientPort } =
        this.#ensemble.servers.length === 1 ? this.#ensemble.server(0) : await this.#ensemble.waitForLeader();
      return String(clientPort);
    }
    const server = this.#ensemble.serverOnPort(port);
    switch (request) {
      case 'kill':
        await server.crash();
        return done;
      case 'launch':
        server.start();
        return done;
      case 'serving':
        await server.waitUntilServing();
        return done;
      case 'start':
        server.start();
        await this.#ensemble.waitUntilServing();
        return done;
      default:
        throw new Error(`unknown request ${request}`);
    }
  }
}
