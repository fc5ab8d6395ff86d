import { expect, it } from 'vitest';
import { RecentTxns } from './recent-txns.ts';

const LIMIT = 500;
const txn = (zxid: number, bytes = 1) => ({ zxid: BigInt(zxid), bytes: new Uint8Array(bytes) });

it('keeps the newest, in order', () => {
  const recent = new RecentTxns(LIMIT, []);
  for (let zxid = 1; zxid <= 3 * LIMIT + 7; zxid++) recent.push(txn(zxid));
  const kept = recent.list().map(({ zxid }) => Number(zxid));
  expect(kept).toEqual(Array.from({ length: LIMIT }, (_, i) => 2 * LIMIT + 8 + i));
});

it('keeps fewer where they are large', () => {
  const recent = new RecentTxns(LIMIT, []);
  for (let zxid = 1; zxid <= 100; zxid++) recent.push(txn(zxid, 1024 * 1024));
  expect(recent.list().map(({ zxid }) => Number(zxid))).toEqual(Array.from({ length: 64 }, (_, i) => 37 + i));
  recent.reset([txn(5), txn(6)]);
  expect(recent.list().map(({ zxid }) => zxid)).toEqual([5n, 6n]);
});
