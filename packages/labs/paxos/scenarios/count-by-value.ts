/** The mistake: a learner counts acceptors by value, across rounds. */
import { defineScenario } from '../../define-scenario.ts';
import { chosenHere, chosenValues, learnedBy } from '../chosen.ts';
import { paxos } from '../protocol.ts';
import { gets, isLamport, isTold, learns, losing, pace, proposedBy, sloppyOrLamport, stage } from '../script.ts';

export const countByValue = defineScenario(
  paxos((settings) => ({ variant: isLamport(settings) ? 'lamport' : 'count-by-value' })),
  {
    id: 'paxos-count-by-value',
    title: { en: 'Wrong on purpose: votes counted by value', zh: '故意写错：跨轮按值计票' },
    purpose: {
      en: '“X is chosen when a majority has accepted X.” It sounds right, and a word is missing: in the same round. Here A1 accepts X in round 1, A2 accepts Y in round 2, A3 accepts X in round 3. Two of three hold X. Is X chosen?',
      zh: '“多数接受了 X，X 就选定了。”听起来没错，却少了几个字：在同一轮。这里 A1 在第 1 轮接受 X，A2 在第 2 轮接受 Y，A3 在第 3 轮接受 X。三个里有两个是 X。X 选定了吗？',
    },
    kind: 'variant',
    settings: sloppyOrLamport(
      { id: 'sloppy', en: 'L1 counts by value', zh: 'L1 按值计票' },
      { en: 'L1 counts (number, value) (Lamport)', zh: 'L1 按（编号, 值）计票（Lamport）' },
    ),
    nodes: stage(2, 3, 1),
    begin: [{ do: 'command', node: 'P1', command: 'propose X' }],
    rules: [
      { when: gets('L1', 'Accepted(1, X)', 'A1'), act: [{ do: 'command', node: 'P2', command: 'propose Y' }] },
      { when: gets('L1', 'Accepted(2, Y)', 'A2'), act: [{ do: 'command', node: 'P1', command: 'retry' }] },
      { when: gets('L1', 'Accepted(3, X)', 'A3'), act: [{ do: 'command', node: 'P2', command: 'retry' }] },
      ...losing(
        'Prepare(1) P1>A3',
        'Accept(1, X) P1>A2',
        'Accept(1, X) P1>A3',
        'Prepare(2) P2>A1',
        'Accept(2, Y) P2>A1',
        'Accept(2, Y) P2>A3',
        'Prepare(3) P1>A2',
        'Accept(3, X) P1>A1',
        'Accept(3, X) P1>A2',
        'Prepare(4) P2>A3',
        'Accept(4, Y) P2>A3',
      ),
    ],
    latencyMs: pace({}),
    narration: [
      {
        when: ({ n }) => n === 0,
        text: {
          en: 'Three rounds will each reach one acceptor only; the network loses the rest. L1 keeps count.',
          zh: '接下来三轮，每轮都只有一个接受者接受，其余消息丢失。L1 负责计数。',
        },
      },
      {
        when: isTold('P2', 'propose Y'),
        text: {
          en: 'Round 1 has left (1, X) on A1. P2 begins round 2 and will hear from A2 and A3, which know nothing of it.',
          zh: '第 1 轮只在 A1 上留下 (1, X)。P2 开始第 2 轮，将听到 A2 和 A3，它们对此一无所知。',
        },
        mark: { en: '(1, X) on A1', zh: 'A1 接受 (1, X)' },
      },
      {
        when: isTold('P1', 'retry'),
        text: {
          en: 'Round 2 has left (2, Y) on A2. P1 tries again with 3 and will hear from A1 and A3.',
          zh: '第 2 轮在 A2 上留下 (2, Y)。P1 换编号 3 再试，将听到 A1 和 A3。',
        },
        mark: { en: '(2, Y) on A2', zh: 'A2 接受 (2, Y)' },
      },
      {
        when: gets('A3', 'Accept(3, X)'),
        text: {
          en: 'A3 accepts (3, X). Now (1, X), (2, Y) and (3, X) lie on three disks: three proposals with one acceptor each. None of them has a majority.',
          zh: 'A3 接受 (3, X)。现在三块磁盘上是 (1, X)、(2, Y)、(3, X)：三个提案，各有一个接受者，没有一个构成多数。',
        },
        mark: { en: '(3, X) on A3', zh: 'A3 接受 (3, X)' },
      },
      {
        when: gets('L1', 'Accepted(3, X)', 'A3'),
        text: (moment) =>
          learnedBy(moment, 'L1') === null
            ? {
                en: 'L1 has heard of (1, X) and (3, X): different proposals. It waits, and is right.',
                zh: 'L1 听到了 (1, X) 和 (3, X)：这是不同的提案。它继续等，等得对。',
              }
            : {
                en: 'L1 adds up A1 and A3 and announces X. Nothing is chosen, and a client has been told otherwise.',
                zh: 'L1 把 A1 和 A3 加在一起，宣布 X。其实什么都没选定，客户却已经得到了答复。',
              },
        mark: { en: 'L1 counts', zh: 'L1 计数' },
      },
      {
        when: (moment) => proposedBy(moment, 'P2') === 'Y' && moment.atMs > 100,
        text: {
          en: 'A1 tells of (1, X), A2 of (2, Y). 2 is the higher: P2 proposes Y, as it must.',
          zh: 'A1 说 (1, X)，A2 说 (2, Y)。2 更大：P2 按规则提议 Y。',
        },
      },
      {
        when: (moment) => chosenHere(moment) !== null,
        text: {
          en: 'A1 and A2 have accepted (4, Y), in one round: Y is chosen, the first and only value.',
          zh: 'A1 和 A2 在同一轮接受了 (4, Y)：Y 选定，是第一个也是唯一选定的值。',
        },
        mark: { en: 'Y chosen', zh: 'Y 已选定' },
      },
      {
        when: learns('L1'),
        text: { en: 'L1 has counted (4, Y) twice: it learns Y.', zh: 'L1 数到两个 (4, Y)：它学到 Y。' },
      },
    ],
    predictions: [
      {
        id: 'two-of-three',
        before: gets('L1', 'Accepted(3, X)', 'A3'),
        question: {
          en: 'A1 and A3 hold X, from rounds 1 and 3. Is X chosen?',
          zh: 'A1 和 A3 上都是 X，来自第 1 轮和第 3 轮。X 选定了吗？',
        },
        options: [
          { id: 'X', text: { en: 'Yes: two of three have accepted X', zh: '选定了：三个里有两个接受了 X' } },
          { id: 'none', text: { en: 'No: no proposal has two acceptors', zh: '没有：没有哪个提案有两个接受者' } },
          { id: 'Y', text: { en: 'No, Y is: its round cannot be undone', zh: '没有，选定的是 Y：那一轮无法撤销' } },
        ],
        settle: (moment) => chosenValues(moment)[0] ?? 'none',
        otherwise: 'none',
        because: {
          en: 'Chosen means: a majority has accepted the same number and value. Only then must every later round find it. Here a round that hears A1 and A2 finds Y to be the highest.',
          zh: '选定是指：多数接受了同一个编号和值。只有这样，以后的每一轮才必定会发现它。而这里，听到 A1 和 A2 的那一轮会发现 Y 的编号最大。',
        },
      },
      {
        id: 'fourth-round',
        before: gets('P2', 'Promise(4, (2, Y))', 'A2'),
        question: {
          en: 'P2 has Promise(4, (1, X)) from A1; now (2, Y) comes from A2. What does it propose?',
          zh: 'P2 已有 A1 的 Promise(4, (1, X))，现在 A2 的 (2, Y) 即将到达。它会提议什么？',
        },
        options: [
          { id: 'X', text: { en: 'X: L1 may have announced it', zh: 'X：L1 可能已宣布了它' } },
          { id: 'Y', text: { en: 'Y: the higher number', zh: 'Y：编号更大' } },
          { id: 'nothing', text: { en: 'Nothing: one against one', zh: '不提：一比一' } },
        ],
        settle: (moment) => proposedBy(moment, 'P2') ?? 'nothing',
        otherwise: 'nothing',
        because: {
          en: 'The highest accepted number binds. P2 cannot know what a learner believes, and need not: whatever is truly chosen shows up as the highest.',
          zh: '编号最大的已接受提案有约束力。P2 无从知道学习者怎么想，也不必知道：真正选定的值一定以最大编号出现。',
        },
      },
    ],
    goals: [],
    ends: (moment) =>
      chosenValues(moment).length > 0 && ![...moment.inFlight.values()].some(({ type }) => type === 'Accepted'),
    outcome: (settings) => [
      { text: { en: 'Only Y is chosen', zh: '只选定了 Y' }, holds: (last) => chosenValues(last).join() === 'Y' },
      isLamport(settings)
        ? { text: { en: 'L1 learned Y', zh: 'L1 学到 Y' }, holds: (last) => learnedBy(last, 'L1')?.value === 'Y' }
        : { text: { en: 'L1 announced X', zh: 'L1 宣布了 X' }, holds: (last) => learnedBy(last, 'L1')?.value === 'X' },
    ],
    breaks: (settings) => (isLamport(settings) ? [] : ['agreement', 'learning']),
  },
);
