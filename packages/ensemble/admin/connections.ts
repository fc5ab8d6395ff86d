/** Connections as `stat` and `cons` have them, and the commands `stats` and `connections` (Java `ServerCnxn`). */
import { formatHex } from '@vivarium/shared/zxid';
import type { Json } from './json.ts';
import type { ConnectionFacts, ServerFacts } from './server-facts.ts';
import { operationName } from './text.ts';

/** A line for each, and what there is to tell of its session in the long form (Java `ServerCnxn.dumpConnectionInfo`). */
export function connectionLines(facts: ServerFacts, form: 'brief' | 'full'): string {
  const all = [...facts.connections(), ...facts.secureConnections()];
  return all.map((connection) => `${connectionText(connection, form)}\n`).join('');
}

function connectionText(connection: ConnectionFacts, form: 'brief' | 'full'): string {
  const { info, status } = connection;
  const interest = info.interestOps.toString(16).toUpperCase();
  const brief = ` /${info.address}[${interest}](queued=${status?.queued ?? 0},recved=${info.received},sent=${info.sent}`;
  if (form === 'brief' || status === null || status.sessionId === null) return `${brief})`;
  const { stats } = status;
  const { latencyMs } = stats;
  const fields: [string, string | number][] = [
    ['sid', formatHex(status.sessionId)],
    ['lop', operationName(stats.lastOp)],
    ['est', info.establishedMs],
    ['to', status.timeoutMs],
  ];
  if (stats.lastCxid >= 0) fields.push(['lcxid', formatHex(BigInt(stats.lastCxid))]);
  fields.push(
    ['lzxid', formatHex(BigInt.asUintN(64, stats.lastZxid))],
    ['lresp', Math.round(stats.lastResponseMs)],
    ['llat', stats.lastLatencyMs],
    ['minlat', latencyMs.min],
    ['avglat', Math.floor(latencyMs.avg)],
    ['maxlat', latencyMs.max],
  );
  return `${brief},${fields.map(([key, value]) => `${key}=${value}`).join(',')})`;
}

/** One connection as an object (Java `ServerCnxn.getConnectionInfo`). */
export function connectionJson(connection: ConnectionFacts, form: 'brief' | 'full'): Json {
  const { info, status } = connection;
  const brief = {
    remote_socket_address: info.address,
    interest_ops: info.interestOps,
    outstanding_requests: status?.queued ?? 0,
    packets_received: info.received,
    packets_sent: info.sent,
  };
  if (form === 'brief') return brief;
  const sessionId = status?.sessionId ?? 0n;
  const stats = status?.stats;
  return {
    ...brief,
    session_id: BigInt.asIntN(64, sessionId),
    last_operation: operationName(stats?.lastOp ?? null),
    established: info.establishedMs,
    session_timeout: status?.timeoutMs ?? 0,
    last_cxid: stats?.lastCxid ?? -1,
    last_zxid: stats?.lastZxid ?? -1n,
    last_response_time: Math.round(stats?.lastResponseMs ?? 0),
    last_latency: stats?.lastLatencyMs ?? 0,
    min_latency: stats?.latencyMs.min ?? 0,
    avg_latency: Math.floor(stats?.latencyMs.avg ?? 0),
    max_latency: stats?.latencyMs.max ?? 0,
  };
}
