import { defineScenario } from '../../define-scenario.ts';
import { twoPhaseCommit } from '../protocol.ts';
import { coordinatorOf, delivers, inOrder, participantsOf, tells, threeParticipants } from '../reading.ts';

/** All vote YES, nothing fails. */
export const happy = defineScenario(twoPhaseCommit, {
  id: '2pc-happy',
  title: { en: 'All vote YES', zh: '全票 YES' },
  purpose: {
    en: 'Alice pays 10: her account a is at one bank, Bob’s account b at another, the fee is booked by a third. All three changes are to happen, or none. See what each writes to its log before it speaks, how long the locks are held, and at which moment T1 is decided.',
    zh: 'Alice 付 10 元：她的账户 a 在一家银行，Bob 的账户 b 在另一家，手续费 fee 由第三家记账。三项修改要么全部发生，要么都不发生。看每个节点开口之前先写下什么日志、锁持有多久，以及 T1 究竟在哪一刻决定。',
  },
  kind: 'lesson',
  settings: [],
  nodes: threeParticipants,
  begin: [{ do: 'command', node: 'C', command: 'begin' }],
  rules: [],
  latencyMs: inOrder,
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'Three participants are each to do a part of transaction T1. The coordinator C will ask whether all can promise it. (A real database does its part first and holds the locks from then on; here PREPARE brings the work along, and the locks begin with the vote.)',
        zh: '三个参与者各要完成事务 T1 的一部分。协调者 C 将询问大家能否作出承诺。（真实数据库会先做完自己的部分，并从那时起一直持有锁；这里由 PREPARE 带来要做的事，锁从投票开始。）',
      },
    },
    {
      when: (moment) => tells(moment, 'begins', 'C'),
      text: {
        en: 'Phase 1, the vote. C asks everyone to prepare. A timer begins to run: without all votes in time, C will abort.',
        zh: '第一阶段：投票。C 请每个参与者准备，并启动定时器：到时票不齐就放弃。',
      },
      mark: { en: 'PREPARE', zh: 'PREPARE' },
    },
    {
      when: (moment) => tells(moment, 'votes YES'),
      text: {
        en: 'A YES is a promise: “I can commit, whatever happens to me.” So the record READY, with the old value (undo) and the new one (redo), is on the disk before YES leaves. The number stays locked, and the participant has given away its right to abort.',
        zh: 'YES 是承诺：“无论我发生什么，都能提交。”因此带旧值（undo）和新值（redo）的 READY 记录先落盘，YES 才发出。数据保持加锁，参与者也从此无权自行放弃事务。',
      },
      mark: { en: 'first YES', zh: '第一票 YES' },
    },
    {
      when: (moment) => participantsOf(moment).every(({ phase }) => phase === 'READY'),
      text: {
        en: 'All three are in READY: each is in doubt. None of them knows what the others voted, and none may decide.',
        zh: '三个都在 READY：各自都处于“未知结果”状态。谁也不知道别人投了什么，谁也不能决定。',
      },
    },
    {
      when: (moment) => tells(moment, 'decides COMMIT', 'C'),
      text: {
        en: 'Phase 2, the decision. With the record COMMIT on the disk of C, T1 is committed, although no participant knows it yet. A crash of C from here on changes nothing any more.',
        zh: '第二阶段：决定。COMMIT 记录落到 C 的磁盘上，T1 就已提交，尽管还没有一个参与者知道。从此 C 再崩溃也改变不了结果。',
      },
      mark: { en: 'T1 is decided', zh: 'T1 已决定' },
    },
    {
      when: (moment) => tells(moment, 'commits'),
      text: {
        en: 'A participant that gets COMMIT puts the redo value in place and releases its locks. Its ACK lets C know that it need not be told again.',
        zh: '收到 COMMIT 的参与者让 redo 值生效并释放锁，再用 ACK 告诉 C：不必再通知我了。',
      },
    },
    {
      when: (moment) => tells(moment, 'ends', 'C'),
      text: {
        en: 'All have acknowledged. C writes END and may forget T1. Twelve messages, and a forced log record before every vote and every decision: that is the price of atomicity. Now go back and crash somebody.',
        zh: '全部确认。C 写下 END，可以忘掉 T1。十二条消息，每次投票、每个决定之前都有一条强制日志：这就是原子性的代价。现在退回去，让某个节点崩溃试试。',
      },
      mark: { en: 'END', zh: 'END' },
    },
  ],
  predictions: [
    {
      id: 'two-of-three',
      before: (moment) => delivers(moment, 'YES', 'C') && coordinatorOf(moment).state?.yes.length === 2,
      question: {
        en: 'The second of three YES is about to reach C. What will C do?',
        zh: '三票 YES 中的第二票即将到达 C。C 会怎么做？',
      },
      options: [
        {
          id: 'commit',
          text: { en: 'write COMMIT: two of three are a majority', zh: '写 COMMIT：三票有两票，已过半数' },
        },
        { id: 'wait', text: { en: 'wait for the third vote', zh: '继续等第三票' } },
        { id: 'first', text: { en: 'send COMMIT to the two that said YES', zh: '先给投 YES 的两个发 COMMIT' } },
      ],
      settle: (moment) => (coordinatorOf(moment).phase === 'WAIT' ? 'wait' : 'commit'),
      otherwise: 'wait',
      because: {
        en: 'Atomic commitment needs every vote: the third may be unable to do its part. A majority is enough where all hold the same data (Paxos, ZAB); here each holds another part of it.',
        zh: '原子提交需要每一票：第三个可能做不了它那部分。多数派只适用于大家持有同样数据的场合（Paxos、ZAB）；这里各持一部分。',
      },
    },
    {
      id: 'log-or-send',
      before: (moment) => tells(moment, 'decides COMMIT', 'C') || tells(moment, 'decides ABORT', 'C'),
      question: {
        en: 'C is about to get the last vote. What does it do first?',
        zh: 'C 即将收到最后一票。它首先做什么？',
      },
      options: [
        { id: 'send', text: { en: 'send COMMIT to all, then write it down', zh: '先给所有参与者发 COMMIT，再记日志' } },
        { id: 'log', text: { en: 'force COMMIT to its log, then send it', zh: '先把 COMMIT 强制写入日志，再发送' } },
        { id: 'ask', text: { en: 'ask all once more whether they are ready', zh: '再问一遍大家是否就绪' } },
      ],
      settle: (moment) => (coordinatorOf(moment).decision === null ? 'send' : 'log'),
      otherwise: 'ask',
      because: {
        en: 'Had COMMIT reached P1 before it was on the disk of C, a crash of C would leave a log without a decision: after its restart C would abort, and P1 would have committed.',
        zh: '如果 COMMIT 在 C 落盘之前就到了 P1，C 一崩溃，日志里便没有决定：重启后 C 会放弃，而 P1 已经提交。',
      },
    },
  ],
  goals: [],
  outcome: () => [
    {
      text: { en: 'all participants are in COMMIT', zh: '所有参与者都处于 COMMIT' },
      holds: (last) => participantsOf(last).every(({ phase }) => phase === 'COMMIT'),
    },
    {
      text: { en: 'a = 90, b = 109, fee = 6', zh: 'a = 90，b = 109，fee = 6' },
      holds: (last) =>
        participantsOf(last)
          .map(({ disk }) => disk.value)
          .join() === '90,109,6',
    },
    { text: { en: 'C has written END', zh: 'C 写下了 END' }, holds: (last) => coordinatorOf(last).phase === 'END' },
  ],
  breaks: () => [],
});
