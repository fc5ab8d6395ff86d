/**
 * Sessions, their ephemerals and their connections, as `dump` has them (Java `DumpCommand`, `SessionTrackerImpl`,
 * `LearnerSessionTracker`, `ExpiryQueue`).
 */
import { formatHex } from '@vivarium/shared/zxid';
import type { ConnectionFacts, ServerFacts } from './server-facts.ts';
import { javaDate } from './text.ts';

/** In which Java's connections expire. */
const CONNECTION_BUCKET_MS = 10_000;

/** The answer to `dump`. */
export function dumpText(facts: ServerFacts): string {
  return `SessionTracker dump:\n${sessions(facts)}ephemeral nodes dump:\n${ephemerals(facts)}Connections dump:\n${connections(facts)}`;
}

function sessions(facts: ServerFacts): string {
  const expiries = facts.sessionExpiries();
  if (expiries === null) {
    const known = [...facts.sessions()].sort(([a], [b]) => (a < b ? -1 : 1));
    const lines = known.map(([session, timeoutMs]) => `${formatHex(session)}\t${timeoutMs}ms\n`);
    return `Global Sessions(${known.length}):\n${lines.join('')}`;
  }
  return sets(
    'Session',
    [...expiries].map(([ms, ids]) => [facts.wallMs(ms), [...ids].map(formatHex)]),
  );
}

function ephemerals(facts: ServerFacts): string {
  const owners = facts.ephemerals();
  const lines = [...owners].map(
    ([session, paths]) => `${formatHex(session)}:\n${[...paths].map((path) => `\t${path}\n`).join('')}`,
  );
  return `Sessions with Ephemerals (${owners.size}):\n${lines.join('')}`;
}

/** By when they would be closed if nothing more came from them, in ms since 1970. */
function connections(facts: ServerFacts): string {
  const buckets = new Map<number, string[]>();
  for (const connection of [...facts.connections(), ...facts.secureConnections()]) {
    const bucketMs = (Math.floor(expiryMs(facts, connection) / CONNECTION_BUCKET_MS) + 1) * CONNECTION_BUCKET_MS;
    const line = `ip: /${connection.info.address} sessionId: ${formatHex(connection.status?.sessionId ?? 0n)}`;
    const bucket = buckets.get(bucketMs);
    if (bucket === undefined) buckets.set(bucketMs, [line]);
    else bucket.push(line);
  }
  return sets(
    'Connections',
    [...buckets].sort(([a], [b]) => a - b),
  );
}

function expiryMs(facts: ServerFacts, { info, status }: ConnectionFacts): number {
  return status === null || status.sessionId === null
    ? info.establishedMs + CONNECTION_BUCKET_MS
    : facts.wallMs(status.lastSeenMs + status.timeoutMs);
}

/** What expires when, in ms since 1970. */
function sets(what: string, buckets: readonly (readonly [number, readonly string[]])[]): string {
  const total = buckets.reduce((sum, [, items]) => sum + items.length, 0);
  const lines = buckets.map(
    ([ms, items]) => `${items.length} expire at ${javaDate(ms)}:\n${items.map((item) => `\t${item}\n`).join('')}`,
  );
  return `${what} Sets (${buckets.length})/(${total}):\n${lines.join('')}`;
}
