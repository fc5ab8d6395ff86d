import type { Evidence, Finding, FindingCode, Known, NextLook } from '@vivarium/shared/contract/health';
import type { Origin, Way } from '@vivarium/shared/contract/source';
import type { Facts, ServerFact } from './facts.ts';

/** A finding before it is known since when it stands. */
export interface Draft extends Omit<Finding, 'id' | 'sinceMs'> {
  /** Since when, where the facts themselves say it; null: since before anybody looked. Left out: since it was found. */
  readonly sinceMs?: number | null;
}

/** What to look for: facts in, findings out, and nothing else that matters. */
export interface Rule {
  readonly code: FindingCode;
  /** Any of these ways shows it. */
  readonly ways: readonly Way[];
  /** So long it has to be so before it is told, and so long no more before it is taken back. */
  readonly settleMs: number;
  readonly clearMs: number;
  /** Whether what is known suffices to say that it is not so. */
  canLook(facts: Facts): boolean;
  find(facts: Facts): readonly Draft[];
}

/** What most drafts are made of. */
export interface DraftParts {
  readonly severity: Finding['severity'];
  readonly params: Finding['params'];
  readonly sids?: readonly number[];
  readonly path?: string | null;
  readonly from: { readonly origin: Origin; readonly heardMs: number };
  readonly evidence?: Evidence;
  readonly next?: readonly NextLook[];
  readonly sinceMs?: number | null;
}

export function draft(code: FindingCode, parts: DraftParts): Draft {
  const { severity, params, sids = [], path = null, from, evidence = { kind: 'none' }, next = [] } = parts;
  const { origin, heardMs } = from;
  return {
    code,
    severity,
    params,
    sids,
    path,
    origin,
    heardMs,
    evidence,
    next,
    ...(parts.sinceMs === undefined ? {} : { sinceMs: parts.sinceMs }),
  };
}

/** The newest of what it rests on. */
export function newestOf(
  known: readonly (Pick<Known<unknown>, 'origin' | 'heardMs'> | null | undefined)[],
  nowMs: number,
) {
  let best: Pick<Known<unknown>, 'origin' | 'heardMs'> | null = null;
  for (const one of known) if (one && (best === null || one.heardMs > best.heardMs)) best = one;
  return { origin: best?.origin ?? ('missing' as const), heardMs: best?.heardMs ?? nowMs };
}

/** A rule that looks at each server by itself. */
export function eachServer(facts: Facts, find: (server: ServerFact) => Draft | null): Draft[] {
  return facts.servers.map(find).filter((one) => one !== null);
}
