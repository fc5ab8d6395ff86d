import { closeFrame, createFrame, getDataFrame, noSession, setDataFrame, setXid } from './frames.ts';
import type { Histogram } from './histogram.ts';
import { SessionSocket } from './session-socket.ts';

const SESSION_TIMEOUT_MS = 30_000;
const NODE_EXISTS = -110;
const CREATE_XID = 1;

/** What one session does. */
export interface LoadSessionOptions {
  port: number;
  /** The session's own node, which it writes and reads. */
  path: string;
  data: Uint8Array;
  /** How many requests are in flight at any time. */
  outstanding: number;
  /** Share of reads, 0 to 1. */
  readShare: number;
}

/** Counts of the measured time, shared by all sessions of a load. */
export interface LoadCounts {
  readonly latencies: Histogram;
  errors: number;
}

/**
 * One session that always has the same number of requests in flight. A slot owns its two frames: a slot is used again
 * only after its reply, when its bytes have left for sure, so nothing is encoded or allocated while the load runs.
 */
export class LoadSession {
  readonly #options: LoadSessionOptions;
  readonly #counts: LoadCounts;
  readonly #socket: SessionSocket;
  readonly #writes: readonly Buffer[];
  readonly #reads: readonly Buffer[];
  readonly #sentAtMs: Float64Array;
  #nextXid = CREATE_XID;
  #inFlight = 0;
  #readDebt = 0;
  #running = false;
  #closing = false;
  #settleReady: { resolve: () => void; reject: (error: Error) => void } | undefined;
  #settleIdle: (() => void) | undefined;
  /** Settles when the session is open and its node exists. */
  readonly ready: Promise<void>;

  constructor(options: LoadSessionOptions, counts: LoadCounts) {
    this.#options = options;
    this.#counts = counts;
    const { outstanding, path, data } = options;
    this.#writes = Array.from({ length: outstanding }, () => setDataFrame(path, data));
    this.#reads = Array.from({ length: outstanding }, () => getDataFrame(path));
    this.#sentAtMs = new Float64Array(outstanding);
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    this.#socket = new SessionSocket(options.port, noSession, SESSION_TIMEOUT_MS, {
      opened: () => this.#socket.send(createFrame(CREATE_XID, path, data)),
      replied: (xid, error) => this.#replied(xid, error),
      closed: () => this.#closed(),
    });
  }

  /** Fills the window and keeps it full. */
  start(): void {
    this.#running = true;
    while (this.#inFlight < this.#options.outstanding) {
      this.#sendNext();
    }
  }

  /** Sends nothing more; settles when every reply is here and the session is closed. */
  async stop(): Promise<void> {
    this.#running = false;
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#settleIdle = resolve;
      });
    }
    this.#closing = true;
    this.#socket.send(closeFrame(this.#nextXid + 1));
  }

  #sendNext(): void {
    const xid = ++this.#nextXid;
    const slot = xid % this.#options.outstanding;
    // Spreads the reads evenly, the same way in each run: no random numbers that could favour one server.
    this.#readDebt += this.#options.readShare;
    const isRead = this.#readDebt >= 1;
    if (isRead) {
      this.#readDebt -= 1;
    }
    const frame = (isRead ? this.#reads : this.#writes)[slot];
    if (frame === undefined) {
      throw new Error(`no slot ${slot}`);
    }
    setXid(frame, xid);
    this.#sentAtMs[slot] = performance.now();
    this.#inFlight++;
    this.#socket.send(frame);
  }

  #replied(xid: number, error: number): void {
    if (xid < 0) {
      return;
    }
    if (xid === CREATE_XID) {
      error === 0 || error === NODE_EXISTS
        ? this.#settleReady?.resolve()
        : this.#settleReady?.reject(new Error(`create of ${this.#options.path}: error ${error}`));
      return;
    }
    if (this.#closing) {
      return;
    }
    this.#inFlight--;
    if (error === 0) {
      this.#counts.latencies.add(performance.now() - (this.#sentAtMs[xid % this.#options.outstanding] ?? 0));
    } else {
      this.#counts.errors++;
    }
    if (this.#running) {
      this.#sendNext();
    } else if (this.#inFlight === 0) {
      this.#settleIdle?.();
    }
  }

  #closed(): void {
    if (this.#closing) {
      return;
    }
    this.#counts.errors += Math.max(1, this.#inFlight);
    this.#inFlight = 0;
    this.#settleReady?.reject(new Error(`the server on port ${this.#options.port} closed the connection`));
    this.#settleIdle?.();
  }
}
