import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Groups } from './configuration.ts';
import { Quorum } from './quorum.ts';

const VOTERS = 7;

function quorum(groups: Groups | null, voters = VOTERS): Quorum {
  const members = Array.from({ length: voters }, (_, i) => ({ sid: i + 1, role: 'participant' as const, spec: '' }));
  return new Quorum({ members: [...members, { sid: 99, role: 'observer', spec: '' }], groups });
}

function groupsOf(groupOf: readonly number[], weightOf: readonly number[]): Groups {
  const members = new Map<number, number[]>();
  groupOf.forEach((group, index) => {
    members.set(group, [...(members.get(group) ?? []), index + 1]);
  });
  return { members, weights: new Map(weightOf.map((weight, index) => [index + 1, weight])) };
}

const arbitraryGroups = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 4 }), { minLength: VOTERS, maxLength: VOTERS }),
    fc.array(fc.integer({ min: 0, max: 3 }), { minLength: VOTERS, maxLength: VOTERS }),
  )
  .map(([groupOf, weightOf]) => groupsOf(groupOf, weightOf));
const arbitrarySids = fc.uniqueArray(fc.integer({ min: 1, max: VOTERS }));

describe('a majority', () => {
  it('is more than half of the voters; others do not count', () => {
    expect(quorum(null, 4).isQuorum([1, 2])).toBe(false);
    expect(quorum(null, 4).isQuorum([1, 2, 99])).toBe(false);
    expect(quorum(null, 4).isQuorum([1, 2, 4])).toBe(true);
    expect(quorum(null, 1).isQuorum([1])).toBe(true);
    expect(quorum(null, 1).isQuorum([])).toBe(false);
  });
});

describe('a hierarchical quorum', () => {
  it('is more than half of the weight in more than half of the groups', () => {
    const nine = quorum(groupsOf([1, 1, 1, 2, 2, 2, 3, 3, 3], [1, 1, 1, 1, 1, 1, 1, 1, 1]), 9);
    expect(nine.isQuorum([1, 2, 4, 5])).toBe(true);
    expect(nine.isQuorum([1, 2, 3, 4, 7])).toBe(false);
    const weighted = quorum(groupsOf([1, 1, 1], [3, 1, 1]), 3);
    expect(weighted.isQuorum([1])).toBe(true);
    expect(weighted.isQuorum([2, 3])).toBe(false);
  });

  it('leaves out voters and groups without weight', () => {
    const six = quorum(groupsOf([1, 1, 2, 2, 3, 3], [1, 1, 1, 1, 0, 0]), 6);
    expect(six.isQuorum([1, 2, 3, 4])).toBe(true);
    expect(six.isQuorum([1, 2, 5, 6])).toBe(false);
    expect(six.hasWeight(5)).toBe(false);
    expect(six.isVoter(5)).toBe(true);
  });

  it('is never two at once without a server in common', () => {
    fc.assert(
      fc.property(arbitraryGroups, arbitrarySids, (groups, sids) => {
        const others = Array.from({ length: VOTERS }, (_, i) => i + 1).filter((sid) => !sids.includes(sid));
        const checked = quorum(groups);
        expect(checked.isQuorum(sids) && checked.isQuorum(others)).toBe(false);
      }),
    );
  });

  it('stays one with more servers, and never needs those without weight', () => {
    fc.assert(
      fc.property(arbitraryGroups, arbitrarySids, arbitrarySids, (groups, sids, more) => {
        const checked = quorum(groups);
        if (checked.isQuorum(sids)) expect(checked.isQuorum(new Set([...sids, ...more]))).toBe(true);
        const counting = sids.filter((sid) => checked.hasWeight(sid));
        expect(checked.isQuorum(counting)).toBe(checked.isQuorum(sids));
      }),
    );
  });

  it('of one group in which all weigh the same is a majority', () => {
    fc.assert(
      fc.property(arbitrarySids, (sids) => {
        const one = groupsOf(Array(VOTERS).fill(1), Array(VOTERS).fill(2));
        expect(quorum(one).isQuorum(sids)).toBe(quorum(null).isQuorum(sids));
      }),
    );
  });
});
