/** What a health report says in one sentence, and how it is put. Pure. */
import type { Finding, HealthReport } from '@vivarium/shared/contract/health';

export interface Headline {
  /** Findings that are wrong now, and those that are only coming. */
  readonly wrong: number;
  readonly coming: number;
  /** When the first of those that are wrong began, ms since 1970; null where none is, or where one was there before us. */
  readonly firstMs: number | null;
  /** Nothing was found, and nothing is known either. */
  readonly isUnknown: boolean;
}

/** The headline of a report. */
export function headlineOf({ findings, word }: Pick<HealthReport, 'findings' | 'word'>): Headline {
  const wrong = findings.filter(({ severity }) => severity !== 'info');
  const began = wrong.map(({ sinceMs }) => sinceMs);
  const isKnown = began.length > 0 && began.every((ms) => ms !== null);
  return {
    wrong: wrong.length,
    coming: findings.length - wrong.length,
    firstMs: isKnown ? Math.min(...began) : null,
    isUnknown: findings.length === 0 && word === 'unknown',
  };
}

const RANK = { critical: 0, warning: 1, info: 2 } as const;

/** The most serious first, then the oldest; what was there before anybody looked is the oldest. */
export function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const age = ({ sinceMs }: Finding) => sinceMs ?? Number.NEGATIVE_INFINITY;
  return findings.toSorted(
    (a, b) => RANK[a.severity] - RANK[b.severity] || (age(a) < age(b) ? -1 : age(a) > age(b) ? 1 : 0),
  );
}

/** Whether clients can write; null where that is not known. */
export function isServed({ findings, word, replicas }: HealthReport): boolean | null {
  if (word === 'down' || findings.some(({ code }) => code === 'noLeader' || code === 'quorumLost')) return false;
  const leads = replicas.some(({ role }) => role?.value === 'leader' || role?.value === 'standalone');
  return leads ? true : null;
}
