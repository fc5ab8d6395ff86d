import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { assert } from '@vivarium/shared/assert';
import type { ClusterEvent } from '@vivarium/shared/cluster-event';
import type { LinkFault } from '@vivarium/shared/link-fault';
import type { HostMessage, ModeMessage, ServerMessage } from '../server/host-messages.ts';
import { type HostedProcess, hasEnded } from './hosted-process.ts';
import { hostingError } from './hosting-error.ts';
import { guard, guarded } from './orphan-guard.ts';
import type { HostedMember } from './server-files.ts';

/** What a server tells whoever hosts it. */
export interface HostedServerEvents {
  /** Trace events in their order; only where tracing was asked for. */
  batch(events: readonly ClusterEvent[]): void;
  /** It serves clients in another role than before; `mode` null: no longer. */
  mode(sid: number, mode: ModeMessage['mode'], epoch: number): void;
  process(sid: number, process: HostedProcess): void;
  log(sid: number, line: string): void;
}

export interface HostedServerOptions {
  readonly member: HostedMember;
  readonly zooCfgPath: string;
  /** Whether it sends trace events. */
  readonly trace: boolean;
}

type StateFault = 'alreadyRunning' | 'notRunning' | 'alreadyPaused' | 'notPaused' | 'stopping' | 'interrupted';

const SERVER_PROGRAM = fileURLToPath(new URL('../bin/zk-server.ts', import.meta.url));
const KEPT_LINES = 20;
/** After so long a server that was told to end is killed. */
const STOP_LIMIT_MS = 15_000;

/**
 * One server of a hosted ensemble, in a process of its own that ends with this one. An action that makes no sense in the
 * present state throws `HostingError` and changes nothing.
 */
export class HostedServer {
  readonly member: HostedMember;
  private readonly options: HostedServerOptions;
  private readonly events: HostedServerEvents;
  private child: ChildProcess | null = null;
  private exited: Promise<void> = Promise.resolve();
  private current: HostedProcess = { state: 'stopped', pid: null, by: null, exit: null };
  private serving: { readonly mode: ModeMessage['mode']; readonly epoch: number } = { mode: null, epoch: 0 };
  private listening = false;
  /** What the end that is on its way was asked for, and by whom; null while none was. */
  private ending: { readonly as: 'stopped' | 'killed'; readonly by: string | null } | null = null;
  private restarting = false;
  private lines: string[] = [];
  private readonly faults = new Map<number, LinkFault>();

  constructor(options: HostedServerOptions, events: HostedServerEvents) {
    this.member = options.member;
    this.options = options;
    this.events = events;
  }

  get process(): HostedProcess {
    return this.current;
  }

  get pid(): number | null {
    return this.current.pid;
  }

  /** The role in which it serves clients; null while it serves none. */
  get mode(): ModeMessage['mode'] {
    return this.serving.mode;
  }

  /** The epoch in which it serves, or did last. */
  get epoch(): number {
    return this.serving.epoch;
  }

  /** The end of the log of the present process, or of the last one. */
  get lastLines(): readonly string[] {
    return this.lines;
  }

  /**
   * Starts the process, where it is being killed as soon as it has gone; `running` follows when its ports are open, `mode`
   * when it serves. Rejects with `alreadyRunning`, `stopping`.
   */
  async start(by: string | null = null): Promise<void> {
    if (this.current.state === 'killing') await this.exited;
    if (this.current.state === 'stopping' || this.restarting) throw this.error('stopping');
    if (!hasEnded(this.current)) throw this.error('alreadyRunning');
    this.launch(by);
  }

  /**
   * Asks the server to end in order, kills it where it does not, and settles when it has ended. Throws `notRunning`,
   * `stopping`.
   */
  async stop(by: string | null = null): Promise<void> {
    await this.endInOrder(this.requireChild(), by);
  }

  /**
   * Ends the process at once, as a power cut would, also one that is about to end in order, and settles when it has ended.
   * Throws `notRunning`, and `stopping` where it is being killed already.
   */
  async kill(by: string | null = null): Promise<void> {
    if (hasEnded(this.current)) throw this.error('notRunning');
    if (this.child === null || this.ending?.as === 'killed') throw this.error('stopping');
    this.ending = { as: 'killed', by };
    this.child.kill('SIGKILL');
    this.become({ state: 'killing', pid: this.pid, by });
    await this.exited;
  }

  /** Stops the server in order and starts it on the same data. Throws what `stop` throws, and `interrupted`. */
  async restart(by: string | null = null): Promise<void> {
    const child = this.requireChild();
    this.restarting = true;
    try {
      await this.endInOrder(child, by);
      if (this.current.state !== 'stopped' || !this.restarting) throw this.error('interrupted');
      this.launch(by);
    } finally {
      this.restarting = false;
    }
  }

  /** Ends the process in order whatever it is about, also a restart, and settles when there is none. */
  async shutDown(by: string | null = null): Promise<void> {
    this.restarting = false;
    if (this.child !== null && this.ending === null) await this.endInOrder(this.child, by);
    else await this.exited;
  }

  /** Freezes the process: it holds its connections and answers nothing. Throws `notRunning`, `stopping`, `alreadyPaused`. */
  pause(by: string | null = null): void {
    const child = this.requireChild();
    if (this.current.state === 'paused') throw this.error('alreadyPaused');
    child.kill('SIGSTOP');
    this.become({ state: 'paused', pid: this.pid, by });
  }

  /** Lets a paused process go on. Throws `notRunning`, `stopping`, `notPaused`. */
  resume(by: string | null = null): void {
    const child = this.requireChild();
    if (this.current.state !== 'paused') throw this.error('notPaused');
    child.kill('SIGCONT');
    this.become({ state: this.listening ? 'running' : 'starting', pid: this.pid, by });
  }

  /** Disturbs what the server sends to another one, or heals it with null; a fault stands through restarts. */
  setLinkFault(to: number, fault: LinkFault | null): void {
    if (fault === null) this.faults.delete(to);
    else this.faults.set(to, fault);
    this.tell({ kind: 'linkFault', to, fault });
  }

  /** Lets an observer join which the running process's configuration does not list. */
  admitObserver(sid: number): void {
    this.tell({ kind: 'observerAdded', sid });
  }

  private async endInOrder(child: ChildProcess, by: string | null): Promise<void> {
    this.ending = { as: 'stopped', by };
    child.kill('SIGTERM');
    // A paused process hears of the signal only when it goes on.
    child.kill('SIGCONT');
    this.become({ state: 'stopping', pid: this.pid, by });
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await this.exited;
    clearTimeout(timer);
  }

  private requireChild(): ChildProcess {
    if (this.current.state === 'stopping' || this.current.state === 'killing' || this.restarting)
      throw this.error('stopping');
    if (this.child === null) throw this.error('notRunning');
    return this.child;
  }

  private error(code: StateFault): Error {
    return hostingError(code, { sid: this.member.sid });
  }

  private become(next: HostedProcess): void {
    this.current = next;
    this.events.process(this.member.sid, next);
  }

  private launch(by: string | null): void {
    assert(this.child === null, 'a server has one process at most');
    this.lines = [];
    this.listening = false;
    this.ending = null;
    const { zooCfgPath, trace } = this.options;
    const [program = process.execPath, ...options] = guarded([process.execPath, SERVER_PROGRAM, zooCfgPath]);
    const child = spawn(program, options, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Ctrl-C is for the host, which ends its servers in order.
      detached: true,
      env: {
        ...process.env,
        VIVARIUM_TRACE: trace ? '1' : '0',
        VIVARIUM_LINK_FAULTS: JSON.stringify([...this.faults]),
      },
    });
    this.child = child;
    const releaseGuard = guard(child);
    child.on('message', (message: ServerMessage) => this.receive(message));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.exited = promise;
    const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (this.child !== child) return;
      releaseGuard();
      this.child = null;
      this.hasEnded(code, signal);
      resolve();
    };
    this.follow(child.stdout);
    this.follow(child.stderr);
    // `close` comes when the output has been read to its end too.
    child.once('close', ended);
    child.on('error', (error) => {
      // It comes as well where a message or a signal finds no process any more; `close` tells that.
      if (child.pid !== undefined) return;
      this.keepLine(`the process could not be started: ${error.message}`);
      ended(1, null);
    });
    this.become({ state: 'starting', pid: child.pid ?? null, by });
  }

  private hasEnded(code: number | null, signal: NodeJS.Signals | null): void {
    const { sid } = this.member;
    const { epoch, mode } = this.serving;
    if (mode !== null) {
      this.serving = { mode: null, epoch };
      this.events.mode(sid, null, epoch);
    }
    const exit = { code, signal, lastLines: [...this.lines] };
    const end = this.ending;
    this.ending = null;
    this.become(
      end === null ? { state: 'died', pid: null, by: null, exit } : { state: end.as, pid: null, by: end.by, exit },
    );
  }

  private receive(message: ServerMessage): void {
    switch (message.kind) {
      case 'events':
        this.events.batch(message.events);
        return;
      case 'mode':
        this.serving = { mode: message.mode, epoch: message.epoch };
        this.events.mode(this.member.sid, message.mode, message.epoch);
        return;
      case 'listening':
        this.listening = true;
        if (this.current.state === 'starting') this.become({ state: 'running', pid: this.pid, by: this.current.by });
    }
  }

  private tell(message: HostMessage): void {
    if (this.child?.connected) this.child.send(message, () => {});
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
