import { describe, expect, it } from 'vitest';
import type { History } from '../history.ts';
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

describe('three-phase commit', () => {
  it('never blocks and always agrees, whoever crashes at whatever step, and asks when it is back', () => {
    const whole = happy.open(plain);
    for (let n = 5; n <= whole.records.length; n++) {
      for (const node of ['C', 'P1', 'P2', 'P3']) {
        const crashed = whole.fork(n, { do: 'crash', node });
        const { C: _, [node]: __, ...survivors } = states(crashed);
        expect(broken(crashed), `${node} at ${n}`).toEqual([]);
        expect(new Set(Object.values(survivors)).size, `${node} at ${n}`).toBe(1);
        expect(['COMMIT', 'ABORT'], `${node} at ${n}`).toContain(Object.values(survivors)[0]);
        // Back soon, while the others still wait by their clocks, or when all is over.
        const later = n % 2 === 0 ? Math.min(n + 3, crashed.records.length) : crashed.records.length;
        const back = crashed.fork(later, { do: 'restart', node });
        const { C, ...participants } = states(back);
        expect(broken(back), `${node} at ${n}, back at ${later}`).toEqual([]);
        expect(C).toBe('END');
        expect(new Set(Object.values(participants)).size, `${node} at ${n}, back at ${later}`).toBe(1);
      }
    }
  });

  it('is made to disagree by one cut link, which is said to break its assumption', () => {
    const whole = freePlay.open(plain);
    const n = whole.records.findIndex(({ entry }) => entry.told.some(({ what }) => what === 'prepares to commit')) + 1;
    const cut = { do: 'cut', from: 'C', to: 'P1' } as const;
    const offered = whole
      .possibilities(n)
      .find(({ action }) => action.do === 'cut' && action.to === 'P1' && action.from === 'C');
    expect(offered?.breaks).toBe('synchronous');
    const history = whole.fork(n, cut);
    expect(broken(history)).toEqual([]);
    expect(states(history)).toEqual({ C: 'END', P1: 'ABORT', P2: 'ABORT', P3: 'ABORT' });
    // P1 has got PreCommit, another has not: now the same cut counts.
    const first =
      whole.records.findIndex(({ entry }) => entry.told.some(({ what }) => what === 'is prepared to commit')) + 1;
    const { node: prepared = '' } = whole.records[first - 1]?.entry.told[0] ?? {};
    const alone = whole.fork(first, { do: 'split', groups: [[prepared]] });
    expect(broken(alone)).toContain('atomic');
    expect(alone.records.flatMap(({ goals }) => goals)).toContain('disagree');
  });

  it('lets a timer go off early without breaking an assumption where nothing can come any more', () => {
    const whole = happy.open(plain);
    const fires = (history: History, n: number) =>
      history
        .possibilities(n)
        .filter(({ action }) => action.do === 'fire')
        .map(({ breaks }) => breaks);
    expect(new Set(fires(whole, 9))).toEqual(new Set(['synchronous']));
    const crashed = whole.fork(8, { do: 'crash', node: 'C' });
    const quiet = crashed.records.findIndex(({ entry }) => entry.happening.kind === 'timer');
    expect(fires(crashed, quiet)).toEqual([null, null, null]);
  });

  it('calls a clock early while a message is under way to anybody, though its own coordinator is dead', () => {
    const whole = happy.open(plain);
    const said = whole.records.find(({ entry }) => entry.told.some(({ what }) => what === 'prepares to commit'));
    const crashed = whole.fork(said?.entry.n ?? 0, { do: 'crash', node: 'C' });
    const breaksAt = (prepared: number): string | null | undefined => {
      const come = crashed.records.filter(({ entry }) =>
        entry.told.some(({ what }) => what === 'is prepared to commit'),
      );
      const possible = crashed.possibilities(come[prepared - 1]?.entry.n ?? 0);
      return possible.find(({ action }) => action.do === 'fire' && action.node === 'P1')?.breaks;
    };
    expect(breaksAt(1)).toBe('synchronous');
    expect(breaksAt(3)).toBe(null);
  });
});
