import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CommittedTransaction } from './committed-transaction.ts';
import { type StoreNotice, TransactionStore } from './transaction-store.ts';

/** Not so long ago that it would be dropped. */
const START_MS = Date.now();

let directory: string;
let file: string;
let stores: TransactionStore[];
let notices: StoreNotice[];

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'vivarium-transactions-'));
  file = path.join(directory, 'below', 'local.sqlite');
  stores = [];
  notices = [];
});

afterEach(async () => {
  for (const store of stores) await store.close();
  rmSync(directory, { recursive: true, force: true });
});

function open(): TransactionStore {
  const store = new TransactionStore({
    file,
    addressOf: (session) => (session === 7n ? '10.0.0.7:1234' : null),
    notice: (notice) => notices.push(notice),
  });
  stores.push(store);
  return store;
}

function transactions(first: bigint, count: number, session = 7n): CommittedTransaction[] {
  return Array.from({ length: count }, (_, i) => ({
    zxid: first + BigInt(i),
    timeMs: START_MS + i,
    heardMs: START_MS + 5 + i,
    session,
    cxid: i,
    operation: 'setData',
    error: 0,
    path: '/a',
    changes: [],
    moreChanges: 0,
  }));
}

test('an answer has all that was told before the question, with the addresses that were known', async () => {
  const store = open();
  store.add({ after: 0n, transactions: transactions(1n, 3) });
  store.add({ after: 3n, transactions: transactions(4n, 1, 8n) });
  const page = await store.find({ limit: 10 });
  expect(page.transactions.map(({ zxid, address }) => [zxid, address])).toEqual([
    [4n, null],
    [3n, '10.0.0.7:1234'],
    [2n, '10.0.0.7:1234'],
    [1n, '10.0.0.7:1234'],
  ]);
  expect(await store.detail(4n)).toMatchObject({ zxid: 4n, cxid: 0 });
  expect(await store.detail(9n)).toBeNull();
  await store.close();
  expect((await open().find({ limit: 10 })).kept?.count).toBe(4);
});

test('an address that is learned late is that of what came before, also from a new start', async () => {
  const addresses = new Map<bigint, string>();
  const store = new TransactionStore({
    file,
    addressOf: (session) => addresses.get(session) ?? null,
    notice: (notice) => notices.push(notice),
  });
  stores.push(store);
  store.add({ after: 0n, transactions: transactions(1n, 2, 5n) });
  expect((await store.detail(1n))?.address).toBeNull();
  addresses.set(5n, '10.0.0.5:99');
  store.add({ after: 2n, transactions: transactions(3n, 1, 5n) });
  addresses.clear();
  store.add({ after: 3n, transactions: transactions(4n, 1, 5n) });
  const { transactions: found } = await store.find({ limit: 10 });
  expect(found.map(({ address }) => address)).toEqual(Array.from({ length: 4 }, () => '10.0.0.5:99'));
  await store.close();
  expect((await open().detail(1n))?.address).toBe('10.0.0.5:99');
});

test('only its own part of a larger buffer goes to the disk', async () => {
  const store = open();
  const pool = new TextEncoder().encode('before, between, behind');
  const data = pool.subarray(8, 15);
  const change = { path: '/a', change: 'created' as const, version: 0, readable: true };
  const [first] = transactions(1n, 1);
  if (first === undefined) throw new Error('there is one');
  store.add({
    after: 0n,
    transactions: [{ ...first, changes: [{ ...change, before: null, after: { bytes: 7, data } }] }],
  });
  const kept = (await store.detail(1n))?.changes[0]?.after?.data;
  expect(new TextDecoder().decode(kept ?? new Uint8Array())).toBe('between');
});

test('what the disk cannot take in time is left out, told of, and a gap', async () => {
  const store = open();
  for (let i = 0; i < 60; i++)
    store.add({ after: BigInt(i * 1_000), transactions: transactions(BigInt(i * 1_000 + 1), 1_000) });
  await store.find({ limit: 1 });
  store.add({ after: 60_000n, transactions: transactions(60_001n, 1) });
  const { gaps, kept } = await store.find({ limit: 1 });
  expect(kept?.count).toBe(50_001);
  expect(gaps).toEqual([]);
  const all = await store.find({ limit: 2 });
  expect(all.gaps).toMatchObject([{ after: 50_000n, until: 60_000n }]);
  expect(notices).toEqual([{ kind: 'dropped', transactions: 10_000 }]);
});

test('a directory that cannot be used is told of once, and said to who asks', async () => {
  writeFileSync(path.join(directory, 'below'), 'a file where the directory should be');
  const store = open();
  store.add({ after: 0n, transactions: transactions(1n, 1) });
  await expect(store.find({ limit: 1 })).rejects.toMatchObject({ error: { code: 'transactionsUnavailable' } });
  store.add({ after: 1n, transactions: transactions(2n, 1) });
  expect(notices).toMatchObject([{ kind: 'failed' }]);
});

test('whoever is killed while he writes leaves a file that is whole, and goes on from it', async () => {
  mkdirSync(path.dirname(file), { recursive: true });
  for (let kill = 0; kill < 3; kill++) {
    const told = await writeUntilKilled(20 + kill * 17);
    const { kept, transactions: found, gaps } = await open().find({ limit: 1_000, below: '/a' });
    // What was answered was written.
    expect(kept?.last).toBeGreaterThanOrEqual(told);
    expect(kept?.count).toBe(Number(kept?.last));
    expect(found).toHaveLength(Math.min(1_000, kept?.count ?? 0));
    expect(gaps).toEqual([]);
    await stores.pop()?.close();
  }
  expect(notices).toEqual([]);
  expect(readdirSync(path.dirname(file))).toEqual(['local.sqlite']);
});

/** The last zxid that the process said was kept. */
async function writeUntilKilled(lines: number): Promise<bigint> {
  const program = new URL('../tests/harness/transaction-writer-process.ts', import.meta.url).pathname;
  const child: ChildProcess = spawn(process.execPath, [program, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let last = 0n;
  let count = 0;
  try {
    if (child.stdout === null) throw new Error('its output is piped');
    for await (const line of createInterface({ input: child.stdout })) {
      last = BigInt(line);
      if (++count === lines) child.kill('SIGKILL');
    }
  } finally {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  return last;
}
