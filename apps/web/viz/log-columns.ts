/** Which zxids the logs of all servers are drawn at, so that a column is the same transaction everywhere. */

import type { HexString } from '@vivarium/shared/cluster-event';
import type { LogEntry } from '@vivarium/shared/cluster-state';
import { compareHex } from '@vivarium/shared/zxid';
import { splitZxid } from '../components/format.ts';

/** The newest `count` zxids that any of the logs holds, the oldest first. */
export function logColumns(logs: Iterable<readonly LogEntry[]>, count: number): readonly HexString[] {
  const zxids = new Set<HexString>();
  for (const log of logs) for (const entry of log) zxids.add(entry.zxid);
  return [...zxids].sort(compareHex).slice(-count);
}

export interface ColumnLabels {
  /** What all labels before the first new epoch begin with, cut to four characters from its end. */
  readonly prefix: string;
  /** One for each column: the last two digits of the counter, with the epoch where that is new and fits. */
  readonly labels: readonly string[];
  /** Indices of the columns that begin a new epoch. */
  readonly epochStarts: readonly number[];
}

/** The labels below the columns. */
export function columnLabels(columns: readonly HexString[]): ColumnLabels {
  const parts = columns.map(splitZxid);
  const first = parts[0];
  const whole = first === undefined ? '' : `${first.epoch}·${first.counter.slice(0, -2)}`;
  const epochStarts = parts.flatMap((part, i) => (i > 0 && part.epoch !== parts[i - 1]?.epoch ? [i] : []));
  const labels = parts.map((part, i) => {
    const withEpoch = `${part.epoch}·${part.counter}`;
    return epochStarts.includes(i) && withEpoch.length <= 3 ? withEpoch : part.counter.padStart(2, '0').slice(-2);
  });
  return { prefix: whole.length > 4 ? `…${whole.slice(-3)}` : whole, labels, epochStarts };
}
