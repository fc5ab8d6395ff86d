/** Goes on writing transactions to the store in the file that it is given, until it is killed, and says what is kept. */
import { setTimeout as delay } from 'node:timers/promises';
import { TransactionStore } from '../../transactions/transaction-store.ts';

const [, , file = ''] = process.argv;
const store = new TransactionStore({ file, addressOf: () => null, notice: () => {} });
const { kept: before } = await store.find({ limit: 1 });
for (let zxid = (before?.last ?? 0n) + 1n; ; ) {
  const transactions = Array.from({ length: 100 }, () => {
    const data = new TextEncoder().encode(`datum ${zxid}`);
    const change = { path: `/a/${zxid % 50n}`, change: 'dataChanged' as const, version: 1, readable: true };
    const side = { bytes: data.length, data };
    const own = { zxid: zxid++, timeMs: Date.now(), heardMs: Date.now(), session: 1n, cxid: 1, operation: 'setData' };
    return { ...own, error: 0, path: change.path, changes: [{ ...change, before: side, after: side }], moreChanges: 0 };
  });
  store.add({ after: zxid - 101n, transactions });
  const { kept } = await store.find({ limit: 1 });
  process.stdout.write(`${kept?.last ?? 0n}\n`);
  await delay(1);
}
