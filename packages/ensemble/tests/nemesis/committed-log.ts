/**
 * The one order of all transactions, read from what every server has ever logged. Within an epoch a transaction is
 * committed if it is not behind the last one that the next epoch's first follows; what a log holds beyond that was never
 * agreed on.
 */
import { withoutMark } from '@vivarium/wire/log-mark';
import { isLogHeader, LOG_HEADER_BYTES, readLogEntry } from '@vivarium/wire/log-record';
import { zxidOfTxn } from '@vivarium/wire/txn';
import type { Findings } from './findings.ts';

/** A log file, also one that its server has removed since. */
export interface KeptLog {
  readonly server: number;
  readonly path: string;
  /** The first zxid, by the file's name. */
  readonly firstZxid: number;
  /** The file that the server was writing before and still had when this one began. */
  readonly previous: string | null;
  /** Whether the server has it at the end. */
  readonly live: boolean;
}

const EPOCH = 2 ** 32;

export function zxidText(zxid: number): string {
  return `0x${zxid.toString(16)}`;
}

/** What was found of one file in the first reading. */
interface Contents {
  readonly last: number;
  /** First transactions of an epoch and what stands before them; null at the start of the file. */
  readonly epochStarts: readonly { readonly zxid: number; readonly before: number | null }[];
}

/** Yields the bytes of every committed transaction in order, while it looks whether the servers agree on them. */
export function* committedTxns(
  logs: readonly KeptLog[],
  read: (path: string) => Uint8Array,
  findings: Findings,
): Generator<{ readonly zxid: number; readonly bytes: Uint8Array }> {
  const lastCounters = committedEpochs(logs, read, findings);
  let last = 0;
  const joined = new Set<number>();
  for (const { zxid, copies } of merged(logs, read)) {
    const [first] = copies;
    if (first === undefined) continue;
    const differing = copies.find(({ bytes }) => !sameBytes(bytes, first.bytes));
    if (differing !== undefined) {
      findings.add(
        'Integrity',
        `servers ${first.log.server} and ${differing.log.server} have another ${zxidText(zxid)}`,
      );
    }
    const epoch = Math.floor(zxid / EPOCH);
    const holders = new Set(copies.filter(({ log }) => log.live).map(({ log }) => log.server));
    if (zxid % EPOCH > (lastCounters.get(epoch) ?? -1)) {
      if (holders.size > 0) {
        findings.add('Agreement', `servers ${[...holders]} have ${zxidText(zxid)}, which was never committed`);
      }
      continue;
    }
    const follows = Math.floor(last / EPOCH) === epoch ? last + 1 : epoch * EPOCH + 1;
    if (zxid !== follows) findings.add('Durability', `no log has ${zxidText(follows)}, only ${zxidText(zxid)}`);
    for (const server of joined) {
      if (!holders.has(server))
        findings.add('Agreement', `server ${server} lacks ${zxidText(zxid)} and has what is around it`);
    }
    for (const server of holders) joined.add(server);
    last = zxid;
    yield { zxid, bytes: first.bytes };
  }
}

/** The last counter of every epoch that is part of the history. */
function committedEpochs(
  logs: readonly KeptLog[],
  read: (path: string) => Uint8Array,
  findings: Findings,
): Map<number, number> {
  const contents = new Map(logs.map((log) => [log.path, readContents(log, read, findings)]));
  const before = new Map<number, Map<number, KeptLog>>();
  let lowest = Number.POSITIVE_INFINITY;
  const ends = new Map<number, number>();
  for (const log of logs) {
    const found = contents.get(log.path);
    if (found === undefined || found.last === 0) continue;
    lowest = Math.min(lowest, Math.floor(log.firstZxid / EPOCH));
    if (log.live) ends.set(log.server, Math.max(ends.get(log.server) ?? 0, found.last));
    for (const start of found.epochStarts) {
      const previous = start.before ?? lastBefore(log, logs, contents);
      if (previous === null) continue;
      const known = before.get(start.zxid) ?? new Map<number, KeptLog>();
      before.set(start.zxid, known.set(previous, log));
    }
  }
  const last = Math.max(0, ...ends.values());
  for (const [server, end] of ends) {
    if (end !== last)
      findings.add('Agreement', `the log of server ${server} ends at ${zxidText(end)}, another at ${zxidText(last)}`);
  }
  const counters = new Map<number, number>();
  for (let zxid = last; zxid > 0; ) {
    const epoch = Math.floor(zxid / EPOCH);
    counters.set(epoch, zxid % EPOCH);
    if (epoch <= lowest) break;
    const start = epoch * EPOCH + 1;
    const candidates = [...(before.get(start) ?? [])];
    if (candidates.length > 1) {
      const said = candidates.map(([previous, log]) => `${zxidText(previous)} on server ${log.server}`);
      findings.add('LogContiguity', `${zxidText(start)} stands behind ${said.join(' and ')}`);
    }
    if (candidates.length === 0) findings.add('Evidence', `no log tells what stands before ${zxidText(start)}`);
    zxid = Math.max(0, ...candidates.map(([previous]) => previous));
  }
  return counters;
}

function lastBefore(log: KeptLog, logs: readonly KeptLog[], contents: ReadonlyMap<string, Contents>): number | null {
  let { previous } = log;
  // A file may have been cut back to nothing.
  while (previous !== null) {
    const last = contents.get(previous)?.last ?? 0;
    if (last > 0) return last;
    previous = logs.find(({ path }) => path === previous)?.previous ?? null;
  }
  return null;
}

function readContents(log: KeptLog, read: (path: string) => Uint8Array, findings: Findings): Contents {
  let last = 0;
  const epochStarts: { zxid: number; before: number | null }[] = [];
  const { records, intact } = recordsOf(read(log.path));
  for (const { zxid } of records) {
    if (zxid % EPOCH === 1) epochStarts.push({ zxid, before: last === 0 ? null : last });
    if (zxid <= last) findings.add('LogContiguity', `${log.path} has ${zxidText(zxid)} behind ${zxidText(last)}`);
    last = zxid;
  }
  findings.expect(intact, 'Durability', () => `${log.path} is damaged behind ${zxidText(last)}`);
  return { last, epochStarts };
}

interface Copy {
  readonly log: KeptLog;
  readonly bytes: Uint8Array;
}

/** The records of all files by zxid; a file is in memory only while its records are due. */
function* merged(
  logs: readonly KeptLog[],
  read: (path: string) => Uint8Array,
): Generator<{ readonly zxid: number; readonly copies: readonly Copy[] }> {
  const waiting = logs.toSorted((a, b) => b.firstZxid - a.firstZxid);
  let open: { log: KeptLog; records: { zxid: number; bytes: Uint8Array }[]; next: number }[] = [];
  for (;;) {
    let due = Math.min(...open.map(({ records, next }) => records[next]?.zxid ?? Number.POSITIVE_INFINITY));
    for (let log = waiting.at(-1); log !== undefined && log.firstZxid <= due; log = waiting.at(-1)) {
      waiting.pop();
      const { records } = recordsOf(read(log.path));
      const [first] = records;
      if (first === undefined) continue;
      open.push({ log, records, next: 0 });
      due = Math.min(due, first.zxid);
    }
    if (open.length === 0) return;
    const copies: Copy[] = [];
    for (const file of open) {
      const record = file.records[file.next];
      if (record?.zxid !== due) continue;
      copies.push({ log: file.log, bytes: record.bytes });
      file.next++;
    }
    open = open.filter(({ records, next }) => next < records.length);
    yield { zxid: due, copies };
  }
}

/** The whole records of a file; what a crash has torn may stand behind them, a wrong checksum may not. */
function recordsOf(bytes: Uint8Array): { records: { zxid: number; bytes: Uint8Array }[]; intact: boolean } {
  const records: { zxid: number; bytes: Uint8Array }[] = [];
  // A file is created before its header is written.
  if (!isLogHeader(bytes)) return { records, intact: true };
  for (let offset = LOG_HEADER_BYTES; ; ) {
    const entry = readLogEntry(bytes, offset);
    if (entry.kind !== 'record') return { records, intact: entry.kind !== 'corrupt' };
    records.push({ zxid: Number(zxidOfTxn(entry.payload)), bytes: withoutMark(entry.payload) });
    offset = entry.end;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
