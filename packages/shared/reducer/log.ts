/** The tail of each server's transaction log. */
import type { ClusterEventBody, HexString } from '../cluster-event.ts';
import { type ClusterState, type EntryState, type LogEntry, MAX_LOG_ENTRIES } from '../cluster-state.ts';
import { compareHex } from '../zxid.ts';
import { changeServer, serverOf } from './servers.ts';

/** How settled a state is: an entry only goes up. */
const INK: Readonly<Record<EntryState, number>> = { truncated: 0, proposed: 1, logged: 2, acked: 3, committed: 4 };

/** An entry has reached a state; where `insert` is false only one that is there already. */
export function logEntry(
  state: ClusterState,
  sid: number,
  zxid: HexString,
  reached: EntryState,
  insert: boolean,
): void {
  const server = serverOf(state, sid);
  const log = withEntry(server.log, zxid, reached, insert);
  const isLogged = reached === 'logged' && compareHex(zxid, server.lastLogged) > 0;
  if (log === server.log && !isLogged) return;
  changeServer(state, sid, { log, lastLogged: isLogged ? zxid : server.lastLogged });
}

/** A commit covers what came before it. */
export function logCommitted(state: ClusterState, sid: number, zxid: HexString): void {
  const server = serverOf(state, sid);
  const log = withEntry(server.log, zxid, 'committed', true).map((entry) =>
    entry.state !== 'committed' && entry.state !== 'truncated' && compareHex(entry.zxid, zxid) < 0
      ? { ...entry, state: 'committed' as const }
      : entry,
  );
  const lastLogged = compareHex(zxid, server.lastLogged) > 0 ? zxid : server.lastLogged;
  changeServer(state, sid, { log, lastLogged, lastCommitted: zxid });
}

/** A learner was brought up to date: what it had beyond the leader's history is gone, and a snapshot replaces the rest. */
export function logSynchronised(
  state: ClusterState,
  sid: number,
  atMs: number,
  body: Extract<ClusterEventBody, { kind: 'synchronised' }>,
): void {
  const { learner, mode, from, to, txns, nodes } = body;
  const server = serverOf(state, learner);
  const sync = { mode, from, to, txns, nodes, atMs };
  if (mode === 'TRUNC') {
    const log = server.log.map((entry) =>
      compareHex(entry.zxid, to) > 0 && entry.state !== 'committed' ? { ...entry, state: 'truncated' as const } : entry,
    );
    changeServer(state, learner, { sync, log, lastLogged: to });
  } else if (mode === 'SNAP') {
    // The first zxid of an epoch stands for no transaction.
    const log: LogEntry[] = counterIsZero(to) ? [] : [{ zxid: to, state: 'committed' }];
    changeServer(state, learner, { sync, log, lastLogged: to, lastCommitted: to });
  } else {
    changeServer(state, learner, { sync });
    logReaches(state, learner, to);
  }
  // The leader says it before, the learner after it has been done.
  if (sid === learner) logSettled(state, learner, to);
}

/** The log ends no earlier than at the transaction. */
export function logReaches(state: ClusterState, sid: number, zxid: HexString): void {
  if (!counterIsZero(zxid) && compareHex(zxid, serverOf(state, sid).lastLogged) > 0) {
    logEntry(state, sid, zxid, 'logged', true);
  }
}

/** What the log holds up to the transaction is committed. */
export function logSettled(state: ClusterState, sid: number, zxid: HexString): void {
  const server = serverOf(state, sid);
  if (!counterIsZero(zxid) && compareHex(zxid, server.lastCommitted) > 0) logCommitted(state, sid, zxid);
}

function counterIsZero(zxid: HexString): boolean {
  return (BigInt(zxid) & 0xffffffffn) === 0n;
}

function withEntry(
  log: readonly LogEntry[],
  zxid: HexString,
  reached: EntryState,
  insert: boolean,
): readonly LogEntry[] {
  // The newest entries are asked for the most.
  let index = log.length - 1;
  while (index >= 0 && compareHex(log[index]?.zxid ?? '0x0', zxid) > 0) index--;
  const found = log[index];
  if (found?.zxid === zxid) {
    if (INK[reached] <= INK[found.state]) return log;
    return log.with(index, { zxid, state: reached });
  }
  if (!insert || (index === -1 && log.length === MAX_LOG_ENTRIES)) return log;
  const longer = log.toSpliced(index + 1, 0, { zxid, state: reached });
  return longer.length > MAX_LOG_ENTRIES ? longer.slice(1) : longer;
}
