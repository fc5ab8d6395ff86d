import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { ClusterEvent } from '@vivarium/shared/cluster-event';
import type { ModeMessage, ServerMessage } from '../server/host-messages.ts';
import type { HostedMember } from './server-files.ts';

/** How a server's process ended; one of `code` and `signal` is not null. */
export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether it was asked to end. */
  readonly wanted: boolean;
  /** The end of its log. */
  readonly lastLines: readonly string[];
}

/** What a server tells whoever hosts it. */
export interface HostedServerEvents {
  /** Trace events, in their order; only where tracing was asked for. */
  event(event: ClusterEvent): void;
  /** It serves clients in another role than before, or no longer. */
  mode(sid: number, mode: ModeMessage['mode'], epoch: number): void;
  log(sid: number, line: string): void;
  exit(sid: number, exit: ServerExit): void;
}

export type HostedState = 'stopped' | 'running' | 'paused';

const SERVER_PROGRAM = fileURLToPath(new URL('../bin/zk-server.ts', import.meta.url));
const KEPT_LINES = 20;
/** After so long a server that was told to end is killed. */
const STOP_LIMIT_MS = 15_000;

/** One server of a hosted ensemble, in a process of its own that ends with this one. */
export class HostedServer {
  readonly member: HostedMember;
  private readonly zooCfgPath: string;
  private readonly trace: boolean;
  private readonly events: HostedServerEvents;
  private child: ChildProcess | null = null;
  private exited: Promise<void> = Promise.resolve();
  private isPaused = false;
  private endWanted = false;
  private lines: string[] = [];

  constructor(member: HostedMember, zooCfgPath: string, trace: boolean, events: HostedServerEvents) {
    this.member = member;
    this.zooCfgPath = zooCfgPath;
    this.trace = trace;
    this.events = events;
  }

  get state(): HostedState {
    if (this.child === null) return 'stopped';
    return this.isPaused ? 'paused' : 'running';
  }

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** Starts the process, unless there is one; `mode` tells when it serves. */
  start(): void {
    if (this.child !== null) return;
    this.lines = [];
    this.isPaused = false;
    this.endWanted = false;
    const [program = process.execPath, ...options] = guarded([process.execPath, SERVER_PROGRAM, this.zooCfgPath]);
    const child = spawn(program, options, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, VIVARIUM_TRACE: this.trace ? '1' : '0' },
    });
    this.child = child;
    child.on('message', (message: ServerMessage) => this.receive(message));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.exited = promise;
    const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (this.child !== child) return;
      this.child = null;
      this.events.exit(this.member.sid, { code, signal, wanted: this.endWanted, lastLines: this.lines });
      resolve();
    };
    this.follow(child.stdout);
    this.follow(child.stderr);
    // `close` comes when the output has been read to its end too.
    child.once('close', ended);
    child.once('error', (error) => {
      this.keepLine(`the process could not be started: ${error.message}`);
      ended(1, null);
    });
  }

  /** Asks the server to end in order, kills it where it does not, and waits until it has. */
  async stop(): Promise<void> {
    this.endWanted = true;
    this.child?.kill('SIGTERM');
    // A paused process hears of the signal only when it goes on.
    this.resume();
    const timer = setTimeout(() => this.child?.kill('SIGKILL'), STOP_LIMIT_MS);
    await this.exited;
    clearTimeout(timer);
  }

  /** Ends the process at once, as a power cut would, and waits until it has ended. */
  async kill(): Promise<void> {
    this.endWanted = true;
    this.child?.kill('SIGKILL');
    await this.exited;
  }

  /** Stops the server in order and starts it on the same data. */
  async restart(): Promise<void> {
    await this.stop();
    this.start();
  }

  /** Freezes the process: it holds its connections and answers nothing. */
  pause(): void {
    if (this.child?.kill('SIGSTOP')) this.isPaused = true;
  }

  resume(): void {
    if (this.isPaused) this.child?.kill('SIGCONT');
    this.isPaused = false;
  }

  private receive(message: ServerMessage): void {
    if (message.kind === 'mode') this.events.mode(this.member.sid, message.mode, message.epoch);
    else for (const event of message.events) this.events.event(event);
  }

  private follow(stream: Readable | null): void {
    if (stream === null) return;
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
      this.keepLine(line);
      this.events.log(this.member.sid, line);
    });
  }

  private keepLine(line: string): void {
    this.lines.push(line);
    if (this.lines.length > KEPT_LINES) this.lines.shift();
  }
}

/** On Linux the system itself ends the process when this one dies, also when it is paused and would not notice. */
function guarded(command: readonly string[]): readonly string[] {
  return HAS_SETPRIV ? ['setpriv', '--pdeathsig', 'KILL', '--', ...command] : command;
}

const HAS_SETPRIV =
  process.platform === 'linux' &&
  (process.env.PATH ?? '').split(path.delimiter).some((directory) => {
    try {
      accessSync(path.join(directory, 'setpriv'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
