import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { BoundedTail } from './bounded-tail.ts';
import { type ChildExit, exitOf, spawnChild } from './child.ts';
import { type ServerStatus, serverStatus } from './four-letter-word.ts';
import { pollUntil } from './poll.ts';
import { type Flavour, serverCommand } from './server-command.ts';

/** What a {@link TestServer} runs. */
export interface TestServerOptions {
  flavour: Flavour;
  zooCfgPath: string;
  clientPort: number;
  /** Own folder: the process's working directory. */
  directory: string;
  /** Put before the command, e.g. `["prlimit", "--fsize=…", "--"]`. It must exec, so that signals reach the server. */
  prefix?: readonly string[];
  jvmArguments?: readonly string[];
  environment?: NodeJS.ProcessEnv;
}

/** One server in a process of its own; it can be killed and started again on the same data. */
export class TestServer {
  readonly options: TestServerOptions;
  #child: ChildProcess | undefined;
  #exited: Promise<ChildExit> | undefined;
  #stdout = new BoundedTail();
  #stderr = new BoundedTail();

  constructor(options: TestServerOptions) {
    this.options = options;
  }

  get clientPort(): number {
    return this.options.clientPort;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What the present (or last) process wrote to standard output, its end. */
  get stdout(): BoundedTail {
    return this.#stdout;
  }

  /** What the present (or last) process wrote to standard error, its end. */
  get stderr(): BoundedTail {
    return this.#stderr;
  }

  /** Settles when the present (or last) process has ended. */
  get exited(): Promise<ChildExit> {
    if (this.#exited === undefined) {
      throw new Error('the server was never started');
    }
    return this.#exited;
  }

  /** Starts the process; it doesn't wait until it serves. */
  start(): void {
    if (this.running) {
      throw new Error('the server runs already');
    }
    const { flavour, zooCfgPath, directory, prefix, jvmArguments, environment } = this.options;
    this.#stdout = new BoundedTail();
    this.#stderr = new BoundedTail();
    const child = spawnChild([...(prefix ?? []), ...serverCommand(flavour, zooCfgPath, jvmArguments)], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(environment === undefined ? {} : { environment }),
    });
    this.#child = child;
    this.#exited = exitOf(child);
    if (child.stdout !== null && child.stderr !== null) {
      this.#stdout.follow(child.stdout);
      this.#stderr.follow(child.stderr);
    }
  }

  /** Sends a signal. After SIGKILL or SIGTERM await {@link exited}. */
  kill(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /**
   * SIGSTOP, and waits until no thread runs any more: one of them takes the signal and stops the others, and on a busy
   * machine that one may have to wait for its turn.
   */
  async pause(): Promise<void> {
    this.kill('SIGSTOP');
    const tasks = `/proc/${this.pid}/task`;
    const isStopped = (task: string): boolean => {
      try {
        return /\) [Tt] /.test(readFileSync(`${tasks}/${task}/stat`, 'utf8'));
      } catch {
        // It has ended meanwhile: the next look will not find it.
        return false;
      }
    };
    await pollUntil(async () => (readdirSync(tasks).every(isStopped) ? true : undefined), {
      deadlineMs: 20_000,
      describe: () => `a stopped process\n${this.report()}`,
    });
  }

  /** SIGKILL, and waits for the end: what a power cut is to the process. */
  async crash(): Promise<void> {
    if (this.running) {
      this.kill('SIGKILL');
      await this.exited;
    }
  }

  /** SIGTERM, SIGKILL if that doesn't help within `graceMs`; waits for the end. */
  async stop(graceMs = 5_000): Promise<ChildExit | undefined> {
    if (this.#child === undefined) {
      return undefined;
    }
    if (this.running) {
      this.kill('SIGTERM');
      const timer = setTimeout(() => this.kill('SIGKILL'), graceMs);
      await this.exited;
      clearTimeout(timer);
    }
    return this.exited;
  }

  /** Stops the server if it runs, and starts it on the same data. */
  async restart(): Promise<void> {
    await this.stop();
    this.start();
  }

  /** What `srvr` says, or undefined if the server doesn't serve. */
  status(): Promise<ServerStatus | undefined> {
    return serverStatus(this.clientPort);
  }

  /** Waits until the server serves clients; throws with the process's output if it ends or takes too long. */
  async waitUntilServing(deadlineMs = 30_000): Promise<ServerStatus> {
    return pollUntil(
      async () => {
        if (!this.running) {
          throw new Error(`the server ended instead of serving\n${this.report()}`);
        }
        return this.status();
      },
      { deadlineMs, describe: () => `a serving server\n${this.report()}` },
    );
  }

  /** Flavour, port and the end of the output, for error messages. */
  report(): string {
    const { flavour, clientPort } = this.options;
    const state = this.running ? `running as ${this.pid}` : 'not running';
    const output = [...this.#stdout.lines.slice(-20), ...this.#stderr.lines.slice(-20)].join('\n    ');
    return `  ${flavour} server on client port ${clientPort}, ${state}:\n    ${output}`;
  }
}
