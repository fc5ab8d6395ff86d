/** What is set up so that it will do harm. */
import { isLoopbackAddress } from '../auth/origin-policy.ts';
import type { Facts, ServerFact } from './facts.ts';
import { type Draft, draft, eachServer, newestOf, type Rule } from './rule.ts';

const CLOCK_NEAR_MS = 2_000;
/** Behind by so much may also be the way of a transaction to us. */
const LEADER_BEHIND_MS = 5_000;
const CLOCK_GRAVE_MS = 30_000;
const DEAR_WORDS = 'wchc, wchp, dump, cons';

const clocksApart: Rule = {
  code: 'clocksApart',
  ways: ['admin', 'observer', 'words'],
  settleMs: 10_000,
  clearMs: 30_000,
  canLook: ({ servers, leaderAheadMs }) =>
    leaderAheadMs !== null ||
    servers.some(({ values }) => values.clockAheadMs !== undefined || values.propagationMs !== undefined),
  find: (facts) => {
    const found = new Map<number, Draft>();
    const tell = (
      server: ServerFact,
      aheadMs: number,
      against: 'host' | 'leader',
      from: { origin: Draft['origin']; heardMs: number },
    ): void => {
      const { sid, host } = server;
      if (found.has(sid)) return;
      const ms = Math.round(aheadMs);
      const severity = Math.abs(ms) >= CLOCK_GRAVE_MS ? 'warning' : 'info';
      const evidence = { kind: 'gauge', unit: 'ms', value: Math.abs(ms), limit: CLOCK_NEAR_MS } as const;
      const next = [{ kind: 'server', sid } as const];
      found.set(
        sid,
        draft('clocksApart', { severity, params: { sid, host, ms, with: against }, sids: [sid], from, evidence, next }),
      );
    };
    for (const server of facts.servers) {
      const { clockAheadMs } = server.values;
      if (clockAheadMs === undefined) continue;
      const [least, most] = clockAheadMs.value;
      if (least >= CLOCK_NEAR_MS) tell(server, least, 'host', clockAheadMs);
      else if (most <= -CLOCK_NEAR_MS) tell(server, most, 'host', clockAheadMs);
    }
    const { leader, leaderAheadMs } = facts;
    const leading = facts.servers.find(({ sid }) => leader !== null && leader !== 'none' && leader.sid === sid);
    if (leading !== undefined && leaderAheadMs !== null) {
      const { value } = leaderAheadMs;
      if (value >= CLOCK_NEAR_MS || value <= -LEADER_BEHIND_MS) tell(leading, value, 'host', leaderAheadMs);
    }
    for (const server of facts.servers) {
      // The leader's timestamp is subtracted from the learner's clock; one that applies late shows the same.
      const { propagationMs, lag, role } = server;
      const mean = propagationMs.now;
      if (mean === null || role?.value === 'leader' || (lag?.ms ?? 0) > 0) continue;
      if (mean.value >= LEADER_BEHIND_MS) tell(server, mean.value, 'leader', mean);
    }
    return [...found.values()];
  },
};

const versionsMixed: Rule = {
  code: 'versionsMixed',
  ways: ['words', 'admin'],
  settleMs: 0,
  clearMs: 0,
  canLook: ({ servers }) => servers.filter(({ values }) => values.version !== undefined).length >= 2,
  find: ({ servers, nowMs }: Facts) => {
    const known = servers.flatMap(({ sid, values: { version } }) => (version === undefined ? [] : [{ sid, version }]));
    const versions = [...new Set(known.map(({ version }) => version.value))].sort(byNumbers);
    const newest = versions.at(-1);
    if (versions.length < 2) return [];
    const rows = known.map(({ sid, version }) => ({ sid, value: version.value, differs: version.value !== newest }));
    return [
      draft('versionsMixed', {
        severity: 'info',
        params: { versions: versions.join(', ') },
        sids: rows.filter(({ differs }) => differs).map(({ sid }) => sid),
        from: newestOf(
          known.map(({ version }) => version),
          nowMs,
        ),
        evidence: { kind: 'values', rows },
        next: rows.slice(0, 3).map(({ sid }) => ({ kind: 'server', sid }) as const),
      }),
    ];
  },
};

function byNumbers(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

const wordsOpen: Rule = {
  code: 'wordsOpen',
  ways: ['words'],
  settleMs: 0,
  clearMs: 0,
  canLook: ({ servers }) => servers.some(({ values }) => values.everyWord !== undefined),
  find: (facts) => {
    const open = eachServer(facts, ({ sid, host, values: { everyWord } }) =>
      everyWord?.value === true && host !== '' && !isLoopbackAddress(host)
        ? draft('wordsOpen', { severity: 'info', params: { words: DEAR_WORDS, host }, sids: [sid], from: everyWord })
        : null,
    );
    const [first] = open;
    if (first === undefined) return [];
    const sids = open.flatMap((one) => one.sids);
    const rows = sids.map((sid) => ({ sid, value: DEAR_WORDS, differs: true }));
    return [
      {
        ...first,
        sids,
        evidence: { kind: 'values', rows },
        next: sids.slice(0, 3).map((sid) => ({ kind: 'server', sid }) as const),
      },
    ];
  },
};

export const SETTING_RULES: readonly Rule[] = [clocksApart, versionsMixed, wordsOpen];
