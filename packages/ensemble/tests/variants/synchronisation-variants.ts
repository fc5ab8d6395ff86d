/** Bugs of bringing a learner up to date, and of what has to be durable when. */
import type { Patch, Variant } from './variant.ts';

const LEARNER = 'core/zab/learner.ts';
const LEADER = 'core/zab/leader.ts';
const HISTORY = 'core/history.ts';
const SERVER = 'core/server.ts';
const STORAGE = 'storage/storage.ts';

/** How a learner writes a transaction. */
const WRITE_TXN = "this.persist.write({ kind: 'append', txn: logged }, { kind: 'logged', zxid });";
/** Where a learner writes the epoch, behind all that it was synchronised with. */
const ENTER_EPOCH = 'this.epochs.enter(this.epoch);';
/** How storage queues what is no transaction. */
const PUSH_STEP = "else this.queue.push({ kind: 'step', writeId, step: this.stepFor(write) });";
/** An epoch is written at once, whatever waits for the log. */
const EPOCH_BESIDE_LOG = `
    else if (write.kind.endsWith('Epoch')) {
      this.stepFor(write)((fault) => {
        if (fault === null) this.options.onPersisted(writeId);
        else this.options.onFault(fault);
      });
    } ${PUSH_STEP}`;

/**
 * What a learner gets between a synchronisation of this kind and NEWLEADER is kept in memory only; then a snapshot is taken
 * of what is applied, and the rest is logged behind it (Java `Learner.syncWithLeader`, `snapshotNeeded`).
 */
function memoryUntilNewLeader(mode: 'TRUNC' | 'SNAP'): Patch[] {
  return [
    {
      file: LEARNER,
      find: WRITE_TXN,
      replace: `if (this.syncMode !== '${mode}' || this.step !== 'synchronising') ${WRITE_TXN}`,
    },
    {
      file: LEARNER,
      find: ENTER_EPOCH,
      replace: `
        if (this.syncMode === '${mode}') {
          const snapshot = this.history.database.snapshot();
          this.persist.write({ kind: 'installSnapshot', snapshot }, { kind: 'installed' });
          for (const { logged } of this.history.uncommitted)
            this.persist.write({ kind: 'append', txn: logged }, { kind: 'logged', zxid: logged.zxid });
        }
        ${ENTER_EPOCH}`,
    },
  ];
}

export const SYNCHRONISATION_VARIANTS: readonly Variant[] = [
  {
    name: 'interrupted-trunc',
    jira: 'ZOOKEEPER-5094',
    breaks: 'what follows a TRUNC is kept in memory only, until a snapshot is taken at NEWLEADER',
    patches: memoryUntilNewLeader('TRUNC'),
    invariants: ['LogContiguity'],
    lastSeed: null,
  },
  {
    name: 'hole-in-recent',
    jira: 'ZOOKEEPER-4925',
    breaks:
      'what a learner was synchronised with is missing from the transactions that it later synchronises others with',
    patches: [
      {
        file: LEARNER,
        find: 'this.committer.commit(zxid);',
        replace: 'this.committer.commit(zxid); if (!this.serving) this.history.recent.txns.pop();',
      },
      { file: LEARNER, find: '|| !follows(zxid, last)', replace: '' },
    ],
    invariants: ['LogContiguity'],
    lastSeed: null,
  },
  {
    name: 'epoch-before-txns',
    jira: 'ZOOKEEPER-4643',
    breaks: 'a learner writes the new epoch before the transactions that it is synchronised with',
    patches: [
      {
        file: LEARNER,
        find: "this.syncMode = 'DIFF';",
        replace:
          "this.syncMode = 'DIFF'; this.persist.write({ kind: 'currentEpoch', epoch: this.epoch }, { kind: 'settled' });",
      },
    ],
    invariants: ['LeaderLogCompleteness'],
    lastSeed: null,
  },
  {
    name: 'ack-before-fsync',
    jira: 'ZOOKEEPER-4646',
    breaks: 'a learner acknowledges NEWLEADER before what it was synchronised with is durable',
    patches: [
      {
        file: LEARNER,
        find: ENTER_EPOCH,
        replace: `
          this.epochs.current = this.epoch;
          this.persist.write({ kind: 'currentEpoch', epoch: this.epoch }, { kind: 'settled' });
          this.persisted({ kind: 'epochEntered', epoch: this.epoch });`,
      },
    ],
    invariants: ['LeaderLogCompleteness'],
    lastSeed: null,
  },
  {
    name: 'log-after-uptodate',
    jira: 'ZOOKEEPER-3911',
    breaks: 'what a learner is synchronised with is logged only once the leader says UPTODATE',
    patches: [
      {
        file: LEARNER,
        find: WRITE_TXN,
        replace: `if (this.serving) ${WRITE_TXN} else (this.late ??= []).push(logged);`,
      },
      {
        file: LEARNER,
        find: "this.step = 'serving';",
        replace: `
          this.step = 'serving';
          for (const txn of this.late ?? [])
            this.persist.write({ kind: 'append', txn }, { kind: 'logged', zxid: txn.zxid });`,
      },
    ],
    invariants: ['LeaderLogCompleteness', 'LogContiguity'],
    lastSeed: 400,
  },
  {
    name: 'epoch-overtakes-log',
    jira: 'ZOOKEEPER-4785',
    breaks: 'the epoch is written beside the log rather than behind it, and acknowledged with what is still on its way',
    patches: [
      {
        file: STORAGE,
        find: PUSH_STEP,
        replace: EPOCH_BESIDE_LOG,
      },
    ],
    invariants: ['LeaderLogCompleteness'],
    lastSeed: null,
  },
  {
    name: 'old-writes-survive',
    jira: 'ZOOKEEPER-4712',
    breaks:
      'a new role begins while transactions of the former one are on their way to the log, and does not wait for them',
    patches: [
      { file: SERVER, find: '|| this.truncating || !this.persist.isIdle', replace: '|| this.truncating' },
      { file: SERVER, find: 'this.truncateTo === null || !this.persist.isIdle', replace: 'this.truncateTo === null' },
      { file: STORAGE, find: PUSH_STEP, replace: EPOCH_BESIDE_LOG },
      { file: STORAGE, find: 'this.enqueue((planned) => {', replace: '((step) => step(() => {}))((planned) => {' },
    ],
    invariants: ['Convergence', 'Recoverability'],
    lastSeed: null,
  },
  {
    name: 'unapplied-log',
    jira: 'ZOOKEEPER-2845',
    breaks: 'a server goes into an election with a tree that lacks what its log has',
    patches: [{ file: HISTORY, find: 'for (const txn of this.pending) this.apply(txn, null);', replace: '' }],
    invariants: ['ProcessConsistency', 'LogContiguity', 'GlobalPrimaryOrder'],
    lastSeed: 400,
  },
  {
    name: 'snapshot-kept-in-memory',
    jira: 'ZOOKEEPER-3642',
    breaks: 'a snapshot from the leader is written at NEWLEADER only, and used for good as soon as it is there',
    patches: [
      {
        file: LEARNER,
        find: "this.persist.write({ kind: 'installSnapshot', snapshot: input.database.snapshot() }, { kind: 'installed' });",
        replace: '',
      },
      ...memoryUntilNewLeader('SNAP'),
    ],
    invariants: ['LogContiguity', 'ProcessConsistency'],
    lastSeed: null,
  },
  {
    name: 'snapshot-overstated',
    jira: 'ZOOKEEPER-3104',
    breaks: 'a SNAP names the last proposal rather than the last transaction that its snapshot holds',
    patches: [
      {
        file: LEADER,
        find: 'this.send(handler, packet(PacketType[plan.mode], plan.target));',
        replace:
          "this.send(handler, packet(PacketType[plan.mode], plan.mode === 'SNAP' ? this.history.lastLoggedZxid : plan.target));",
      },
    ],
    invariants: ['StateEquality', 'MessageLegal'],
    lastSeed: 400,
  },
  {
    name: 'snapshot-not-durable',
    jira: 'ZOOKEEPER-2872',
    breaks: 'what follows a snapshot from the leader is logged while the snapshot is not durable yet',
    patches: [
      { file: STORAGE, find: PUSH_STEP, replace: EPOCH_BESIDE_LOG },
      {
        file: STORAGE,
        find: 'inOrder([write, replace], (fault) => {\n      snapshot.release();\n      done(fault);\n    });',
        replace: `
          inOrder([write, replace], (fault) => {
            snapshot.release();
            if (fault !== null) this.options.onFault(fault);
          });
          done(null);`,
      },
    ],
    invariants: ['Recoverability'],
    lastSeed: null,
  },
  {
    name: 'failed-truncation',
    jira: 'ZOOKEEPER-3701',
    breaks: 'a server whose log could not be cut back goes on as if it had been',
    patches: [
      {
        file: STORAGE,
        find: 'planned(fault);\n        if (recovered !== null)',
        replace:
          'planned(null);\n        if (fault !== null) recovered = recoverDirectory(this.options);\n        if (recovered !== null)',
      },
    ],
    invariants: ['ProcessConsistency', 'LogContiguity'],
    lastSeed: null,
  },
  {
    name: 'stale-recent',
    jira: 'ZOOKEEPER-3526',
    breaks:
      'the newest transaction that a server can synchronise others with is older than the tree that it leads with',
    patches: [{ file: HISTORY, find: 'this.fuzzy = true;\n    this.recent.reset([]);', replace: 'this.fuzzy = true;' }],
    invariants: ['LogContiguity'],
    lastSeed: null,
  },
  {
    name: 'no-truncation',
    jira: 'ZOOKEEPER-1154',
    breaks: 'a server that comes late with transactions which nobody else has may keep them',
    patches: [
      {
        file: 'core/zab/sync-plan.ts',
        find: "{ mode: 'TRUNC', target: max, txns: [] };",
        replace: "{ mode: 'DIFF', target: max, txns: [] };",
      },
    ],
    invariants: ['ProcessConsistency', 'LogContiguity'],
    lastSeed: null,
  },
  {
    name: 'truncates-too-much',
    jira: 'ZOOKEEPER-1156',
    breaks: 'the log is cut before the transaction that is to be its last',
    patches: [
      { file: 'storage/truncation.ts', find: 'more = record.zxid > zxid;', replace: 'more = record.zxid >= zxid;' },
    ],
    invariants: ['LogContiguity'],
    lastSeed: null,
  },
  {
    name: 'newer-snapshot-survives',
    jira: 'ZOOKEEPER-4837',
    breaks: 'a snapshot that is newer than the transaction which the log was cut back to is loaded again',
    patches: [
      { file: 'storage/truncation.ts', find: 'steps.push(removeInOrder(data, later.toReversed()));', replace: '' },
    ],
    invariants: ['ProcessConsistency', 'LogContiguity'],
    lastSeed: null,
  },
  {
    name: 'zxid-before-sync',
    jira: 'ZOOKEEPER-2355',
    breaks:
      'a learner counts itself at the zxid of its DIFF although the connection broke before the transactions came',
    patches: [
      {
        file: LEARNER,
        find: "this.syncMode = 'DIFF';",
        replace: "this.syncMode = 'DIFF'; this.diffTarget = received.zxid;",
      },
      {
        file: LEARNER,
        find: 'if (link === this.link) this.host.lookForLeader(`the link to leader',
        replace: `
          if (this.step === 'synchronising' && this.diffTarget > this.history.database.lastZxid) {
            this.history.fastForward();
            this.history.database.lastZxid = this.diffTarget;
          }
          if (link === this.link) this.host.lookForLeader(\`the link to leader`,
      },
    ],
    invariants: ['StateEquality'],
    lastSeed: null,
  },
];
