/** Whether replicas hold the same, and what grows towards a limit. */
import { formatHex } from '@vivarium/shared/zxid';
import type { MirrorExtremes } from '../mirror/mirror-messages.ts';
import type { DigestDifference } from './digest-differences.ts';
import type { Facts, ServerFact } from './facts.ts';
import { type Draft, draft, newestOf, type Rule } from './rule.ts';

/** Of `jute.maxbuffer`: above it a client is told of it, at all of it the list or the datum cannot be read any more. */
const NEAR = 0.7;
const QUOTA_NEAR = 0.8;
const MAX_EACH = 5;

const digestsDiffer: Rule = {
  code: 'digestsDiffer',
  ways: ['words', 'admin'],
  settleMs: 0,
  clearMs: 0,
  canLook: ({ comparesDigests }) => comparesDigests,
  find: (facts) => {
    const { differences } = facts;
    const drafts = differences.flatMap((difference) => {
      const server = facts.servers.find(({ sid }) => sid === difference.sid);
      return server === undefined ? [] : [differs(server, difference, facts)];
    });
    return [...drafts, ...mismatched(facts)];
  },
};

/**
 * Learners that could not confirm the digests of the leader's transactions (3.7 and later), as long as no later digest has shown
 * that they hold what the others hold. Where most could not, it is the leader that holds something else.
 */
function mismatched({ servers, differences, leader }: Facts): readonly Draft[] {
  const different = new Set(differences.map(({ sid }) => sid));
  const doubtful = servers.filter((server) => server.mismatch !== null && !isCleared(server, servers));
  const leads = leader !== null && leader !== 'none' ? servers.find(({ sid }) => sid === leader.sid) : undefined;
  const learners = servers.filter((server) => server.voter && server !== leads);
  const isLeaders = leads !== undefined && learners.length > 1 && doubtful.length === learners.length;
  const counts = servers.flatMap(({ sid, mismatch, values }) =>
    values.digestMismatches === undefined
      ? []
      : [{ sid, value: `${values.digestMismatches.value}`, differs: mismatch !== null }],
  );
  const drafts = doubtful.flatMap(({ sid, host, mismatch }) => {
    const about = isLeaders ? leads : { sid, host };
    if (mismatch === null || different.has(about.sid)) return [];
    return draft('digestsDiffer', {
      severity: 'critical',
      params: {
        sid: about.sid,
        host: about.host,
        zxid: formatHex(mismatch.value.zxid),
        mismatches: mismatch.value.count,
      },
      sids: [about.sid],
      from: mismatch,
      evidence: { kind: 'values', rows: counts },
      next: [
        { kind: 'words', sid: about.sid, word: 'hash' },
        { kind: 'server', sid: about.sid },
      ],
    });
  });
  return isLeaders ? drafts.slice(0, 1) : drafts;
}

/** Whether a digest behind the mismatch could be compared with that of another server. */
function isCleared({ sid, values, mismatch }: ServerFact, servers: readonly ServerFact[]): boolean {
  const later = (values.digests?.value ?? []).filter(({ zxid }) => mismatch !== null && zxid > mismatch.value.zxid);
  return later.some(({ zxid }) =>
    servers.some((other) => other.sid !== sid && other.values.digests?.value.some((digest) => digest.zxid === zxid)),
  );
}

function differs({ sid, host, values }: ServerFact, difference: DigestDifference, { servers, nowMs }: Facts): Draft {
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

/** What is largest of one kind, where it nears `jute.maxbuffer`; all that is told of each is a param. */
function nearMaxBuffer(
  code: 'childListNearLimit' | 'dataNearLimit',
  largest: (extremes: MirrorExtremes) => readonly { readonly path: string; readonly bytes: number }[],
): Rule {
  return {
    code,
    ways: ['observer'],
    settleMs: 0,
    clearMs: 10_000,
    canLook: ({ extremes }) => extremes !== null,
    find: ({ extremes, maxBufferBytes: limit }) => {
      if (extremes === null) return [];
      const near = largest(extremes.value).filter(({ bytes }) => bytes >= NEAR * limit);
      return near.slice(0, MAX_EACH).map((one) => {
        const { path, bytes } = one;
        return draft(code, {
          severity: bytes >= limit ? 'warning' : 'info',
          params: { ...one, limit },
          path,
          from: extremes,
          evidence: { kind: 'gauge', unit: 'bytes', value: bytes, limit },
          next: [
            { kind: 'znode', path },
            { kind: 'transactions', path, session: null, fromMs: null },
          ],
        });
      });
    },
  };
}

const childListNearLimit = nearMaxBuffer('childListNearLimit', ({ childLists }) => childLists);
const dataNearLimit = nearMaxBuffer('dataNearLimit', ({ data }) => data);

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
