import { machineMs } from '@vivarium/ensemble/server/machine-clock';
import { apiFailure } from '../api-failure.ts';

export interface GateLimits {
  /** Requests under way. */
  readonly requests: number;
  readonly waiting: number;
  /** Whoever has waited so long is not sent any more. */
  readonly waitMs: number;
}

/** Lets so many requests be under way at once, however many ask; the others wait their turn. */
export class RequestGate {
  private readonly limits: GateLimits;
  private readonly waiting: (() => void)[] = [];
  private underWay = 0;

  constructor(limits: GateLimits) {
    this.limits = limits;
  }

  /** Settles as the request does. Rejects with `tooManyRequests` where too many wait already, and with `timeout`. */
  async run<T>(request: () => Promise<T>): Promise<T> {
    const { requests, waitMs } = this.limits;
    const askedMs = machineMs();
    if (this.underWay >= requests) await this.turn();
    else this.underWay++;
    try {
      if (machineMs() - askedMs > waitMs) throw apiFailure('timeout', { ms: waitMs });
      return await request();
    } finally {
      const next = this.waiting.shift();
      // Whoever comes next takes the place over.
      if (next === undefined) this.underWay--;
      else next();
    }
  }

  private turn(): Promise<void> {
    if (this.waiting.length >= this.limits.waiting) throw apiFailure('tooManyRequests', { seconds: 1 });
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
