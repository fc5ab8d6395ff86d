/**
 * Makes a server's state from what is on disk: the newest valid snapshot, the transactions of the logs behind it, and the
 * epochs (Java `FileTxnSnapLog.restore`, `QuorumPeer.loadDataBase`). Where that could lose a transaction that was once
 * acknowledged, it refuses. It reads only; what it finds to repair it returns as steps.
 */
import { epochOf, formatHex, ZXID_UNKNOWN, type Zxid } from '@vivarium/shared/zxid';
import { JuteError } from '@vivarium/wire/jute';
import { readSnapshotFile, snapshotFile } from '@vivarium/wire/snapshot';
import { decodeTxn, type TxnRecord } from '@vivarium/wire/txn';
import { Database, DatabaseBuilder } from '../core/database.ts';
import type { LoggedTxn } from '../core/io.ts';
import { DataTree } from '../core/tree/data-tree.ts';
import { mayFollow } from './contiguity.ts';
import type { Disk } from './disk.ts';
import { readEpochs } from './epochs.ts';
import {
  INITIALIZE,
  installingAmong,
  isTemporary,
  logsAmong,
  type NamedFile,
  snapshotPath,
  snapshotsAmong,
  VERSION_DIRECTORY,
} from './file-names.ts';
import { FileView } from './file-view.ts';
import { finishInstallation } from './installation.ts';
import { type LogRecord, scanLog } from './log-scan.ts';
import { LogTail } from './log-tail.ts';
import { NewestRecords, RecentWindow } from './recent-window.ts';
import { RESTORE_OR_REFETCH, RecoveryError } from './recovery-error.ts';
import { type SnapshotCodec, snapshotPieces } from './snapshot-codec.ts';
import { removeInOrder, replaceFile, type Step } from './steps.ts';

/** Where snapshots and epochs are. */
export interface SnapshotDirectory {
  readonly data: Disk;
  /** Reads snapshots whose names end in .gz; where it is null, they are no snapshots. */
  readonly gzip: SnapshotCodec | null;
}

/** The two directories of a server, which may be one, and what it keeps in memory of them. */
export interface RecoverySource extends SnapshotDirectory {
  /** Logs. */
  readonly log: Disk;
  /** How many of the newest transactions to return. */
  readonly recentTxns: number;
  /**
   * Whether an empty disk is that of a new server (Java `zookeeper.db.autocreate`), as without this option. Where it is
   * false only the file `initialize` says so, and otherwise the disk was wiped: the server does not know what it has
   * acknowledged, and its zxid is `ZXID_UNKNOWN`.
   */
  readonly autocreate?: boolean;
  /**
   * Whether logs without a whole snapshot are taken for all that there was (Java `zookeeper.snapshot.trust.empty`), as of a
   * server that has never written one; they must still be without a gap.
   */
  readonly trustEmptySnapshot?: boolean;
  /** Told of what was repaired or is odd, in one line. */
  readonly onWarning: (message: string) => void;
}

/** A server's state, and what must be made durable before anything else is written. */
export interface Recovery {
  readonly database: Database;
  readonly recent: readonly LoggedTxn[];
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  readonly repairs: readonly Step[];
}

/** A snapshot that was found whole. */
export interface BaseSnapshot {
  readonly zxid: Zxid;
  readonly database: Database;
}

/** Throws `RecoveryError` where the files do not make a state that is surely whole, and `DiskError` where they cannot be read. */
export function recoverDirectory(source: RecoverySource): Recovery {
  const { data, log } = source;
  const dataNames = data.list(VERSION_DIRECTORY);
  const installing = installingAmong(dataNames);
  const snapshots = installing === null ? snapshotsAmong(dataNames) : [installing];
  const logs = installing === null ? logsAmong(log.list(VERSION_DIRECTORY)) : [];
  const repairs: Step[] = installing === null ? [] : finishInstallation(data, log, installing.zxid);
  const leftovers = dataNames.filter(isTemporary).map((name) => `${VERSION_DIRECTORY}/${name}`);
  if (leftovers.length > 0) repairs.push(removeInOrder(data, leftovers));

  const { base, invalid } = newestSnapshot(source, snapshots, source.onWarning);
  const logsAlone = base === null && logs.length > 0 && source.trustEmptySnapshot === true;
  if (base === null && !logsAlone) {
    if (invalid[0] !== undefined) throw corruptSnapshot(invalid[0]);
    for (const file of logs) refuseRecords(log, file);
  }
  if (logsAlone)
    source.onWarning('there is no snapshot: snapshot.trust.empty says that the logs are all there ever was');
  const marked = log.read(INITIALIZE) !== null;
  const wiped = base === null && !marked && !logsAlone && source.autocreate === false;
  const database = base?.database ?? new Database(new DataTree(), new Map(), wiped ? ZXID_UNKNOWN : 0n);
  if (base === null && !wiped) {
    // An empty snapshot tells a new server from one whose snapshots were lost (Apache writes one too).
    const empty = database.snapshot();
    const chunks = [...snapshotFile(empty)];
    empty.release();
    repairs.push(replaceFile(data, snapshotPath(0n), chunks));
  }

  const replay = new Replay(source, database, snapshots, invalid);
  replay.run(logs);
  repairs.push(...replay.repairs);
  // Only a log that holds the transaction which names the corrupt snapshot shows that nothing is missing before it.
  const unproven = invalid.find((file) => replay.unproven.has(file.zxid));
  if (unproven !== undefined) throw corruptSnapshot(unproven);

  // A process that was killed may have left more than it has synced, which others may rely on from now on.
  for (const disk of new Set([data, log])) repairs.push((done) => disk.syncDirectory(VERSION_DIRECTORY, done));

  const epochs = readEpochs(data, database.lastZxid, base === null && !wiped && !logsAlone);
  repairs.push(...epochs.repairs);
  if (marked) {
    // Behind the empty snapshot, so that a crash in between leaves one of the two.
    repairs.push((done) => {
      log.remove(INITIALIZE);
      log.syncDirectory('', done);
    });
  }
  const { acceptedEpoch, currentEpoch } = epochs;
  return { database, recent: replay.window.finish(database.lastZxid), acceptedEpoch, currentEpoch, repairs };
}

/** The newest snapshot that is whole, and those newer than it that are not. */
export function newestSnapshot(
  source: SnapshotDirectory,
  snapshots: readonly NamedFile[],
  onWarning: (message: string) => void,
): { base: BaseSnapshot | null; invalid: NamedFile[] } {
  const invalid: NamedFile[] = [];
  for (const file of snapshots.toReversed()) {
    const read = readSnapshot(source, file);
    if (read.ok) return { base: { zxid: file.zxid, database: read.database }, invalid };
    onWarning(`${file.path} ${read.fault}: trying an older snapshot`);
    invalid.push(file);
  }
  return { base: null, invalid };
}

function readSnapshot(
  { data, gzip }: SnapshotDirectory,
  file: NamedFile,
): { ok: true; database: Database } | { ok: false; fault: string } {
  if (data.length(file.path) === null) return { ok: false, fault: 'has vanished' };
  const builder = new DatabaseBuilder();
  const result = readSnapshotFile(snapshotPieces(data, file.path, gzip), (entry) => builder.add(entry));
  return result.ok ? { ok: true, database: builder.finish(file.zxid) } : result;
}

function corruptSnapshot(file: NamedFile): RecoveryError {
  return new RecoveryError(
    file.path,
    'is corrupt and the logs do not reach back to an older snapshot',
    RESTORE_OR_REFETCH,
  );
}

/** Logs continue a snapshot; without one, what they hold may not be all that there was. */
function refuseRecords(log: Disk, file: NamedFile): void {
  let found = false;
  const end = scanLog(new FileView(log, file.path), () => {
    found = true;
    return false;
  });
  if (found || end?.kind === 'damaged' || end?.kind === 'foreign') {
    throw new RecoveryError(file.path, 'holds transactions but there is no snapshot', RESTORE_OR_REFETCH);
  }
}

/** Applies the logs behind a snapshot, and finds out where they end. */
class Replay {
  readonly repairs: Step[] = [];
  /** zxids of corrupt snapshots that no log has shown to hold nothing but what is in the logs. */
  readonly unproven: Set<Zxid>;
  readonly window: RecentWindow;
  private readonly source: RecoverySource;
  private readonly database: Database;
  private readonly baseZxid: Zxid;
  /** The newest log with a record in it. */
  private newest: { path: string; tail: LogTail } | null = null;
  /** A log behind whose last record are bytes of a torn one, until a record of a later log is seen. */
  private torn: { file: NamedFile; offset: number; length: number } | null = null;
  /** The first log without one whole record, likewise: it is named by one. */
  private hollow: NamedFile | null = null;
  /** The first transaction whose digest was not the tree's, unless a later one's was. */
  private mismatch: { readonly path: string; readonly zxid: Zxid } | null = null;

  constructor(
    source: RecoverySource,
    database: Database,
    snapshots: readonly NamedFile[],
    invalid: readonly NamedFile[],
  ) {
    this.source = source;
    this.database = database;
    // The snapshot of a new server holds nothing.
    this.unproven = new Set(invalid.map((file) => file.zxid).filter((zxid) => zxid !== 0n));
    this.baseZxid = database.lastZxid;
    this.window = new RecentWindow(
      source.recentTxns,
      snapshots.map((file) => file.zxid),
    );
  }

  /** `logs`: oldest first. */
  run(logs: readonly NamedFile[]): void {
    const firstNeeded = Math.max(
      0,
      logs.findLastIndex((file) => file.zxid <= this.baseZxid + 1n),
    );
    const empty: string[] = [];
    for (const file of logs.slice(firstNeeded)) if (!this.readFile(file)) empty.push(file.path);
    this.warnOfDifferences();
    this.cutTornTail();
    this.rewriteTail();
    // A log without a record is what a crash between its creation and its first sync leaves.
    if (empty.length > 0) this.repairs.push(removeInOrder(this.source.log, empty));
    for (let i = firstNeeded - 1; i >= 0 && this.window.wantsOlder; i--) {
      if (!this.prependOlder(logs[i] as NamedFile)) break;
    }
  }

  /** False where the file holds no record. */
  private readFile(file: NamedFile): boolean {
    const view = new FileView(this.source.log, file.path);
    const tail = new LogTail();
    const end = scanLog(view, (record) => {
      tail.push(record);
      this.takeRecord(file, record);
      return true;
    });
    if (end === null) return true;
    if (end.kind === 'foreign') throw new RecoveryError(file.path, 'is not a transaction log', RESTORE_OR_REFETCH);
    if (end.kind === 'damaged') {
      const wrong = `is damaged at offset ${end.offset}: transactions there may have been acknowledged`;
      throw new RecoveryError(file.path, wrong, RESTORE_OR_REFETCH);
    }
    if (tail.isEmpty) {
      if (end.kind === 'torn') this.warnOfTornRecord(file, end.offset, view.length);
      this.hollow ??= file;
      return false;
    }
    this.newest = { path: file.path, tail };
    if (end.kind === 'torn') this.torn = { file, offset: end.offset, length: view.length };
    return true;
  }

  private takeRecord(file: NamedFile, record: LogRecord): void {
    const { database } = this;
    if (this.unproven.size > 0) this.unproven.delete(record.zxid);
    if (record.zxid > this.baseZxid) {
      const last = database.lastZxid;
      if (!mayFollow(last, record.zxid)) {
        const wrong = `has transaction ${formatHex(record.zxid)} at offset ${record.offset} behind ${formatHex(last)}`;
        throw new RecoveryError(file.path, `${wrong}: transactions are missing or out of order`, RESTORE_OR_REFETCH);
      }
      if (epochOf(last) !== epochOf(record.zxid)) this.refuseHiddenGap(file);
      this.applyRecord(file, record);
    }
    this.torn = null;
    this.hollow = null;
    this.window.push(record);
  }

  /**
   * Inside an epoch the counter shows that nothing is missing before a record of `file`; at the start of one it cannot. What
   * a crash leaves there is repaired before anything else is written, so it is damage, or Apache's, which repairs nothing.
   */
  private refuseHiddenGap(file: NamedFile): void {
    const { torn, hollow } = this;
    const suspect = torn?.file ?? hollow;
    if (suspect === null) return;
    const wrong = torn === null ? 'holds no whole transaction' : `is torn at offset ${torn.offset}`;
    throw new RecoveryError(suspect.path, `${wrong} but ${file.path} continues in a later epoch`, RESTORE_OR_REFETCH);
  }

  private applyRecord(file: NamedFile, record: LogRecord): void {
    let txn: TxnRecord;
    try {
      // A copy, since the data of nodes may be views of it and must not keep a large piece of the file in memory.
      txn = decodeTxn(record.payload.slice());
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      const wrong = `has a transaction at offset ${record.offset} that this version cannot read (${error.message})`;
      throw new RecoveryError(
        file.path,
        wrong,
        'start the version that wrote it, or restore the directory from a backup',
      );
    }
    const { digestMismatch } = this.database.apply(txn);
    if (digestMismatch) this.mismatch ??= { path: file.path, zxid: record.zxid };
    else if (txn.digest !== null) this.mismatch = null;
  }

  /** Over a fuzzy snapshot the tree is nobody's until the log has caught up with it: only what stays is worth a word. */
  private warnOfDifferences(): void {
    const { onWarning } = this.source;
    if (this.mismatch !== null) {
      const { path, zxid } = this.mismatch;
      onWarning(
        `${path}: the tree's digest differs from that of transaction ${formatHex(zxid)} and of those behind it`,
      );
    }
    const unlisted = this.database.tree.unlistedAclCount;
    if (unlisted > 0) {
      onWarning(
        `the snapshot does not list the ACLs of ${unlisted} of its znodes: nobody but the superuser may use these`,
      );
    }
  }

  private cutTornTail(): void {
    if (this.torn === null) return;
    const { log } = this.source;
    const { file, offset, length } = this.torn;
    this.warnOfTornRecord(file, offset, length);
    this.repairs.push((done) => {
      log.setLength(file.path, offset);
      log.sync(file.path, done);
    });
  }

  private warnOfTornRecord({ path }: NamedFile, offset: number, length: number): void {
    const where = `a torn record at offset ${offset}, ${length - offset} bytes before its end`;
    this.source.onWarning(`${path}: ${where}, was never acknowledged and is cut off`);
  }

  /**
   * What was read may never have reached the disk: the process before was killed ahead of its sync, or the sync failed, in
   * which case the system takes the pages for clean and a second sync alone does nothing. So the last batch is written again.
   */
  private rewriteTail(): void {
    if (this.newest === null) return;
    const { log } = this.source;
    const { path, tail } = this.newest;
    const { offset, bytes } = tail.encode();
    this.repairs.push((done) => {
      log.write(path, offset, bytes);
      log.sync(path, done);
    });
  }

  /** Older logs are only for synchronising learners, so one that does not fit ends the window and is no error. */
  private prependOlder(file: NamedFile): boolean {
    const records = new NewestRecords(this.source.recentTxns);
    const end = scanLog(new FileView(this.source.log, file.path), (record) => {
      records.push(record);
      return true;
    });
    if (end === null || end.kind !== 'clean' || records.list.length === 0) return false;
    this.window.prepend(records.list);
    return true;
  }
}
