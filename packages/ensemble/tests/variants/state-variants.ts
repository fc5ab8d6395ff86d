/** Bugs of the tree, of sessions and clients, and of snapshots. */
import type { Variant } from './variant.ts';

const DATABASE = 'core/database.ts';
const TREE = 'core/tree/data-tree.ts';

export const STATE_VARIANTS: readonly Variant[] = [
  {
    name: 'session-behind-zxid',
    jira: 'ZOOKEEPER-3144',
    breaks: 'a session is in the table of sessions only when the next transaction is applied',
    patches: [
      {
        file: DATABASE,
        find: 'this.sessions.set(header.sessionId, txn.timeoutMs);',
        replace: 'this.lateSession = [header.sessionId, txn.timeoutMs];',
      },
      {
        file: DATABASE,
        find: 'const { header, txn, digest } = record;',
        replace: `
          const { header, txn, digest } = record;
          if (this.lateSession) this.sessions.set(...this.lateSession);
          this.lateSession = undefined;`,
      },
    ],
    invariants: ['Durability'],
    lastSeed: null,
  },
  {
    name: 'stale-pzxid',
    jira: 'ZOOKEEPER-3145',
    breaks: 'the removal of a node that is gone already leaves its parent as it is',
    patches: [
      {
        file: TREE,
        find: 'if (zxid > parent.pzxid) parent.pzxid = zxid;',
        replace: 'if (zxid > parent.pzxid && this.nodes.has(path)) parent.pzxid = zxid;',
      },
    ],
    invariants: ['Recoverability', 'StateEquality'],
    lastSeed: null,
  },
  {
    name: 'zxid-in-mid-multi',
    jira: 'ZOOKEEPER-3127',
    breaks: 'the database counts itself at the zxid of a multi from its first operation on',
    patches: [
      {
        file: DATABASE,
        find: 'results.push(multiResult(txn, this.applyOne(header, txn, listener)));',
        replace: `
          this.lastZxid = header.zxid;
          results.push(multiResult(txn, this.applyOne(header, txn, listener)));`,
      },
    ],
    invariants: ['StateEquality'],
    lastSeed: null,
  },
  {
    name: 'counters-fall',
    jira: 'ZOOKEEPER-3249',
    breaks: 'a replayed create gives its parent the counters that it had then',
    patches: [{ file: TREE, find: 'if (((raised - parent.cversion) | 0) > 0) {', replace: '{' }],
    invariants: ['ReplayIdempotence'],
    lastSeed: null,
  },
  {
    name: 'acl-ids-again',
    jira: 'ZOOKEEPER-3306',
    breaks: 'new ACLs are given ids that those of a snapshot have already',
    patches: [{ file: 'core/tree/acl-cache.ts', find: 'if (id > this.lastId) this.lastId = id;', replace: '' }],
    invariants: ['StateEquality'],
    lastSeed: null,
  },
  {
    name: 'endless-close',
    jira: 'ZOOKEEPER-4306',
    breaks: 'the transaction that closes a session names all of its ephemerals, however many',
    patches: [
      { file: 'core/request/prepare.ts', find: 'paths: bytes > MAX_PATHS_BYTES ? null : paths', replace: 'paths' },
    ],
    invariants: ['Recoverability'],
    lastSeed: null,
  },
  {
    name: 'counter-overflows',
    jira: 'ZOOKEEPER-1277',
    breaks: 'a counter that is used up goes over into the epoch',
    patches: [
      {
        file: 'core/request/primary.ts',
        find: 'return counterOf(this.zxid) >= LAST_COUNTER - 1;',
        replace: 'return false;',
      },
      {
        file: 'core/request/primary.ts',
        find: 'this.zxid += 1n;',
        replace: 'this.zxid += counterOf(this.zxid) < LAST_COUNTER ? 1n : 0x100000000n - BigInt(LAST_COUNTER);',
      },
    ],
    invariants: ['LocalPrimaryOrder', 'LogContiguity'],
    lastSeed: null,
  },
  {
    name: 'reads-overtake',
    jira: 'ZOOKEEPER-1863',
    breaks: "a read does not wait for the client's requests before it",
    patches: [
      {
        file: 'core/client/clients.ts',
        find: 'if (connection.waiting.length === 0) {',
        replace: 'if (request.type !== OpCode.setWatches) {',
      },
    ],
    invariants: ['ClientFIFO'],
    lastSeed: 100,
  },
  {
    name: 'no-commit-before-uptodate',
    jira: 'ZOOKEEPER-4394',
    breaks: 'a learner fails where a commit comes between NEWLEADER and UPTODATE',
    patches: [
      {
        file: 'core/zab/learner.ts',
        find: 'private receiveCommit(zxid: bigint): void {',
        replace: `
          private receiveCommit(zxid: bigint): void {
            if (this.step === 'enteringEpoch' || this.step === 'acknowledged') throw new ProtocolError('an early COMMIT');`,
      },
    ],
    invariants: ['MessageLegal'],
    lastSeed: null,
  },
  {
    name: 'purge-trusts-names',
    jira: 'ZOOKEEPER-3231',
    breaks: 'a purge counts snapshots that are not whole among those that it keeps',
    patches: [
      {
        file: 'storage/purge.ts',
        find: 'if (whole) this.whole.add(file.path);',
        replace: 'this.whole.add(file.path);',
      },
    ],
    invariants: ['Recoverability'],
    lastSeed: null,
  },
];
