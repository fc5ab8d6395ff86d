/** The table of replicas: one row a fact, one column a server, and which cells a finding is about. Pure. */
import type { Finding, FindingCode, Known, Replica, Series, Severity } from '@vivarium/shared/contract/health';
import type { Way } from '@vivarium/shared/contract/source';
import type { Role } from '../../../viz/roles.ts';

export type ReplicaFact =
  | 'zxid'
  | 'digest'
  | 'latency'
  | 'outstanding'
  | 'znodes'
  | 'sessions'
  | 'connections'
  | 'fsync'
  | 'up'
  | 'version';

/** The rows in their order; what has a curve is drawn as one. */
export const FACTS: readonly ReplicaFact[] = [
  'zxid',
  'digest',
  'latency',
  'outstanding',
  'znodes',
  'sessions',
  'connections',
  'fsync',
  'up',
  'version',
];

/** The cell that a finding is about. */
const CELL_OF: Partial<Readonly<Record<FindingCode, ReplicaFact>>> = {
  lagging: 'zxid',
  notInSync: 'zxid',
  digestsDiffer: 'digest',
  slowRequests: 'latency',
  outstandingGrow: 'outstanding',
  connectionsNearLimit: 'connections',
  slowFsync: 'fsync',
  versionsMixed: 'version',
};

/** What marks a cell: how serious, and since when (ms since 1970); null where nothing does. */
export function cellMark(
  findings: readonly Finding[],
  fact: ReplicaFact,
  sid: number,
): { readonly severity: Severity; readonly sinceMs: number | null } | null {
  const finding = findings.find(({ code, sids }) => CELL_OF[code] === fact && sids.includes(sid));
  return finding === undefined ? null : { severity: finding.severity, sinceMs: finding.sinceMs };
}

/** The role that a replica is drawn with. */
export function replicaRole(replica: Replica | undefined): Role {
  switch (replica?.role?.value) {
    case undefined:
      return 'unknown';
    case 'silent':
    case 'down':
      return 'down';
    case 'standalone':
      return 'leader';
    default:
      return replica?.role?.value ?? 'unknown';
  }
}

/** Whether it answers nobody. */
export function isMute({ role }: Replica): boolean {
  return role?.value === 'down' || role?.value === 'silent';
}

/** The curve of a fact; null for what has none. */
export function seriesOf(replica: Replica, fact: ReplicaFact): Series | null {
  switch (fact) {
    case 'latency':
      return replica.series.latencyMs;
    case 'outstanding':
      return replica.series.outstanding;
    case 'znodes':
      return replica.series.znodes;
    default:
      return null;
  }
}

/** The value of a fact with its origin; null where it is not known. */
export function knownOf(replica: Replica, fact: ReplicaFact): Known<string | number> | null {
  switch (fact) {
    case 'zxid':
      return replica.lastZxid;
    case 'digest':
      return replica.digest;
    case 'latency':
      return replica.latencyMs;
    case 'outstanding':
      return replica.outstanding;
    case 'znodes':
      return replica.znodes;
    case 'sessions':
      return replica.sessions ?? replica.watches;
    case 'connections':
      return replica.connections;
    case 'fsync':
      return replica.fsyncMs;
    case 'up':
      return replica.upMs;
    case 'version':
      return replica.version;
  }
}

/** Whether any server has told a fact, now or in what is kept. */
export function isSeen(replicas: readonly Replica[], fact: ReplicaFact): boolean {
  return replicas.some((replica) => knownOf(replica, fact) !== null || (seriesOf(replica, fact) ?? []).length > 0);
}

/** The ways that would show a fact where no server has told it. */
export const WAYS_TO: Readonly<Record<ReplicaFact, readonly Way[]>> = {
  zxid: ['words', 'admin', 'election'],
  digest: ['words', 'admin'],
  latency: ['words', 'admin'],
  outstanding: ['words', 'admin'],
  znodes: ['words', 'admin'],
  sessions: ['words', 'admin'],
  connections: ['words', 'admin'],
  fsync: ['words', 'admin'],
  up: ['words', 'admin'],
  version: ['words', 'admin'],
};

/** When a server was last heard at all, ms since 1970; null where it never was. */
export function lastHeardMs(replica: Replica): number | null {
  const last = FACTS.flatMap((fact) => knownOf(replica, fact)?.heardMs ?? []);
  const curves = (['latency', 'outstanding', 'znodes'] as const).flatMap(
    (fact) => seriesOf(replica, fact)?.at(-1)?.[0] ?? [],
  );
  const all = [...last, ...curves];
  return all.length === 0 ? null : Math.max(...all);
}
