/** A learner that got none of the news asks the acceptors, and cannot tell: a new round can. */
import { defineScenario } from '../../define-scenario.ts';
import { chosenHere, chosenValues, learnedBy } from '../chosen.ts';
import { paxos } from '../protocol.ts';
import { gets, hasLearned, isTold, learns, pace, proposedBy, stage } from '../script.ts';

export const learnerAsksAcceptors = defineScenario(paxos(), {
  id: 'paxos-learner-round',
  title: { en: 'A learner that missed it asks the acceptors', zh: '错过消息的学习者：问接受者' },
  purpose: {
    en: 'Again both Accepted for L2 are lost; this time L2 asks the acceptors, and one of them is down. What can L2 conclude from the answers that are left, and what helps where they are not enough?',
    zh: '发给 L2 的两条 Accepted 又丢了；这次 L2 去问接受者，而其中一个停机。凭剩下的答复，L2 能得出什么结论？要是不够，还有什么办法？',
  },
  kind: 'lesson',
  settings: [],
  nodes: stage(2, 3, 2),
  begin: [
    { do: 'cut', from: 'P1', to: 'A3' },
    { do: 'cut', from: 'A1', to: 'L2' },
    { do: 'cut', from: 'A2', to: 'L2' },
    { do: 'command', node: 'P1', command: 'propose X' },
  ],
  rules: [
    {
      when: ({ entry, flight }) => entry?.happening.kind === 'lose' && flight?.to === 'L2' && flight.from === 'A2',
      act: [{ do: 'healAll' }, { do: 'crash', node: 'A2' }, { do: 'command', node: 'L2', command: 'ask acceptors' }],
    },
    { when: gets('L2', 'Accepted(∅)', 'A3'), act: [{ do: 'command', node: 'P2', command: 'propose Y' }] },
  ],
  latencyMs: pace({
    'Accepted(1, X) A1>L2': 16,
    'Accepted(1, X) A2>L2': 18,
    'Accepted(∅) A3>L2': 20,
  }),
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'Two learners. P1 does not reach A3, and L2 does not hear A1 and A2.',
        zh: '两个学习者。P1 联系不上 A3，L2 听不到 A1 和 A2。',
      },
    },
    {
      when: isTold('P1', 'propose X'),
      text: { en: 'P1 proposes X; A1 and A2 will do.', zh: 'P1 提议 X；有 A1 和 A2 就够了。' },
    },
    {
      when: (moment) => chosenHere(moment)?.n === 1,
      text: {
        en: 'X is chosen by A1 and A2. Each tells P1, L1 and L2.',
        zh: 'A1 和 A2 选定了 X。两者都会告诉 P1、L1 和 L2。',
      },
      mark: { en: 'X chosen', zh: 'X 已选定' },
    },
    {
      when: learns('L1'),
      text: { en: 'L1 has counted two: it knows X.', zh: 'L1 数到了两个：它知道了 X。' },
      mark: { en: 'L1 knows', zh: 'L1 得知' },
    },
    {
      when: ({ entry, flight }) => entry?.happening.kind === 'lose' && flight?.to === 'L2' && flight.from === 'A2',
      text: {
        en: 'L2 has heard nothing at all. Acceptors do not send twice of their own accord: L2 has to ask.',
        zh: 'L2 什么也没听到。接受者不会主动重发，L2 得自己去问。',
      },
      mark: { en: 'L2 missed it', zh: 'L2 错过' },
    },
    {
      when: isTold('L2', 'ask acceptors'),
      text: {
        en: 'The links are mended, but A2 has crashed. L2 asks all three what they have accepted.',
        zh: '链路恢复了，但 A2 崩溃了。L2 问三个接受者各自接受了什么。',
      },
    },
    {
      when: gets('L2', 'Accepted(∅)', 'A3'),
      text: {
        en: 'A1 says (1, X), A3 says nothing, A2 is silent. If A2 has accepted (1, X), X is chosen; if not, it is not. L2 cannot tell. Only a new round can: P2 begins one, for Y.',
        zh: 'A1 说 (1, X)，A3 说没有，A2 沉默。A2 若接受过 (1, X)，X 就已选定；若没有，就没选定。L2 判断不了，只有新的一轮能：P2 为 Y 开始一轮。',
      },
      mark: { en: 'Cannot tell', zh: '无法判断' },
    },
    {
      when: (moment) => proposedBy(moment, 'P2') !== null,
      text: {
        en: 'P2 does not know either whether X is chosen. It proposes X in case it is: the new round chooses X anew and so brings it to light.',
        zh: 'P2 同样不知道 X 是否已选定。为防万一，它提议 X：新的一轮再次选定 X，从而让它显现出来。',
      },
      mark: { en: 'P2 adopts X', zh: 'P2 沿用 X' },
    },
    {
      when: learns('L2'),
      text: {
        en: 'L2 has counted (2, X) from A1 and A3. It learns what was chosen in round 1 by way of round 2.',
        zh: 'L2 从 A1 和 A3 数到了 (2, X)。第 1 轮选定的值，它通过第 2 轮得知。',
      },
      mark: { en: 'L2 knows', zh: 'L2 得知' },
    },
  ],
  predictions: [
    {
      id: 'cannot-tell',
      before: gets('L2', 'Accepted(∅)', 'A3'),
      question: {
        en: 'A1 told L2 of (1, X), A3 has accepted nothing, A2 is down. What does L2 know?',
        zh: 'A1 告诉 L2 接受过 (1, X)，A3 没有接受过，A2 停机。L2 知道什么？',
      },
      options: [
        { id: 'chosen', text: { en: 'That X is chosen', zh: 'X 已选定' } },
        { id: 'not', text: { en: 'That nothing is chosen', zh: '什么也没选定' } },
        { id: 'cannot', text: { en: 'Neither: it depends on A2', zh: '都不知道：要看 A2' } },
      ],
      settle: (moment) => (learnedBy(moment, 'L2') === null ? 'cannot' : 'chosen'),
      otherwise: 'cannot',
      because: {
        en: 'Two histories look alike to L2: in one A2 has accepted (1, X), in the other it has not. (“Paxos Made Simple”, section 2.3.)',
        zh: '在 L2 看来，两种历史一模一样：一种里 A2 接受过 (1, X)，另一种里没有。（见《Paxos Made Simple》第 2.3 节。）',
      },
    },
    {
      id: 'new-round',
      before: (moment) => proposedBy(moment, 'P2') !== null,
      question: {
        en: 'P2 wants Y. It has the promises (1, X) and ∅. What does it propose?',
        zh: 'P2 想要 Y，得到的承诺是 (1, X) 和 ∅。它会提议什么？',
      },
      options: [
        { id: 'X', text: { en: 'X, chosen or not', zh: 'X，不论是否已选定' } },
        { id: 'Y', text: { en: 'Y: one of two is no majority for X', zh: 'Y：两个里只有一个，X 不是多数' } },
        { id: 'nothing', text: { en: 'Nothing until A2 is back', zh: '不提，等 A2 回来' } },
      ],
      settle: (moment) => proposedBy(moment, 'P2') ?? 'nothing',
      otherwise: 'nothing',
      because: {
        en: 'X may be chosen, so it must be kept; if it was not, no harm is done by choosing it now. That is how a new round settles what nobody could tell.',
        zh: 'X 可能已选定，所以必须保留；若没有选定，现在选它也无妨。新的一轮就这样了结谁都说不清的事。',
      },
    },
  ],
  goals: [],
  ends: hasLearned('L2'),
  outcome: () => [
    {
      text: { en: 'Both learners know X', zh: '两个学习者都知道 X' },
      holds: (last) => learnedBy(last, 'L1')?.value === 'X' && learnedBy(last, 'L2')?.value === 'X',
    },
    { text: { en: 'Only X is chosen', zh: '只选定了 X' }, holds: (last) => chosenValues(last).join() === 'X' },
  ],
  breaks: () => [],
});
