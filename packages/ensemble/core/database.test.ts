import { makeZxid } from '@vivarium/shared/zxid';
import { OpCode } from '@vivarium/wire/op-code';
import { expect, test } from 'vitest';
import { Database } from './database.ts';

test('the digest behind every 128th transaction is kept, of the newest 1,024 of them', () => {
  const database = new Database();
  const digests = new Map<bigint, bigint>();
  const last = 128 * 1030 + 5;
  for (let counter = 1; counter <= last; counter++) {
    const zxid = makeZxid(2, counter);
    const txn = { type: OpCode.createSession, timeoutMs: counter } as const;
    const creation = { path: `/n${counter}`, data: null, acl: null, ephemeral: false, parentCversion: counter };
    const isCreation = counter % 100 === 0;
    database.apply({
      header: { sessionId: 1n, cxid: 1, zxid, timeMs: 1 },
      txn: isCreation ? { type: OpCode.create, ...creation } : txn,
      digest: null,
    });
    digests.set(zxid, database.tree.digest);
  }
  const kept = database.digestLog;
  expect(kept.length).toBe(1024);
  expect(kept[0]?.zxid).toBe(makeZxid(2, 128 * 7));
  expect(kept.at(-1)?.zxid).toBe(makeZxid(2, 128 * 1030));
  for (const { zxid, digest } of kept) expect(digest).toBe(digests.get(zxid));
});
