import type { ConfigReader } from './config-reader.ts';

/** When snapshots and logs are written, in which form, and when old ones go. */
export interface DiskConfig {
  /** Transactions between two snapshots, at most; half of it at least. */
  readonly snapCount: number;
  /** Bytes of transactions between two snapshots, likewise; 0 for no such limit. */
  readonly snapSizeLimitBytes: number;
  /** A log that has grown beyond this is followed by a new one; 0 for no such limit. */
  readonly txnLogSizeLimitBytes: number;
  readonly preAllocBytes: number;
  /** How snapshots are compressed; null where they are not. */
  readonly snapshotCompression: 'gz' | 'snappy' | null;
  /** False: nothing waits for the disk, and a power cut loses acknowledged writes. */
  readonly forceSync: boolean;
  /** False: an empty disk is that of a new server only where the file `initialize` says so; otherwise it was wiped. */
  readonly autocreate: boolean;
  /** Whether the directories are made where they are missing. */
  readonly makesDirectories: boolean;
  /** Whether logs without a snapshot are taken for all that there was. */
  readonly trustEmptySnapshot: boolean;
  /** How many of the newest whole snapshots a purge keeps. */
  readonly snapRetainCount: number;
  /** Hours between two purges; 0 for none. */
  readonly purgeIntervalHours: number;
}

/** Fewer could be lost all together to one bad sector (Java `DatadirCleanupManager`, `PurgeTxnLog`). */
const MIN_SNAP_RETAIN_COUNT = 3;

/** Reads the keys of the disk, but for the directories. */
export function readDiskConfig(reader: ConfigReader): DiskConfig {
  return {
    snapCount: reader.int('snapCount', { fallback: 100_000, min: 2, unit: 'transactions' }),
    snapSizeLimitBytes: sizeLimit(reader, 'snapSizeLimitInKb', 4_194_304),
    txnLogSizeLimitBytes: sizeLimit(reader, 'txnLogSizeLimitInKb', -1),
    preAllocBytes: reader.int('preAllocSize', { fallback: 65_536, min: 0, max: 1 << 20, unit: 'KB' }) * 1024,
    snapshotCompression: readCompression(reader),
    forceSync: reader.yesNo('forceSync', true),
    autocreate: reader.bool('db.autocreate', true),
    makesDirectories: reader.bool('datadir.autocreate', true),
    trustEmptySnapshot: reader.bool('snapshot.trust.empty', false),
    snapRetainCount: readRetainCount(reader),
    purgeIntervalHours: Math.max(
      0,
      reader.int('autopurge.purgeInterval', { fallback: 0, min: -1, unit: 'hours, 0 for never' }),
    ),
  };
}

function sizeLimit(reader: ConfigReader, key: string, fallback: number): number {
  return Math.max(0, reader.int(key, { fallback, min: -1, unit: 'KB, -1 for no limit' })) * 1024;
}

function readRetainCount(reader: ConfigReader): number {
  const key = 'autopurge.snapRetainCount';
  const count = reader.int(key, { fallback: MIN_SNAP_RETAIN_COUNT, min: 0, unit: 'snapshots' });
  const setting = reader.take(key);
  if (count >= MIN_SNAP_RETAIN_COUNT || setting === null) return count;
  reader.warn(setting, `${count} is too few, ${MIN_SNAP_RETAIN_COUNT} snapshots are kept`);
  return MIN_SNAP_RETAIN_COUNT;
}

function readCompression(reader: ConfigReader): DiskConfig['snapshotCompression'] {
  const setting = reader.take('snapshot.compression.method');
  const method = setting?.value ?? '';
  if (method === 'gz' || method === 'snappy') return method;
  // Java's own name for a snapshot that has nothing but its checksum.
  if (setting !== null && !['', 'checked'].includes(method.toLowerCase()))
    reader.fault(setting, `"${method}" is not valid; it is gz or snappy, or empty for none`);
  return null;
}
