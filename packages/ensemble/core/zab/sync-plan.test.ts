import { makeZxid } from '@vivarium/shared/zxid';
import { describe, expect, it } from 'vitest';
import type { LoggedTxn } from '../io.ts';
import { planSync } from './sync-plan.ts';

const z = makeZxid;
const log = (...zxids: bigint[]): LoggedTxn[] => zxids.map((zxid) => ({ zxid, bytes: new Uint8Array(0) }));

describe('pitfall 20: planSync (Java LearnerHandlerTest)', () => {
  const recent = log(z(1, 5), z(1, 6), z(1, 7), z(3, 1), z(3, 2));
  const last = z(3, 2);
  const plan = (peer: bigint): [string, bigint, bigint[]] => {
    const found = planSync(recent, last, peer);
    return [found.mode, found.target, found.mode === 'SNAP' ? [] : found.txns.map((txn) => txn.zxid)];
  };

  it('sends nothing to a learner that has everything', () => expect(plan(last)).toEqual(['DIFF', last, []]));
  it('sends what is missing', () => expect(plan(z(1, 6))).toEqual(['DIFF', last, [z(1, 7), z(3, 1), z(3, 2)]]));
  it('reaches back to the oldest at hand', () => expect(plan(z(1, 5))[0]).toBe('DIFF'));
  it('sends a snapshot to a learner older than the oldest at hand', () =>
    expect(plan(z(1, 4))).toEqual(['SNAP', last, []]));
  it('cuts a learner that is ahead', () => expect(plan(z(3, 9))).toEqual(['TRUNC', last, []]));
  it('never cuts over the border of an epoch', () => expect(plan(z(2, 3))).toEqual(['SNAP', last, []]));
  it('never cuts where the next transaction is of another epoch', () =>
    expect(plan(z(1, 9))).toEqual(['SNAP', last, []]));
  it('cuts within an epoch and sends the rest', () => {
    const gap = log(z(1, 5), z(1, 8), z(1, 9));
    expect(planSync(gap, z(1, 9), z(1, 6))).toEqual({ mode: 'TRUNC', target: z(1, 5), txns: gap.slice(1) });
  });
  it('sends the rest to a former leader at the start of an epoch', () => {
    expect(plan(z(2, 0))).toEqual(['DIFF', last, [z(3, 1), z(3, 2)]]);
  });
  it('sends a snapshot to one that is at the start of a later epoch', () =>
    expect(plan(z(4, 0))).toEqual(['SNAP', last, []]));
  it('sends nothing between two empty servers', () => {
    expect(planSync([], 0n, 0n)).toEqual({ mode: 'DIFF', target: 0n, txns: [] });
  });
  it('sends a snapshot where the leader has entered its epoch with an empty log at hand', () => {
    expect(planSync([], z(1, 0), 0n)).toEqual({ mode: 'SNAP', target: z(1, 0) });
  });
});
