import { defineScenario } from '../../define-scenario.ts';
import { loses } from '../../moments.ts';
import {
  answersFirst,
  howManyAreSure,
  lastOf,
  sendsOfLast,
  sentLetter,
  sureOptions,
  whoAttacks,
} from '../two-lessons.ts';
import { sendsAtMost } from '../two-program.ts';
import {
  acksSetting,
  disagree,
  generals,
  isLast,
  knowledge,
  lastSender,
  letterLabel,
  twoGeneralsProtocol,
  twoNodes,
} from '../two-protocol.ts';

/** However many acknowledgements they agree on, one of them is the last, and it can be lost. */
export const twoLost = defineScenario(twoGeneralsProtocol, {
  id: 'generals-last-letter',
  title: { en: 'The last letter is lost', zh: '最后一封信丢了' },
  purpose: {
    en: 'They agree beforehand how many acknowledgements it takes. Whatever the number, one letter is the last, whoever sends it learns nothing more, and here that one is lost each time. Choose one acknowledgement fewer, or more, and watch the same thing happen.',
    zh: '两人事先约好需要几次确认。无论约几次，总有一封是最后一封，发出它的人再也等不到回音；这里被截住的每次都是这一封。把确认次数加一或减一，看看结果是否不同。',
  },
  kind: 'lesson',
  settings: [acksSetting],
  nodes: twoNodes,
  begin: [{ do: 'command', node: 'G1', command: 'attack' }],
  rules: Array.from({ length: sendsAtMost }, (_, i) => ({
    when: (moment) => sendsOfLast(moment) === i + 1,
    act: (moment) => (moment.entry?.sent ?? []).map(({ id }) => ({ do: 'drop', message: id })),
  })),
  narration: [
    {
      when: (moment) => sentLetter(moment) === 1,
      text: {
        en: 'G1 decides to attack at dawn and sends a messenger. G1 alone would be beaten, so G1 waits for word from G2.',
        zh: 'G1 决定拂晓进攻，派出信使。孤军进攻必败，所以 G1 要等 G2 的回音。',
      },
    },
    {
      when: (moment) => sendsOfLast(moment) === 1,
      text: (moment) => {
        const sender = lastSender(moment);
        const known = sender === null ? { en: '', zh: '' } : knowledge(sender);
        const letter = letterLabel(lastOf(moment));
        return {
          en: `${known.en}. ${letter} is the last letter of the plan. Nobody answers it, so the sender, ${sender?.name}, attacks without ever knowing whether it arrived.`,
          zh: `${known.zh}。${letter} 是计划中的最后一封信。没有人会回复它，所以发信的 ${sender?.name} 只能在不知道它是否送达的情况下进攻。`,
        };
      },
      mark: { en: 'last letter', zh: '最后一封' },
    },
    {
      when: (moment) => answersFirst(moment, 1),
      text: {
        en: 'G2 knows of the attack now. But G1 does not know that G2 knows, so G2 acknowledges.',
        zh: 'G2 知道要进攻了。但 G1 不知道 G2 知道，所以 G2 发回确认。',
      },
    },
    {
      when: (moment) => answersFirst(moment, 2),
      text: {
        en: 'G1 knows that G2 knows. Now it is G2 who cannot tell whether the acknowledgement arrived: one doubt is gone, the next one is born.',
        zh: 'G1 知道 G2 知道了。可是现在轮到 G2 不确定自己的确认到了没有：一个疑问解决了，下一个又出现。',
      },
    },
    {
      when: (moment) => answersFirst(moment, 3),
      text: {
        en: 'An acknowledgement of the acknowledgement adds one more “knows that”. Its sender is in doubt again.',
        zh: '对确认的确认，只不过多了一层“知道”。发出它的人又陷入不确定。',
      },
    },
    {
      when: (moment) => loses(moment) && isLast(moment) && lastSender(moment)?.sends === 1,
      text: {
        en: 'The messenger is caught. For the sender nothing has changed: he saw a messenger leave, as he would have anyway.',
        zh: '信使被截住了。对发信人来说什么都没变：无论如何，他看到的都只是信使出发。',
      },
      mark: { en: 'lost', zh: '丢失' },
    },
    {
      when: (moment) => loses(moment) && isLast(moment) && lastSender(moment)?.sends === sendsAtMost,
      text: {
        en: 'Sent again, caught again. Sending more often makes the loss less likely, never impossible.',
        zh: '再发，再被截。多发几次只能让丢失变得更不可能，不能让它绝不发生。',
      },
    },
    {
      when: disagree,
      text: {
        en: 'One attacks alone. Now the induction: suppose that some plan works, and take the shortest. It must work even when its last letter is lost; then that letter is not needed, and a shorter plan works. So there is none. Choose one acknowledgement fewer and look: that is the step, down to a plan with no letters at all.',
        zh: '一方孤军进攻。归纳法由此而来：假设有行得通的方案，取其中最短的。即使最后一封信丢了它也必须行得通；那么这封信就是多余的，更短的方案也行得通，矛盾。所以这样的方案不存在。把确认次数减一再看：这就是归纳的一步，一直减到一封信也没有。',
      },
      mark: { en: 'one attacks alone', zh: '孤军进攻' },
    },
  ],
  predictions: [
    {
      id: 'who-attacks',
      before: (moment) => loses(moment) && isLast(moment) && lastSender(moment)?.sends === 1,
      question: {
        en: 'The last letter of the plan is about to be caught, and so are its repetitions. What happens at dawn?',
        zh: '计划中的最后一封信即将被截住，重发的也一样。拂晓时会发生什么？',
      },
      options: [
        { id: 'both', text: { en: 'Both attack', zh: '两人都进攻' } },
        { id: 'neither', text: { en: 'Neither attacks', zh: '两人都不进攻' } },
        { id: 'sender', text: { en: 'Only the sender of the last letter attacks', zh: '只有最后一封信的发信人进攻' } },
        { id: 'receiver', text: { en: 'Only the one who waits for it attacks', zh: '只有等这封信的人进攻' } },
      ],
      settle: whoAttacks,
      otherwise: 'neither',
      because: {
        en: 'The sender has all that the plan asks of it, and a letter lost looks to him like one that arrived. The other lacks a letter that the plan asks for.',
        zh: '发信人已经满足了计划对它的全部要求，而信丢了与信到了在他看来毫无分别。另一位则缺了计划要求的一封信。',
      },
    },
    {
      id: 'who-is-sure',
      before: (moment) => moment.entry?.happening.kind === 'timer' && moment.entry.happening.timer === 'dawn',
      question: {
        en: 'Dawn. How many of the two know for sure that the other attacks?',
        zh: '拂晓到了。两人之中有几个确知对方会进攻？',
      },
      options: sureOptions,
      settle: howManyAreSure,
      otherwise: '0',
      because: {
        en: 'To be sure, a general needs a letter that was sent after the other had all he wanted. The last letter would be that, for its receiver; for its sender there is none.',
        zh: '要确知，必须收到一封在对方条件全部满足之后才发出的信。对收信人来说，最后一封信就是这样的信；对发信人来说，这样的信不存在。',
      },
    },
  ],
  goals: [],
  ends: (moment) => generals(moment).every(({ decision }) => decision !== null),
  outcome: () => [
    {
      text: { en: 'One attacks and the other does not.', zh: '一方进攻，另一方没有。' },
      holds: disagree,
    },
    {
      text: { en: 'The sender of the last letter attacks.', zh: '进攻的是最后一封信的发信人。' },
      holds: (last) => lastSender(last)?.decision === 'attack',
    },
  ],
  breaks: () => ['together', 'certain'],
});
