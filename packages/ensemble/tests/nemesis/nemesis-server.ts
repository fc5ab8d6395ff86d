/** One server process of a nemesis run: our server as it is, with a library in front of the system's syncs and clock. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { LinkFault } from '@vivarium/shared/link-fault';
import { guarded } from '../../hosting/orphan-guard.ts';
import type { HostMessage, ServerMessage } from '../../server/host-messages.ts';
import { exitOf } from '../harness/child.ts';
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

const ORDER_BYTES = 8;

export class NemesisServer {
  readonly options: NemesisServerOptions;
  mode: string | null = null;
  private child: ChildProcess | null = null;
  private exited: Promise<unknown> = Promise.resolve();
  private expectedEnd = false;
  private readonly orders: number;
  private readonly log: number;
  private readonly linkFaults = new Map<number, LinkFault>();

  constructor(options: NemesisServerOptions) {
    this.options = options;
    this.orders = openSync(join(options.directory, 'orders'), 'w+');
    writeSync(this.orders, new Uint8Array(2 * ORDER_BYTES));
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
        LD_PRELOAD: library,
        NEMESIS_ORDERS: join(directory, 'orders'),
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
    this.order(0, skewMs);
  }

  /** How much longer each sync to disk takes, in ms. */
  setSyncDelay(delayMs: number): void {
    this.order(1, delayMs);
  }

  /** To be called when the process has ended. */
  close(): void {
    closeSync(this.orders);
    closeSync(this.log);
  }

  private order(index: number, value: number): void {
    const bytes = new Uint8Array(ORDER_BYTES);
    new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true);
    writeSync(this.orders, bytes, 0, ORDER_BYTES, index * ORDER_BYTES);
  }
}
