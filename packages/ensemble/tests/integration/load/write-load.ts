import { fileURLToPath } from 'node:url';
import { LineProcess } from '../clients/line-process.ts';

const PYTHON = '/usr/bin/python3';
const writerScript = fileURLToPath(new URL('writer.py', import.meta.url));
const verifyScript = fileURLToPath(new URL('verify_writes.py', import.meta.url));

/** One write that a server acknowledged. Values of one path only grow. */
interface Acknowledgement {
  path: string;
  value: number;
  session: string;
  at: number;
}

/** What the writers say at their end. */
interface WriterReport {
  sessions: { first: string; last: string; ephemeral: string }[];
  losses: number;
}

/** What {@link WriteLoad.verify} found on one server; all lists are empty when nothing is lost. */
export interface Verification {
  missing: string[];
  stale: [path: string, found: number, expected: number][];
  orphans: string[];
  checked: number;
}

/** Real clients (kazoo) that write all the time, and the account of what was acknowledged to them. */
export class WriteLoad {
  readonly #process: LineProcess;
  readonly #sessions: number;
  readonly #values = new Map<string, number>();
  readonly #lastAckBySession = new Map<string, number>();
  readonly #waiters = new Set<() => void>();
  readonly #reading: Promise<void>;
  #ackTimes: number[] = [];
  #report: WriterReport | undefined;
  #ended = false;

  /** `root`: the path below which all is written. */
  constructor(connectString: string, sessions: number, root = '/load') {
    this.#sessions = sessions;
    this.#process = new LineProcess([PYTHON, writerScript, connectString, String(sessions), root]);
    this.#reading = this.#read();
  }

  /** How many different paths hold an acknowledged write. */
  get acknowledgedPaths(): number {
    return this.#values.size;
  }

  async #read(): Promise<void> {
    for (let line = await this.#process.nextLine(); line !== undefined; line = await this.#process.nextLine()) {
      const message = JSON.parse(line) as Acknowledgement | WriterReport | { started: number };
      if ('path' in message) {
        this.#values.set(message.path, Math.max(message.value, this.#values.get(message.path) ?? 0));
        this.#lastAckBySession.set(message.session, message.at);
        this.#ackTimes.push(message.at);
      } else if ('sessions' in message) {
        this.#report = message;
      }
      this.#wake();
    }
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    for (const waiter of this.#waiters) {
      waiter();
    }
  }

  /** Waits until the condition holds after some line of the writers. */
  #until(condition: () => boolean, deadlineMs: number, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (error?: Error) => {
        clearTimeout(timer);
        this.#waiters.delete(look);
        error === undefined ? resolve() : reject(error);
      };
      const look = () => {
        if (condition()) {
          finish();
        } else if (this.#ended) {
          finish(new Error(`the writers ended before: ${what}\n${this.#process.stderr.text}`));
        }
      };
      const timer = setTimeout(() => finish(new Error(`not within ${deadlineMs} ms: ${what}`)), deadlineMs);
      this.#waiters.add(look);
      look();
    });
  }

  /** Waits until every session had a write acknowledged after the given time (ms since 1970). */
  async progressAfter(timeMs: number, deadlineMs = 30_000): Promise<void> {
    await this.#until(
      () =>
        this.#lastAckBySession.size === this.#sessions &&
        [...this.#lastAckBySession.values()].every((at) => at > timeMs),
      deadlineMs,
      `an acknowledged write of each of ${this.#sessions} sessions`,
    );
  }

  /** The longest time without any acknowledgement since the last call of this method, in ms. */
  takeLongestGapMs(): number {
    const times = this.#ackTimes.sort((a, b) => a - b);
    let longest = 0;
    for (let index = 1; index < times.length; index++) {
      longest = Math.max(longest, (times[index] ?? 0) - (times[index - 1] ?? 0));
    }
    this.#ackTimes = times.slice(-1);
    return longest;
  }

  /** Ends the writing; the sessions stay open until {@link close}. */
  async stop(): Promise<WriterReport> {
    this.#process.send('stop');
    await this.#until(() => this.#report !== undefined, 60_000, "the writers' report");
    if (this.#report === undefined) {
      throw new Error('no report');
    }
    return this.#report;
  }

  /** Reads every acknowledged write, and the writers' ephemeral nodes, from one server alone. */
  async verify(port: number): Promise<Verification> {
    const ephemerals = Object.fromEntries((this.#report?.sessions ?? []).map((one) => [one.ephemeral, one.first]));
    const verifier = new LineProcess([PYTHON, verifyScript, `127.0.0.1:${port}`]);
    verifier.send(JSON.stringify({ values: Object.fromEntries(this.#values), ephemerals }));
    verifier.end();
    const line = await verifier.nextLine();
    await verifier.exited;
    if (line === undefined) {
      throw new Error(`no verification of port ${port}\n${verifier.stderr.text}`);
    }
    return JSON.parse(line) as Verification;
  }

  /** Ends the writers' process. */
  async close(): Promise<void> {
    await this.#process.kill();
    await this.#reading;
  }
}
