/**
 * A recording is one or more parts, files of lines of JSON: a header with the cluster at that point, then an event a line.
 * Each part can be played alone. The name of a part says which recording it is of, and its place there:
 * `2026-11-21T07-06-59.123Z.0001.jsonl`.
 */
import { CLUSTER_EVENT_VERSION } from '@vivarium/shared/cluster-event';
import type { ClusterState } from '@vivarium/shared/cluster-state';
import type { ClusterInfo } from '@vivarium/shared/contract/source';

export interface RecordingHeader {
  readonly format: 'vivarium-recording';
  /** `CLUSTER_EVENT_VERSION` of the events. */
  readonly version: number;
  readonly cluster: ClusterInfo;
  /** What the numbers are numbers in, as `Source.instance`. */
  readonly instance: string;
  readonly startedWallMs: number;
  /**
   * The number before the first event of the part; each line is one more. Where it is beyond the end of the part before,
   * the disk was too slow for what happened between.
   */
  readonly n: number;
  /** The cluster after event `n`. */
  readonly state: ClusterState;
}

const FORMAT = 'vivarium-recording';
const PART_NAME = /^(?<recording>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z)\.(?<part>\d{4,9})\.jsonl$/;

/** The name of the recording that began then. */
export function recordingName(startedWallMs: number): string {
  return new Date(startedWallMs).toISOString().replaceAll(':', '-');
}

/** The file name of a part, counted from 1. */
export function partFileName(recording: string, part: number): string {
  return `${recording}.${String(part).padStart(4, '0')}.jsonl`;
}

/** What the name of a file says; null where it is not the name of a part. */
export function parsePartFileName(name: string): { readonly recording: string; readonly part: number } | null {
  const { recording, part } = PART_NAME.exec(name)?.groups ?? {};
  return recording === undefined || part === undefined ? null : { recording, part: Number(part) };
}

/** The first line of a part. */
export function headerLine(header: Omit<RecordingHeader, 'format' | 'version'>): string {
  return `${JSON.stringify({ format: FORMAT, version: CLUSTER_EVENT_VERSION, ...header })}\n`;
}

/** Why a file cannot be read. */
export type HeaderFault = { readonly fault: 'noHeader' } | { readonly fault: 'otherVersion'; readonly version: number };

/** Reads the first line of a part. */
export function parseHeader(line: string): RecordingHeader | HeaderFault {
  const header = parsed(line);
  if (!isRecord(header) || header.format !== FORMAT || typeof header.version !== 'number') return { fault: 'noHeader' };
  const { version, n, cluster, state, instance, startedWallMs } = header;
  if (version !== CLUSTER_EVENT_VERSION) return { fault: 'otherVersion', version };
  const isWhole =
    Number.isSafeInteger(n) &&
    typeof instance === 'string' &&
    typeof startedWallMs === 'number' &&
    isRecord(cluster) &&
    isRecord(state);
  return isWhole ? (header as unknown as RecordingHeader) : { fault: 'noHeader' };
}

/** The value of a line; undefined where it is no JSON. */
export function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
