import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ZnodeChange } from '@vivarium/shared/cluster-event';
import { makeZxid } from '@vivarium/shared/zxid';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CommittedChange } from './committed-transaction.ts';
import { TransactionDatabase } from './transaction-database.ts';
import type { StoredTransaction, StoreNotice, TransactionFilter, TransactionLimits } from './transaction-store.ts';

const NO_LIMITS: TransactionLimits = { bytes: 1 << 30, ageMs: Number.MAX_SAFE_INTEGER / 2 };
const START_MS = 1_700_000_000_000;

let directory: string;
let notices: StoreNotice[];
let databases: TransactionDatabase[];

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'vivarium-transactions-'));
  notices = [];
  databases = [];
});

afterEach(() => {
  for (const database of databases) database.close();
  rmSync(directory, { recursive: true, force: true });
});

function databaseFile(): string {
  return path.join(directory, 'local.sqlite');
}

function open(limits = NO_LIMITS, now = () => START_MS): TransactionDatabase {
  const file = databaseFile();
  const database = new TransactionDatabase({ file, limits, now, notice: (notice) => notices.push(notice) });
  databases.push(database);
  return database;
}

function reopen(database: TransactionDatabase): TransactionDatabase {
  database.close();
  databases = databases.filter((each) => each !== database);
  return open();
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function change(znode: string, kind: ZnodeChange['change'], before: string | null, after: string | null) {
  const side = (text: string | null) => (text === null ? null : { bytes: text.length, data: bytes(text) });
  return { path: znode, change: kind, version: 1, before: side(before), after: side(after), readable: true };
}

function transaction(zxid: bigint, more: Partial<StoredTransaction> = {}): StoredTransaction {
  const timeMs = START_MS + Number(zxid & 0xffffffffn);
  const own = { zxid, timeMs, heardMs: timeMs + 5, session: 0x1000n, cxid: Number(zxid & 0xffffn), address: null };
  return { ...own, operation: 'setData', error: 0, path: '/a', changes: [], moreChanges: 0, ...more };
}

function zxids(database: TransactionDatabase, filter: Partial<TransactionFilter> = {}): bigint[] {
  return database.find({ limit: 1_000, ...filter }).transactions.map(({ zxid }) => zxid);
}

/** From `first` on, one after the other, each of `/a` and of no data. */
function run(first: bigint, count: number): StoredTransaction[] {
  return Array.from({ length: count }, (_, i) => transaction(first + BigInt(i)));
}

describe('what is written', () => {
  test('comes back as it was, with its data, also from a new start', () => {
    const written = transaction(makeZxid(0x7fffffff, 7), {
      session: 0xf234567890abcdefn,
      address: '10.0.0.7:4711',
      operation: 'multi',
      path: null,
      changes: [
        change('/a/b', 'created', null, 'new'),
        change('/', 'dataChanged', 'one', ''),
        change('/a', 'deleted', 'gone', null),
        { ...change('/acl', 'aclChanged', 'a', 'b'), readable: false },
      ],
      moreChanges: 3,
    });
    const database = reopen(writeAll(open(), [written]));
    expect(database.detail(written.zxid)).toEqual({
      ...written,
      session: BigInt.asIntN(64, written.session),
      path: '/a/b',
    });
    const [listed] = database.find({ limit: 10 }).transactions;
    expect(listed?.changes.map(({ path: znode, before }) => [znode, before])).toEqual([
      ['/a/b', null],
      ['/', { bytes: 3, data: null }],
      ['/a', { bytes: 4, data: null }],
      ['/acl', { bytes: 1, data: null }],
    ]);
    expect(database.detail(1n)).toBeNull();
  });

  test('has only the lengths of data that are too long', () => {
    const long = 'x'.repeat((64 << 10) + 1);
    const most = 'y'.repeat(64 << 10);
    const many = Array.from({ length: 20 }, (_, i) => change(`/m${i}`, 'dataChanged', null, most));
    const database = writeAll(open(), [
      transaction(1n, { changes: [change('/a', 'dataChanged', 'short', long)] }),
      transaction(2n, { changes: many }),
    ]);
    expect(database.detail(1n)?.changes[0]).toMatchObject({
      before: { data: bytes('short') },
      after: { bytes: long.length, data: null },
    });
    const kept = database.detail(2n)?.changes.map(({ after }) => after?.data?.length ?? null);
    expect(kept).toEqual(many.map((_, i) => (i < 16 ? most.length : null)));
  });

  test('names twenty changes in a list, and the one that is looked for', () => {
    const changes = Array.from({ length: 100 }, (_, i) => change(`/many/${i}`, 'deleted', null, null));
    const database = writeAll(open(), [transaction(1n, { path: null, changes, moreChanges: 5 })]);
    const [all] = database.find({ limit: 1 }).transactions;
    expect(all).toMatchObject({ path: '/many/0', moreChanges: 85 });
    const [one] = database.find({ limit: 1, path: '/many/77' }).transactions;
    expect(one?.changes.at(-1)?.path).toBe('/many/77');
    expect(one?.moreChanges).toBe(84);
  });
});

describe('the same again', () => {
  test('is passed over', () => {
    const first = run(1n, 20);
    const database = writeAll(reopen(writeAll(open(), first)), [...first.slice(5), ...run(21n, 3)]);
    expect(zxids(database)).toHaveLength(23);
    expect(database.find({ limit: 1 }).kept).toEqual({ first: 1n, last: 23n, fromMs: START_MS + 1, count: 23 });
    expect(database.find({ limit: 1 }).gaps).toEqual([]);
  });

  test('with other content is another history: the former one is set aside', () => {
    const database = writeAll(open(), run(1n, 20));
    const later = run(1n, 3).map((each) => ({ ...each, timeMs: each.timeMs + 3_600_000 }));
    writeAll(database, later);
    expect(zxids(database)).toEqual([3n, 2n, 1n]);
    expect(notices).toMatchObject([{ kind: 'setAside', reason: 'the cluster has begun a new history' }]);
    expect(readdirSync(directory).filter((name) => !/-(wal|shm)$/.test(name))).toHaveLength(2);
  });
});

test('the end of a history and the beginning of the next may come at once', () => {
  const database = writeAll(open(), run(1n, 20));
  const later = run(1n, 3).map((each) => ({ ...each, timeMs: each.timeMs + 3_600_000 }));
  database.write([
    { after: 20n, transactions: run(21n, 2) },
    { after: 0n, transactions: later },
  ]);
  expect(zxids(database)).toEqual([3n, 2n, 1n]);
  const [notice] = notices;
  if (notice?.kind !== 'setAside') throw new Error('the former history is set aside');
  const former = new TransactionDatabase({ file: notice.as, limits: NO_LIMITS, now: () => START_MS, notice: () => {} });
  databases.push(former);
  expect(former.find({ limit: 1 }).kept).toMatchObject({ last: 22n, count: 22 });
});

describe('what was not seen', () => {
  test('is a gap between the transactions around it', () => {
    const database = writeAll(open(), run(1n, 3));
    database.write([{ after: 10n, transactions: [] }]);
    expect(database.find({ limit: 9 }).gaps).toEqual([{ after: 3n, until: 10n, fromMs: START_MS + 3, toMs: null }]);
    database.write([{ after: 12n, transactions: run(13n, 1) }]);
    const gap = { after: 3n, until: 12n, fromMs: START_MS + 3, toMs: START_MS + 13 };
    expect(database.find({ limit: 9 }).gaps).toEqual([gap]);
    // Where a page ends at it, the next one shows it.
    expect(database.find({ limit: 1 }).gaps).toEqual([]);
    expect(database.find({ limit: 1, before: 13n }).gaps).toEqual([gap]);
    expect(database.find({ limit: 9, after: 12n }).gaps).toEqual([]);
    expect(database.find({ limit: 9, before: 4n }).gaps).toEqual([]);
    expect(database.find({ limit: 9, toMs: START_MS + 2 }).gaps).toEqual([]);
    expect(reopen(database).find({ limit: 9, path: '/a' }).gaps).toEqual([gap]);
  });

  test('is seen by the counter where nobody says what was before', () => {
    const database = open();
    database.write([{ after: null, transactions: [...run(5n, 2), ...run(9n, 2)] }]);
    database.write([{ after: null, transactions: run(makeZxid(1, 1), 2) }]);
    expect(database.find({ limit: 9 }).gaps).toMatchObject([{ after: 6n, until: 8n, toMs: START_MS + 9 }]);
  });

  test('is none where the first transactions come, or the next epoch follows', () => {
    const database = open();
    database.write([{ after: 70n, transactions: run(71n, 2) }]);
    database.write([{ after: 72n, transactions: run(makeZxid(1, 1), 2) }]);
    expect(database.find({ limit: 9 }).gaps).toEqual([]);
  });
});

describe('a file', () => {
  test('of something else is set aside, and told of', () => {
    writeFileSync(databaseFile(), 'this is a letter to somebody, and not a database. '.repeat(100));
    const database = writeAll(open(), run(1n, 1));
    expect(zxids(database)).toEqual([1n]);
    expect(notices).toMatchObject([{ kind: 'setAside', file: databaseFile() }]);
    const [aside] = notices.flatMap((notice) => (notice.kind === 'setAside' ? [path.basename(notice.as)] : []));
    expect(readdirSync(directory)).toContain(aside);
  });

  test('that was damaged while it was closed, or is read, is set aside', () => {
    const written = Array.from({ length: 2_000 }, (_, i) =>
      transaction(BigInt(i + 1), { changes: [change(`/a/${i}`, 'dataChanged', 'x'.repeat(50), 'y'.repeat(50))] }),
    );
    writeAll(open(), written).close();
    databases = [];
    const size = 4096;
    const content = new Uint8Array(size).fill(0x5a);
    const handle = openSync(databaseFile(), 'r+');
    for (let at = 20 * size; at < fstatSync(handle).size; at += size) writeSync(handle, content, 0, size, at);
    closeSync(handle);
    const database = open();
    expect(zxids(database)).toEqual([]);
    writeAll(database, run(1n, 1));
    expect(zxids(database)).toEqual([1n]);
    expect(notices).toMatchObject([{ kind: 'setAside' }]);
  });
});

describe('the oldest go first', () => {
  test('beyond the size', () => {
    const limits = { ...NO_LIMITS, bytes: 2 << 20 };
    const database = open(limits);
    for (let i = 0; i < 20; i++) {
      const batch = Array.from({ length: 500 }, (_, j) => {
        const n = i * 500 + j + 1;
        const data = String(n).padEnd(400);
        return transaction(BigInt(n), { path: `/q/${n}`, changes: [change(`/q/${n}`, 'created', null, data)] });
      });
      writeAll(database, batch);
      while (database.prune());
    }
    const { kept } = database.find({ limit: 1 });
    expect(kept?.last).toBe(10_000n);
    expect(kept?.count).toBeGreaterThan(1_000);
    expect(kept?.count).toBe(10_001 - Number(kept?.first));
    // What is gone is found by nothing, what is there by all.
    expect(zxids(database, { path: '/q/1' })).toEqual([]);
    expect(zxids(database, { path: '/q/10000' })).toEqual([10_000n]);
    expect(zxids(database, { below: '/q', before: (kept?.first ?? 0n) + 3n })).toHaveLength(3);
    expect(statSync(databaseFile()).size).toBeLessThan(limits.bytes * 2);
  });

  test('beyond the age', () => {
    let now = START_MS;
    const database = open({ ...NO_LIMITS, ageMs: 10_000 }, () => now);
    writeAll(database, run(1n, 1_500));
    while (database.prune());
    expect(database.find({ limit: 1 }).kept?.count).toBe(1_500);
    now = START_MS + 11_200;
    while (database.prune());
    expect(database.find({ limit: 1 }).kept).toMatchObject({ first: 1_001n, count: 500 });
    now = START_MS + 60_000;
    while (database.prune());
    expect(database.find({ limit: 1 }).kept).toBeNull();
    // What came before is known although none of it is kept.
    writeAll(database, run(1_501n, 1), null);
    expect(database.find({ limit: 1 })).toMatchObject({ gaps: [], kept: { first: 1_501n } });
  });
});

function writeAll(
  database: TransactionDatabase,
  transactions: readonly StoredTransaction[],
  after: bigint | null = null,
): TransactionDatabase {
  database.write([{ after, transactions }]);
  return database;
}

const PATHS = ['/', '/a', '/a/b', '/a/b/c', '/ab', '/b', '/b/a'];
const arbitraryPath = fc.constantFrom(...PATHS);
const arbitraryChange = fc.record({ path: arbitraryPath }).map(({ path: znode }): CommittedChange => {
  return change(znode, 'dataChanged', null, null);
});
const arbitraryTransaction = fc.record({
  jitterMs: fc.integer({ min: -50, max: 50 }),
  session: fc.constantFrom(-1n, 1n, 2n),
  operation: fc.constantFrom('create', 'setData', 'multi'),
  path: fc.option(arbitraryPath),
  changes: fc.array(arbitraryChange, { maxLength: 3 }),
});
const arbitraryFilter = fc.record(
  {
    path: fc.constantFrom(...PATHS, '/none'),
    below: fc.constantFrom(...PATHS, '/none'),
    session: fc.constantFrom(-1n, 1n, 2n, 3n),
    operation: fc.constantFrom('create', 'setData', 'multi', 'delete'),
    fromMs: fc.integer({ min: START_MS - 60, max: START_MS + 260 }),
    toMs: fc.integer({ min: START_MS - 60, max: START_MS + 260 }),
    before: fc.bigInt({ min: 1n, max: 130n }),
    after: fc.bigInt({ min: 0n, max: 130n }),
    until: fc.bigInt({ min: 0n, max: 130n }),
  },
  { requiredKeys: [] },
);

function matches(each: StoredTransaction, filter: Partial<TransactionFilter>): boolean {
  const paths = [...(each.path === null ? [] : [each.path]), ...each.changes.map((one) => one.path)];
  const { path: exact, below, session, operation, fromMs, toMs, before, after, until } = filter;
  return (
    (exact === undefined || paths.includes(exact)) &&
    (below === undefined || paths.some((one) => below === '/' || one === below || one.startsWith(`${below}/`))) &&
    (session === undefined || each.session === session) &&
    (operation === undefined || each.operation === operation) &&
    (fromMs === undefined || each.timeMs >= fromMs) &&
    (toMs === undefined || each.timeMs <= toMs) &&
    (before === undefined || each.zxid < before) &&
    (after === undefined || each.zxid > after) &&
    (until === undefined || each.zxid <= until)
  );
}

test('a filter lets through what a look at each transaction lets through, page by page', () => {
  fc.assert(
    fc.property(
      fc.array(arbitraryTransaction, { maxLength: 120 }),
      fc.array(arbitraryFilter, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 50 }),
      (drawn, filters, limit) => {
        const all = drawn.map(({ jitterMs, ...each }, i) =>
          transaction(BigInt(i + 1), { ...each, timeMs: START_MS + i + jitterMs }),
        );
        const database = new TransactionDatabase({
          file: ':memory:',
          limits: NO_LIMITS,
          now: () => START_MS,
          notice: () => {},
        });
        database.write([{ after: null, transactions: all }]);
        for (const filter of filters) {
          const expected = all.filter((each) => matches(each, filter)).map(({ zxid }) => zxid);
          const page = database.find({ limit, ...filter });
          const found = page.transactions.map(({ zxid }) => zxid);
          expect(found).toEqual(expected.toReversed().slice(0, limit));
          expect(page.more).toBe(expected.length > limit);
        }
        database.close();
      },
    ),
    { numRuns: 150 },
  );
});
