/** The mistake: a majority of those who answer is taken for a majority. */
import { defineScenario } from '../../define-scenario.ts';
import { chosenHere, chosenValues, learnedBy } from '../chosen.ts';
import { paxos } from '../protocol.ts';
import { goesOff, isLamport, learns, pace, proposedBy, sentKind, sloppyOrLamport, stage } from '../script.ts';

export const majorityOfLiving = defineScenario(
  paxos((settings) => ({ silenceMs: 60, variant: isLamport(settings) ? 'lamport' : 'majority-of-living' })),
  {
    id: 'paxos-majority-of-living',
    title: { en: 'Wrong on purpose: a majority of the living', zh: '故意写错：活着的多数' },
    purpose: {
      en: 'It is tempting to leave the dead out of the count, so that one can go on. But silence does not tell the dead from those behind a cut link. P1 is alone with A1; A2 and A3 are in perfect health, on the other side, with P2.',
      zh: '把死掉的不算进去，就能继续走下去，听起来很诱人。但沉默分不出是死了，还是链路断了。P1 身边只有 A1；A2 和 A3 好端端地在另一边，和 P2 在一起。',
    },
    kind: 'variant',
    settings: sloppyOrLamport(
      { id: 'sloppy', en: 'a majority of those who answered in time', zh: '按时答复者中的多数' },
      { en: 'a majority of all acceptors (Lamport)', zh: '全体接受者的多数（Lamport）' },
    ),
    nodes: stage(2, 3, 0),
    begin: [
      {
        do: 'split',
        groups: [
          ['P1', 'A1'],
          ['P2', 'A2', 'A3'],
        ],
      },
      { do: 'command', node: 'P1', command: 'propose X' },
      { do: 'command', node: 'P2', command: 'propose Y' },
    ],
    rules: [
      {
        when: (moment) => goesOff('P1', 'silence')(moment) && sentKind(moment, 'P1') === 'Prepare',
        act: [{ do: 'healAll' }],
      },
    ],
    latencyMs: pace({ 'Prepare(3) P1>A2': 8 }),
    narration: [
      {
        when: ({ n }) => n === 0,
        text: {
          en: 'All five are alive. The network is about to split: P1 and A1 here, P2, A2 and A3 there.',
          zh: '五个节点都活着。网络即将分区：这边是 P1 和 A1，那边是 P2、A2 和 A3。',
        },
      },
      {
        when: ({ entry }) => entry?.happening.kind === 'act' && entry.happening.action.do === 'split',
        text: {
          en: 'The network splits. Nobody is told; messages across just vanish.',
          zh: '网络分区了。没有人得到通知，跨区的消息只是消失。',
        },
        mark: { en: 'Split', zh: '分区' },
      },
      {
        when: (moment) => chosenHere(moment) !== null && moment.atMs < 60,
        text: {
          en: 'On the larger side of the cut A2 and A3 have accepted (2, Y): two of three, Y is chosen.',
          zh: '人多的一边，A2 和 A3 接受了 (2, Y)：三个里的两个，Y 已选定。',
        },
        mark: { en: 'Y chosen', zh: 'Y 已选定' },
      },
      {
        when: goesOff('P1', 'silence'),
        text: (moment) =>
          proposedBy(moment, 'P1') === null
            ? {
                en: 'P1 has one promise of three. It may not propose; it tries again with 3, and would do so for as long as the cut lasts.',
                zh: 'P1 只有三个中的一个承诺。它不能提议，只能换编号 3 再试；分区不愈，就一直试下去。',
              }
            : {
                en: 'Time is up. P1 takes A2 and A3 for dead: of one living acceptor, one has promised. It calls that a majority and proposes X.',
                zh: '时间到。P1 认定 A2、A3 已死：活着的一个里，有一个承诺了。它把这叫作多数，提议 X。',
              },
        mark: { en: 'P1 times out', zh: 'P1 超时' },
      },
      {
        when: ({ entry }) => entry?.happening.kind === 'act' && entry.happening.action.do === 'healAll',
        text: {
          en: 'The links are mended, just in time for Prepare(3).',
          zh: '链路恢复，正好赶上 Prepare(3)。',
        },
        mark: { en: 'Healed', zh: '恢复' },
      },
      {
        when: (moment) => proposedBy(moment, 'P1') === 'Y',
        text: {
          en: 'P1 reaches a true majority, is told of (2, Y) and adopts it.',
          zh: 'P1 联系上真正的多数，得知 (2, Y)，沿用了它。',
        },
      },
      {
        when: learns('P1'),
        text: (moment) =>
          learnedBy(moment, 'P1')?.value === 'X'
            ? {
                en: 'P1 tells its client X. P2 has told its own Y. Both could show a “majority”; two majorities that share nobody are none.',
                zh: 'P1 答复客户 X，P2 早已答复 Y。两边都拿得出“多数”；但没有共同成员的两个多数，根本不是多数。',
              }
            : { en: 'P1 learns Y: it waited, and nothing went wrong.', zh: 'P1 学到 Y：它等待过，但没有出错。' },
        mark: { en: 'P1 knows', zh: 'P1 得知' },
      },
    ],
    predictions: [
      {
        id: 'what-will-p1-hold',
        before: learns('P2'),
        question: {
          en: 'P2 is about to learn Y. P1 is cut off with A1 and wants X. What will P1 hold for chosen in the end, under the rule that you chose?',
          zh: 'P2 即将学到 Y。P1 和 A1 被隔在另一边，想要 X。按你选的规则，P1 最后会认为选定了什么？',
        },
        options: [
          { id: 'X', text: { en: 'X', zh: 'X' } },
          { id: 'Y', text: { en: 'Y', zh: 'Y' } },
          { id: 'nothing', text: { en: 'Nothing, ever', zh: '永远什么也没有' } },
        ],
        settle: (moment) => learnedBy(moment, 'P1')?.value ?? null,
        otherwise: 'nothing',
        because: {
          en: 'With a majority of all, one acceptor is never enough: P1 waits, and finds Y when it reaches a second one. With a majority of those who answer, P1 decides on its own.',
          zh: '按全体的多数，一个接受者永远不够：P1 等着，直到联系上第二个，发现 Y。按答复者的多数，P1 就自作主张了。',
        },
      },
      {
        id: 'time-out',
        before: goesOff('P1', 'silence'),
        question: {
          en: 'P1 has waited 60 ms and has one promise, that of A1. Its timer goes off. What will it send?',
          zh: 'P1 等了 60 毫秒，只有 A1 的一个承诺。定时器即将到期。它会发出什么？',
        },
        options: [
          { id: 'Accept', text: { en: 'Accept(1, X)', zh: 'Accept(1, X)' } },
          { id: 'Prepare', text: { en: 'Prepare(3)', zh: 'Prepare(3)' } },
          { id: 'nothing', text: { en: 'Nothing any more', zh: '什么也不再发' } },
        ],
        settle: (moment) => sentKind(moment, 'P1') ?? 'nothing',
        otherwise: 'nothing',
        because: {
          en: 'A timeout may cause another try, never a decision: how long nobody answers says nothing about who has decided what.',
          zh: '超时可以引起重试，绝不能据此作决定：多久没有人答复，说明不了谁决定了什么。',
        },
      },
    ],
    goals: [],
    ends: learns('P1'),
    outcome: (settings) => [
      { text: { en: 'Only Y is chosen', zh: '只选定了 Y' }, holds: (last) => chosenValues(last).join() === 'Y' },
      isLamport(settings)
        ? { text: { en: 'P1 learned Y', zh: 'P1 学到 Y' }, holds: (last) => learnedBy(last, 'P1')?.value === 'Y' }
        : {
            text: { en: 'P1 holds X for chosen', zh: 'P1 认为选定了 X' },
            holds: (last) => learnedBy(last, 'P1')?.value === 'X',
          },
    ],
    breaks: (settings) => (isLamport(settings) ? [] : ['agreement', 'learning']),
  },
);
