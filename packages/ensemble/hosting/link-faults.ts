import type { LinkFault } from '@vivarium/shared/link-fault';
import { hostingError } from './hosting-error.ts';

/** What goes from one server to another is disturbed. */
export interface StandingFault {
  readonly from: number;
  readonly to: number;
  readonly fault: LinkFault;
}

const MAX_DELAY_MS = 60_000;

/** The faults of a hosted ensemble, one at most for each direction between two servers. */
export class LinkFaultTable {
  private readonly faults = new Map<string, StandingFault>();

  /** In the order in which they were set. */
  list(): StandingFault[] {
    return [...this.faults.values()];
  }

  /** Sets or, with null, removes a fault. False where nothing changes. Throws `sameServer`, `invalidFault`. */
  set(from: number, to: number, fault: LinkFault | null): boolean {
    if (from === to) throw hostingError('sameServer', { sid: from });
    const key = `${from} ${to}`;
    if (fault === null) return this.faults.delete(key);
    if (fault.kind === 'slow') check('delayMs', fault.delayMs, 0, MAX_DELAY_MS);
    if (fault.kind === 'drop') check('percent', fault.percent, 1, 100);
    const former = this.faults.get(key)?.fault;
    if (former !== undefined && isSame(former, fault)) return false;
    this.faults.delete(key);
    this.faults.set(key, { from, to, fault });
    return true;
  }
}

function check(field: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw hostingError('invalidFault', { field, value, min, max });
  }
}

function isSame(a: LinkFault, b: LinkFault): boolean {
  if (a.kind === 'slow') return b.kind === 'slow' && a.delayMs === b.delayMs;
  if (a.kind === 'drop') return b.kind === 'drop' && a.percent === b.percent;
  return b.kind === 'cut';
}
