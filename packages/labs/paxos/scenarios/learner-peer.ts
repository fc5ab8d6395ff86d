/** A learner that got none of the news asks another that did. */
import { defineScenario } from '../../define-scenario.ts';
import { chosenHere, chosenValues, learnedBy } from '../chosen.ts';
import { paxos } from '../protocol.ts';
import { gets, hasLearned, isTold, learns, pace, sentKind, stage } from '../script.ts';

export const learnerAsksPeer = defineScenario(paxos(), {
  id: 'paxos-learner-peer',
  title: { en: 'A learner that missed it asks another', zh: '错过消息的学习者：问同伴' },
  purpose: {
    en: 'X is chosen and L1 knows; both Accepted for L2 are lost. What is true of X while L2 does not know it, and whose word is enough for L2?',
    zh: 'X 已选定，L1 知道；发给 L2 的两条 Accepted 都丢了。L2 不知道的时候，X 算什么？谁的话对 L2 就足够了？',
  },
  kind: 'lesson',
  settings: [],
  nodes: stage(1, 3, 2),
  begin: [
    { do: 'cut', from: 'P1', to: 'A3' },
    { do: 'cut', from: 'A1', to: 'L2' },
    { do: 'cut', from: 'A2', to: 'L2' },
    { do: 'command', node: 'P1', command: 'propose X' },
  ],
  rules: [
    {
      when: ({ entry, flight }) => entry?.happening.kind === 'lose' && flight?.to === 'L2' && flight.from === 'A2',
      act: [{ do: 'healAll' }, { do: 'command', node: 'L2', command: 'ask learners' }],
    },
  ],
  latencyMs: pace({
    'Accepted(1, X) A1>L2': 16,
    'Accepted(1, X) A2>L2': 18,
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
      when: isTold('L2', 'ask learners'),
      text: { en: 'The links are mended. L2 asks its peer L1.', zh: '链路恢复了。L2 去问同伴 L1。' },
    },
    {
      when: gets('L2', 'Chosen(X)'),
      text: {
        en: 'L1 had counted a majority itself, so its word is enough: a chosen value never changes. Crash faults only: L1 does not lie.',
        zh: 'L1 自己数到过多数，所以它的话就够了：选定的值不会再变。前提是只有崩溃故障：L1 不会说谎。',
      },
      mark: { en: 'L2 knows', zh: 'L2 得知' },
    },
  ],
  predictions: [
    {
      id: 'lost-news',
      before: ({ entry, flight }) => entry?.happening.kind === 'lose' && flight?.to === 'L2' && flight.from === 'A2',
      question: {
        en: 'The second Accepted for L2 is about to be lost as well. What is true of X then?',
        zh: '发给 L2 的第二条 Accepted 也即将丢失。那么 X 怎么样？',
      },
      options: [
        { id: 'chosen', text: { en: 'It stays chosen; L2 just does not know', zh: '仍是选定的，只是 L2 不知道' } },
        { id: 'open', text: { en: 'It is chosen once all learners know', zh: '要等所有学习者都知道才算选定' } },
        { id: 'again', text: { en: 'P1 has to propose it again', zh: 'P1 必须重新提议' } },
      ],
      settle: (moment) => (chosenValues(moment).includes('X') ? 'chosen' : 'open'),
      otherwise: 'chosen',
      because: {
        en: 'Learners have no part in choosing. Two acceptors hold (1, X) on their disks, and that is all there is to it.',
        zh: '选定与学习者无关。两个接受者的磁盘上有 (1, X)，这就够了。',
      },
    },
    {
      id: 'peer',
      before: gets('L1', 'Query'),
      question: {
        en: 'L1 has counted a majority. What does it answer, and what may L2 make of it?',
        zh: 'L1 已数到多数。它会怎样答复，L2 又该怎么看？',
      },
      options: [
        { id: 'Chosen', text: { en: 'Chosen(X): L2 may take it as it is', zh: 'Chosen(X)：L2 可以直接采信' } },
        {
          id: 'Accepted',
          text: { en: 'Two Accepted(1, X), for L2 to count', zh: '两条 Accepted(1, X)，由 L2 自己数' },
        },
        { id: 'nothing', text: { en: 'Nothing: only acceptors may tell', zh: '不答：只有接受者才能说' } },
      ],
      settle: (moment) => sentKind(moment, 'L1') ?? 'nothing',
      otherwise: 'nothing',
      because: {
        en: 'What is chosen never changes, so whoever has counted a majority once may pass it on, and nobody has to count again.',
        zh: '选定的值不会改变，所以只要有一个数到过多数，就可以转告别人，不必再数。',
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
