/** Several clients that write at random, many requests at a time: all kinds of znodes, multis, ACLs, sessions that end. */
import type { Acl } from '@vivarium/shared/acl';
import { OPEN_ACL } from '@vivarium/shared/acl';
import { Random } from '@vivarium/shared/random';
import type { CreateMode, MultiCreateMode } from '../../create-mode.ts';
import { type MultiOperation, ZooKeeperClient } from '../../zookeeper-client.ts';

export interface RandomWritersOptions {
  readonly connectString: string;
  readonly clients: number;
  readonly seed: number;
  /** Parent of all that is written; it is made. */
  readonly root: string;
  /** Requests that each client has under way. */
  readonly window?: number;
}

/** What has become of the operations: those of a multi count as one. */
export interface WriteCounts {
  done: number;
  /** Refused by the server: no such znode, one that exists, another version, no permission. */
  refused: number;
  /** Without an answer: the connection was lost meanwhile. */
  lost: number;
  /** Sessions that were closed and followed by others. */
  sessions: number;
}

/** Few, so that the same znodes are met again. */
const NAMES = 100;
const WINDOW = 64;
const MAX_DATA_BYTES = 200;
const SESSION_TIMEOUT_MS = 15_000;
const MODES: readonly CreateMode[] = ['persistent', 'persistent', 'persistent', 'ephemeral', 'persistentSequential'];
const MULTI_MODES: readonly MultiCreateMode[] = ['persistent', 'ephemeral', 'ephemeralSequential'];
/** Permissions (Java `ZooDefs.Perms`) with which the znode can still be written, but perhaps not read. */
const ACLS: readonly (readonly Acl[])[] = [
  OPEN_ACL,
  [{ perms: 0b11110, id: { scheme: 'world', id: 'anyone' } }],
  [
    { perms: 0b11111, id: { scheme: 'ip', id: '127.0.0.1' } },
    { perms: 0b00001, id: { scheme: 'digest', id: 'reader:qBNJGHsBsTTCpqzQcEqrfkBm4lE=' } },
  ],
];

export class RandomWriters {
  readonly counts: WriteCounts = { done: 0, refused: 0, lost: 0, sessions: 0 };
  private readonly options: RandomWritersOptions;
  private readonly writers: Writer[];

  constructor(options: RandomWritersOptions) {
    this.options = options;
    this.writers = Array.from({ length: options.clients }, (_, at) => new Writer(options, at, this.counts));
  }

  /** So many operations by all of them together. May be called again; sessions stay open in between. */
  async run(operations: number): Promise<void> {
    const { clients } = this.options;
    const share = Math.ceil(operations / clients);
    await Promise.all(this.writers.map((writer) => writer.run(share)));
  }

  /** Operations that were answered, or lost. */
  get total(): number {
    const { done, refused, lost } = this.counts;
    return done + refused + lost;
  }

  /** Ends the sessions, with their ephemerals. */
  async close(): Promise<void> {
    await Promise.all(this.writers.map((writer) => writer.close()));
  }
}

class Writer {
  private readonly options: RandomWritersOptions;
  private readonly root: string;
  private readonly random: Random;
  private readonly counts: WriteCounts;
  private client: ZooKeeperClient | null = null;

  constructor(options: RandomWritersOptions, index: number, counts: WriteCounts) {
    this.options = options;
    this.root = `${options.root}/${index}`;
    this.random = new Random(options.seed + index);
    this.counts = counts;
  }

  async run(operations: number): Promise<void> {
    const { window = WINDOW } = this.options;
    let left = operations;
    while (left > 0) {
      const client = await this.open();
      // One session in some thousand operations.
      const share = Math.min(left, this.random.between(2_000, 6_000));
      left -= share;
      let begun = 0;
      const slot = async (): Promise<void> => {
        while (begun < share) {
          begun++;
          await this.account(this.operate(client));
        }
      };
      await Promise.all(Array.from({ length: window }, slot));
      if (left > 0) {
        this.counts.sessions++;
        await this.close();
      }
    }
  }

  async close(): Promise<void> {
    const { client } = this;
    this.client = null;
    await client?.close();
  }

  private async open(): Promise<ZooKeeperClient> {
    if (this.client !== null) return this.client;
    const { connectString, root } = this.options;
    const client = new ZooKeeperClient({ connectString, sessionTimeoutMs: SESSION_TIMEOUT_MS });
    this.client = client;
    client.start();
    for (const path of [root, this.root]) await client.create(path, null).catch(() => undefined);
    return client;
  }

  private async account(operation: Promise<unknown>): Promise<void> {
    try {
      await operation;
      this.counts.done++;
    } catch (error) {
      if (error instanceof Error && 'code' in error && typeof error.code === 'number' && error.code < -100) {
        this.counts.refused++;
      } else {
        this.counts.lost++;
      }
    }
  }

  private operate(client: ZooKeeperClient): Promise<unknown> {
    const { random } = this;
    const path = this.path();
    const draw = random.below(100);
    if (draw < 38) {
      return client.create(path, this.data(), { mode: random.pick(MODES), acl: random.pick(ACLS) });
    }
    if (draw < 76) return client.setData(path, this.data(), this.version());
    if (draw < 88) return client.delete(path, this.version());
    if (draw < 93) return client.setAcl(path, random.pick(ACLS));
    return client.multi(Array.from({ length: random.between(1, 5) }, () => this.part()));
  }

  private part(): MultiOperation {
    const { random } = this;
    const path = this.path();
    switch (random.below(4)) {
      case 0:
        return { op: 'create', path, data: this.bytes(), mode: random.pick(MULTI_MODES), acl: OPEN_ACL };
      case 1:
        return { op: 'delete', path };
      case 2:
        return { op: 'check', path };
      default:
        return { op: 'setData', path, data: this.bytes() };
    }
  }

  /** Mostly one level deep, at times two. */
  private path(): string {
    const { random } = this;
    const first = `${this.root}/n${random.below(NAMES)}`;
    return random.chance(0.3) ? `${first}/m${random.below(NAMES)}` : first;
  }

  private data(): Uint8Array | null {
    return this.random.chance(0.05) ? null : this.bytes();
  }

  private bytes(): Uint8Array {
    const { random } = this;
    return Uint8Array.from({ length: random.below(MAX_DATA_BYTES) }, () => random.below(256));
  }

  private version(): number {
    return this.random.chance(0.9) ? -1 : this.random.below(3);
  }
}
