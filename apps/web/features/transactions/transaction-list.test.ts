import type { TransactionGapJson, TransactionJson, TransactionsJson } from '@vivarium/shared/contract/transactions';
import { expect, test } from 'vitest';
import { placeOf } from '../../app/location.ts';
import { filterOf, isFiltered, NO_FILTER, placeChange, queryOf, sessionOf } from './filter.ts';
import { type ListView, NOTHING_YET, rowsOf, TransactionList } from './transaction-list.ts';

function transaction(counter: number): TransactionJson {
  const own = { zxid: `0x1${counter.toString(16).padStart(8, '0')}`, timeMs: counter, heardMs: counter, cxid: counter };
  const rest = { session: '0x1', address: null, operation: 'setData', error: 0, path: '/a', changes: [] };
  return { ...own, ...rest, moreChanges: 0, hiddenChanges: 0 };
}

function zxid(counter: number): string {
  return transaction(counter).zxid;
}

function gap(after: number, until: number): TransactionGapJson {
  return { after: zxid(after), until: zxid(until), fromMs: after, toMs: until + 1 };
}

/** Answers as a server does that has the transactions 1 to `last`. */
class Server {
  last: number;
  gaps: TransactionGapJson[] = [];
  fails = false;

  constructor(last: number) {
    this.last = last;
  }

  read = async (query: Readonly<Record<string, unknown>>): Promise<TransactionsJson> => {
    if (this.fails) throw new Error('refused');
    const counter = (value: unknown) => Number(BigInt(String(value)) & 0xffffffffn);
    const high = query.before === undefined ? this.last : counter(query.before) - 1;
    const low = query.after === undefined ? 0 : counter(query.after);
    const limit = Number(query.limit);
    const all = Array.from({ length: Math.max(0, high - low) }, (_, i) => transaction(high - i));
    const kept = { first: zxid(1), last: zxid(this.last), fromMs: 1, count: this.last };
    return { transactions: all.slice(0, limit), more: all.length > limit, gaps: this.gaps, kept };
  };
}

function open(server: Server): { list: TransactionList; view: () => ListView; counters: () => number[] } {
  let view = NOTHING_YET;
  const list = new TransactionList({
    read: server.read,
    changed: (next) => {
      view = next;
    },
  });
  const counters = () => view.rows.flatMap((row) => (row.kind === 'transaction' ? [row.transaction.cxid] : []));
  return { list, view: () => view, counters };
}

test('what is new comes above, what is old below', async () => {
  const server = new Server(450);
  const { list, view, counters } = open(server);
  await list.start();
  expect(counters()).toEqual(Array.from({ length: 200 }, (_, i) => 450 - i));
  server.last = 453;
  await list.poll();
  await list.loadOlder();
  await list.loadOlder();
  await list.loadOlder();
  expect(counters()).toEqual(Array.from({ length: 453 }, (_, i) => 453 - i));
  expect(view()).toMatchObject({ state: 'ready', older: 'none', newer: 0 });
});

test('while somebody reads, what is new waits and is counted', async () => {
  const server = new Server(10);
  const { list, view, counters } = open(server);
  await list.start();
  list.setHold(true);
  server.last = 12;
  await list.poll();
  server.last = 15;
  await list.poll();
  expect(counters()[0]).toBe(10);
  expect(view()).toMatchObject({ newer: 5, moreNewer: false });
  list.setHold(false);
  expect(counters()).toEqual(Array.from({ length: 15 }, (_, i) => 15 - i));
  expect(view().newer).toBe(0);
});

test('where more came than a page holds, the list begins anew, and nothing between is lost', async () => {
  const server = new Server(10);
  const { list, view, counters } = open(server);
  await list.start();
  list.setHold(true);
  server.last = 1_000;
  await list.poll();
  expect(view()).toMatchObject({ newer: 200, moreNewer: true });
  list.showNewer();
  for (let i = 0; i < 4; i++) await list.loadOlder();
  expect(counters()).toEqual(Array.from({ length: 1_000 }, (_, i) => 1_000 - i));
});

test('a list that follows for long lets its end go, and reads it again', async () => {
  const server = new Server(100);
  const { list, view, counters } = open(server);
  await list.start();
  for (let i = 0; i < 15; i++) {
    server.last += 150;
    await list.poll();
  }
  expect(counters()).toHaveLength(2_000);
  expect(view().older).toBe('some');
  await list.loadOlder();
  expect(counters()).toEqual(Array.from({ length: 2_200 }, (_, i) => 2_350 - i));
});

test('a failure keeps what there is, and the next answer mends it', async () => {
  const server = new Server(3);
  const { list, view, counters } = open(server);
  server.fails = true;
  await list.start();
  expect(view()).toMatchObject({ state: 'failed', error: { message: 'refused' } });
  server.fails = false;
  await list.poll();
  expect(view()).toMatchObject({ state: 'ready', error: null });
  server.fails = true;
  await list.poll();
  expect(counters()).toHaveLength(3);
  expect(view()).toMatchObject({ state: 'ready', error: { message: 'refused' } });
});

test('a list that is closed says nothing more', async () => {
  const { list, view } = open(new Server(3));
  const started = list.start();
  list.close();
  await started;
  expect(view()).toBe(NOTHING_YET);
});

test('gaps stand between the transactions around them', () => {
  const keys = (rows: readonly { readonly key: string }[]) => rows.map(({ key }) => key);
  const gaps = [gap(9, 12), gap(5, 7), gap(0, 1)];
  const shown = [13, 9, 8, 5, 2].map(transaction);
  expect(keys(rowsOf(shown, gaps, true))).toEqual([
    zxid(13),
    `gap ${zxid(9)}`,
    zxid(9),
    zxid(8),
    `gap ${zxid(5)}`,
    zxid(5),
    zxid(2),
    `gap ${zxid(0)}`,
  ]);
  expect(keys(rowsOf(shown, gaps, false))).not.toContain(`gap ${zxid(0)}`);
  expect(keys(rowsOf([], [gap(1, 2)], true))).toEqual([`gap ${zxid(1)}`]);
});

test('a filter and its address are the same', () => {
  const filter = { ...NO_FILTER, below: '/a b', session: '0xff', operation: 'delete', fromMs: 5, toMs: 9 };
  const { below, session, operation, from, to } = placeChange(filter);
  const search = { below, session, operation, from, to } as Readonly<Record<string, string>>;
  expect(filterOf(placeOf('/c/local/transactions', search))).toEqual(filter);
  expect(queryOf(filter)).toEqual({ below: '/a b', session: '0xff', operation: 'delete', fromMs: 5, toMs: 9 });
  expect([isFiltered(filter), isFiltered(NO_FILTER)]).toEqual([true, false]);
  expect(filterOf(placeOf('/c/local/transactions', { path: 'a', session: 'me', from: 'yesterday' }))).toEqual(
    NO_FILTER,
  );
});

test.each([
  ['0x00ff', '0xff'],
  ['FF', '0xff'],
  [' 0xff ', '0xff'],
  ['0x0', '0x0'],
  ['0x12345678901234567', null],
  ['me', null],
])('a session written %s is %s', (text, session) => {
  expect(sessionOf(text)).toBe(session);
});
