import { pollUntil } from '@vivarium/ensemble/tests/harness/poll';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import type { TransactionDetailJson, TransactionJson, TransactionsJson } from '@vivarium/shared/contract/transactions';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VivariumRig } from '../harness/vivarium-rig.ts';

const ZNODES = '/api/clusters/local/znodes';
const TRANSACTIONS = '/api/clusters/local/transactions';

let rig: VivariumRig;

beforeAll(async () => {
  rig = await VivariumRig.start();
  await write('POST', { path: '/shop', data: '' });
  await write('POST', { path: '/shop/cart', data: Buffer.from('one').toString('base64') });
  await write('PUT', { path: '/shop/cart', data: Buffer.from('two').toString('base64'), version: 0 });
  await write('POST', { path: '/shopping' });
  const deleted = await rig.call('DELETE', `${ZNODES}?path=/shop/cart`);
  expect(deleted.status).toBe(200);
  await newest('delete /shop/cart');
});

afterAll(() => rig.remove());

async function write(method: string, body: Readonly<Record<string, unknown>>): Promise<void> {
  expect((await rig.call(method, ZNODES, body)).status).toBeLessThan(300);
}

async function list(query = ''): Promise<TransactionsJson> {
  const answer = await rig.call<TransactionsJson>('GET', `${TRANSACTIONS}${query}`);
  expect(answer).toMatchObject({ status: 200 });
  return answer.body;
}

/** Waits until it is the newest one below `/shop`: the servers' events are on their way for a moment. */
async function newest(line: string): Promise<void> {
  await pollUntil(async () => (told((await list('?below=/shop')).transactions)[0] === line ? true : undefined), {
    deadlineMs: 10_000,
    intervalMs: 20,
    describe: async () => `${line}, and not ${told((await list('?below=/shop')).transactions)}`,
  });
}

/** Operation and path, the newest first. */
function told(transactions: readonly TransactionJson[]): string[] {
  return transactions.map(({ operation, path }) => `${operation} ${path}`);
}

test('every write is listed, by path, by subtree, by operation, by session, by time, and page by page', async () => {
  const { clusters } = (await rig.call<{ clusters: ClusterInfo[] }>('GET', '/api/clusters')).body;
  expect(clusters.find(({ id }) => id === 'local')?.capabilities.transactions).toBe(true);
  const below = await list('?below=/shop');
  expect(told(below.transactions)).toEqual([
    'delete /shop/cart',
    'setData /shop/cart',
    'create2 /shop/cart',
    'create2 /shop',
  ]);
  expect(below).toMatchObject({ more: false, gaps: [], kept: { count: expect.any(Number) } });
  expect(told((await list('?path=/shop')).transactions)).toHaveLength(1);
  expect(told((await list('?operation=setData')).transactions)).toEqual(['setData /shop/cart']);

  const [last] = below.transactions;
  if (last === undefined) throw new Error('there are four');
  expect(last.address).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(last.changes).toEqual([
    { path: '/shop/cart', change: 'deleted', version: -1, beforeBytes: null, afterBytes: null, hidden: false },
  ]);
  const own = await list(`?session=${last.session}&below=/`);
  expect(own.transactions).toHaveLength(5);
  expect((await list(`?fromMs=${last.timeMs + 1}&below=/shop`)).transactions).toEqual([]);
  expect((await list(`?toMs=${last.timeMs}&fromMs=${last.timeMs}&path=/shop/cart`)).transactions[0]).toEqual(last);

  const pages: string[] = [];
  for (let before = ''; ; ) {
    const page = await list(`?below=/&limit=2${before}`);
    pages.push(...told(page.transactions));
    if (!page.more) break;
    before = `&before=${page.transactions.at(-1)?.zxid}`;
  }
  expect(pages).toEqual(told((await list('?below=/')).transactions));
  expect((await list(`?after=${last.zxid}`)).transactions).toEqual([]);
  expect((await list(`?until=${last.zxid}&limit=1`)).transactions).toEqual([last]);
});

test('one is answered with its details, or with what is wrong', async () => {
  const [last] = (await list('?path=/shop/cart')).transactions;
  const detail = await rig.call<TransactionDetailJson>('GET', `${TRANSACTIONS}/${last?.zxid}`);
  expect(detail.body.transaction).toEqual(last);
  expect(detail.body.data).toHaveLength(1);
  const cases: [string, number, string][] = [
    [`${TRANSACTIONS}/0x7fffffff00000001`, 404, 'transactionNotKept'],
    [`${TRANSACTIONS}/latest`, 400, 'badRequest'],
    [`${TRANSACTIONS}?path=shop`, 400, 'badPath'],
    [`${TRANSACTIONS}?below=/shop/`, 400, 'badPath'],
    [`${TRANSACTIONS}?session=12`, 400, 'badRequest'],
    [`${TRANSACTIONS}?limit=0`, 400, 'badRequest'],
    [`${TRANSACTIONS}?limit=100000`, 400, 'badRequest'],
    [`${TRANSACTIONS}?fromMs=yesterday`, 400, 'badRequest'],
    ['/api/clusters/nowhere/transactions', 404, 'unknownCluster'],
  ];
  for (const [url, status, code] of cases) {
    expect({ url, ...(await rig.call('GET', url)) }).toMatchObject({ url, status, body: { error: { code } } });
  }
  expect(await rig.call('GET', TRANSACTIONS, undefined, { authorization: '' })).toMatchObject({ status: 401 });
});

test('they outlive the program, and what follows is known to follow', async () => {
  const before = await list('?below=/shop');
  await rig.stop();
  rig = await VivariumRig.start([], rig.dataDir);
  await write('POST', { path: '/shop/later' });
  await newest('create2 /shop/later');
  const after = await list('?below=/shop');
  expect(after.transactions.slice(1)).toEqual(before.transactions);
  expect(after.transactions[0]?.path).toBe('/shop/later');
  expect(after.gaps).toEqual([]);
  expect(rig.printed.filter((line) => line.includes('transactions'))).toEqual([]);
});
