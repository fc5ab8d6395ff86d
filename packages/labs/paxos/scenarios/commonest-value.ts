/** The mistake: a proposer adopts the commonest value among its promises instead of that of the highest number. */
import { defineScenario } from '../../define-scenario.ts';
import { chosenHere, chosenValues } from '../chosen.ts';
import { paxos } from '../protocol.ts';
import { gets, hasLearned, isLamport, isTold, learns, pace, proposedBy, sloppyOrLamport, stage } from '../script.ts';

export const commonestValue = defineScenario(
  paxos((settings) => ({ variant: isLamport(settings) ? 'lamport' : 'adopt-commonest' })),
  {
    id: 'paxos-commonest-value',
    title: { en: 'Wrong on purpose: the commonest value', zh: '故意写错：取最常见的值' },
    purpose: {
      en: '“Adopt the value that most have accepted” sounds democratic. Five acceptors, a split, and a proposer that hears X twice and Y once. Y is the one that is chosen.',
      zh: '“沿用最多人接受的值”听起来很民主。五个接受者，一次分区，一个提议者听到两次 X、一次 Y。而选定的是 Y。',
    },
    kind: 'variant',
    settings: sloppyOrLamport(
      { id: 'sloppy', en: 'adopt the commonest value', zh: '沿用最常见的值' },
      { en: 'adopt that of the highest number (Lamport)', zh: '沿用编号最大的（Lamport）' },
    ),
    nodes: stage(2, 5, 0),
    begin: [{ do: 'command', node: 'P1', command: 'propose X' }],
    rules: [
      {
        when: (moment) => proposedBy(moment, 'P1') === 'X',
        act: [
          {
            do: 'split',
            groups: [
              ['P1', 'A1', 'A2'],
              ['P2', 'A3', 'A4', 'A5'],
            ],
          },
        ],
      },
      { when: gets('P1', 'Accepted(1, X)', 'A2'), act: [{ do: 'command', node: 'P2', command: 'propose Y' }] },
      { when: learns('P2'), act: [{ do: 'healAll' }, { do: 'command', node: 'P1', command: 'retry' }] },
    ],
    latencyMs: pace({
      'Prepare(1) P1>A4': 14,
      'Prepare(1) P1>A5': 14,
      'Prepare(3) P1>A4': 16,
      'Prepare(3) P1>A5': 16,
    }),
    narration: [
      {
        when: ({ n }) => n === 0,
        text: {
          en: 'Five acceptors; any three are a majority. P1 wants X, P2 wants Y.',
          zh: '五个接受者，任意三个构成多数。P1 想要 X，P2 想要 Y。',
        },
      },
      {
        when: ({ entry }) => entry?.happening.kind === 'act' && entry.happening.action.do === 'split',
        text: {
          en: 'P1 has sent Accept(1, X), and the network splits: only A1 and A2 will get it.',
          zh: 'P1 刚发出 Accept(1, X)，网络就分区了：只有 A1 和 A2 能收到。',
        },
        mark: { en: 'Split', zh: '分区' },
      },
      {
        when: isTold('P2', 'propose Y'),
        text: {
          en: 'A1 and A2 have accepted (1, X): two of five, not chosen. On the other side P2 begins round 2 with A3, A4 and A5.',
          zh: 'A1 和 A2 接受了 (1, X)：五个里的两个，没有选定。另一边，P2 与 A3、A4、A5 开始第 2 轮。',
        },
        mark: { en: '(1, X) on two', zh: '两个接受 (1, X)' },
      },
      {
        when: (moment) => chosenHere(moment)?.n === 2,
        text: { en: 'A3, A4 and A5 have accepted (2, Y): Y is chosen.', zh: 'A3、A4、A5 接受了 (2, Y)：Y 已选定。' },
        mark: { en: 'Y chosen', zh: 'Y 已选定' },
      },
      {
        when: isTold('P1', 'retry'),
        text: {
          en: 'The split is over. P1 tries again with number 3, and A1, A2 and A3 answer first.',
          zh: '分区结束。P1 换编号 3 再试，A1、A2、A3 先答复。',
        },
      },
      {
        when: (moment) => proposedBy(moment, 'P1') !== null && moment.atMs > 60,
        text: (moment) =>
          proposedBy(moment, 'P1') === 'X'
            ? {
                en: 'X twice, Y once: P1 goes with the crowd and proposes X.',
                zh: 'X 两次，Y 一次：P1 随了大流，提议 X。',
              }
            : {
                en: '(2, Y) has the highest number: P1 proposes Y, outnumbered or not.',
                zh: '(2, Y) 编号最大：不管人多人少，P1 都提议 Y。',
              },
        mark: { en: 'P1 adopts', zh: 'P1 沿用' },
      },
      {
        when: (moment) => chosenHere(moment)?.n === 3,
        text: (moment) =>
          chosenHere(moment)?.value === 'X'
            ? {
                en: 'X is chosen after Y. Round 1 had failed, and it was two dead votes that were counted.',
                zh: 'X 在 Y 之后选定。第 1 轮早已失败，被数进去的是两张废票。',
              }
            : { en: 'Y again, in round 3.', zh: '第 3 轮，还是 Y。' },
        mark: { en: 'Chosen in round 3', zh: '第 3 轮选定' },
      },
    ],
    predictions: [
      {
        id: 'is-x-chosen',
        before: gets('A2', 'Accept(1, X)'),
        question: {
          en: 'A1 and A2 will both have accepted (1, X), and nobody else can be reached. What is chosen then?',
          zh: 'A1 和 A2 都将接受 (1, X)，其他接受者都联系不上。那时选定了什么？',
        },
        options: [
          { id: 'X', text: { en: 'X: all who can be reached agree', zh: 'X：能联系上的都同意' } },
          { id: 'nothing', text: { en: 'Nothing: two of five', zh: '什么也没有：五个里的两个' } },
          { id: 'open', text: { en: 'X, unless P2 objects', zh: 'X，除非 P2 反对' } },
        ],
        settle: (moment) => chosenValues(moment)[0] ?? 'nothing',
        otherwise: 'nothing',
        because: {
          en: 'A majority of five is three. The other three may decide without these two, and are about to.',
          zh: '五个的多数是三个。另外三个可以不理这两个自行决定，而且正要这么做。',
        },
      },
      {
        id: 'third-promise',
        before: gets('P1', 'Promise(3, (2, Y))', 'A3'),
        question: {
          en: 'P1 has (1, X) from A1 and A2; now A3 tells of (2, Y). Under the rule that you chose, what does P1 propose?',
          zh: 'P1 从 A1、A2 听到 (1, X)，现在 A3 要说 (2, Y)。按你选的规则，P1 会提议什么？',
        },
        options: [
          { id: 'X', text: { en: 'X: two against one', zh: 'X：二比一' } },
          { id: 'Y', text: { en: 'Y: 2 > 1', zh: 'Y：2 > 1' } },
          { id: 'nothing', text: { en: 'Nothing: no three agree', zh: '不提：没有三个一致' } },
        ],
        settle: (moment) => proposedBy(moment, 'P1') ?? 'nothing',
        otherwise: 'nothing',
        because: {
          en: 'Whoever proposed (2, Y) had a majority of promises in which nothing was accepted; those promises ended round 1. So among accepted proposals only the highest can be chosen, however few of it one hears.',
          zh: '提出 (2, Y) 的人曾得到多数承诺，其中没有人接受过提案；这些承诺终结了第 1 轮。所以在已接受的提案里，只有编号最大的才可能选定，不管你听到几个。',
        },
      },
    ],
    goals: [],
    ends: hasLearned('P1'),
    outcome: (settings) => [
      isLamport(settings)
        ? { text: { en: 'Only Y is chosen', zh: '只选定了 Y' }, holds: (last) => chosenValues(last).join() === 'Y' }
        : {
            text: { en: 'Y is chosen, and then X', zh: '先选定 Y，又选定 X' },
            holds: (last) => chosenValues(last).join() === 'Y,X',
          },
    ],
    breaks: (settings) => (isLamport(settings) ? [] : ['agreement', 'p2b']),
  },
);
