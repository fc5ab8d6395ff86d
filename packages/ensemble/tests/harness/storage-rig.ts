/** A Storage over a simulated disk, on a clock of its own, that can lose power at any instant. */
import { Random } from '@vivarium/shared/random';
import { Clock } from '@vivarium/simulation/clock';
import { SimulatedDisk } from '@vivarium/simulation/disk';
import { OpCode } from '@vivarium/wire/op-code';
import { decodeTxn, encodeTxn } from '@vivarium/wire/txn';
import { Database } from '../../core/database.ts';
import type { LoggedTxn, Recovered } from '../../core/io.ts';
import { GZIP } from '../../server/gzip.ts';
import { DiskError } from '../../storage/disk.ts';
import { PLAIN, type SnapshotCodec } from '../../storage/snapshot-codec.ts';
import { Storage } from '../../storage/storage.ts';

/** A transaction that changes the tree in a way that tells it from all others. */
export function makeTxn(zxid: bigint): LoggedTxn {
  const path = `/n${zxid.toString(16)}`;
  const header = { sessionId: 1n, cxid: 0, zxid, timeMs: 1_700_000_000_000 + Number(zxid & 0xffffn) };
  const data = new Uint8Array(Number(zxid % 50n)).fill(Number(zxid % 251n));
  const txn = { type: OpCode.create2, path, data, acl: null, ephemeral: false, parentCversion: -1 };
  // Of a version that nobody compares. Some have none, as errors have none.
  const digest = zxid % 7n === 3n ? null : { version: 1, treeDigest: zxid };
  return { zxid, bytes: encodeTxn(header, txn, digest) };
}

/** The database that a history makes. */
export function databaseOf(history: readonly LoggedTxn[]): Database {
  const database = new Database();
  for (const txn of history) database.apply(decodeTxn(txn.bytes));
  return database;
}

/** Two disks, as with a dataLogDir of its own, or one. */
export class StorageRig {
  readonly clock = new Clock();
  readonly random: Random;
  readonly data: SimulatedDisk<DiskError>;
  readonly log: SimulatedDisk<DiskError>;
  readonly faults: DiskError[] = [];
  readonly warnings: string[] = [];
  /** The highest id reported durable since the last start. */
  persistedId = 0;
  recentTxns = 20;
  preAllocBytes = 2048;
  txnLogSizeLimitBytes = 0;
  autocreate = true;
  trustEmptySnapshot = false;
  snapshotCodec: SnapshotCodec = PLAIN;
  private life = 0;
  private current: Storage | null = null;

  constructor(seed: number, disks: 1 | 2 = 1) {
    this.random = new Random(seed);
    const disk = () =>
      new SimulatedDisk<DiskError>({
        random: this.random,
        minSyncMs: 1,
        maxSyncMs: 3,
        makeFault: (code, path, message) => new DiskError(code, path, message),
      });
    this.data = disk();
    this.log = disks === 1 ? this.data : disk();
  }

  get storage(): Storage {
    if (this.current === null) throw new Error('the storage is not started');
    return this.current;
  }

  /** Starts a process on the disks. */
  start(): Recovered {
    const life = ++this.life;
    for (const disk of [this.data, this.log]) {
      disk.attach((delayMs, action) => {
        this.clock.after(delayMs, () => {
          if (this.life === life) action();
        });
      });
    }
    this.persistedId = 0;
    this.current = new Storage({
      data: this.data,
      log: this.log,
      preAllocBytes: this.preAllocBytes,
      txnLogSizeLimitBytes: this.txnLogSizeLimitBytes,
      snapshotCodec: this.snapshotCodec,
      gzip: GZIP,
      recentTxns: this.recentTxns,
      autocreate: this.autocreate,
      trustEmptySnapshot: this.trustEmptySnapshot,
      onPersisted: (writeId) => {
        if (writeId <= this.persistedId) throw new Error(`persisted ${writeId} behind ${this.persistedId}`);
        this.persistedId = writeId;
      },
      onFault: (fault) => this.faults.push(fault),
      onWarning: (message) => this.warnings.push(message),
    });
    return this.current.recover();
  }

  /** Ends the process; with `power` the machine goes down as well, and what was not synced may be lost. */
  stop(power: boolean): void {
    this.life++;
    this.current = null;
    if (!power) return;
    this.data.crash();
    if (this.log !== this.data) this.log.crash();
  }

  /** Paces a snapshot by the clock. */
  readonly pace = (next: () => void): void => {
    const { life } = this;
    this.clock.after(1, () => {
      if (this.life === life) next();
    });
  };

  /** Lets all that is under way come to its end. */
  settle(): void {
    this.clock.runUntil(this.clock.nowMs + 10_000);
  }
}
