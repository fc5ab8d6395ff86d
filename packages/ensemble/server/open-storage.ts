import fs from 'node:fs';
import path from 'node:path';
import { ZXID_UNKNOWN } from '@vivarium/shared/zxid';
import type { ZooConfig } from '../config/zoo-config.ts';
import type { Recovered } from '../core/io.ts';
import { DiskError } from '../storage/disk.ts';
import { INITIALIZE, VERSION_DIRECTORY } from '../storage/file-names.ts';
import { RecoveryError } from '../storage/recovery-error.ts';
import { PLAIN, SNAPPY } from '../storage/snapshot-codec.ts';
import { Storage, type StorageOptions } from '../storage/storage.ts';
import { GZIP } from './gzip.ts';
import { StartError } from './load-config.ts';
import type { DiskTimes } from './process-metrics.ts';
import { makeDirectories, RealDisk } from './real-disk.ts';

const CODECS = { gz: GZIP, snappy: SNAPPY };

/** A server's history on the real disk, and what it held. */
export interface OpenedStorage {
  readonly storage: Storage;
  readonly recovered: Recovered;
}

/** Opens dataDir and dataLogDir, which are made where they are missing. Throws `StartError`. */
export function openStorage(
  config: ZooConfig,
  times: DiskTimes,
  events: Pick<StorageOptions, 'configurationStep' | 'onPersisted' | 'onFault' | 'onWarning'>,
): OpenedStorage {
  const data = openDirectory(config, 'dataDir', times);
  const log = config.dataLogDir === config.dataDir ? data : openDirectory(config, 'dataLogDir', times);
  const { preAllocBytes, txnLogSizeLimitBytes, snapshotCompression, autocreate, trustEmptySnapshot } = config;
  const options: StorageOptions = {
    data,
    log,
    preAllocBytes,
    txnLogSizeLimitBytes,
    snapshotCodec: snapshotCompression === null ? PLAIN : CODECS[snapshotCompression],
    gzip: GZIP,
    recentTxns: config.commitLogCount,
    autocreate,
    trustEmptySnapshot,
    ...events,
  };
  const storage = new Storage(options);
  try {
    const sinceMs = performance.now();
    const recovered = storage.recover();
    times.read(sinceMs);
    if (recovered.database.lastZxid === ZXID_UNKNOWN) tellOfWipedDisk(config, events.onWarning);
    return { storage, recovered };
  } catch (error) {
    if (error instanceof RecoveryError) throw new StartError([withDirectory(config, error)]);
    if (error instanceof DiskError) throw new StartError([error.message]);
    throw error;
  }
}

/** Nobody could give a standalone server its data back, so it does not start. */
function tellOfWipedDisk(config: ZooConfig, onWarning: (message: string) => void): void {
  const fact = `${config.dataDir}: there is neither snapshot nor log, and ${config.file} says db.autocreate=false`;
  const remedy = `where nothing is lost because the server is new, make the empty file ${path.join(config.dataLogDir, INITIALIZE)}`;
  if (config.standalone) throw new StartError([`${fact}; ${remedy}`]);
  onWarning(`${fact}: this server does not vote until a leader has sent it a snapshot; ${remedy} and start it again`);
}

function openDirectory(config: ZooConfig, key: 'dataDir' | 'dataLogDir', times: DiskTimes): RealDisk {
  const directory = config[key];
  const remedy = `${key} in ${config.file} has to name a directory that this user may write to`;
  try {
    if (config.makesDirectories) makeDirectories(directory);
    else checkMade(config, directory);
    fs.accessSync(directory, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
  } catch (error) {
    if (error instanceof StartError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new StartError([`${directory}: cannot be used (${code}); ${remedy}`]);
  }
  // Those of other files are no part of a write.
  const timeSync = (file: string): (() => void) => (file.includes('/log.') ? times.beginSync() : () => {});
  return new RealDisk(directory, config.forceSync, timeSync);
}

/** Whoever forbids that directories are made has made them, with what is in them (Java `FileTxnSnapLog`). */
function checkMade(config: ZooConfig, directory: string): void {
  const made = path.join(directory, VERSION_DIRECTORY);
  if (fs.existsSync(made)) return;
  throw new StartError([
    `${made}: there is no such directory, and ${config.file} says datadir.autocreate=false; where the server is new, make it`,
  ]);
}

/** Storage names files below its directories, since it does not know where those are. */
function withDirectory(config: ZooConfig, error: RecoveryError): string {
  const isLog = path.basename(error.path).startsWith('log.');
  return path.join(isLog ? config.dataLogDir : config.dataDir, error.message);
}
