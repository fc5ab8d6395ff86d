import { apiFailure } from '../api-failure.ts';

/** Lets so many requests be under way at once, however many ask; the others wait their turn. */
export class RequestGate {
  private readonly limit: number;
  private readonly maxWaiting: number;
  private readonly waiting: (() => void)[] = [];
  private underWay = 0;

  constructor(limit: number, maxWaiting: number) {
    this.limit = limit;
    this.maxWaiting = maxWaiting;
  }

  /** Settles as the request does. Rejects with `tooManyRequests` where too many wait already. */
  async run<T>(request: () => Promise<T>): Promise<T> {
    if (this.underWay >= this.limit) await this.turn();
    else this.underWay++;
    try {
      return await request();
    } finally {
      const next = this.waiting.shift();
      // Whoever comes next takes the place over.
      if (next === undefined) this.underWay--;
      else next();
    }
  }

  private turn(): Promise<void> {
    if (this.waiting.length >= this.maxWaiting) throw apiFailure('tooManyRequests', { seconds: 1 });
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
