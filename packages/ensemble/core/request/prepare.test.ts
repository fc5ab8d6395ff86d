import { type Id, OPEN_ACL } from '@vivarium/shared/acl';
import { ErrorCode } from '@vivarium/shared/error-code';
import { encodeUtf8 } from '@vivarium/shared/utf8';
import { OpCode } from '@vivarium/wire/op-code';
import type { MultiOp } from '@vivarium/wire/requests';
import type { Txn } from '@vivarium/wire/txn';
import { describe, expect, test } from 'vitest';
import { testServerConfig } from '../../tests/harness/server-config.ts';
import { Database } from '../database.ts';
import { OutstandingChanges } from './outstanding-changes.ts';
import { type OrderedRequest, prepare } from './prepare.ts';
import type { QuotaExcess } from './quota-excess.ts';

const DATA = encodeUtf8('');

/** A leader's validation, with what it has let through under way until `apply`. */
class Bench {
  readonly database = new Database();
  readonly excesses: QuotaExcess[] = [];
  readonly ids: Id[] = [];
  private readonly changes = new OutstandingChanges(this.database, true);
  private readonly config = testServerConfig({ enforceQuota: true });
  private readonly pending: { zxid: bigint; txn: Txn; treeDigest: bigint }[] = [];
  private zxid = 0n;

  order(request: OrderedRequest): Txn {
    const zxid = ++this.zxid;
    const quotaWarnings = { exceeded: (excess: QuotaExcess) => this.excesses.push(excess) };
    const { config, changes, ids } = this;
    const context = { config, ensemble: null, changes, sessionId: 7n, ids, zxid, timeMs: 0, quotaWarnings };
    changes.begin();
    const txn = prepare(context, request);
    changes.keep();
    this.pending.push({ zxid, txn, treeDigest: changes.digest });
    return txn;
  }

  /** The trees of all servers are then what the leader has foreseen. */
  apply(): void {
    for (const { zxid, txn, treeDigest } of this.pending.splice(0)) {
      const header = { sessionId: 7n, cxid: 0, zxid, timeMs: 0 };
      const digest = txn.type === OpCode.error ? null : { version: 2, treeDigest };
      expect(this.database.apply({ header, txn, digest }).digestMismatch).toBe(false);
      this.changes.applied(zxid);
    }
  }

  create(path: string, flags = 0, data: Uint8Array | null = DATA): Txn {
    return this.order({ type: OpCode.create, path, data, acl: OPEN_ACL, flags });
  }

  setData(path: string, data: string): Txn {
    return this.order({ type: OpCode.setData, path, data: encodeUtf8(data), version: -1 });
  }

  limit(subtree: string, text: string): void {
    this.create(`/zookeeper/quota/${subtree}`);
    this.create(`/zookeeper/quota/${subtree}/zookeeper_limits`, 0, encodeUtf8(text));
    this.create(`/zookeeper/quota/${subtree}/zookeeper_stats`);
    this.apply();
  }

  stats(subtree: string): string {
    return new TextDecoder().decode(
      this.database.tree.get(`/zookeeper/quota/${subtree}/zookeeper_stats`)?.data ?? undefined,
    );
  }
}

/** The error of a transaction; 0 where it is none. Of a multi that failed, the culprit's. */
function errorOf(txn: Txn): ErrorCode {
  if (txn.type === OpCode.multi) return txn.txns.find((sub) => sub.type === OpCode.error)?.err ?? ErrorCode.OK;
  return txn.type === OpCode.error ? txn.err : ErrorCode.OK;
}

describe('counters that run over', () => {
  test('a sequence goes on behind 2^31 creates', () => {
    const bench = new Bench();
    bench.create('/a');
    bench.apply();
    const parent = bench.database.tree.get('/a');
    if (parent !== undefined) parent.cversion = 0x7fffffff;
    expect(bench.create('/a/n', 2)).toMatchObject({ path: '/a/n2147483647', parentCversion: -0x80000000 });
    expect(bench.create('/a/n', 2)).toMatchObject({ path: '/a/n-2147483648' });
  });

  test('the tree follows the counter of a parent behind 2^31 creates, and never goes back', () => {
    const { tree } = new Database();
    const create = (path: string, parentCversion: number, zxid: bigint): void => {
      tree.create(path, { data: null, acl: null, ephemeralOwner: 0n, parentCversion }, zxid, 0, null);
    };
    create('/a', -1, 1n);
    create('/a/1', 0x7fffffff, 2n);
    create('/a/2', -0x80000000, 3n);
    expect(tree.get('/a')).toMatchObject({ cversion: -0x80000000, pzxid: 3n });
    create('/a/3', 0x7fffffff, 4n);
    expect(tree.get('/a')).toMatchObject({ cversion: -0x80000000, pzxid: 3n });
  });

  test('a version is never -1, which in a request stands for any', () => {
    const bench = new Bench();
    bench.create('/a');
    bench.apply();
    const node = bench.database.tree.get('/a');
    if (node !== undefined) Object.assign(node, { version: 0x7fffffff, aversion: -2 });
    expect(bench.setData('/a', 'x')).toMatchObject({ version: -0x80000000 });
    expect(bench.order({ type: OpCode.setACL, path: '/a', acl: OPEN_ACL, version: -1 })).toMatchObject({ version: 0 });
  });
});

test('the ACLs of a multi have a limit together', () => {
  const bench = new Bench();
  bench.ids.push({ scheme: 'digest', id: 'ann:x' });
  const acl = Array.from({ length: 1024 }, (_, perms) => ({ perms, id: { scheme: 'auth', id: '' } }));
  const ops = Array.from({ length: 65 }, (_, i) => ({ type: OpCode.create, path: `/${i}`, data: DATA, acl, flags: 0 }));
  expect(errorOf(bench.order({ type: OpCode.multi, ops }))).toBe(ErrorCode.INVALIDACL);
  expect(errorOf(bench.order({ type: OpCode.multi, ops: ops.slice(1) }))).toBe(ErrorCode.OK);
  bench.apply();
});

describe('quotas', () => {
  const creates = (...names: string[]): MultiOp[] =>
    names.map((name) => ({ type: OpCode.create, path: `/a/${name}`, data: DATA, acl: OPEN_ACL, flags: 0 }));

  test('what is under way counts', () => {
    const bench = new Bench();
    bench.create('/a');
    bench.limit('a', 'countHardLimit=3');
    expect(['b', 'c', 'd'].map((name) => errorOf(bench.create(`/a/${name}`)))).toEqual([0, 0, ErrorCode.QUOTAEXCEEDED]);
    bench.apply();
    expect(bench.stats('a')).toBe('count=3,bytes=0');
    expect(errorOf(bench.create('/a/d'))).toBe(ErrorCode.QUOTAEXCEEDED);
    bench.order({ type: OpCode.delete, path: '/a/b', version: -1 });
    expect(errorOf(bench.create('/a/d'))).toBe(ErrorCode.OK);
    bench.apply();
    expect(bench.stats('a')).toBe('count=3,bytes=0');
  });

  test('a multi that fails leaves nothing to be counted', () => {
    const bench = new Bench();
    bench.create('/a');
    bench.limit('a', 'countHardLimit=3');
    expect(errorOf(bench.order({ type: OpCode.multi, ops: creates('b', 'c', 'd') }))).toBe(ErrorCode.QUOTAEXCEEDED);
    expect(errorOf(bench.order({ type: OpCode.multi, ops: creates('b', 'b') }))).toBe(ErrorCode.NODEEXISTS);
    expect(errorOf(bench.order({ type: OpCode.multi, ops: creates('b', 'c') }))).toBe(ErrorCode.OK);
    bench.apply();
    expect(bench.stats('a')).toBe('count=3,bytes=0');
  });

  test('the ephemerals of a session that closes are given back', () => {
    const bench = new Bench();
    bench.create('/a');
    bench.limit('a', 'countHardLimit=2');
    bench.create('/a/e', 1);
    expect(errorOf(bench.create('/a/f'))).toBe(ErrorCode.QUOTAEXCEEDED);
    bench.order({ type: OpCode.closeSession });
    expect(errorOf(bench.create('/a/f'))).toBe(ErrorCode.OK);
    bench.apply();
    expect(bench.stats('a')).toBe('count=2,bytes=0');
  });

  test('a soft limit is told of and refuses nothing; a hard one of the same kind takes its place', () => {
    const bench = new Bench();
    bench.create('/a');
    bench.limit('a', 'count=1,bytes=2=;byteHardLimit=5');
    expect(errorOf(bench.create('/a/b'))).toBe(ErrorCode.OK);
    expect(errorOf(bench.setData('/a/b', '12345'))).toBe(ErrorCode.OK);
    expect(errorOf(bench.setData('/a/b', '123456'))).toBe(ErrorCode.QUOTAEXCEEDED);
    expect(bench.excesses).toEqual([
      { subtree: '/a', what: 'count', isHard: false, value: 2n, limit: 1n },
      { subtree: '/a', what: 'bytes', isHard: true, value: 6n, limit: 5n },
    ]);
  });

  test.each([
    ['/zookeeper/quota/zookeeper_limits', 'count=1'],
    ['/zookeeper/quota/zookeeper_stats', 'count=1'],
    ['/zookeeper/quota/a/zookeeper_limits', 'count'],
    ['/zookeeper/quota/a/zookeeper_stats', 'count=x'],
    ['/zookeeper/quota/a/zookeeper_limits', null],
  ])('%s with %j is refused, made or changed', (path, text) => {
    const bench = new Bench();
    bench.create('/zookeeper/quota/a');
    const data = text === null ? null : encodeUtf8(text);
    expect(errorOf(bench.create(path, 0, data))).toBe(ErrorCode.BADARGUMENTS);
    if (path.startsWith('/zookeeper/quota/zookeeper')) return;
    expect(errorOf(bench.create(path, 0, encodeUtf8('count=1')))).toBe(ErrorCode.OK);
    expect(errorOf(bench.order({ type: OpCode.setData, path, data, version: -1 }))).toBe(ErrorCode.BADARGUMENTS);
  });
});
