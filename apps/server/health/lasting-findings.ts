/** Findings that last: told once they have settled, taken back once they are gone for good, and known since when they stand. */
import type { Finding, FindingCode, Severity } from '@vivarium/shared/contract/health';
import type { Facts } from './facts.ts';
import type { Draft, Rule } from './rule.ts';

interface Lasting {
  readonly rule: Rule;
  readonly draft: Draft;
  /** When it was found first without having been gone in between. */
  readonly foundMs: number;
  readonly sinceMs: number | null;
  readonly lastMs: number;
  readonly isTold: boolean;
}

/** What is found so soon after one could look was so before. */
const FIRST_LOOK_MS = 5_000;
const MAX_FINDINGS = 200;

const RANK: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 };

export class LastingFindings {
  private readonly rules: readonly Rule[];
  private readonly lasting = new Map<string, Lasting>();
  /** When each rule could look for the first time. */
  private readonly firstLookMs = new Map<FindingCode, number>();

  constructor(rules: readonly Rule[]) {
    this.rules = rules;
  }

  /** Looks again: what stands now, the most serious first, then the oldest. */
  look(facts: Facts): readonly Finding[] {
    const { nowMs } = facts;
    for (const rule of this.rules) {
      if (!rule.canLook(facts)) continue;
      if (!this.firstLookMs.has(rule.code)) this.firstLookMs.set(rule.code, nowMs);
      for (const draft of rule.find(facts)) this.found(rule, draft, nowMs);
    }
    for (const [id, { rule, lastMs, isTold }] of this.lasting) {
      if (nowMs - lastMs > (isTold ? rule.clearMs : 0)) this.lasting.delete(id);
    }
    const told = [...this.lasting].filter(([, { isTold }]) => isTold);
    return told.map(([id, { draft, sinceMs }]) => ({ ...draft, id, sinceMs })).sort(bySeriousness);
  }

  private found(rule: Rule, draft: Draft, nowMs: number): void {
    const id = idOf(draft);
    const before = this.lasting.get(id);
    if (before === undefined && this.lasting.size >= MAX_FINDINGS) return;
    const foundMs = before?.foundMs ?? nowMs;
    const wasAlready = nowMs - (this.firstLookMs.get(rule.code) ?? nowMs) < FIRST_LOOK_MS;
    const sinceMs =
      draft.sinceMs === undefined
        ? before === undefined
          ? wasAlready
            ? null
            : nowMs
          : before.sinceMs
        : draft.sinceMs;
    const isTold = before?.isTold === true || nowMs - foundMs >= rule.settleMs;
    this.lasting.set(id, { rule, draft, foundMs, sinceMs, lastMs: nowMs, isTold });
  }
}

/** What it is about: servers for what is wrong with one of them, the path for what is wrong with a znode. */
function idOf({ code, sids, path, params }: Draft): string {
  const about = params.sid ?? path ?? (PER_CLUSTER.has(code) ? '' : sids.join(','));
  return [code, about, params.unit ?? params.of ?? ''].filter((part) => part !== '').join(' ');
}

const PER_CLUSTER: ReadonlySet<FindingCode> = new Set([
  'noLeader',
  'quorumLost',
  'quorumAtEdge',
  'electionsRepeat',
  'versionsMixed',
  'wordsOpen',
]);

function bySeriousness(a: Finding, b: Finding): number {
  const order = RANK[a.severity] - RANK[b.severity];
  return order !== 0 ? order : (a.sinceMs ?? 0) - (b.sinceMs ?? 0) || (a.id < b.id ? -1 : 1);
}
