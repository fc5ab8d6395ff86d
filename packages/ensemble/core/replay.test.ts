import { OPEN_ACL } from '@vivarium/shared/acl';
import { ErrorCode } from '@vivarium/shared/error-code';
import { makeZxid } from '@vivarium/shared/zxid';
import { OpCode } from '@vivarium/wire/op-code';
import type { SubTxn, Txn } from '@vivarium/wire/txn';
import { describe, expect, it } from 'vitest';
import { Database } from './database.ts';

function apply(database: Database, counter: number, txn: Txn): ErrorCode {
  const header = { sessionId: 1n, cxid: counter, zxid: makeZxid(1, counter), timeMs: 1000 };
  return database.apply({ header, txn, digest: null }).err;
}

function create(path: string, parentCversion: number): SubTxn {
  return { type: OpCode.create, path, data: null, acl: OPEN_ACL, ephemeral: false, parentCversion };
}

function remove(path: string): SubTxn {
  return { type: OpCode.delete, path };
}

function counters(database: Database, path: string): { cversion: number; pzxid: bigint } | null {
  const node = database.tree.get(path);
  return node === undefined ? null : { cversion: node.cversion, pzxid: node.pzxid };
}

describe('pitfall 19: transactions over a snapshot that holds some of them already', () => {
  it('give the tree that they gave before, counters of parents and all', () => {
    const history: Txn[] = [
      create('/p', 1),
      create('/p/a', 1),
      create('/p/b', 2),
      remove('/p/a'),
      create('/p/c', 3),
      remove('/p/b'),
      { type: OpCode.setData, path: '/p', data: null, version: 1 },
    ];
    const once = new Database();
    for (const [index, txn] of history.entries()) apply(once, index + 1, txn);
    for (let from = 0; from < history.length; from++) {
      const again = new Database();
      for (const [index, txn] of history.entries()) apply(again, index + 1, txn);
      for (const [index, txn] of history.entries()) if (index >= from) apply(again, index + 1, txn);
      expect(counters(again, '/p')).toEqual(counters(once, '/p'));
      expect(again.tree.digest).toBe(once.tree.digest);
    }
  });

  it('never lower the counters of a parent, and raise them where a child is there, or gone, already', () => {
    const database = new Database();
    apply(database, 1, create('/p', 1));
    apply(database, 5, create('/p/a', 4));
    expect(apply(database, 2, create('/p/a', 1))).toBe(ErrorCode.NODEEXISTS);
    expect(counters(database, '/p')).toEqual({ cversion: 4, pzxid: makeZxid(1, 5) });
    apply(database, 6, create('/p/a', 5));
    expect(counters(database, '/p')).toEqual({ cversion: 5, pzxid: makeZxid(1, 6) });
    expect(apply(database, 7, remove('/p/gone'))).toBe(ErrorCode.NONODE);
    expect(counters(database, '/p')).toEqual({ cversion: 5, pzxid: makeZxid(1, 7) });
    apply(database, 3, remove('/p/gone'));
    expect(counters(database, '/p')).toEqual({ cversion: 5, pzxid: makeZxid(1, 7) });
  });

  it('are named by a multi only once all of it is applied', () => {
    const database = new Database();
    const seen: bigint[] = [];
    const record = {
      header: { sessionId: 1n, cxid: 1, zxid: makeZxid(1, 9), timeMs: 1 },
      txn: { type: OpCode.multi, txns: [create('/x', 1), create('/y', 2), remove('/x')] } as const,
      digest: null,
    };
    database.apply(record, () => seen.push(database.lastZxid));
    expect(seen.length).toBeGreaterThan(2);
    expect(new Set(seen)).toEqual(new Set([0n]));
    expect(database.lastZxid).toBe(makeZxid(1, 9));
  });
});

describe('pitfall 25: the digest of a tree', () => {
  it('is that of Apache for an empty one, and of what stands below /zookeeper nothing is in it', () => {
    const database = new Database();
    expect(database.tree.digest).toBe(1371985504n);
    apply(database, 1, create('/zookeeper/quota/a', -1));
    apply(database, 2, { type: OpCode.setData, path: '/zookeeper/quota/a', data: new Uint8Array(3), version: 1 });
    expect(database.tree.digest).toBe(1371985504n);
    apply(database, 3, create('/a', 1));
    expect(database.tree.digest).not.toBe(1371985504n);
  });

  it('is what a transaction carries for the tree after it', () => {
    const database = new Database();
    const twin = new Database();
    apply(twin, 1, create('/a', 1));
    const header = { sessionId: 1n, cxid: 1, zxid: makeZxid(1, 1), timeMs: 1000 };
    const before = { version: 2, treeDigest: database.tree.digest };
    const after = { version: 2, treeDigest: twin.tree.digest };
    expect(database.apply({ header, txn: create('/a', 1), digest: after }).digestMismatch).toBe(false);
    expect(new Database().apply({ header, txn: create('/a', 1), digest: before }).digestMismatch).toBe(true);
  });
});
