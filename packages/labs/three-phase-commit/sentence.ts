/** What an entry of three-phase commit means, in one sentence. */
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { Text } from '../text.ts';
import { toldSentence } from '../two-phase-commit/told.ts';
import type { CommitMoment } from './reading.ts';

const told: Readonly<Record<string, (node: NodeId) => Text>> = {
  begins: (c) => ({
    en: `${c} writes BEGIN and asks everyone: CanCommit?`,
    zh: `${c} 写下 BEGIN，问每个参与者：CanCommit？`,
  }),
  'votes Yes': (p) => ({
    en: `${p} locks its number, forces WAIT with undo and redo to its log, and votes Yes. The lock holds from here on.`,
    zh: `${p} 加锁，把带 undo、redo 的 WAIT 强制写入日志，投 Yes。锁从此刻起一直持有。`,
  }),
  'votes No': (p) => ({
    en: `${p} cannot do its part: it aborts at once and votes No.`,
    zh: `${p} 做不了自己的部分：立即放弃，并投 No。`,
  }),
  'prepares to commit': (c) => ({
    en: `${c} has every Yes. It does not commit yet: first it lets everybody know that all have voted Yes.`,
    zh: `${c} 收齐了 Yes。它还不提交：先让大家都知道“全票 Yes”。`,
  }),
  'is prepared to commit': (p) => ({
    en: `${p} writes PRECOMMIT: it knows now that all have voted Yes. From here on, silence means COMMIT to it.`,
    zh: `${p} 写下 PRECOMMIT：它已知道全票 Yes。从此对它来说，沉默意味着 COMMIT。`,
  }),
  'decides COMMIT': (c) => ({
    en: `${c} writes COMMIT and sends DoCommit: nobody is uncertain any more.`,
    zh: `${c} 写下 COMMIT，发出 DoCommit：已经没有未确定的参与者。`,
  }),
  'decides ABORT': (c) => ({ en: `${c} writes ABORT and sends doAbort.`, zh: `${c} 写下 ABORT，发出 doAbort。` }),
  'misses an ACK': (c) => ({
    en: `${c} misses an ACK: somebody may still be in WAIT, or gone. It writes ABORT and sends doAbort to all.`,
    zh: `${c} 缺一个 ACK：可能有人还在 WAIT，或者已经停机。它写下 ABORT，向所有参与者发 doAbort。`,
  }),
  'reads its decision': (c) => ({
    en: `${c} finds its decision in its log and sends it again.`,
    zh: `${c} 在日志里找到自己的决定，再发一遍。`,
  }),
  ends: (c) => ({ en: `${c} writes END.`, zh: `${c} 写下 END。` }),
  asks: (node) => ({
    en: `${node} has been down. The others may have gone on by their clocks, so it asks them.`,
    zh: `${node} 停过机。别人可能已按时钟继续了，所以它先询问。`,
  }),
  'stops asking': (node) => ({
    en: `${node} asks one last time, then waits to be told to try again (only in the lab).`,
    zh: `${node} 最后问一次，之后等人让它再试（仅实验如此）。`,
  }),
  'aborts before its vote': (p) => ({
    en: `${p} has promised nothing yet, so it may abort alone.`,
    zh: `${p} 还没有作出承诺，可以自行放弃。`,
  }),
  'aborts by its clock': (p) => ({
    en: `No PreCommit has come, so nobody can have committed, ${p} concludes: it aborts.`,
    zh: `PreCommit 没有来，${p} 推断：不可能有人提交。于是放弃。`,
  }),
  'commits by its clock': (p) => ({
    en: `All have voted Yes, and no doAbort has come: ${p} commits without being told.`,
    zh: `全票 Yes，又没有 doAbort：${p} 不等通知，自行提交。`,
  }),
  commits: (p) => ({
    en: `${p} writes COMMIT with the redo value and releases its locks.`,
    zh: `${p} 写下 COMMIT，redo 值生效，释放锁。`,
  }),
  'rolls back': (p) => ({
    en: `${p} writes ABORT, keeps the undo value and releases its locks.`,
    zh: `${p} 写下 ABORT，保留 undo 值，释放锁。`,
  }),
  'knows already': (p) => ({ en: `${p} knows that already: nothing changes.`, zh: `${p} 已经知道：什么也不变。` }),
  'has decided otherwise': (p) => ({
    en: `${p} has decided otherwise and cannot take it back.`,
    zh: `${p} 已作出相反的决定，收不回来了。`,
  }),
  'knows nothing to commit': (p) => ({
    en: `${p} has not voted: it has nothing to commit.`,
    zh: `${p} 没有投过票：没有可提交的东西。`,
  }),
};

/** The sentence for an entry; null where the protocol has nothing better to say. */
export function sentence(moment: CommitMoment): Text | null {
  return toldSentence(moment, told);
}
