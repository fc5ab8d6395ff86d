import { defineScenario } from '../../define-scenario.ts';
import { twoPhaseCommit } from '../protocol.ts';
import { balanceOf, coordinatorOf, delivers, inPhase, orderAndPoints, sends, tells } from '../reading.ts';

/** A reply that never comes, after the decision. */
export const lostAck = defineScenario(twoPhaseCommit, {
  id: '2pc-lost-ack',
  title: { en: 'Order and points: the ACK is lost', zh: '订单与积分：ACK 丢失' },
  purpose: {
    en: 'T1 is committed, but the ACK of Points is lost, and C cannot tell whether COMMIT arrived. See what it does about it, and what that asks of Points. Then try the handler that adds instead of the one that redoes.',
    zh: 'T1 已提交，但 Points 的 ACK 丢了，C 不知道 COMMIT 到了没有。看它怎么办，这又对 Points 提出什么要求。再换成“累加”的处理方式试一次。',
  },
  kind: 'lesson',
  settings: [
    {
      id: 'handler',
      text: { en: 'On COMMIT, a participant', zh: '参与者收到 COMMIT 时' },
      choices: [
        { id: 'redo', text: { en: 'puts the redo value in place (idempotent)', zh: '写入 redo 值（幂等）' } },
        { id: 'add', text: { en: 'adds, each time that it comes (wrong)', zh: '每收到一次就加一次（错误）' } },
      ],
    },
  ],
  nodes: orderAndPoints,
  begin: [{ do: 'command', node: 'C', command: 'begin' }],
  rules: [
    {
      when: (moment) => delivers(moment, 'COMMIT', 'Points'),
      act: (moment) =>
        [...moment.inFlight.values()]
          .filter(({ from, message }) => from === 'Points' && message.type === 'ACK')
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
      when: (moment) => tells(moment, 'decides COMMIT', 'C'),
      text: {
        en: 'Both have voted YES, and C has written COMMIT. There is no way back: all that is left is to let both know.',
        zh: '两边都投了 YES，C 写下了 COMMIT。没有回头路：剩下的只是让两边都知道。',
      },
      mark: { en: 'T1 is decided', zh: 'T1 已决定' },
    },
    {
      when: ({ entry }) => entry?.happening.kind === 'act' && entry.happening.action.do === 'drop',
      text: {
        en: 'The points are booked, but the ACK is lost. To C it looks as if COMMIT had never arrived.',
        zh: '积分已入账，但 ACK 丢了。在 C 看来，就像 COMMIT 从未送达。',
      },
      mark: { en: 'ACK lost', zh: 'ACK 丢失' },
    },
    {
      when: (moment) => tells(moment, 'repeats its decision', 'C'),
      text: {
        en: 'C sends COMMIT again, to Points only: Orders has acknowledged. It would go on for as long as it takes.',
        zh: 'C 重发 COMMIT，只发给 Points：Orders 已经确认。需要多久，它就会重发多久。',
      },
      mark: { en: 'sent again', zh: '重发' },
    },
    {
      when: (moment) => tells(moment, 'knows already', 'Points'),
      text: {
        en: 'Points finds COMMIT T1 in its log: it changes nothing and sends the ACK again. At least once on the wire, exactly once in the books.',
        zh: 'Points 在日志里找到 COMMIT T1：什么也不改，再回一次 ACK。线路上至少一次，账目上恰好一次。',
      },
    },
    {
      when: (moment) => tells(moment, 'adds once more', 'Points'),
      text: {
        en: 'Points adds ten once more: 40. The message was the same, the transaction was the same, but the handler took it for news.',
        zh: 'Points 又加了十分：40。同一条消息，同一个事务，处理方式却把它当成了新的。',
      },
      mark: { en: 'added twice', zh: '加了两次' },
    },
    {
      when: (moment) => tells(moment, 'ends', 'C'),
      text: {
        en: 'Now C may write END. Every message that is sent until it is answered needs a handler that can bear it twice.',
        zh: '现在 C 可以写 END 了。凡是“发到有回答为止”的消息，都需要能承受重复的处理方式。',
      },
      mark: { en: 'END', zh: 'END' },
    },
  ],
  predictions: [
    {
      id: 'no-ack',
      before: (moment) => moment.entry?.happening.kind === 'timer' && moment.entry.happening.node === 'C',
      question: {
        en: 'T1 is decided; the ACK of Points is missing, and time is up. What does C do?',
        zh: 'T1 已决定；Points 的 ACK 没到，时间到了。C 会怎么做？',
      },
      options: [
        { id: 'again', text: { en: 'send COMMIT to Points again', zh: '再给 Points 发 COMMIT' } },
        { id: 'rollback', text: { en: 'send ROLLBACK to Orders, to be safe', zh: '保险起见，给 Orders 发 ROLLBACK' } },
        { id: 'end', text: { en: 'write END: it has done its part', zh: '写 END：自己的部分做完了' } },
      ],
      settle: (moment) => (sends(moment, 'ROLLBACK') ? 'rollback' : sends(moment, 'COMMIT') ? 'again' : 'end'),
      otherwise: 'end',
      because: {
        en: 'Before the decision, silence meant ABORT. After it, silence means: say it again. A decision never changes, and C may forget it only when all have heard it.',
        zh: '决定之前，沉默意味着 ABORT；决定之后，沉默意味着再说一遍。决定不可更改，只有大家都听到了，C 才能忘掉它。',
      },
    },
    {
      id: 'twice',
      before: (moment) => tells(moment, 'knows already', 'Points') || tells(moment, 'adds once more', 'Points'),
      question: {
        en: 'COMMIT reaches Points for the second time. The balance is 30. What is it afterwards?',
        zh: 'COMMIT 第二次到达 Points。余额现在是 30，之后是多少？',
      },
      options: [
        { id: '30', text: { en: '30', zh: '30' } },
        { id: '40', text: { en: '40', zh: '40' } },
        { id: '20', text: { en: '20', zh: '20' } },
      ],
      settle: (moment) => String(balanceOf(moment, 'Points')),
      otherwise: '30',
      because: {
        en: 'A handler is idempotent when a second time changes nothing: it looks at its log, or puts a value in place instead of adding to it. The setting says which handler this is.',
        zh: '幂等的处理方式，第二次什么也不改变：先查日志，或者写入值而不是累加。这里用的是哪一种，由设置决定。',
      },
    },
  ],
  goals: [],
  outcome: ({ handler }) => [
    {
      text: { en: 'both are in COMMIT', zh: '两边都处于 COMMIT' },
      holds: (last) => inPhase(last, 'COMMIT').length === 2,
    },
    {
      text: { en: 'the balance is what the handler makes of it', zh: '余额与处理方式相符' },
      holds: (last) => balanceOf(last, 'Points') === (handler === 'add' ? 40 : 30),
    },
    { text: { en: 'C has written END', zh: 'C 写下了 END' }, holds: (last) => coordinatorOf(last).phase === 'END' },
  ],
  breaks: ({ handler }) => (handler === 'add' ? ['once'] : []),
});
