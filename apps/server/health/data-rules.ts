/** Whether replicas hold the same, and what grows towards a limit. */
import { formatHex } from '@vivarium/shared/zxid';
import type { ZxidDigest } from '../monitor/server-sample.ts';
import type { Facts, ServerFact } from './facts.ts';
import { type Draft, draft, eachServer, newestOf, type Rule } from './rule.ts';

/** Of `jute.maxbuffer`: above it a client is told of it, at all of it the list or the datum cannot be read any more. */
const NEAR = 0.7;
const QUOTA_NEAR = 0.8;
const MAX_EACH = 5;

/** The digests of one server that differ from what most have at the same zxid. */
export interface Difference {
  readonly sid: number;
  /** The first and the last zxid at which it differs, of those that are known. */
  readonly firstZxid: bigint;
  readonly lastZxid: bigint;
  /** Who has what most have. */
  readonly agree: readonly number[];
}

/** A replica stays different once it is: so who agreed at the newest zxid that can be compared is not different any more. */
export function differencesOf({
  servers,
  mirrorDigests,
}: Pick<Facts, 'servers' | 'mirrorDigests'>): readonly Difference[] {
  const sources: { readonly sid: number | null; readonly digests: readonly ZxidDigest[] }[] = servers.flatMap(
    ({ sid, values, role }) =>
      values.digests === undefined || role?.value === 'down' ? [] : [{ sid, digests: values.digests.value }],
  );
  if (mirrorDigests !== null) sources.push({ sid: null, digests: mirrorDigests });
  const byZxid = new Map<bigint, Map<number | null, bigint>>();
  for (const { sid, digests } of sources) {
    for (const { zxid, digest } of digests) {
      const at = byZxid.get(zxid) ?? new Map<number | null, bigint>();
      byZxid.set(zxid, at.set(sid, digest));
    }
  }
  const found = new Map<number, Difference>();
  for (const [zxid, digests] of [...byZxid].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (digests.size < 2) continue;
    const right = mostOf([...digests.values()]);
    for (const [sid, digest] of digests) {
      if (sid === null) continue;
      if (digest === right) found.delete(sid);
      else {
        const agree = [...digests].filter(([, other]) => other === right).flatMap(([other]) => other ?? []);
        found.set(sid, { sid, firstZxid: found.get(sid)?.firstZxid ?? zxid, lastZxid: zxid, agree });
      }
    }
  }
  return [...found.values()];
}

/** The most frequent value, the first of those that are equally frequent. */
function mostOf(values: readonly bigint[]): bigint | undefined {
  const counts = new Map<bigint, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

const digestsDiffer: Rule = {
  code: 'digestsDiffer',
  ways: ['words', 'admin'],
  settleMs: 0,
  clearMs: 0,
  canLook: ({ servers, mirrorDigests }) =>
    servers.filter(({ values }) => values.digests !== undefined).length + (mirrorDigests === null ? 0 : 1) >= 2,
  find: (facts) => {
    const differences = differencesOf(facts);
    const drafts = differences.flatMap((difference) => {
      const server = facts.servers.find(({ sid }) => sid === difference.sid);
      return server === undefined ? [] : [differs(server, difference, facts)];
    });
    // What a server counted by itself where digests cannot be compared, such as too few transactions after it.
    const counted = eachServer(facts, (server) => {
      const { sid, host, values } = server;
      const mismatches = values.digestMismatches;
      const isCompared =
        values.digests !== undefined && (values.digests.value.length > 0 || differences.some((one) => one.sid === sid));
      if (isCompared || mismatches === undefined || mismatches.value === 0) return null;
      const zxid = formatHex(values.lastZxid?.value ?? 0n);
      return draft('digestsDiffer', {
        severity: 'critical',
        params: { sid, host, zxid, mismatches: mismatches.value },
        sids: [sid],
        from: mismatches,
        next: [
          { kind: 'words', sid, word: 'hash' },
          { kind: 'server', sid },
        ],
      });
    });
    return [...drafts, ...counted];
  },
};

function differs({ sid, host, values }: ServerFact, difference: Difference, { servers, nowMs }: Facts): Draft {
  const rows = servers.flatMap((other) => {
    const digest = other.values.digests?.value.findLast(({ zxid }) => zxid === difference.lastZxid)?.digest;
    return digest === undefined
      ? []
      : [{ sid: other.sid, value: formatHex(digest), differs: !difference.agree.includes(other.sid) }];
  });
  return draft('digestsDiffer', {
    severity: 'critical',
    params: { sid, host, zxid: formatHex(difference.firstZxid), others: difference.agree.join(', ') },
    sids: [sid],
    from: newestOf([values.digests], nowMs),
    evidence: { kind: 'values', rows },
    next: [
      { kind: 'words', sid, word: 'hash' },
      { kind: 'server', sid },
      { kind: 'transactions', path: null, session: null, fromMs: null },
    ],
  });
}

const childListNearLimit: Rule = {
  code: 'childListNearLimit',
  ways: ['observer'],
  settleMs: 0,
  clearMs: 10_000,
  canLook: ({ extremes }) => extremes !== null,
  find: ({ extremes, maxBufferBytes: limit }) => {
    if (extremes === null) return [];
    const near = extremes.value.childLists.filter(({ bytes }) => bytes >= NEAR * limit).slice(0, MAX_EACH);
    return near.map(({ path, children, bytes }) =>
      draft('childListNearLimit', {
        severity: bytes >= limit ? 'warning' : 'info',
        params: { path, children, bytes, limit },
        path,
        from: extremes,
        evidence: { kind: 'gauge', unit: 'bytes', value: bytes, limit },
        next: [
          { kind: 'znode', path },
          { kind: 'transactions', path, session: null, fromMs: null },
        ],
      }),
    );
  },
};

const dataNearLimit: Rule = {
  code: 'dataNearLimit',
  ways: ['observer'],
  settleMs: 0,
  clearMs: 10_000,
  canLook: ({ extremes }) => extremes !== null,
  find: ({ extremes, maxBufferBytes: limit }) => {
    if (extremes === null) return [];
    const near = extremes.value.data.filter(({ bytes }) => bytes >= NEAR * limit).slice(0, MAX_EACH);
    return near.map(({ path, bytes }) =>
      draft('dataNearLimit', {
        severity: bytes >= limit ? 'warning' : 'info',
        params: { path, bytes, limit },
        path,
        from: extremes,
        evidence: { kind: 'gauge', unit: 'bytes', value: bytes, limit },
        next: [
          { kind: 'znode', path },
          { kind: 'transactions', path, session: null, fromMs: null },
        ],
      }),
    );
  },
};

const quotaNear: Rule = {
  code: 'quotaNear',
  ways: ['observer'],
  settleMs: 0,
  clearMs: 10_000,
  canLook: ({ extremes }) => extremes !== null,
  find: ({ extremes }) => {
    if (extremes === null) return [];
    const drafts = extremes.value.quotas.flatMap(({ path, count, bytes, countLimit, bytesLimit }) => {
      const near = (unit: 'znodes' | 'bytes', used: number, limit: number | null): Draft[] =>
        limit === null || used < QUOTA_NEAR * limit
          ? []
          : [
              draft('quotaNear', {
                severity: used >= limit ? 'warning' : 'info',
                params: { path, used, limit, unit },
                path,
                from: extremes,
                evidence: { kind: 'gauge', unit: unit === 'bytes' ? 'bytes' : 'count', value: used, limit },
                next: [
                  { kind: 'znode', path },
                  { kind: 'transactions', path, session: null, fromMs: null },
                ],
              }),
            ];
      return [...near('znodes', count, countLimit), ...near('bytes', bytes, bytesLimit)];
    });
    return drafts.slice(0, 2 * MAX_EACH);
  },
};

export const DATA_RULES: readonly Rule[] = [digestsDiffer, childListNearLimit, dataNearLimit, quotaNear];
