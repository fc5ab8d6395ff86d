/** One server process of a nemesis run: our server as it is, with a library in front of the system's syncs and clock. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { LinkFault } from '@vivarium/shared/link-fault';
import { guarded } from '../../hosting/orphan-guard.ts';
import type { HostMessage, ServerMessage } from '../../server/host-messages.ts';
import { exitOf } from '../harness/child.ts';
import { FaultOrders, faultEnvironment } from '../harness/fault-library.ts';
import { serverCommand } from '../harness/server-command.ts';

export interface NemesisServerOptions {
  readonly sid: number;
  readonly host: string;
  readonly clientPort: number;
  /** Own folder: its log and the orders to the library are there. */
  readonly directory: string;
  readonly zooCfgPath: string;
  /** The library of `faults.c`. */
  readonly library: string;
  /** Put before the command; it must exec. */
  readonly prefix: readonly string[];
  /** It serves in another role than before; null: not any more. */
  readonly onMode: (sid: number, mode: string | null, epoch: number) => void;
  /** It has ended, and nobody had asked for it. */
  readonly onDeath: (sid: number, how: string) => void;
}

export class NemesisServer {
  readonly options: NemesisServerOptions;
  mode: string | null = null;
  private child: ChildProcess | null = null;
  private exited: Promise<unknown> = Promise.resolve();
  private expectedEnd = false;
  private readonly orders: FaultOrders;
  private readonly log: number;
  private readonly linkFaults = new Map<number, LinkFault>();

  constructor(options: NemesisServerOptions) {
    this.options = options;
    this.orders = new FaultOrders(options.directory);
    this.log = openSync(join(options.directory, 'server.log'), 'a');
  }

  get sid(): number {
    return this.options.sid;
  }

  get running(): boolean {
    return this.child !== null;
  }

  start(): void {
    if (this.child !== null) return;
    const { sid, zooCfgPath, library, directory, prefix, onDeath } = this.options;
    const [program = '', ...rest] = guarded([...prefix, ...serverCommand('vivarium', zooCfgPath)]);
    this.expectedEnd = false;
    const child = spawn(program, rest, {
      cwd: directory,
      stdio: ['ignore', this.log, this.log, 'ipc'],
      // Ctrl-C is for this process, which then ends its servers.
      detached: true,
      env: {
        ...process.env,
        VIVARIUM_TRACE: '0',
        VIVARIUM_LINK_FAULTS: JSON.stringify([...this.linkFaults]),
        ...faultEnvironment(library),
      },
    });
    this.child = child;
    child.on('message', (message: ServerMessage) => {
      if (message.kind !== 'mode' || this.child !== child) return;
      this.mode = message.mode;
      this.options.onMode(sid, message.mode, message.epoch);
    });
    this.exited = exitOf(child).then(({ code, signal }) => {
      this.child = null;
      this.mode = null;
      if (!this.expectedEnd) onDeath(sid, `code ${code}, signal ${signal}`);
    });
  }

  /** SIGKILL, and waits for the end. */
  async kill(): Promise<void> {
    this.expectedEnd = true;
    this.child?.kill('SIGKILL');
    await this.exited;
  }

  /** SIGTERM, and waits for the end. */
  async stop(): Promise<void> {
    this.expectedEnd = true;
    this.child?.kill('SIGTERM');
    const timer = setTimeout(() => this.child?.kill('SIGKILL'), 15_000);
    await this.exited;
    clearTimeout(timer);
  }

  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  setLinkFault(to: number, fault: LinkFault | null): void {
    if (fault === null) this.linkFaults.delete(to);
    else this.linkFaults.set(to, fault);
    const message: HostMessage = { kind: 'linkFault', to, fault };
    if (this.child?.connected) this.child.send(message, () => {});
  }

  /** How far the server's wall clock is off, in ms; its monotonic clock goes on. */
  setClockSkew(skewMs: number): void {
    this.orders.setClockSkew(skewMs);
  }

  /** How much longer each sync to disk takes, in ms. */
  setSyncDelay(delayMs: number): void {
    this.orders.setSyncDelay(delayMs);
  }

  /** To be called when the process has ended. */
  close(): void {
    this.orders.close();
    closeSync(this.log);
  }
}
