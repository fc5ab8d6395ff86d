/** Whether clients are served, by whom, and what the next failure would do. */
import type { QuorumCount } from '@vivarium/shared/contract/health';
import type { Way } from '@vivarium/shared/contract/source';
import type { Facts, ServerFact } from './facts.ts';
import { QuorumArithmetic } from './quorum-count.ts';
import { type Draft, draft, eachServer, newestOf, type Rule } from './rule.ts';

const ROLE_WAYS: readonly Way[] = ['words', 'election', 'admin'];
const LAG_MS = 3_000;
const GRAVE_LAG_MS = 30_000;
const ELECTIONS_SPAN_MS = 600_000;
const MANY_ELECTIONS = 3;

function knowsRoles({ servers }: Facts): boolean {
  return servers.some(({ voter, role }) => voter && role !== null);
}

function params({ up, voters, needed }: QuorumCount): Readonly<Record<string, number>> {
  return { up: up.length, voters: voters.length, needed };
}

/** Everything that was heard of roles. */
function rolesFrom({ servers, nowMs }: Facts): Pick<Draft, 'origin' | 'heardMs'> {
  return newestOf(
    servers.map(({ role }) => role),
    nowMs,
  );
}

function rolesOf(servers: readonly ServerFact[]): Draft['evidence'] {
  const rows = servers.map(({ sid, role }) => ({
    sid,
    value: role?.value ?? '',
    differs: role !== null && !['leader', 'follower', 'observer', 'standalone'].includes(role.value),
  }));
  return { kind: 'values', rows };
}

/** A majority is there, and nobody leads it. Where it is not there, that is what is told. */
const noLeader: Rule = {
  code: 'noLeader',
  ways: ROLE_WAYS,
  settleMs: 1_000,
  clearMs: 0,
  canLook: ({ leader }) => leader !== null,
  find: (facts) => {
    if (facts.leader !== 'none') return [];
    const quorum = new QuorumArithmetic(facts);
    const alive = facts.servers.filter(({ role }) => role !== null && role.value !== 'down' && role.value !== 'silent');
    const couldBeUp = [...new Set([...quorum.unknown, ...alive.map(({ sid }) => sid)])].filter((sid) =>
      quorum.counts(sid),
    );
    if (!quorum.countOf(couldBeUp).hasQuorum) return [];
    const now = quorum.countOf(quorum.up);
    const next = alive.slice(0, 2).map(({ sid }) => ({ kind: 'server', sid }) as const);
    return [
      draft('noLeader', {
        severity: 'critical',
        params: params(now),
        from: rolesFrom(facts),
        evidence: rolesOf(facts.servers),
        next,
      }),
    ];
  },
};

const quorumLost: Rule = {
  code: 'quorumLost',
  ways: ROLE_WAYS,
  settleMs: 1_000,
  clearMs: 0,
  canLook: knowsRoles,
  find: (facts) => {
    const quorum = new QuorumArithmetic(facts);
    const gone = facts.servers.filter(
      ({ sid, role }) => quorum.counts(sid) && (role?.value === 'down' || role?.value === 'silent'),
    );
    const sids = gone.map(({ sid }) => sid);
    const others = facts.servers.map(({ sid }) => sid).filter((sid) => quorum.counts(sid) && !sids.includes(sid));
    if (sids.length === 0 || quorum.countOf(others).hasQuorum) return [];
    const next = sids.slice(0, 3).map((sid) => ({ kind: 'server', sid }) as const);
    const now = quorum.countOf(others);
    return [
      draft('quorumLost', {
        severity: 'critical',
        params: params(now),
        sids,
        from: rolesFrom(facts),
        evidence: rolesOf(facts.servers),
        next,
      }),
    ];
  },
};

const quorumAtEdge: Rule = {
  code: 'quorumAtEdge',
  ways: ROLE_WAYS,
  settleMs: 2_000,
  clearMs: 1_000,
  canLook: knowsRoles,
  find: (facts) => {
    const quorum = new QuorumArithmetic(facts);
    if (quorum.missing.length === 0) return [];
    // Who is not known may be up: only what would be so even then is told.
    const atBest = quorum.countOf([...quorum.up, ...quorum.unknown]);
    if (!atBest.hasQuorum || atBest.spare > 0) return [];
    const next = quorum.missing.map((sid) => ({ kind: 'server', sid }) as const);
    return [
      draft('quorumAtEdge', {
        severity: 'warning',
        params: params(atBest),
        sids: quorum.missing,
        from: rolesFrom(facts),
        evidence: { kind: 'gauge', unit: 'count', value: atBest.up.length, limit: atBest.voters.length },
        next,
      }),
    ];
  },
};

function unheard(code: 'serverDown' | 'serverSilent', role: 'down' | 'silent'): Rule {
  return {
    code,
    ways: ROLE_WAYS,
    settleMs: 1_000,
    clearMs: 0,
    canLook: knowsRoles,
    find: (facts) => {
      const quorum = new QuorumArithmetic(facts);
      const now = quorum.countOf(quorum.up);
      return eachServer(facts, (server) => {
        const { sid, host, address, role: known, unheard: why } = server;
        if (known?.value !== role || why === null) return null;
        const { sinceMs } = why;
        return draft(code, {
          severity: 'warning',
          params: {
            sid,
            host,
            address: `${why.reason.params.address ?? address}`,
            reason: why.reason.code,
            ...params(now),
          },
          sids: [sid],
          from: known,
          evidence: { kind: 'gauge', unit: 'count', value: now.up.length, limit: now.voters.length },
          next: [{ kind: 'server', sid }, ...(sinceMs === null ? [] : [{ kind: 'instant', wallMs: sinceMs } as const])],
          sinceMs,
        });
      });
    },
  };
}

/** It runs, and others have a leader, but it serves nobody: it looks for the leader, or is being brought up to date. */
const notInSync: Rule = {
  code: 'notInSync',
  ways: ROLE_WAYS,
  settleMs: 5_000,
  clearMs: 1_000,
  canLook: knowsRoles,
  find: (facts) => {
    if (facts.leader === null || facts.leader === 'none') return [];
    return eachServer(facts, ({ sid, host, role, serving }) => {
      const isOut =
        role?.value === 'looking' || (serving?.value === false && role?.value !== 'down' && role?.value !== 'silent');
      if (!isOut) return null;
      return draft('notInSync', {
        severity: 'warning',
        params: { sid, host },
        sids: [sid],
        from: newestOf([role, serving], facts.nowMs),
        evidence: rolesOf(facts.servers),
        next: [{ kind: 'server', sid }],
      });
    });
  },
};

const lagging: Rule = {
  code: 'lagging',
  ways: ['words', 'admin'],
  settleMs: 3_000,
  clearMs: 5_000,
  canLook: ({ servers }) => servers.some(({ values }) => values.lastZxid !== undefined),
  find: (facts) =>
    eachServer(facts, ({ sid, host, role, lag, values }) => {
      const applies = role?.value === 'follower' || role?.value === 'observer';
      if (!applies || lag === null || lag.ms < LAG_MS) return null;
      const leader = facts.leader !== null && facts.leader !== 'none' ? (facts.leader.sid ?? 0) : 0;
      return draft('lagging', {
        severity: lag.ms >= GRAVE_LAG_MS ? 'critical' : 'warning',
        params: { sid, host, transactions: lag.transactions ?? 0, leader, lagMs: Math.round(lag.ms) },
        sids: [sid],
        from: newestOf([values.lastZxid], facts.nowMs),
        evidence: { kind: 'gauge', unit: 'ms', value: Math.round(lag.ms), limit: LAG_MS },
        next: [
          { kind: 'server', sid },
          { kind: 'words', sid, word: 'mntr' },
        ],
      });
    }),
};

const electionsRepeat: Rule = {
  code: 'electionsRepeat',
  ways: ['election', 'words', 'observer', 'admin'],
  settleMs: 0,
  clearMs: 0,
  canLook: ({ leader }) => leader !== null,
  find: ({ elections, nowMs, leader }) => {
    const recent = elections.filter((atMs) => atMs >= nowMs - ELECTIONS_SPAN_MS);
    const [first] = recent;
    if (recent.length < MANY_ELECTIONS || first === undefined) return [];
    const points = recent.map((atMs, index) => [atMs, index + 1] as const);
    const from = leader === null || leader === 'none' ? null : leader;
    return [
      draft('electionsRepeat', {
        severity: 'warning',
        params: { count: recent.length, minutes: ELECTIONS_SPAN_MS / 60_000 },
        from: from ?? { origin: 'election', heardMs: nowMs },
        evidence: { kind: 'series', unit: 'count', points, limit: MANY_ELECTIONS },
        next: recent.slice(-3).map((wallMs) => ({ kind: 'instant', wallMs }) as const),
        sinceMs: first,
      }),
    ];
  },
};

export const AVAILABILITY_RULES: readonly Rule[] = [
  noLeader,
  quorumLost,
  quorumAtEdge,
  unheard('serverDown', 'down'),
  unheard('serverSilent', 'silent'),
  notInSync,
  lagging,
  electionsRepeat,
];
