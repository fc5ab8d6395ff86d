/** Names below a data or log directory, as Apache has them (Java `FileTxnSnapLog`, `Util.makeLogName`, `QuorumPeer`). */
import type { Zxid } from '@vivarium/shared/zxid';

/** The directory of all files; the number is the version of their formats. */
export const VERSION_DIRECTORY = 'version-2';

/** Decimal text files beside the snapshots. */
export const ACCEPTED_EPOCH = `${VERSION_DIRECTORY}/acceptedEpoch`;
export const CURRENT_EPOCH = `${VERSION_DIRECTORY}/currentEpoch`;

/**
 * An empty file beside the version directory of the logs: whoever starts the server says by it that an empty disk is that of
 * a new server (Java `FileTxnSnapLog.restore`, `zookeeper-server-initialize`). It counts once.
 */
export const INITIALIZE = 'initialize';

const TEMPORARY_SUFFIX = '.tmp';

/** Where a file is written before it takes its name in one step. */
export function temporaryOf(path: string): string {
  return path + TEMPORARY_SUFFIX;
}

/** A name that only an interrupted write leaves behind. */
export function isTemporary(name: string): boolean {
  return /^(snapshot\.[0-9a-f]+(\.gz|\.snappy|\.installing)?|acceptedEpoch|currentEpoch)\.tmp$/.test(name);
}

/** A log is named by its first transaction, a snapshot by its last; the value is null for other names. */
export interface NamedFile {
  readonly path: string;
  readonly zxid: Zxid;
}

export function logPath(firstZxid: Zxid): string {
  return `${VERSION_DIRECTORY}/log.${BigInt.asUintN(64, firstZxid).toString(16)}`;
}

/** `suffix` says how it is compressed; empty where it is not. */
export function snapshotPath(zxid: Zxid, suffix = ''): string {
  return `${VERSION_DIRECTORY}/snapshot.${BigInt.asUintN(64, zxid).toString(16)}${suffix}`;
}

/**
 * The snapshot of a leader from the moment that it replaces all other history until nothing of that is left. Apache does
 * not know the name and would go on with the old history, which is as good.
 */
export function installingPath(zxid: Zxid): string {
  return `${snapshotPath(zxid)}.installing`;
}

/** The snapshot among the names whose installation was begun and not finished. */
export function installingAmong(names: readonly string[]): NamedFile | null {
  return filesAmong(names, /^snapshot\.([0-9a-f]{1,16})\.installing$/).at(-1) ?? null;
}

/** The logs among the names, oldest first. */
export function logsAmong(names: readonly string[]): NamedFile[] {
  return filesAmong(names, /^log\.([0-9a-f]{1,16})$/);
}

/** The snapshots among the names, oldest first, compressed or not. */
export function snapshotsAmong(names: readonly string[]): NamedFile[] {
  return filesAmong(names, /^snapshot\.([0-9a-f]{1,16})(?:\.gz|\.snappy)?$/);
}

function filesAmong(names: readonly string[], pattern: RegExp): NamedFile[] {
  const files: NamedFile[] = [];
  for (const name of names) {
    const match = pattern.exec(name);
    if (match === null) continue;
    files.push({ path: `${VERSION_DIRECTORY}/${name}`, zxid: BigInt.asIntN(64, BigInt(`0x${match[1]}`)) });
  }
  return files.sort((a, b) => (a.zxid < b.zxid ? -1 : a.zxid > b.zxid ? 1 : a.path < b.path ? -1 : 1));
}
