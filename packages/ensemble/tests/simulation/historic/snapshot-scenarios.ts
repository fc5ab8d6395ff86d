/** Snapshots that are written while transactions go on, as Apache writes all of its own, and what replaying a log over them makes. */
import { strict as assert } from 'node:assert';
import { OPEN_ACL, Perms } from '@vivarium/shared/acl';
import { Random } from '@vivarium/shared/random';
import { OpCode } from '@vivarium/wire/op-code';
import type { MultiOp } from '@vivarium/wire/requests';
import { decodeTxn } from '@vivarium/wire/txn';
import { Database } from '../../../core/database.ts';
import type { OrderedRequest } from '../../../core/request/prepare.ts';
import { assertSame, databaseOf, fuzzySnapshot, recoverFrom, TxnMaker } from './fuzzy-directory.ts';
import { BrokenPromise, type Scenario } from './scenario.ts';

const SESSION = 7n;

function create(path: string, flags = 0): MultiOp {
  return { type: OpCode.create2, path, data: new Uint8Array([1]), acl: OPEN_ACL, flags };
}

function remove(path: string): MultiOp {
  return { type: OpCode.delete, path, version: -1 };
}

const PARENTS = ['/a', '/b', '/a/c'];
const FLAGS = [0, 0, 1, 2, 3];

/** A request at random, over so few paths that the same are made and removed again and again. */
function randomRequest(random: Random): OrderedRequest {
  const parent = random.pick(PARENTS);
  const path = random.chance(0.3) ? parent : `${parent}/${random.below(3)}`;
  const acl = [{ perms: Perms.ALL, id: { scheme: 'digest', id: `u${random.below(4)}:x` } }, ...OPEN_ACL];
  switch (random.below(10)) {
    case 0:
    case 1:
    case 2:
      return create(path, random.pick(FLAGS));
    case 3:
      return { type: OpCode.create2, path, data: null, acl, flags: 0 };
    case 4:
    case 5:
      return remove(path);
    case 6:
      return { type: OpCode.setData, path, data: new Uint8Array(random.below(5)), version: -1 };
    case 7:
      return { type: OpCode.setACL, path, acl, version: -1 };
    case 8:
      return { type: OpCode.multi, ops: [create(path), create(`${path}/m`), remove(`${path}/m`)] };
    default:
      return random.chance(0.5)
        ? { type: OpCode.closeSession }
        : { type: OpCode.createSession, timeoutMs: 1000 * random.between(1, 9) };
  }
}

export const SNAPSHOT_SCENARIOS: readonly Scenario[] = [
  {
    bug: 21,
    jira: 'ZOOKEEPER-3306',
    title: 'an ACL that came while the snapshot was written is not listed in it, and comes with the log',
    play: (seed) => {
      const acl = [{ perms: Perms.READ, id: { scheme: 'world', id: 'anyone' } }];
      const maker = new TxnMaker();
      maker.order(SESSION, create('/old'));
      const begin = maker.txns.length;
      maker.order(SESSION, { type: OpCode.create2, path: '/new', data: null, acl, flags: 0 });
      if (seed % 2 === 0) maker.order(SESSION, { type: OpCode.setACL, path: '/old', acl, version: -1 });
      const snapshot = fuzzySnapshot(maker.txns, begin, () => maker.txns.length);
      const { database } = recoverFrom(snapshot, maker.txns);
      const node = database.tree.get('/new');
      assert(node !== undefined);
      assert.deepEqual(database.tree.aclOf(node), acl);
      assert.equal(database.tree.unlistedAclCount, 0);
      assertSame(database, maker.database);
    },
  },
  {
    bug: 18,
    jira: 'ZOOKEEPER-3145',
    title: 'a closeSession that is replayed over a snapshot without its ephemerals leaves the same parents',
    play: (seed) => {
      const maker = new TxnMaker();
      maker.order(SESSION, { type: OpCode.createSession, timeoutMs: 4000 });
      maker.order(SESSION, create('/parent'));
      for (let i = 0; i <= seed % 3; i++) maker.order(SESSION, create(`/parent/e${i}`, 1));
      const begin = maker.txns.length;
      const zxid = maker.order(SESSION, { type: OpCode.closeSession });
      // The parent is written first, and its children are gone when the writer comes to them.
      const snapshot = fuzzySnapshot(maker.txns, begin, (path) => begin + (path.startsWith('/parent/') ? 1 : 0));
      const { database } = recoverFrom(snapshot, maker.txns);
      assert.equal(database.tree.get('/parent')?.pzxid, zxid, 'a watch of the children has to fire');
      assertSame(database, maker.database);
    },
  },
  {
    bug: 19,
    jira: 'ZOOKEEPER-3127',
    title: 'a snapshot that is begun in the middle of a multi has all of it once the log is replayed',
    play: (seed) => {
      const maker = new TxnMaker();
      maker.order(SESSION, create('/a'));
      maker.order(SESSION, { type: OpCode.multi, ops: [create('/b'), create('/b/1'), create('/b/2'), remove('/a')] });
      const [first, multi] = maker.txns;
      assert(first !== undefined && multi !== undefined);
      const database = new Database();
      database.apply(decodeTxn(first.bytes));
      // Whoever is told of a change may begin a snapshot: here at each of them in turn.
      let changes = 0;
      let begun: ReturnType<Database['snapshot']> | null = null;
      database.apply(decodeTxn(multi.bytes), () => {
        if (changes++ === seed % 8) begun = database.snapshot();
      });
      const held: ReturnType<Database['snapshot']> = begun ?? database.snapshot();
      const nodes = [...held.nodes];
      held.release();
      const recovered = recoverFrom({ ...held, nodes, digest: null }, maker.txns);
      assertSame(recovered.database, maker.database);
    },
  },
  {
    bug: 20,
    jira: 'ZOOKEEPER-3249',
    title: 'a replayed create does not take back what the snapshot knows of its parent',
    play: (seed) => {
      const maker = new TxnMaker();
      maker.order(SESSION, create('/parent'));
      const begin = maker.txns.length;
      const creates = 2 + (seed % 4);
      for (let i = 0; i < creates; i++) maker.order(SESSION, create(`/parent/c${i}`));
      const total = maker.txns.length;
      // The root is written before the creates, the parent behind all of them.
      const snapshot = fuzzySnapshot(maker.txns, begin, (path) => (path === '/' ? begin : total));
      assertSame(recoverFrom(snapshot, maker.txns).database, maker.database);
      // Nor at any point of the replay: who is asked in between tells of counters that only rise.
      const database = databaseOf(snapshot);
      for (const txn of maker.txns.slice(begin)) {
        database.apply(decodeTxn(txn.bytes));
        const parent = database.tree.get('/parent');
        const { cversion, pzxid } = parent ?? {};
        if (cversion !== creates || pzxid !== BigInt(total))
          throw new BrokenPromise('ReplayIdempotence', `/parent is taken back to ${cversion} and ${pzxid}`);
      }
    },
  },
  {
    bug: 20,
    jira: 'ZOOKEEPER-3249',
    title: 'a parent that was removed and made again while the snapshot was written keeps its new children',
    play: () => {
      const maker = new TxnMaker();
      maker.order(SESSION, create('/parent'));
      const begin = maker.txns.length;
      maker.order(SESSION, remove('/parent'));
      maker.order(SESSION, create('/parent'));
      maker.order(SESSION, create('/parent/child'));
      const snapshot = fuzzySnapshot(maker.txns, begin, () => maker.txns.length);
      const { database } = recoverFrom(snapshot, maker.txns);
      assert.deepEqual([...(database.tree.get('/parent')?.children ?? [])], ['child']);
      assertSame(database, maker.database);
    },
  },
  {
    bug: 20,
    jira: 'ZOOKEEPER-3249',
    title: 'a log replayed over any fuzzy snapshot makes what it made the first time',
    play: (seed) => {
      const random = new Random(seed);
      for (let run = 0; run < 20; run++) {
        const maker = new TxnMaker();
        for (const path of PARENTS) maker.order(SESSION, create(path));
        const length = random.between(10, 60);
        for (let i = 0; i < length; i++) maker.order(SESSION + BigInt(random.below(3)), randomRequest(random));
        const begin = random.between(3, maker.txns.length);
        let applied = begin;
        const snapshot = fuzzySnapshot(maker.txns, begin, () => {
          applied = Math.min(maker.txns.length, applied + random.below(6));
          return applied;
        });
        assertSame(recoverFrom(snapshot, maker.txns).database, maker.database);
      }
    },
  },
];
