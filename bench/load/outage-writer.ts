import { setTimeout as delay } from 'node:timers/promises';
import { createFrame, noSession, type SessionIdentity, setDataFrame, setXid } from './frames.ts';
import { SessionSocket } from './session-socket.ts';

const SESSION_TIMEOUT_MS = 30_000;
/** The pause before the next server is tried: real clients wait longer, which would hide the servers' own time. */
const RECONNECT_MS = 5;
const CREATE_XID = 1;

/** What an {@link OutageWriter} saw. */
export interface OutageReport {
  /** The longest time between two acknowledgements that follow one another, in ms. */
  longestGapMs: number;
  acknowledged: number;
  reconnections: number;
  /** Whether the session was the same from start to end. */
  sessionKept: boolean;
}

/**
 * One session with one write in flight at a time. It loses its server, finds the next one that takes it, and goes on:
 * the longest gap between two acknowledgements is the outage as this writer felt it.
 */
export class OutageWriter {
  readonly #ports: readonly number[];
  readonly #frame: Buffer;
  readonly #path: string;
  readonly #data: Uint8Array;
  #session: SessionIdentity = noSession;
  #nextPort = 0;
  #xid = CREATE_XID;
  #running = true;
  #lastAckMs: number | undefined;
  #longestGapMs = 0;
  #acknowledged = 0;
  #reconnections = -1;
  #sessionKept = true;

  /** Ports are tried in order, again and again. */
  constructor(ports: readonly number[], path: string, data: Uint8Array) {
    this.#ports = ports;
    this.#path = path;
    this.#data = data;
    this.#frame = setDataFrame(path, data);
  }

  /** Writes until {@link stop}; `started` is called at the first acknowledgement. */
  async run(started: () => void): Promise<void> {
    while (this.#running) {
      const port = this.#ports[this.#nextPort++ % this.#ports.length];
      if (port === undefined) {
        throw new Error('no ports');
      }
      await this.#serve(port, started);
      await delay(RECONNECT_MS);
    }
  }

  /** Ends {@link run} and returns what was seen. */
  stop(): OutageReport {
    this.#running = false;
    return {
      longestGapMs: this.#longestGapMs,
      acknowledged: this.#acknowledged,
      reconnections: this.#reconnections,
      sessionKept: this.#sessionKept,
    };
  }

  /** Writes through one server for as long as it is there. */
  #serve(port: number, started: () => void): Promise<void> {
    return new Promise((resolve) => {
      const socket = new SessionSocket(port, this.#session, SESSION_TIMEOUT_MS, {
        opened: (session) => {
          const isFirst = this.#session.id === 0n;
          this.#sessionKept &&= isFirst || session.id === this.#session.id;
          this.#session = session;
          this.#reconnections++;
          // The node may be there already; either way the answer starts the writing.
          socket.send(createFrame(++this.#xid, this.#path, this.#data));
        },
        replied: (xid, error) => {
          if (xid < 0) {
            return;
          }
          if (error === 0) {
            this.#acknowledge(started);
          }
          if (!this.#running) {
            socket.destroy();
            return;
          }
          setXid(this.#frame, ++this.#xid);
          socket.send(this.#frame);
        },
        closed: (refused) => {
          if (refused) {
            this.#sessionKept = false;
            this.#session = noSession;
          }
          resolve();
        },
      });
    });
  }

  #acknowledge(started: () => void): void {
    const nowMs = performance.now();
    if (this.#lastAckMs === undefined) {
      started();
    } else {
      this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#lastAckMs);
    }
    this.#lastAckMs = nowMs;
    this.#acknowledged++;
  }
}
