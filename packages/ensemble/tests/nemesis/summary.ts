import type { Findings } from './findings.ts';

/** What a run has come to. */
export interface Summary {
  readonly options: {
    readonly servers: number;
    readonly seconds: number;
    readonly seed: number;
    readonly network: string;
    readonly directory: string;
  };
  /** Numbers of operations by kind and outcome. */
  readonly operations: ReadonlyMap<string, number>;
  /** By name: how many there were, and the longest time without a write that any client was told of. */
  readonly faults: ReadonlyMap<string, { readonly count: number; readonly longestMs: number }>;
  readonly elections: number;
  /** How often leaders have brought others up to date, by DIFF, TRUNC and SNAP. */
  readonly synchronisations: ReadonlyMap<string, number>;
  /** Committed transactions that the history was checked against. */
  readonly txns: number;
  readonly longestMs: number;
  readonly longestDuring: string;
  readonly findings: Findings;
}

/** The summary in lines, the verdict last. */
export function summaryLines(summary: Summary): string[] {
  const { options, operations, faults, elections, synchronisations, txns, longestMs, longestDuring, findings } =
    summary;
  const kinds = [...new Set([...operations.keys()].map((key) => key.split(' ')[0] ?? ''))].sort();
  const of = (kind: string, outcome: string): number => operations.get(`${kind} ${outcome}`) ?? 0;
  const total = (outcome: string): number => kinds.reduce((sum, kind) => sum + of(kind, outcome), 0);
  const faultCount = [...faults.values()].reduce((sum, { count }) => sum + count, 0);
  const all = total('ok') + total('refused') + total('unknown');
  return [
    `${options.servers} servers, ${options.seconds} s, network ${options.network}, seed ${options.seed}`,
    `operations ${all}: ok ${total('ok')}, refused ${total('refused')}, unknown ${total('unknown')}`,
    ...kinds.map(
      (kind) => `  ${kind}: ok ${of(kind, 'ok')}, refused ${of(kind, 'refused')}, unknown ${of(kind, 'unknown')}`,
    ),
    `transactions ${txns}`,
    `faults ${faultCount}`,
    ...[...faults]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { count, longestMs: outage }]) => `  ${name}: ${count}, longest outage ${Math.round(outage)} ms`),
    `elections ${elections}; ${[...synchronisations].map(([mode, count]) => `${mode} ${count}`).join(', ')}`,
    `longest outage ${Math.round(longestMs)} ms (${longestDuring})`,
    ...findings.list.map((finding) => `VIOLATION ${finding}`),
    `violations ${findings.count}`,
  ];
}
