import { defineScenario } from '../../define-scenario.ts';
import { twoPhaseCommit } from '../protocol.ts';
import { balanceOf, delivers, inPhase, orderAndPoints, phaseOf, tells } from '../reading.ts';

/** Order and points without any commit protocol. */
export const noProtocol = defineScenario(twoPhaseCommit, {
  id: '2pc-no-protocol',
  title: { en: 'Wrong: no commit protocol', zh: '错误示范：没有提交协议' },
  purpose: {
    en: 'The shop simply calls one database after the other. Each does its part at once. Then one reply is lost, and whatever the shop does about it, the books are wrong.',
    zh: '商店依次调用两个数据库，各自立即生效。然后一条回答丢了：无论商店怎么处理，账都是错的。',
  },
  kind: 'variant',
  settings: [
    {
      id: 'without',
      text: { en: 'When no reply comes, the shop', zh: '收不到回答时，商店' },
      choices: [
        { id: 'cancel', text: { en: 'cancels the order', zh: '取消订单' } },
        { id: 'retry', text: { en: 'tries again', zh: '再试一次' } },
      ],
    },
  ],
  nodes: orderAndPoints,
  begin: [{ do: 'command', node: 'C', command: 'begin' }],
  rules: [
    {
      when: (moment) => delivers(moment, 'DO', 'Points'),
      act: (moment) =>
        [...moment.inFlight.values()]
          .filter(({ from, message }) => from === 'Points' && message.type === 'DONE')
          .map(({ id }) => ({ do: 'drop', message: id }) as const),
    },
  ],
  latencyMs: () => 10,
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'No votes, no logs: C calls Orders, then Points. 16 orders, 20 points.',
        zh: '没有投票，没有日志：C 先调用 Orders，再调用 Points。订单 16，积分 20。',
      },
    },
    {
      when: (moment) => tells(moment, 'does it at once', 'Orders'),
      text: {
        en: 'The order is entered and everybody can see it. There is no lock and no undo record.',
        zh: '订单已记入，人人可见。没有锁，也没有 undo 记录。',
      },
    },
    {
      when: (moment) => tells(moment, 'does it at once', 'Points'),
      text: {
        en: 'The points are booked: 30. All is well, only nobody has told C yet.',
        zh: '积分已入账：30。一切都好，只是还没有人告诉 C。',
      },
    },
    {
      when: ({ entry }) => entry?.happening.kind === 'act' && entry.happening.action.do === 'drop',
      text: {
        en: 'The reply is lost. “Not done” and “done, but the reply is lost” look the same from C.',
        zh: '回答丢了。在 C 看来，“没做”和“做了但回答丢了”一模一样。',
      },
      mark: { en: 'reply lost', zh: '回答丢失' },
    },
    {
      when: (moment) => tells(moment, 'cancels', 'C'),
      text: {
        en: 'C takes silence for failure and takes the order back. For a while everybody could see an order that never was.',
        zh: 'C 把沉默当失败，撤销了订单。有一段时间，人人都能看到一张不存在的订单。',
      },
      mark: { en: 'cancelled', zh: '取消' },
    },
    {
      when: (moment) => tells(moment, 'takes it back', 'Orders'),
      text: {
        en: 'No order, but ten points for it: the balance is wrong, and no log knows.',
        zh: '订单没有了，积分却多了十分：余额错了，而且没有任何日志知道。',
      },
      mark: { en: 'wrong balance', zh: '余额错误' },
    },
    {
      when: (moment) => tells(moment, 'tries again', 'C'),
      text: {
        en: 'C asks Points for the same once more. Points does not know that it is the same.',
        zh: 'C 向 Points 再发一遍同样的请求。Points 并不知道这是同一个请求。',
      },
    },
    {
      when: (moment) => tells(moment, 'adds once more', 'Points'),
      text: {
        en: 'Twenty points for one order. A request number that Points remembers would cure this one; against the cancelled order it takes a commit protocol.',
        zh: '一张订单，二十积分。让 Points 记住请求编号可以治好这一种；至于取消订单的那一种，就需要提交协议了。',
      },
      mark: { en: 'added twice', zh: '加了两次' },
    },
  ],
  predictions: [
    {
      id: 'visible',
      before: (moment) => delivers(moment, 'DO', 'Orders'),
      question: {
        en: 'C tells Orders to do its part; Points has not been asked yet. What will others see at Orders right afterwards?',
        zh: 'C 让 Orders 做自己的部分，Points 还没被问到。紧接着，别人在 Orders 那里会看到什么？',
      },
      options: [
        { id: '16', text: { en: '16 orders, until Points has answered', zh: '订单 16，要等 Points 回答之后才变' } },
        { id: '17', text: { en: '17 orders', zh: '订单 17' } },
        { id: 'locked', text: { en: 'Nothing: the number is locked', zh: '看不到：数据已加锁' } },
      ],
      settle: (moment) => {
        if (phaseOf(moment, 'Orders') === 'READY') return 'locked';
        return String(balanceOf(moment, 'Orders'));
      },
      otherwise: '16',
      because: {
        en: 'There is no state between “not done” and “done”: without READY nothing is held back, and whoever reads now may act on an order that will be taken back.',
        zh: '“没做”与“做了”之间没有别的状态：没有 READY，就什么也留不住；现在读到订单的人，可能会依据一张将被撤销的订单行事。',
      },
    },
    {
      id: 'books',
      before: (moment) => moment.entry?.happening.kind === 'timer' && moment.entry.happening.node === 'C',
      question: {
        en: 'The reply of Points is lost, and C is about to act as the setting says. What will the books show in the end?',
        zh: 'Points 的回答丢了，C 将按设置行动。最后账面如何？',
      },
      options: [
        { id: '17,30', text: { en: '17 orders, 30 points: right', zh: '订单 17，积分 30：正确' } },
        { id: '16,30', text: { en: '16 orders, 30 points: points for nothing', zh: '订单 16，积分 30：白送积分' } },
        { id: '17,40', text: { en: '17 orders, 40 points: twice', zh: '订单 17，积分 40：加了两次' } },
        { id: '16,20', text: { en: '16 orders, 20 points: nothing happened', zh: '订单 16，积分 20：什么也没发生' } },
      ],
      settle: (moment) =>
        tells(moment, 'ends', 'C') ? `${balanceOf(moment, 'Orders')},${balanceOf(moment, 'Points')}` : null,
      otherwise: '17,30',
      because: {
        en: 'Silence does not say whether it was done. Who cancels is wrong if it was, who repeats is wrong if it was: only a participant that can be told afterwards (READY, with undo and redo) makes both safe.',
        zh: '沉默并不说明做了没有。要是做了，取消是错，重试也是错：只有事后还能听从决定的参与者（READY，带 undo 和 redo）才使两者都安全。',
      },
    },
  ],
  goals: [],
  outcome: ({ without }) => [
    {
      text: { en: 'the books are wrong', zh: '账目是错的' },
      holds: (last) =>
        without === 'cancel'
          ? balanceOf(last, 'Orders') === 16 && balanceOf(last, 'Points') === 30 && phaseOf(last, 'Orders') === 'ABORT'
          : balanceOf(last, 'Points') === 40 && inPhase(last, 'COMMIT').length === 2,
    },
  ],
  breaks: ({ without }) => (without === 'cancel' ? ['atomic', 'unanimous', 'steady'] : ['unanimous', 'once']),
});
