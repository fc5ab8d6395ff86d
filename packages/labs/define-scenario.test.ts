import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineScenario } from './define-scenario.ts';
import { ActionRefused, type History, type Picture } from './history.ts';
import { applyRecord } from './picture.ts';
import { Pictures } from './pictures.ts';
import { isSame } from './plain.ts';
import { Run } from './run.ts';
import { pingLesson, pingProtocol } from './tests/ping.ts';

const scenario = defineScenario(pingProtocol, pingLesson);

function open(seed = 1, actions: History['actions'] = [], limit: number | null = null): History {
  return scenario.open({ seed, settings: {}, actions, limit });
}

function hashes(history: History): string[] {
  return history.records.map(({ hash }) => hash);
}

/** All that a history gives out, for comparing two of them. */
function told(history: History): unknown {
  const { records, asks, end, start, opening, ready, actions } = history;
  return { records, asks, end, start, opening, ready, actions };
}

describe('a scenario', () => {
  it('comes to the end that its lesson promises', () => {
    expect(scenario.check({})).toEqual([]);
    const history = open();
    expect(history.end).toBe('quiet');
    expect(history.ready).toBe(3);
    expect(history.opening?.en).toBe('It begins');
    expect(history.records.map(({ sentence }) => sentence.en)).toMatchInlineSnapshot(`
      [
        "P starts",
        "A starts",
        "B starts",
        "P is told: ping all",
        "Ping(1) from P to A is dropped",
        "B gets Ping(1) from P",
        "B has ping 1 on its disk",
        "P gets Ack(1) from B",
        "The timer of P goes off: ping again",
        "A gets Ping(1) from P",
        "A has ping 1 on its disk",
        "A crashes",
        "A starts again",
        "A gets Ack(0) from A",
        "P gets Ack(1) from A",
      ]
    `);
  });

  it('says what of its lesson did not come true', () => {
    const wrong = defineScenario(pingProtocol, {
      ...pingLesson,
      begin: [{ do: 'restart', node: 'A' }],
      breaks: () => ['no-ack-before-ping'],
    });
    expect(wrong.check({}).map(({ en }) => en)).toEqual([
      'all acknowledged',
      'A wrote it down',
      'The invariant no-ack-before-ping held',
      'The script failed after step 3: {"do":"restart","node":"A"}: node-is-up',
    ]);
  });

  it('asks before the moment and tells what came true', () => {
    const { asks, records } = open();
    expect(asks.map(({ id, truth }) => [id, truth])).toEqual([
      ['retry', 'again'],
      ['end', 'yes'],
    ]);
    for (const ask of asks) expect(ask.settledAt).toBeGreaterThanOrEqual(ask.before);
    expect(records[(asks[0]?.before ?? 0) - 1]?.entry.happening.kind).toBe('timer');
    // Where the ping is never let through, the history ends before the answer.
    const cut = open(1, [{ after: 3, action: { do: 'cut', from: 'P', to: 'A' } }], 60);
    expect(cut.asks.map(({ id }) => id)).toEqual(['retry']);
    expect(cut.end).toBe('limit');
  });

  it('does not ask where what comes true is none of the options', () => {
    const [first, ...others] = pingLesson.predictions;
    if (first === undefined) expect.unreachable();
    const odd = defineScenario(pingProtocol, {
      ...pingLesson,
      predictions: [{ ...first, settle: () => 'something else' }, ...others],
    });
    const { asks } = odd.open({ seed: 1, settings: {}, actions: [], limit: null });
    expect(asks.map(({ id }) => id)).toEqual(['end']);
    expect(odd.check({}).map(({ en }) => en)).toEqual(['Question retry has no option something else']);
  });

  it('refuses what is no setting, no seed, no order', () => {
    expect(() => scenario.open({ seed: 1, settings: { crash: 'maybe' }, actions: [], limit: null })).toThrow(
      RangeError,
    );
    expect(() => scenario.open({ seed: 1, settings: { other: 'yes' }, actions: [], limit: null })).toThrow(RangeError);
    expect(() => open(-1)).toThrow(RangeError);
    const action = { do: 'crash', node: 'A' } as const;
    expect(() =>
      open(1, [
        { after: 5, action },
        { after: 5, action },
      ]),
    ).toThrow(RangeError);
    expect(() => open(1, [{ after: 5000, action }])).toThrow(ActionRefused);
    // Of several, the first is told.
    const late = [40, 50].map((after) => ({ after, action }));
    expect(() => open(1, late)).toThrow('crash after step 40: no-such-step');
    expect(() => open(1, [{ after: 0, action }])).toThrow('crash after step 0: node-is-down');
    expect(() => open(1, [{ after: 4, action: { do: 'command', node: 'A', command: 'ping' } }])).toThrow(
      'no-such-command',
    );
  });

  it('goes on behind its end where a person acts there', () => {
    const lesson = defineScenario(pingProtocol, {
      ...pingLesson,
      ends: ({ entry }) => entry?.happening.kind === 'timer',
    });
    const history = lesson.open({ seed: 1, settings: {}, actions: [], limit: null });
    expect(history.end).toBe('over');
    const on = history.fork(history.records.length, { do: 'pause', node: 'B' });
    expect(on.records.length).toBeGreaterThan(history.records.length + 3);
    expect(on.end).toBe('quiet');
  });
});

/** Does something possible at some moments, as drawn. */
function wander(history: History, draws: readonly (readonly [number, number])[]): History {
  for (const [where, which] of draws) {
    const after = where % (history.records.length + 1);
    const possibilities = history.possibilities(after);
    const chosen = possibilities[which % Math.max(1, possibilities.length)];
    if (chosen !== undefined) history = history.fork(after, chosen.action);
  }
  return history;
}

const draws = fc.array(fc.tuple(fc.nat(200), fc.nat(1000)), { maxLength: 6 });

describe('any history', () => {
  it('is the same when it is opened again, and when it is forked', () => {
    fc.assert(
      fc.property(fc.nat(), draws, (seed, drawn) => {
        const forked = wander(open(seed, [], 150), drawn);
        const opened = open(seed, forked.actions, 150);
        expect(told(opened)).toEqual(told(forked));
      }),
      { numRuns: 25 },
    );
  });

  it('is the sum of its records', () => {
    fc.assert(
      fc.property(fc.nat(), draws, (seed, drawn) => {
        const history = wander(open(seed, [], 150), drawn);
        const placed = new Map(history.actions.map((action) => [action.after, action]));
        const run = new Run({ protocol: pingProtocol, spec: pingLesson, seed, settings: history.settings });
        expect(history.start).toEqual(run.picture());
        let picture: Picture = history.start;
        for (const record of history.records) {
          expect(isSame(run.next(placed.get(run.n)), record)).toBe(true);
          picture = applyRecord(picture, record);
          // A plain comparison, as there are thousands of them.
          expect(isSame(picture, run.picture())).toBe(true);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('is shown at any moment, in whatever order', () => {
    const history = open(2, [], 150);
    const pictures = new Pictures(history.start, history.records);
    const all = [history.start];
    for (const record of history.records) all.push(applyRecord(all.at(-1) ?? history.start, record));
    fc.assert(fc.property(fc.nat(history.records.length), (n) => void expect(pictures.at(n)).toEqual(all[n])));
    expect(pictures.at(5)).toBe(pictures.at(5));
    expect(pictures.at(-1)).toBe(history.start);
    expect(pictures.at(1e9)).toEqual(all.at(-1));
  });

  it('grows as if it had been run so far at once', () => {
    const cut = [{ after: 3, action: { do: 'cut', from: 'P', to: 'A' } as const }];
    const history = open(3, cut, 10);
    history.extend(700);
    expect(told(history)).toEqual(told(open(3, cut, 700)));
    expect(hashes(history)).toHaveLength(700);
    expect(history.end).toBe('limit');
    history.extend(10_000);
    expect(history).toMatchObject({ records: { length: 10_000 }, end: 'full' });
    history.extend(1_000_000);
    expect(history).toMatchObject({ records: { length: 10_000 }, end: 'full' });
    // Nothing has room behind its last step, and nothing is offered there.
    expect(history.possibilities(10_000)).toEqual([]);
    expect(() => history.fork(10_000, { do: 'crash', node: 'B' })).toThrow('history-is-full');
    const last = history.fork(9999, { do: 'crash', node: 'B' });
    expect(last).toMatchObject({ records: { length: 10_000 }, end: 'full' });
  });

  it('ends where more messages are under way than anybody can look at', () => {
    const first = open();
    const after = first.records.findIndex(({ entry }) => entry.sent.length > 0) + 1;
    const message = first.records[after - 1]?.entry.sent[0]?.id ?? 0;
    const flood = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ after: after + i, action: { do: 'duplicate', message } as const }));
    const flooded = open(1, flood(999));
    expect(flooded.end).toBe('full');
    const n = flooded.records.length;
    expect(new Set(flooded.possibilities(n).map(({ action }) => action.do))).toEqual(new Set(['drop']));
    expect(flooded.fork(n, { do: 'drop', message }).records.length).toBeGreaterThan(n + 1);
    expect(() => open(1, flood(1100))).toThrow('too-many-messages');
  });

  it('offers nothing that it refuses, and nothing where there is no such moment', () => {
    const history = open(5);
    for (let n = 0; n <= history.records.length; n += 3) {
      for (const { action } of history.possibilities(n)) expect(() => history.fork(n, action)).not.toThrow();
    }
    expect(history.possibilities(-1)).toEqual([]);
    expect(history.possibilities(history.records.length + 1)).toEqual([]);
    expect(() => history.fork(99_999, { do: 'healAll' })).toThrow(ActionRefused);
  });
});
