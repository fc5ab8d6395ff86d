/** What takes long or piles up. Each server is measured against its own past, and only where there is none yet against a fixed limit. */
import type { Facts, Measure, ServerFact } from './facts.ts';
import { type Draft, draft, eachServer, type Rule } from './rule.ts';

interface Limits {
  /** Below it nothing is slow, whatever it was before. */
  readonly least: number;
  /** So many times the usual. */
  readonly factor: number;
  /** Above it it is too much, whatever is usual; null: the usual always decides where it is known. */
  readonly always: number | null;
  /** As long as nothing is known of the past. */
  readonly unknown: number;
}

const REQUESTS: Limits = { least: 100, factor: 5, always: 2_000, unknown: 300 };
const FSYNC: Limits = { least: 40, factor: 4, always: 500, unknown: 150 };
const OUTSTANDING: Limits = { least: 40, factor: 5, always: 900, unknown: 40 };
const CONNECTIONS_NEAR = 0.8;

/** What a value is too much against, or null where it is not. */
function excess({ now, usual }: Measure, { least, factor, always, unknown }: Limits): number | null {
  if (now === null) return null;
  const own = usual === null ? unknown : Math.max(least, usual * factor);
  const limit = always === null ? own : Math.min(own, always);
  return now.value >= limit ? limit : null;
}

/** Its role says that it can be asked. */
function isHeard({ role }: ServerFact): boolean {
  return role !== null && role.value !== 'down' && role.value !== 'silent';
}

function slow(
  code: 'slowRequests' | 'slowFsync' | 'outstandingGrow',
  limits: Limits,
  of: (server: ServerFact) => Measure,
  line: (server: ServerFact) => Draft['evidence'] | null,
): Rule {
  return {
    code,
    ways: ['words', 'admin'],
    settleMs: 4_000,
    clearMs: 15_000,
    canLook: ({ servers }) => servers.some((server) => CAN_LOOK[code](server)),
    find: (facts: Facts) =>
      eachServer(facts, (server) => {
        const { sid, host, busiest } = server;
        const measure = of(server);
        const limit = excess(measure, limits);
        if (measure.now === null || limit === null || !isHeard(server)) return null;
        const value = Math.round(measure.now.value);
        const before = measure.usual === null ? {} : { before: Math.round(measure.usual) };
        const client = busiest === null || code === 'slowFsync' ? {} : { client: busiest.client, share: busiest.share };
        const amount = code === 'outstandingGrow' ? { count: value } : { ms: value };
        const unit = code === 'outstandingGrow' ? 'count' : 'ms';
        return draft(code, {
          severity: 'warning',
          params: { sid, host, ...amount, limit: Math.round(limit), ...before, ...client },
          sids: [sid],
          from: measure.now,
          evidence: line(server) ?? { kind: 'gauge', unit, value, limit: Math.round(limit) },
          next: [
            { kind: 'words', sid, word: code === 'slowFsync' ? 'mntr' : 'cons' },
            { kind: 'server', sid },
          ],
        });
      }),
  };
}

const CAN_LOOK = {
  slowRequests: ({ values }: ServerFact) => values.requestMs !== undefined,
  slowFsync: ({ values }: ServerFact) => values.fsyncMs !== undefined,
  outstandingGrow: ({ values }: ServerFact) => values.outstanding !== undefined,
};

const connectionsNearLimit: Rule = {
  code: 'connectionsNearLimit',
  ways: ['words', 'admin'],
  settleMs: 0,
  clearMs: 10_000,
  canLook: ({ servers }) =>
    servers.some(({ values }) => values.maxFiles !== undefined || values.maxClientCnxns !== undefined),
  find: (facts) =>
    facts.servers.flatMap((server) => {
      const { sid, host, values, crowd } = server;
      const { openFiles, maxFiles, maxClientCnxns, clients } = values;
      if (!isHeard(server)) return [];
      const drafts: Draft[] = [];
      const near = (parts: { of: string; client?: string }, count: number, limit: number, from: Draft): void => {
        drafts.push({
          ...from,
          severity: count >= limit ? 'warning' : 'info',
          params: { sid, host, count, limit, ...parts },
          evidence: { kind: 'gauge', unit: 'count', value: count, limit },
        });
      };
      const base = (from: { readonly origin: Draft['origin']; readonly heardMs: number }): Draft =>
        draft('connectionsNearLimit', {
          severity: 'info',
          params: {},
          sids: [sid],
          from,
          next: [
            { kind: 'words', sid, word: 'cons' },
            { kind: 'server', sid },
          ],
        });
      if (openFiles !== undefined && maxFiles !== undefined && openFiles.value >= CONNECTIONS_NEAR * maxFiles.value) {
        near({ of: 'fileDescriptors' }, openFiles.value, maxFiles.value, base(openFiles));
      }
      // 0: as many as come.
      const limit = maxClientCnxns?.value ?? 0;
      if (crowd !== null && clients !== undefined && limit > 0 && crowd.count >= CONNECTIONS_NEAR * limit) {
        near({ of: 'maxClientCnxns', client: crowd.client }, crowd.count, limit, base(clients));
      }
      return drafts.slice(0, 1);
    }),
};

export const LOAD_RULES: readonly Rule[] = [
  slow(
    'slowRequests',
    REQUESTS,
    ({ latencyMs }) => latencyMs,
    ({ series, latencyMs }) => ({
      kind: 'series',
      unit: 'ms',
      points: series.latencyMs,
      limit: excess(latencyMs, REQUESTS),
    }),
  ),
  slow(
    'slowFsync',
    FSYNC,
    ({ fsyncMs }) => fsyncMs,
    () => null,
  ),
  slow(
    'outstandingGrow',
    OUTSTANDING,
    ({ outstanding }) => outstanding,
    ({ series, outstanding }) => ({
      kind: 'series',
      unit: 'count',
      points: series.outstanding,
      limit: excess(outstanding, OUTSTANDING),
    }),
  ),
  connectionsNearLimit,
];
