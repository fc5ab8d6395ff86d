import { defineScenario } from '../../define-scenario.ts';
import { twoPhaseCommit } from '../protocol.ts';
import { balanceOf, coordinatorOf, delivers, inPhase, orderAndPoints, sends, tells, underWay } from '../reading.ts';

/** A reply that never comes, while nothing is decided. */
export const lostVote = defineScenario(twoPhaseCommit, {
  id: '2pc-lost-vote',
  title: { en: 'Order and points: the YES is lost', zh: '订单与积分：YES 丢失' },
  purpose: {
    en: 'A shop enters an order in one database and adds 10 points in another. Points does its part, but its answer is lost: did it happen or not? With 2PC the question has a safe answer. See also what becomes of it without (the lesson “Wrong: no commit protocol”).',
    zh: '商店在一个数据库里记订单，在另一个里加 10 积分。Points 做了自己的部分，但回答丢了：到底做了没有？有 2PC，这个问题有安全的答案。没有会怎样，见“错误示范：没有提交协议”。',
  },
  kind: 'lesson',
  settings: [],
  nodes: orderAndPoints,
  begin: [{ do: 'command', node: 'C', command: 'begin' }],
  rules: [
    {
      when: (moment) => delivers(moment, 'PREPARE', 'Points'),
      act: (moment) =>
        [...moment.inFlight.values()]
          .filter(({ from, message }) => from === 'Points' && message.type === 'YES')
          .map(({ id }) => ({ do: 'drop', message: id }) as const),
    },
  ],
  latencyMs: ({ to, from }) => (to === 'Points' || from === 'Points' ? 12 : 10),
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'T1: one more order (16 → 17) and 10 more points (20 → 30), in two databases.',
        zh: 'T1：订单加一（16 → 17），积分加十（20 → 30），在两个数据库里。',
      },
    },
    {
      when: (moment) => tells(moment, 'votes YES', 'Points'),
      text: {
        en: 'Points has prepared: undo and redo are in its log. The visible balance is still 20.',
        zh: 'Points 已准备好：undo 和 redo 都在日志里。看得见的余额仍是 20。',
      },
    },
    {
      when: ({ entry }) => entry?.happening.kind === 'act' && entry.happening.action.do === 'drop',
      text: {
        en: 'The YES of Points is lost. C cannot know whether Points refused, crashed, or voted YES.',
        zh: 'Points 的 YES 丢了。C 无法知道它是拒绝了、崩溃了，还是投了 YES。',
      },
      mark: { en: 'YES lost', zh: 'YES 丢失' },
    },
    {
      when: (moment) => tells(moment, 'decides ABORT', 'C'),
      text: {
        en: 'Time is up. Nothing has been decided, so C is free to choose, and ABORT is always safe before a COMMIT. Both are told, Points too: it may be in READY, and it is.',
        zh: '时间到。还没有决定，C 可以自由选择；在 COMMIT 之前，ABORT 总是安全的。两边都要通知，也包括 Points：它可能在 READY，事实正是如此。',
      },
      mark: { en: 'ABORT decided', zh: '决定 ABORT' },
    },
    {
      when: (moment) => tells(moment, 'rolls back', 'Points'),
      text: {
        en: 'Points keeps its undo value: 20. No order, no points: the books agree.',
        zh: 'Points 保留 undo 值：20。没有订单，也没有积分：两边账目一致。',
      },
    },
    {
      when: (moment) => tells(moment, 'ends', 'C'),
      text: {
        en: 'The customer has to order again, but nobody has lost or won anything by a lost message.',
        zh: '顾客得重新下单，但没有人因为一条丢失的消息而得失什么。',
      },
      mark: { en: 'END', zh: 'END' },
    },
  ],
  predictions: [
    {
      id: 'silence',
      before: (moment) => moment.entry?.happening.kind === 'timer' && moment.entry.happening.node === 'C',
      question: {
        en: 'Orders has voted YES. From Points, C has heard nothing, and its timer is about to run out. What does C do?',
        zh: 'Orders 投了 YES。C 没有收到 Points 的任何消息，定时器即将到期。C 会怎么做？',
      },
      options: [
        { id: 'commit', text: { en: 'commit: probably only the reply is lost', zh: '提交：多半只是回答丢了' } },
        { id: 'abort-both', text: { en: 'abort, and send ROLLBACK to both', zh: '放弃，给两边都发 ROLLBACK' } },
        {
          id: 'abort-one',
          text: { en: 'abort, and send ROLLBACK to Orders only', zh: '放弃，只给 Orders 发 ROLLBACK' },
        },
        { id: 'again', text: { en: 'send PREPARE to Points again', zh: '再给 Points 发 PREPARE' } },
      ],
      settle: (moment) => {
        if (sends(moment, 'PREPARE')) return 'again';
        if (sends(moment, 'COMMIT')) return 'commit';
        return underWay(moment, 'ROLLBACK', 'Points').length > 0 ? 'abort-both' : 'abort-one';
      },
      otherwise: 'again',
      because: {
        en: 'COMMIT needs a YES that C has really got. And since Points may be waiting in READY, it has to be told as well. (C may also ask once more, as long as it has not decided; this one does not.)',
        zh: 'COMMIT 需要 C 真正收到的 YES。Points 可能正在 READY 等着，所以也必须通知它。（在决定之前，C 也可以再问一遍；这里没有这样做。）',
      },
    },
    {
      id: 'balance',
      before: (moment) => delivers(moment, 'ROLLBACK', 'Points'),
      question: {
        en: 'ROLLBACK is about to reach Points, whose log says undo 20, redo 30. What is the balance afterwards?',
        zh: 'ROLLBACK 即将到达 Points，它的日志写着 undo 20、redo 30。之后余额是多少？',
      },
      options: [
        { id: '20', text: { en: '20: as before T1', zh: '20：与 T1 之前相同' } },
        { id: '30', text: { en: '30: the points stay', zh: '30：积分留下' } },
        { id: '10', text: { en: '10: ten points are taken away', zh: '10：扣掉十分' } },
      ],
      settle: (moment) => String(balanceOf(moment, 'Points')),
      otherwise: '20',
      because: {
        en: 'Undo is a value, not a subtraction: it can be put back any number of times.',
        zh: 'undo 是一个值，而不是减法：恢复多少次都一样。',
      },
    },
  ],
  goals: [],
  outcome: () => [
    { text: { en: 'both are in ABORT', zh: '两边都处于 ABORT' }, holds: (last) => inPhase(last, 'ABORT').length === 2 },
    {
      text: { en: '16 orders, 20 points', zh: '订单 16，积分 20' },
      holds: (last) => balanceOf(last, 'Orders') === 16 && balanceOf(last, 'Points') === 20,
    },
    { text: { en: 'C has written END', zh: 'C 写下了 END' }, holds: (last) => coordinatorOf(last).phase === 'END' },
  ],
  breaks: () => [],
});
