import { expect, test } from 'vitest';
import { ClusterTransactions, type MayRead, type TransactionSource } from './cluster-transactions.ts';
import type { CommittedChange } from './committed-transaction.ts';
import type { StoredTransaction } from './transaction-store.ts';

function change(path: string, readable = true): CommittedChange {
  const side = { bytes: 3, data: new TextEncoder().encode('abc') };
  return { path, change: 'dataChanged', version: 4, before: side, after: { bytes: 3, data: null }, readable };
}

function transaction(changes: CommittedChange[], path: string | null = changes[0]?.path ?? null): StoredTransaction {
  const own = { zxid: 0x100000002n, timeMs: 1, heardMs: 2, session: -1n, cxid: 3, address: null };
  return { ...own, operation: 'multi', error: 0, path, changes, moreChanges: 0 };
}

/** Of these, as a tree says it in which the given paths may be read, or not; others are not there. */
function listed(found: StoredTransaction, readable: Readonly<Record<string, boolean>>, mayRead?: MayRead) {
  const source: TransactionSource = {
    find: async () => ({ transactions: [found], more: false, gaps: [], kept: null }),
    detail: async (zxid) => (zxid === found.zxid ? found : null),
  };
  return new ClusterTransactions(source, mayRead ?? (async (paths) => paths.map((path) => readable[path] ?? null)));
}

test('what may be read is shown as it is', async () => {
  const transactions = listed(transaction([change('/a')]), { '/': true, '/a': true });
  const { transactions: found } = await transactions.find({ limit: 1 });
  expect(found).toMatchObject([{ zxid: '0x100000002', session: '0xffffffffffffffff', path: '/a', hiddenChanges: 0 }]);
  expect(found[0]?.changes).toMatchObject([{ path: '/a', beforeBytes: 3, hidden: false }]);
  expect((await transactions.detail(0x100000002n)).data).toEqual([{ before: 'YWJj', after: null, kept: false }]);
  await expect(transactions.detail(9n)).rejects.toMatchObject({ error: { code: 'transactionNotKept' } });
});

test.each([
  ['it may not be read', change('/a/b'), { '/a': true, '/a/b': false }],
  ['it could not be read then', change('/a/b', false), { '/a': true, '/a/b': true }],
  ['it could not be read then, and is gone', change('/a/b', false), { '/a': true }],
])('where %s, but its parent may, its name is shown alone', async (_, only, readable) => {
  const transactions = listed(transaction([only]), readable);
  const { transaction: found, data } = await transactions.detail(0x100000002n);
  expect(found).toMatchObject({ path: '/a/b', hiddenChanges: 0 });
  expect(found.changes).toMatchObject([{ path: '/a/b', hidden: true, beforeBytes: null, afterBytes: null }]);
  expect(data).toEqual([{ before: null, after: null, kept: false }]);
});

test.each([
  ['neither may be read', change('/a/b'), { '/a': false, '/a/b': false }],
  ['neither could be read then, and both are gone', change('/a/b', false), {}],
])('where %s, nothing of it is shown', async (_, only, readable) => {
  const transactions = listed(transaction([only, change('/open')]), { ...readable, '/open': true });
  const { transaction: found, data } = await transactions.detail(0x100000002n);
  expect(found).toMatchObject({ path: null, hiddenChanges: 1 });
  expect(found.changes.map(({ path }) => path)).toEqual(['/open']);
  expect(data).toHaveLength(1);
  expect(JSON.stringify(found)).not.toContain('/a');
});

test('nobody finds out by a filter what he may not name', async () => {
  const transactions = listed(transaction([change('/a/b')]), { '/a': false, '/a/b': false });
  for (const filter of [{ path: '/a/b' }, { below: '/a/b' }]) {
    await expect(transactions.find({ limit: 1, ...filter })).rejects.toMatchObject({ error: { code: 'noAuth' } });
  }
});

test('while nobody knows the tree, what was known when it was written holds', async () => {
  const transactions = listed(transaction([change('/a'), change('/b', false)]), {}, async () => {
    throw new Error('the mirror is not there yet');
  });
  const { transaction: found } = await transactions.detail(0x100000002n);
  expect(found.changes.map(({ path }) => path)).toEqual(['/a']);
  expect(found.hiddenChanges).toBe(1);
});
