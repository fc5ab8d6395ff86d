/** What an entry of two-phase commit means, in one sentence. */
import type { NodeId } from '@vivarium/simulation/stepped/program';
import type { Text } from '../text.ts';
import type { CommitMoment } from './reading.ts';
import { toldSentence } from './told.ts';

const told: Readonly<Record<string, (node: NodeId) => Text>> = {
  begins: (c) => ({
    en: `${c} writes BEGIN and asks every participant to prepare.`,
    zh: `${c} 写下 BEGIN，请每个参与者准备。`,
  }),
  'votes YES': (p) => ({
    en: `${p} locks its number, forces READY with undo and redo to its log, then votes YES. From now on it may not decide alone.`,
    zh: `${p} 加锁，把带 undo、redo 的 READY 强制写入日志，然后投 YES。从此它不能自行决定。`,
  }),
  'votes NO': (p) => ({
    en: `${p} cannot do its part: it aborts at once and votes NO.`,
    zh: `${p} 做不了自己的部分：立即放弃，并投 NO。`,
  }),
  'decides COMMIT': (c) => ({
    en: `${c} has every YES. It forces COMMIT to its log — that is the decision — and only then tells the participants.`,
    zh: `${c} 收齐了 YES。它先把 COMMIT 强制写入日志（这一刻就是决定），然后才通知参与者。`,
  }),
  'decides ABORT': (c) => ({
    en: `${c} forces ABORT to its log and rolls back all who may have voted YES.`,
    zh: `${c} 把 ABORT 强制写入日志，通知所有可能投了 YES 的参与者回滚。`,
  }),
  'presumes ABORT': (c) => ({
    en: `${c} finds BEGIN but no decision in its log: nobody can have been told COMMIT, so it decides ABORT (presumed abort).`,
    zh: `${c} 的日志里只有 BEGIN、没有决定：谁也不可能收到过 COMMIT，所以它决定 ABORT（推定中止）。`,
  }),
  'reads its decision': (c) => ({
    en: `${c} finds its decision in its log and sends it again.`,
    zh: `${c} 在日志里找到自己的决定，再发一遍。`,
  }),
  'repeats its decision': (c) => ({
    en: `An ACK is missing: ${c} sends its decision again to whoever has not answered.`,
    zh: `还缺 ACK：${c} 向没有回答的参与者重发决定。`,
  }),
  'stops repeating': (c) => ({
    en: `${c} sends its decision one last time, then waits to be told to try again (only in the lab: a real one goes on).`,
    zh: `${c} 最后重发一次，之后等人让它再试（实验里如此，真实系统会一直重发）。`,
  }),
  ends: (c) => ({
    en: `Every participant has acknowledged: ${c} writes END and may forget T1.`,
    zh: `所有参与者都已确认：${c} 写下 END，可以忘掉 T1。`,
  }),
  asks: (p) => ({
    en: `${p} is in doubt and asks who may know the decision.`,
    zh: `${p} 不知道结果，向可能知道的节点询问。`,
  }),
  'stops asking': (p) => ({
    en: `${p} asks one last time, then waits: READY, with its locks held (only in the lab: a real one goes on asking).`,
    zh: `${p} 最后问一次，然后等待：仍是 READY，锁也不放（实验里如此，真实系统会一直问）。`,
  }),
  'aborts before its vote': (p) => ({
    en: `${p} has promised nothing yet, so it may abort alone.`,
    zh: `${p} 还没有作出承诺，可以自行放弃。`,
  }),
  'decides alone': (p) => ({
    en: `${p} is tired of waiting and decides alone, although it has promised not to.`,
    zh: `${p} 等得不耐烦，自行决定了，尽管它承诺过不这样做。`,
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
  'logs later': (p) => ({
    en: `${p} locks its number and votes YES at once; READY will be on its disk some time later.`,
    zh: `${p} 加锁，马上投 YES；READY 要过一会儿才落盘。`,
  }),
  'has its answers': (c) => ({
    en: `${c} has all the answers that it waited for, and is done.`,
    zh: `${c} 等的回答都到了，结束。`,
  }),
  calls: (c) => ({
    en: `${c} calls one service after the other; the first is under way.`,
    zh: `${c} 逐个调用各服务；第一个请求已发出。`,
  }),
  'adds once more': (p) => ({
    en: `${p} does the change once more: the message came twice.`,
    zh: `${p} 又做了一次修改：消息到了两次。`,
  }),
  'has decided otherwise': (p) => ({
    en: `${p} has decided otherwise and cannot take it back. Somebody has to mend this by hand.`,
    zh: `${p} 已作出相反的决定，收不回来了，只能人工修复。`,
  }),
  'knows nothing to commit': (p) => ({
    en: `${p} has no READY record: it has nothing to redo and cannot commit.`,
    zh: `${p} 没有 READY 记录：无从重做，也就无法提交。`,
  }),
  'does it at once': (p) => ({
    en: `${p} does its part at once, for all to see, and answers DONE.`,
    zh: `${p} 立即做完自己的部分，人人可见，然后回 DONE。`,
  }),
  'takes it back': (p) => ({ en: `${p} takes back what it had done.`, zh: `${p} 撤销了做过的事。` }),
  'tries again': (c) => ({
    en: `${c} has no answer and asks for the same once more.`,
    zh: `${c} 没等到回答，把同样的请求又发一遍。`,
  }),
  cancels: (c) => ({
    en: `${c} has no answer, takes it for a failure, and cancels what was done so far.`,
    zh: `${c} 没等到回答，当作失败，撤销已经做过的事。`,
  }),
};

/** The sentence for an entry; null where the protocol has nothing better to say. */
export function sentence(moment: CommitMoment): Text | null {
  return toldSentence(moment, told);
}
