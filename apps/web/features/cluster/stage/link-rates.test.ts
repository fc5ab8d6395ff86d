import { describe, expect, it } from 'vitest';
import { LinkRates } from './link-rates.ts';

/** So many messages a second for two seconds, one sample a frame. */
function run(rates: LinkRates, perSecond: number, fromMs = 0, already = 0) {
  let last = rates.sample('1>2', already, fromMs);
  for (let ms = 16; ms <= 2_000; ms += 16) {
    last = rates.sample('1>2', already + Math.floor((ms * perSecond) / 1000), fromMs + ms);
  }
  return last;
}

describe('the rate of a link', () => {
  it('is what passed in the last second', () => {
    const { perSecond, isCrowded } = run(new LinkRates(), 500);
    expect(perSecond).toBeGreaterThan(450);
    expect(perSecond).toBeLessThan(550);
    expect(isCrowded).toBe(true);
  });

  it('lets each message be seen up to forty a second', () => {
    expect(run(new LinkRates(), 35).isCrowded).toBe(false);
  });

  it('stays crowded until there are clearly fewer', () => {
    const rates = new LinkRates();
    run(rates, 60);
    expect(run(rates, 35, 2_016, 120).isCrowded).toBe(true);
    expect(run(rates, 10, 4_032, 190).isCrowded).toBe(false);
  });

  it('begins anew where the instant was moved back', () => {
    const rates = new LinkRates();
    run(rates, 500);
    expect(rates.sample('1>2', 3, 2_100).perSecond).toBe(0);
  });
});
