import { MAX_TRACED_CHANGES } from '@vivarium/shared/cluster-event';
import { ErrorCode } from '@vivarium/shared/error-code';
import { JuteWriter } from '@vivarium/wire/jute';
import { OpCode } from '@vivarium/wire/op-code';
import type { SubTxn } from '@vivarium/wire/txn';
import { expect, test } from 'vitest';
import { changesOf, requestedPath } from './traced-changes.ts';

const removal = (path: string): SubTxn => ({ type: OpCode.delete, path });

test('a multi names what each part changed, and nothing where it failed', () => {
  const set = { type: OpCode.setData, path: '/a', data: null, version: 3 } as const;
  const txns = [set, { type: OpCode.check, path: '/b', version: 1 } as const, removal('/c')];
  expect(changesOf({ type: OpCode.multi, txns }, ErrorCode.OK).changes).toEqual([
    { path: '/a', change: 'dataChanged', version: 3 },
    { path: '/c', change: 'deleted', version: -1 },
  ]);
  const failed = [...txns, { type: OpCode.error, err: ErrorCode.NONODE } as const];
  expect(changesOf({ type: OpCode.multi, txns: failed }, ErrorCode.OK).changes).toEqual([]);
  expect(changesOf(set, ErrorCode.NONODE).changes).toEqual([]);
});

test('more than can be named are counted', () => {
  const txns = Array.from({ length: MAX_TRACED_CHANGES + 7 }, (_, i) => removal(`/${i}`));
  const { changes, moreChanges } = changesOf({ type: OpCode.multi, txns }, ErrorCode.OK);
  expect([changes.length, moreChanges]).toEqual([MAX_TRACED_CHANGES, 7]);
});

test('the path of a request is read off its record, also where the rest is no request', () => {
  expect(requestedPath(OpCode.create, new JuteWriter(16).string('/a/b').finish())).toBe('/a/b');
  expect(requestedPath(OpCode.create, Uint8Array.of(0, 0, 1))).toBeNull();
  expect(requestedPath(OpCode.multi, new Uint8Array(40))).toBeNull();
});
