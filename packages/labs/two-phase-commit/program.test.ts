import { describe, expect, it } from 'vitest';
import type { History } from '../history.ts';
import { coordinatorCrash } from './scenarios/coordinator-crash.ts';
import { freePlay } from './scenarios/free-play.ts';
import { happy } from './scenarios/happy.ts';

const plain = { seed: 1, settings: {}, actions: [], limit: 400 };

/** What was ever broken in a history. */
function broken(history: History): readonly string[] {
  return history.records.flatMap(({ verdicts }) =>
    verdicts.filter(({ holds }) => holds === false).map((one) => one.invariant),
  );
}

/** The states of all nodes at the end of a history. */
function states(history: History): Record<string, string> {
  const last: Record<string, string> = {};
  for (const { nodes } of history.records) for (const [id, { view }] of Object.entries(nodes)) last[id] = view.state;
  return last;
}

describe('two-phase commit', () => {
  it('agrees whoever crashes at whatever step, and comes back', () => {
    const whole = happy.open(plain);
    for (let n = 5; n <= whole.records.length; n++) {
      for (const node of ['C', 'P1', 'P2', 'P3']) {
        const crashed = whole.fork(n, { do: 'crash', node });
        const back = crashed.fork(Math.min(n + 12, crashed.records.length), { do: 'restart', node });
        expect(broken(back), `${node} at ${n}`).toEqual([]);
        const { C, ...participants } = states(back);
        expect(C, `${node} at ${n}`).toBe('END');
        expect(new Set(Object.values(participants)).size, `${node} at ${n}`).toBe(1);
      }
    }
  });

  it('agrees whatever message is lost, and whatever message comes twice', () => {
    const whole = happy.open(plain);
    for (const { entry } of whole.records) {
      for (const { id } of entry.sent) {
        for (const what of ['drop', 'duplicate', 'delay'] as const) {
          const history = whole.fork(entry.n, { do: what, message: id });
          expect(broken(history), `${what} ${id}`).toEqual([]);
          expect(states(history).C, `${what} ${id}`).toBe('END');
        }
      }
    }
  });

  it('blocks for good where the coordinator stays down, with the locks held', () => {
    const crashed = freePlay.open({ ...plain, actions: [{ after: 8, action: { do: 'crash', node: 'C' } }] });
    expect(states(crashed)).toEqual({ C: 'WAIT', P1: 'READY', P2: 'READY', P3: 'READY' });
    expect(crashed.end).toBe('quiet');
    expect(crashed.records.flatMap(({ goals }) => goals)).toEqual(['block']);
    const last = crashed.records.length;
    const asked = crashed.possibilities(last).filter(({ action }) => action.do === 'command');
    expect(asked.map(({ action }) => 'node' in action && action.node)).toEqual(['P1', 'P2', 'P3']);
    const back = crashed.fork(last, { do: 'restart', node: 'C' });
    expect(states(back)).toEqual({ C: 'END', P1: 'ABORT', P2: 'ABORT', P3: 'ABORT' });
  });

  it('presumes ABORT of what it knows nothing of, even after its disk was wiped, and says that this breaks an assumption', () => {
    const whole = coordinatorCrash.open(plain);
    const crash = whole.records.find(
      ({ entry: { happening } }) => happening.kind === 'act' && happening.action.do === 'crash',
    );
    const n = crash?.entry.n ?? 0;
    expect(whole.possibilities(n).find(({ action }) => action.do === 'wipe')?.breaks).toBe('stable');
    const wiped = whole.fork(n, { do: 'wipe', node: 'C' });
    const { C: _, ...participants } = states(wiped.fork(n + 1, { do: 'restart', node: 'C' }));
    expect(participants).toEqual({ P1: 'ABORT', P2: 'ABORT', P3: 'ABORT' });
  });

  it('offers forged votes as what breaks the assumption that nobody lies', () => {
    const whole = happy.open(plain);
    const tampers = whole.possibilities(6).filter(({ action }) => action.do === 'tamper');
    expect(tampers.map(({ breaks }) => breaks)).toEqual(['crashFault']);
  });
});
