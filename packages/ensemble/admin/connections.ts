/** Connections as `stat` and `cons` have them (Java `ServerCnxn`). */
import { formatHex } from '@vivarium/shared/zxid';
import type { ConnectionFacts, ServerFacts } from './server-facts.ts';
import { operationName } from './text.ts';

/** A line for each, and what there is to tell of its session in the long form (Java `ServerCnxn.dumpConnectionInfo`). */
export function connectionLines(facts: ServerFacts, form: 'brief' | 'full'): string {
  const all = [...facts.connections(), ...facts.secureConnections()];
  return all.map((connection) => `${connectionText(facts, connection, form)}\n`).join('');
}

function connectionText(facts: ServerFacts, connection: ConnectionFacts, form: 'brief' | 'full'): string {
  const { info, status } = connection;
  const interest = info.interestOps.toString(16).toUpperCase();
  const brief = ` /${info.address}[${interest}](queued=${status?.queued ?? 0},recved=${info.received},sent=${info.sent}`;
  if (form === 'brief' || status === null || status.sessionId === null) return `${brief})`;
  const { stats } = status;
  const { latencyMs } = stats;
  const fields: [string, string | number][] = [
    ['sid', formatHex(status.sessionId)],
    ['lop', operationName(stats.lastOp)],
    ['est', Math.round(facts.wallMs(info.establishedMs))],
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
