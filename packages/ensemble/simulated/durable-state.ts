/** What a server's disks would surely give back after a loss of power, read as the server itself would read it. */
import type { SimulatedDisk } from '@vivarium/simulation/disk';
import type { Recovered } from '../core/io.ts';
import { type Disk, DiskError } from '../storage/disk.ts';
import { recoverDirectory } from '../storage/recovery.ts';
import { RecoveryError } from '../storage/recovery-error.ts';

/** How far a server's history reaches; by these three an election and a new epoch go. */
export interface Standing {
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  readonly lastZxid: bigint;
}

/** The disks of a server. */
export interface Disks {
  readonly data: SimulatedDisk<DiskError>;
  readonly log: SimulatedDisk<DiskError>;
}

/** Reads the durable content, or null where a server would refuse to start from it. */
export function durableStanding(disks: Disks, autocreate: boolean): Standing | null {
  return standingOf(() =>
    recoverDirectory({ ...options, autocreate, data: durableView(disks.data), log: durableView(disks.log) }),
  );
}

/** As `durableStanding`, with what was written and not synced: of a program that was stopped and not of a machine. */
export function currentStanding(disks: Disks): Standing | null {
  return standingOf(() => recoverDirectory({ ...options, data: disks.data, log: disks.log }));
}

const options = { recentTxns: 0, gzip: null, onWarning: (): void => {} };

function standingOf(recover: () => Omit<Recovered, 'recent'>): Standing | null {
  try {
    const { acceptedEpoch, currentEpoch, database } = recover();
    return { acceptedEpoch, currentEpoch, lastZxid: database.lastZxid };
  } catch (error) {
    if (error instanceof RecoveryError || error instanceof DiskError) return null;
    throw error;
  }
}

/** Whether one server knows all that another one does, and has promised as much. */
export function isAtLeast(one: Standing, other: Standing): boolean {
  if (one.acceptedEpoch < other.acceptedEpoch || one.currentEpoch < other.currentEpoch) return false;
  return one.currentEpoch > other.currentEpoch || one.lastZxid >= other.lastZxid;
}

function durableView(disk: SimulatedDisk<DiskError>): Disk {
  const refuse = (path: string): never => {
    throw new DiskError('EROFS', path, `${path}: only looked at`);
  };
  return {
    list: (directory) => disk.durableNames(directory),
    read: (path) => disk.durableContent(path)?.slice() ?? null,
    length: (path) => disk.durableContent(path)?.length ?? null,
    readRange: (path, offset, length) => disk.durableContent(path)?.slice(offset, offset + length) ?? null,
    makeDirectory: refuse,
    create: refuse,
    write: refuse,
    setLength: refuse,
    rename: refuse,
    remove: refuse,
    sync: refuse,
    syncDirectory: refuse,
  };
}
