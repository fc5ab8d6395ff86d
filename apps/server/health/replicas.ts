/** The table of replicas: what is known of each server, side by side. */
import type { Known, Replica } from '@vivarium/shared/contract/health';
import { formatHex } from '@vivarium/shared/zxid';
import type { Facts, ServerFact } from './facts.ts';

/** A replica without its lines over time, which are kept once for all instants. */
export type ReplicaRow = Omit<Replica, 'series'>;

/** One row for each server, by sid. */
export function replicasOf(facts: Facts): ReplicaRow[] {
  const differs = new Set(facts.differences.map(({ sid }) => sid));
  const compared = comparedZxid(facts.servers);
  return facts.servers.map((server) => replicaOf(server, compared, differs.has(server.sid)));
}

function replicaOf(
  { sid, host, voter, role, values, lag, ...server }: ServerFact,
  compared: bigint | null,
  differs: boolean,
): ReplicaRow {
  const { digests, lastZxid, upMs } = values;
  const digest = compared === null ? undefined : digests?.value.findLast(({ zxid }) => zxid === compared);
  // What a server that is gone last said of its load is not its load.
  const isHeard = role !== null && role.value !== 'down' && role.value !== 'silent';
  const live = <T>(known: Known<T> | null | undefined): Known<T> | null => (isHeard ? (known ?? null) : null);
  const behind = lag?.transactions ?? null;
  return {
    sid,
    host,
    role,
    voter,
    lastZxid: lastZxid === undefined ? null : { ...lastZxid, value: formatHex(lastZxid.value) },
    behind: behind === null || lastZxid === undefined ? null : live({ ...lastZxid, value: behind }),
    digest:
      digest === undefined || digests === undefined
        ? null
        : { ...digests, value: formatHex(digest.digest), at: formatHex(digest.zxid), differs },
    latencyMs: live(rounded(values.requestMs === undefined ? values.avgLatencyMs : server.latencyMs.now)),
    outstanding: live(values.outstanding),
    znodes: live(values.znodes),
    sessions: live(values.sessions),
    watches: live(values.watches),
    connections: live(values.connections),
    fsyncMs: live(rounded(server.fsyncMs.now)),
    upMs: live(upMs),
    version: values.version ?? null,
  };
}

/** The newest zxid that most servers have a digest of, so that they can be laid side by side. */
function comparedZxid(servers: readonly ServerFact[]): bigint | null {
  const counts = new Map<bigint, number>();
  for (const { values } of servers) {
    for (const { zxid } of values.digests?.value ?? []) counts.set(zxid, (counts.get(zxid) ?? 0) + 1);
  }
  const most = Math.max(0, ...counts.values());
  const best = [...counts].filter(([, count]) => count === most).map(([zxid]) => zxid);
  return best.sort((a, b) => (a < b ? -1 : 1)).at(-1) ?? null;
}

function rounded(known: Known<number> | null | undefined): Known<number> | null {
  return known == null ? null : { ...known, value: Math.round(known.value * 100) / 100 };
}
