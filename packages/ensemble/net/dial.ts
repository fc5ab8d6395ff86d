import type { Socket } from 'node:net';
import type { LinkFaults } from './link-faults.ts';
import type { PeerTransport } from './peer-transport.ts';

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  /** How long all attempts together may take. */
  readonly limitMs: number;
  /** Who listens there. */
  readonly sid: bigint;
  /** While the way there is cut nothing is tried. */
  readonly faults: LinkFaults;
  readonly transport: PeerTransport;
}

/** Where the leader's port is not open yet, it is tried so often and so far apart (Java `Learner.connectToLeader`). */
const MAX_ATTEMPTS = 5;
const RETRY_DELAY_MS = 100;

/** A dial that goes on until it succeeds, fails or is cancelled; then it is silent. */
export class Dial {
  private readonly options: DialOptions;
  private readonly onConnected: (socket: Socket) => void;
  private readonly onFailed: (reason: string) => void;
  private readonly limit: NodeJS.Timeout;
  private readonly forgetFaults: () => void;
  private retry: NodeJS.Timeout | null = null;
  private cancelAttempt: (() => void) | null = null;
  private attempts = 0;
  private isOver = false;
  /** For the way to be healed. */
  private isWaiting = false;

  constructor(options: DialOptions, onConnected: (socket: Socket) => void, onFailed: (reason: string) => void) {
    this.options = options;
    this.onConnected = onConnected;
    this.onFailed = onFailed;
    this.limit = setTimeout(() => this.fail(`no connection within ${options.limitMs} ms`), options.limitMs);
    this.forgetFaults = options.faults.onChange(() => {
      if (this.isWaiting) this.attempt();
    });
    this.attempt();
  }

  cancel(): void {
    this.finish();
    if (this.retry !== null) clearTimeout(this.retry);
    this.cancelAttempt?.();
  }

  private attempt(): void {
    const { host, port, sid, faults, transport } = this.options;
    this.isWaiting = faults.isCut(sid);
    if (this.isWaiting) return;
    this.attempts++;
    const connected = (socket: Socket): void => {
      this.finish();
      this.onConnected(socket);
    };
    const failed = (reason: string): void => {
      if (this.attempts >= MAX_ATTEMPTS) this.fail(reason);
      else this.retry = setTimeout(() => this.attempt(), RETRY_DELAY_MS);
    };
    this.cancelAttempt = transport.dial({ host, port }, connected, failed);
  }

  private finish(): void {
    this.isOver = true;
    this.isWaiting = false;
    clearTimeout(this.limit);
    this.forgetFaults();
  }

  private fail(reason: string): void {
    if (this.isOver) return;
    this.cancel();
    this.onFailed(`${this.options.host}:${this.options.port}: ${reason}`);
  }
}
