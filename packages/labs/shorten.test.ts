import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineScenario } from './define-scenario.ts';
import { reachedAt, shorten } from './shorten.ts';
import { pingLesson, pingProtocol } from './tests/ping.ts';

/** The lesson where nothing happens by itself. */
const scenario = defineScenario(pingProtocol, { ...pingLesson, begin: [], rules: [] });

function open(actions: Parameters<typeof scenario.open>[0]['actions']) {
  return scenario.open({ seed: 4, settings: {}, actions, limit: null });
}

describe('the shortest way to a goal', () => {
  it('leaves out what was not needed, and does sooner what was', () => {
    const history = open([
      { after: 3, action: { do: 'pause', node: 'A' } },
      { after: 4, action: { do: 'crash', node: 'B' } },
      { after: 5, action: { do: 'restart', node: 'B' } },
      { after: 6, action: { do: 'resume', node: 'A' } },
      { after: 7, action: { do: 'command', node: 'P', command: 'ping' } },
      { after: 9, action: { do: 'crash', node: 'A' } },
      { after: 10, action: { do: 'restart', node: 'A' } },
    ]);
    expect(reachedAt(history, 'all')).toBeGreaterThan(12);
    const shortest = shorten(scenario, history, 'all');
    expect(shortest?.actions).toEqual([{ after: 3, action: { do: 'command', node: 'P', command: 'ping' } }]);
    expect(shortest === null ? null : reachedAt(shortest, 'all')).toBe(10);
  });

  it('is none where the goal was not reached, and where the way is the shortest already', () => {
    expect(shorten(scenario, open([]), 'all')).toBeNull();
    const straight = open([{ after: 3, action: { do: 'command', node: 'P', command: 'ping' } }]);
    expect(shorten(scenario, straight, 'all')).toBeNull();
    expect(shorten(scenario, straight, 'no such goal')).toBeNull();
  });

  it('is never longer than the way that it came from', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(60), fc.nat(60)), { maxLength: 5 }), (draws) => {
        let history = open([{ after: 3, action: { do: 'command', node: 'P', command: 'ping' } }]);
        for (const [where, which] of draws) {
          const after = 4 + (where % (history.records.length - 3));
          const possibilities = history.possibilities(after);
          const { action } = possibilities[which % possibilities.length] ?? {};
          if (action !== undefined) history = history.fork(after, action);
        }
        const shorter = shorten(scenario, history, 'all');
        if (shorter === null) return;
        expect(reachedAt(shorter, 'all') ?? Number.NaN).toBeLessThanOrEqual(reachedAt(history, 'all') ?? Number.NaN);
        expect(shorten(scenario, shorter, 'all')).toBeNull();
      }),
      { numRuns: 20 },
    );
  });
});
