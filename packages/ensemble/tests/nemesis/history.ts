/**
 * The history of a run: what clients asked for and were answered, in the order of the answers, one JSON line each in a
 * file, since an hour of it is a million lines. zxids are numbers here (exact below epoch 2^21), times monotonic ms.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { Stat } from '@vivarium/shared/stat';

/** What a Stat tells, without the leader's wall clock. */
export interface SeenStat {
  readonly czxid: number;
  readonly mzxid: number;
  readonly pzxid: number;
  readonly version: number;
  readonly cversion: number;
  readonly children: number;
  /** The session of an ephemeral in hex, '0' of others. */
  readonly owner: string;
}

/** A part of a multi; a create with `sequential` gets its number from the server. `version` -1: any. */
export type WriteOp =
  | {
      readonly op: 'create';
      readonly path: string;
      readonly data: string;
      readonly ephemeral: boolean;
      readonly sequential: boolean;
    }
  | { readonly op: 'delete' | 'check'; readonly path: string; readonly version: number }
  | { readonly op: 'set'; readonly path: string; readonly data: string; readonly version: number };

export type WatchKind = 'data' | 'exist' | 'child';

/** What the client holds watches for, as it tells a server on a new connection. */
export interface HeldWatches {
  readonly relativeZxid: number;
  readonly data: readonly string[];
  readonly exist: readonly string[];
  readonly child: readonly string[];
}

export type Asked =
  | WriteOp
  | { readonly op: 'multi'; readonly ops: readonly WriteOp[] }
  | { readonly op: 'get' | 'exists' | 'children'; readonly path: string; readonly watch: boolean }
  | { readonly op: 'sync'; readonly path: string }
  | { readonly op: 'close' | 'ping' }
  | ({ readonly op: 'setWatches' } & HeldWatches);

/** The operation as one that may stand in a multi; null where it is another. */
export function asWriteOp(asked: Asked): WriteOp | null {
  switch (asked.op) {
    case 'create':
    case 'delete':
    case 'check':
    case 'set':
      return asked;
    default:
      return null;
  }
}

/** What came back with error 0; of a multi also where it failed. */
export interface Got {
  readonly path?: string;
  readonly stat?: SeenStat;
  readonly data?: string;
  readonly names?: readonly string[];
  /** Error code of each part of a multi. */
  readonly results?: readonly number[];
}

/** An operation and its answer; `zxid` and `err` null: the connection was lost, and nobody knows. */
export interface Operation {
  readonly kind: 'op';
  readonly session: string;
  /** Which connection, numbered over the whole run. */
  readonly connection: number;
  readonly server: number;
  readonly cxid: number;
  readonly asked: Asked;
  readonly sentMs: number;
  readonly doneMs: number;
  readonly zxid: number | null;
  readonly err: number | null;
  readonly got: Got | null;
}

export type Entry =
  | Operation
  | {
      readonly kind: 'connected';
      readonly session: string;
      readonly connection: number;
      readonly server: number;
      readonly timeoutMs: number;
      readonly doneMs: number;
    }
  | { readonly kind: 'lost'; readonly session: string; readonly connection: number; readonly doneMs: number }
  /** A server said that the session is no more. */
  | { readonly kind: 'expired'; readonly session: string; readonly doneMs: number }
  /** A watch event; `zxid` -1 where the server does not tell. */
  | {
      readonly kind: 'event';
      readonly session: string;
      readonly connection: number;
      readonly type: number;
      readonly path: string;
      readonly zxid: number;
      readonly doneMs: number;
    }
  /** The servers were disturbed from and to. */
  | {
      readonly kind: 'fault';
      readonly name: string;
      readonly servers: readonly number[];
      readonly sentMs: number;
      readonly doneMs: number;
    };

export function seenStat(stat: Stat): SeenStat {
  return {
    czxid: Number(stat.czxid),
    mzxid: Number(stat.mzxid),
    pzxid: Number(stat.pzxid),
    version: stat.version,
    cversion: stat.cversion,
    children: stat.numChildren,
    owner: BigInt.asUintN(64, stat.ephemeralOwner).toString(16),
  };
}

/** Where entries can be read in their order, as often as one likes, and again one by one. */
export interface History {
  entries(): Iterable<Entry>;
  /** The entry with the number that it has in `entries()`, from 0. Only after `entries()` was read to its end once. */
  at(index: number): Entry;
}

const CHUNK_BYTES = 256 * 1024;

/** Appends entries to a file. */
export class HistoryWriter {
  private readonly descriptor: number;
  private waiting: string[] = [];
  private waitingCharacters = 0;

  constructor(file: string) {
    this.descriptor = openSync(file, 'w');
  }

  add(entry: Entry): void {
    const line = `${JSON.stringify(entry)}\n`;
    this.waiting.push(line);
    this.waitingCharacters += line.length;
    if (this.waitingCharacters > CHUNK_BYTES) this.flush();
  }

  close(): void {
    this.flush();
    closeSync(this.descriptor);
  }

  private flush(): void {
    writeSync(this.descriptor, this.waiting.join(''));
    this.waiting = [];
    this.waitingCharacters = 0;
  }
}

/** A history in a file: only where its lines begin is kept in memory. */
export class HistoryFile implements History {
  private readonly descriptor: number;
  private starts = new Float64Array(1024);
  private count = 0;

  constructor(file: string) {
    this.descriptor = openSync(file, 'r');
  }

  close(): void {
    closeSync(this.descriptor);
  }

  *entries(): Iterable<Entry> {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const decoder = new TextDecoder();
    let rest = new Uint8Array(0);
    let restStart = 0;
    this.count = 0;
    for (let position = 0; ; ) {
      const length = readSync(this.descriptor, chunk, 0, chunk.length, position);
      if (length === 0) break;
      position += length;
      const bytes = new Uint8Array(rest.length + length);
      bytes.set(rest);
      bytes.set(chunk.subarray(0, length), rest.length);
      let start = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
        this.mark(restStart + start);
        yield JSON.parse(decoder.decode(bytes.subarray(start, end))) as Entry;
        start = end + 1;
      }
      rest = bytes.slice(start);
      restStart += start;
    }
    this.mark(restStart);
    this.count--;
  }

  at(index: number): Entry {
    const start = this.starts[index] ?? 0;
    const bytes = new Uint8Array((this.starts[index + 1] ?? 0) - start);
    readSync(this.descriptor, bytes, 0, bytes.length, start);
    return JSON.parse(new TextDecoder().decode(bytes)) as Entry;
  }

  private mark(start: number): void {
    if (this.count === this.starts.length) {
      const larger = new Float64Array(this.starts.length * 2);
      larger.set(this.starts);
      this.starts = larger;
    }
    this.starts[this.count++] = start;
  }
}
