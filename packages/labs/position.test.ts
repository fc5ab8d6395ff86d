import type { Action } from '@vivarium/simulation/stepped/journal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineScenario } from './define-scenario.ts';
import type { PlacedAction, Position } from './history.ts';
import { exportHistory, parseHistoryFile } from './history-file.ts';
import { decodePosition, divergence, encodePosition } from './position.ts';
import { pingLesson, pingProtocol } from './tests/ping.ts';

const scenario = defineScenario(pingProtocol, pingLesson);

const name = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const message = fc.integer({ min: 1, max: 100_000 });
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constantFrom('deliver', 'drop', 'duplicate', 'delay', 'hold', 'letGo'), message }),
  fc.record({ do: fc.constant('tamper' as const), message, tamper: name }),
  fc.record({ do: fc.constantFrom('crash', 'restart', 'pause', 'resume', 'wipe'), node: name }),
  fc.record({ do: fc.constantFrom('cut', 'heal'), from: name, to: name }),
  fc.record({
    do: fc.constant('split' as const),
    groups: fc.array(fc.array(name, { maxLength: 3 }), { maxLength: 3 }),
  }),
  fc.record({ do: fc.constant('healAll' as const) }),
  fc.record({ do: fc.constant('fire' as const), node: name, timer: name }),
  fc.record({ do: fc.constant('command' as const), node: name, command: name }),
);
const actions: fc.Arbitrary<PlacedAction[]> = fc
  .uniqueArray(fc.record({ after: fc.nat(9999), action }), { selector: ({ after }) => after, maxLength: 20 })
  .map((list) => list.sort((a, b) => a.after - b.after));
const position: fc.Arbitrary<Position> = fc.record({
  scenario: fc.stringMatching(/^[a-z0-9-]{1,20}$/),
  seed: fc.maxSafeNat(),
  settings: fc.dictionary(name, name, { maxKeys: 3, noNullPrototype: true }),
  actions,
  cursor: fc.nat(10_000),
});

/** As a history would hash, for links to histories that nobody ran. */
function hashOf(n: number): string {
  return Math.imul(n + 1, 0x9e3779b1)
    .toString(16)
    .replace('-', '')
    .padStart(16, '0');
}

describe('a link', () => {
  it('says what it was made of, in characters that no address escapes', () => {
    fc.assert(
      fc.property(position, (made) => {
        const text = encodePosition(made, hashOf);
        expect(new URLSearchParams({ at: text }).toString()).toBe(`at=${text}`);
        const link = decodePosition(text);
        expect(link).toMatchObject({ position: made });
        if ('samples' in link) expect(link.samples.length).toBeLessThanOrEqual(50);
      }),
      { numRuns: 200 },
    );
  });

  it('is short', () => {
    const { seed, settings, actions: none } = scenario.open({ seed: 1, settings: {}, actions: [], limit: null });
    const short = encodePosition({ scenario: 'ping-lesson', seed, settings, actions: none, cursor: 4 }, hashOf);
    expect(short).toBe('1.ping-lesson.1.crash-yes..4.000000000000000000000000.munqwx');
  });

  it('is refused where a character is missing, added or another, and never throws', () => {
    fc.assert(
      fc.property(
        position,
        fc.nat(),
        fc.constantFrom('', '0', 'zz', '.', '*', '-', '_x', '中'),
        (made, where, instead) => {
          const text = encodePosition(made, hashOf);
          const at = where % text.length;
          const other = text.slice(0, at) + instead + text.slice(at + 1);
          if (other === text) return;
          const decoded = decodePosition(other);
          expect('code' in decoded && ['damaged', 'version'].includes(decoded.code)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
    expect(decodePosition('')).toEqual({ code: 'damaged', part: 'link' });
    expect(decodePosition('2.what-comes-later')).toEqual({ code: 'version', version: '2' });
    expect(decodePosition(`${'9'.repeat(1000)}.what-nobody-wrote`)).toEqual({ code: 'damaged', part: 'link' });
    fc.assert(fc.property(fc.string(), (text) => 'code' in decodePosition(text)));
  });

  it('says between which steps a history goes another way', () => {
    const history = scenario.open({ seed: 1, settings: {}, actions: [], limit: null });
    const { records } = history;
    const at = { scenario: 'ping-lesson', seed: 1, settings: history.settings, actions: [], cursor: 12 };
    const link = decodePosition(encodePosition(at, (n) => records[n - 1]?.hash ?? null));
    if ('code' in link) expect.unreachable();
    expect(divergence(link.samples, records)).toBeNull();
    const other = scenario.open({
      seed: 1,
      settings: {},
      actions: [{ after: 8, action: { do: 'crash', node: 'B' } }],
      limit: null,
    });
    expect(divergence(link.samples, other.records)).toEqual({ after: 8, before: 9 });
    expect(divergence(link.samples, records.slice(0, 10))).toEqual({ after: 10, before: 11 });
  });
});

describe('a file of a history', () => {
  const placed = [{ after: 8, action: { do: 'crash', node: 'B' } as const }];
  const history = scenario.open({ seed: 9, settings: {}, actions: placed, limit: null });
  const text = exportHistory(history, 10);
  /** The file with something else in it. */
  const altered = (change: (file: { position: Record<string, unknown>; [key: string]: unknown }) => void): string => {
    const file = JSON.parse(text);
    change(file);
    return JSON.stringify(file);
  };

  it('is run again and compared', () => {
    const file = parseHistoryFile(text);
    if ('code' in file) expect.unreachable();
    const { seed, settings, actions: again, cursor } = file.position;
    expect(cursor).toBe(10);
    const opened = scenario.open({ seed, settings, actions: again, limit: file.hashes.length });
    expect(opened.records).toEqual(history.records);
    expect(divergence(file.hashes, opened.records)).toBeNull();
  });

  it.each([
    ['{', { code: 'no-json' }],
    ['[]', { code: 'no-history' }],
    ['{"format":"something"}', { code: 'no-history' }],
    [altered((file) => Object.assign(file, { version: 2 })), { code: 'version', version: '2' }],
    [altered((file) => Object.assign(file, { version: { toString: 1 } })), { code: 'damaged', where: 'version' }],
    [altered((file) => Object.assign(file, { version: '9'.repeat(1000) })), { code: 'damaged', where: 'version' }],
    [altered((file) => Object.assign(file, { hashes: ['0'] })), { code: 'damaged', where: 'hashes[0]' }],
    [altered((file) => Object.assign(file, { position: 7 })), { code: 'damaged', where: 'position' }],
    [altered(({ position: at }) => Object.assign(at, { cursor: 1e9 })), { code: 'damaged', where: 'position.cursor' }],
    [altered(({ position: at }) => Object.assign(at, { seed: -1 })), { code: 'damaged', where: 'position.seed' }],
    [
      altered(({ position: at }) => Object.assign(at, { settings: { crash: 1 } })),
      { code: 'damaged', where: 'position.settings.crash' },
    ],
    [
      altered(({ position: at }) => Object.assign(at, { actions: [...placed, ...placed] })),
      { code: 'damaged', where: 'position.actions[1].after' },
    ],
    [
      altered(({ position: at }) => Object.assign(at, { actions: [{ after: 1, action: { do: 'explode' } }] })),
      { code: 'damaged', where: 'position.actions[0].action' },
    ],
  ])('says what is wrong and where: %.40s', (broken, fault) => {
    expect(parseHistoryFile(broken)).toMatchObject(fault);
  });
});
