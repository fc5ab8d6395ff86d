import { describe, expect, it } from 'vitest';
import { chapters } from './catalog.ts';
import type { Scenario } from './history.ts';
import { isSame } from './plain.ts';

const loaded = await Promise.all(chapters.map(async ({ id, load }) => ({ id, ...(await load()) })));
const scenarios = loaded.flatMap((chapter) => chapter.scenarios);

/** Every combination of choices. */
function combinations(settings: Scenario['info']['settings']): Record<string, string>[] {
  let all: Record<string, string>[] = [{}];
  for (const { id, choices } of settings) {
    all = all.flatMap((chosen) => choices.map((choice) => ({ ...chosen, [id]: choice.id })));
  }
  return all;
}

/** Where in a value a sentence is missing in a language: paths. */
function missing(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const record = new Map<string, unknown>(Object.entries(value));
  if (record.has('en') && record.has('zh') && record.size === 2) {
    return ['en', 'zh'].filter((language) => !String(record.get(language)).trim()).map((one) => `${path}.${one}`);
  }
  return [...record].flatMap(([key, item]) => missing(item, `${path}.${key}`));
}

describe('the catalogue', () => {
  it('gives every chapter, scenario, question and goal a name of its own', () => {
    expect(new Set(chapters.map(({ id }) => id)).size).toBe(chapters.length);
    expect(new Set(scenarios.map(({ info }) => info.id)).size).toBe(scenarios.length);
    for (const chapter of loaded) {
      for (const { info } of chapter.scenarios) {
        expect(info.protocol, info.id).toBe(chapter.id);
        expect(info.id).toMatch(/^[a-z0-9-]+$/);
        expect(new Set(info.goals.map(({ id }) => id)).size, info.id).toBe(info.goals.length);
      }
    }
  });
});

for (const scenario of scenarios) {
  const { info } = scenario;
  describe(info.id, () => {
    for (const settings of combinations(info.settings)) {
      it(`comes to what it promises ${JSON.stringify(settings)}`, () => {
        expect(scenario.check(settings).map(({ en }) => en)).toEqual([]);
      });
    }

    it('speaks both languages, and asks', () => {
      const history = scenario.open({ seed: 1, settings: {}, actions: [], limit: null });
      expect(missing({ info, protocol: scenario.protocol })).toEqual([]);
      expect(missing({ records: history.records, asks: history.asks, opening: history.opening })).toEqual([]);
      const narrated = history.records.filter(({ narration }) => narration !== null);
      if (info.kind !== 'free') {
        expect(info.questions).toBeGreaterThanOrEqual(2);
        expect(history.asks).toHaveLength(info.questions);
        expect(narrated.length).toBeGreaterThan(0);
      }
      if (info.kind === 'free') expect(info.goals.length).toBeGreaterThan(0);
      for (const { options } of history.asks) {
        expect(options.length).toBeGreaterThanOrEqual(2);
        expect(options.length).toBeLessThanOrEqual(4);
        expect(new Set(options.map(({ id }) => id)).size).toBe(options.length);
      }
      // What a page is told must cross to it as it is.
      expect(isSame(structuredClone(history.records), history.records)).toBe(true);
    });

    it('can be done again, and from the middle', () => {
      const first = scenario.open({ seed: 7, settings: {}, actions: [], limit: 200 });
      const hashes = first.records.map(({ hash }) => hash);
      const middle = first.records.length >> 1;
      const [possibility] = first.possibilities(middle);
      if (possibility === undefined) return;
      const forked = first.fork(middle, possibility.action);
      const opened = scenario.open({ seed: 7, settings: {}, actions: forked.actions, limit: 200 });
      expect(opened.records.map(({ hash }) => hash)).toEqual(forked.records.map(({ hash }) => hash));
      expect(forked.records.slice(0, middle).map(({ hash }) => hash)).toEqual(hashes.slice(0, middle));
    });
  });
}
