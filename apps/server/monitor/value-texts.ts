/** The values that `mntr`, `monitor`, `srvr` and `server_stats` have under names of their own, each as its text. */
import type { ServerMode, ServerValues, Tally } from './server-sample.ts';

/** The text of a value by its name; undefined where there is none. */
export type Texts = (name: string) => string | undefined;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Values being gathered. */
export type Values = Partial<Writable<ServerValues>>;

const COUNT = /^\d{1,15}$/;
const DECIMAL = /^\d{1,15}(?:\.\d{1,15})?(?:E-?\d{1,2})?$/;

/** A whole number from 0 on, or undefined where the text is none: Apache has -1 for what it does not know. */
export function count(text: string | undefined): number | undefined {
  return text !== undefined && COUNT.test(text) ? Number(text) : undefined;
}

/** A number from 0 on as Java prints a double, or undefined. */
export function decimal(text: string | undefined): number | undefined {
  return text !== undefined && DECIMAL.test(text) ? Number(text) : undefined;
}

const MODES: ReadonlySet<string> = new Set<ServerMode>(['leader', 'follower', 'observer', 'standalone', 'read-only']);

/** The mode, or undefined where the text is none. */
export function modeOf(text: string | undefined): ServerMode | undefined {
  return text !== undefined && MODES.has(text) ? (text as ServerMode) : undefined;
}

/** `3.8.0` of `3.8.0-abc, built on …`, or undefined where the text has no version. */
export function versionOf(text: string | undefined): string | undefined {
  return /^v?(\d{1,4}\.\d{1,4}(?:\.\d{1,4})?)/.exec(text ?? '')?.[1];
}

/** Whole numbers of `mntr` and `monitor` by our name for them. */
const COUNTS = {
  received: 'packets_received',
  outstanding: 'outstanding_requests',
  connections: 'num_alive_connections',
  znodes: 'znode_count',
  watches: 'watch_count',
  ephemerals: 'ephemerals_count',
  sessions: 'global_sessions',
  dataBytes: 'approximate_data_size',
  upMs: 'uptime',
  openFiles: 'open_file_descriptor_count',
  maxFiles: 'max_file_descriptor_count',
  syncedFollowers: 'synced_followers',
  pendingSyncs: 'pending_syncs',
  digestMismatches: 'digest_mismatches_count',
  learnerCommits: 'learner_commit_received_count',
  lookingCount: 'looking_count',
} as const satisfies Partial<Record<keyof ServerValues, string>>;

/**
 * What `mntr` and `monitor` tell, by their names without `zk_`; null where the version or the mode is missing, without which it
 * is no such answer.
 */
export function monitorValues(texts: Texts): Values | null {
  const version = versionOf(texts('version'));
  const mode = modeOf(texts('server_state'));
  if (version === undefined || mode === undefined) return null;
  const values: Values = { version, mode };
  for (const [ours, theirs] of Object.entries(COUNTS) as [keyof typeof COUNTS, string][]) {
    const number = count(texts(theirs));
    if (number !== undefined) values[ours] = number;
  }
  const avgLatencyMs = decimal(texts('avg_latency'));
  if (avgLatencyMs !== undefined) values.avgLatencyMs = avgLatencyMs;
  const reads = tally(texts, 'readlatency');
  const writes = tally(texts, 'updatelatency');
  if (reads !== undefined && writes !== undefined) {
    values.requestMs = { sum: reads.sum + writes.sum, count: reads.count + writes.count };
  }
  const fsyncMs = tally(texts, 'fsynctime');
  if (fsyncMs !== undefined) values.fsyncMs = fsyncMs;
  const propagationMs = tally(texts, 'propagation_latency');
  if (propagationMs !== undefined) values.propagationMs = propagationMs;
  return values;
}

function tally(texts: Texts, name: string): Tally | undefined {
  const sum = count(texts(`sum_${name}`));
  const number = count(texts(`cnt_${name}`));
  return sum === undefined || number === undefined ? undefined : { sum, count: number };
}
