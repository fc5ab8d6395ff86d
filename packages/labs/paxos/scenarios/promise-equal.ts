/** The mistake: an acceptor promises again what it has promised already, to somebody else. */
import { defineScenario } from '../../define-scenario.ts';
import { chosenHere, chosenValues } from '../chosen.ts';
import { paxos } from '../protocol.ts';
import { gets, isLamport, isTold, learns, pace, proposedBy, sentKind, sloppyOrLamport, stage } from '../script.ts';

export const promiseEqual = defineScenario(
  paxos((settings) => ({
    retry: 'eager',
    numbers: 'shared',
    variant: isLamport(settings) ? 'lamport' : 'promise-equal',
  })),
  {
    id: 'paxos-promise-equal',
    title: { en: 'Wrong on purpose: equal is not greater', zh: '故意写错：等于不是大于' },
    purpose: {
      en: 'Two mistakes meet. The proposers take plain numbers, so that both begin with 1; and the acceptors promise n ≥ promised instead of n > promised. Either alone does no harm here. Together they let two values be chosen in the same round.',
      zh: '两个错误碰在一起。提议者用普通的序号，所以都从 1 开始；接受者按 n ≥ 已承诺 而不是 n > 已承诺 来承诺。单有一个，这里都不出事；合在一起，同一轮就能选定两个值。',
    },
    kind: 'variant',
    settings: sloppyOrLamport(
      { id: 'sloppy', en: 'promise if n ≥ promised', zh: 'n ≥ 已承诺 就承诺' },
      { en: 'promise if n > promised (Lamport)', zh: 'n > 已承诺 才承诺（Lamport）' },
    ),
    nodes: stage(2, 3, 0),
    begin: [{ do: 'command', node: 'P1', command: 'propose X' }],
    rules: [{ when: gets('A2', 'Prepare(1)', 'P1'), act: [{ do: 'command', node: 'P2', command: 'propose Y' }] }],
    latencyMs: pace({
      'Prepare(1) P1>A3': 24,
      'Promise(1, ∅) A3>P1': 30,
      'Accept(1, X) P1>A3': 90,
      'Prepare(1) P2>A1': 30,
      'Promise(1, (1, X)) A1>P2': 30,
      'Accept(1, Y) P2>A1': 90,
      'Prepare(1) P2>A3': 8,
    }),
    narration: [
      {
        when: ({ n }) => n === 0,
        text: {
          en: 'P1 wants X, P2 wants Y, and both count 1, 2, 3: their numbers are not unique.',
          zh: 'P1 想要 X，P2 想要 Y，两者都按 1、2、3 计数：编号不唯一。',
        },
      },
      {
        when: isTold('P2', 'propose Y'),
        text: {
          en: 'A1 and A2 have promised 1 to P1. P2 begins, with number 1 as well.',
          zh: 'A1 和 A2 已向 P1 承诺 1。P2 开始，编号也是 1。',
        },
        mark: { en: 'P2 begins', zh: 'P2 开始' },
      },
      {
        when: gets('A2', 'Prepare(1)', 'P2'),
        text: (moment) =>
          sentKind(moment, 'A2') === 'Promise'
            ? {
                en: '1 ≥ 1: A2 promises 1 a second time, to P2. Two proposers now believe that round 1 is theirs.',
                zh: '1 ≥ 1：A2 把 1 又承诺给了 P2。现在两个提议者都以为第 1 轮归自己。',
              }
            : {
                en: '1 > 1 is false: A2 rejects. A number that a majority has promised once is taken, unique or not.',
                zh: '1 > 1 不成立：A2 拒绝。一个编号一旦被多数承诺过，就有主了，不管它是否唯一。',
              },
        mark: { en: '1 again', zh: '又是 1' },
      },
      {
        when: (moment) => chosenHere(moment)?.value === 'X' && chosenHere(moment)?.n === 1,
        text: { en: 'A1 and A2 accept (1, X): X is chosen.', zh: 'A1 和 A2 接受 (1, X)：X 已选定。' },
        mark: { en: 'X chosen', zh: 'X 已选定' },
      },
      {
        when: (moment) => proposedBy(moment, 'P2') === 'Y',
        text: {
          en: 'P2 has promises of A2 and A3, made before anything was accepted: it proposes (1, Y).',
          zh: 'P2 有 A2 和 A3 的承诺，都是在接受任何提案之前作出的：它提议 (1, Y)。',
        },
      },
      {
        when: (moment) => chosenHere(moment)?.value === 'Y',
        text: {
          en: 'Y is chosen too, in the same round 1: A2 has overwritten (1, X) with (1, Y). Two proposals with one number: everything in Paxos rests on there being only one.',
          zh: 'Y 也选定了，就在同一个第 1 轮：A2 用 (1, Y) 覆盖了 (1, X)。一个编号对应两个提案，而 Paxos 的一切都建立在一个编号只有一个提案之上。',
        },
        mark: { en: 'Y chosen', zh: 'Y 已选定' },
      },
      {
        when: (moment) => sentKind(moment, 'P2') === 'Prepare' && moment.atMs > 20,
        text: {
          en: 'P2 cannot get round 1 and tries again with 2.',
          zh: 'P2 拿不到第 1 轮，换编号 2 再试。',
        },
      },
      {
        when: (moment) => proposedBy(moment, 'P2') === 'X',
        text: { en: 'It hears of (1, X) and adopts X.', zh: '它听到 (1, X)，沿用 X。' },
      },
    ],
    predictions: [
      {
        id: 'promise-again',
        before: gets('A2', 'Prepare(1)', 'P2'),
        question: {
          en: 'A2 has promised 1 to P1. Prepare(1) of P2 arrives. What does A2 do under the rule that you chose?',
          zh: 'A2 已向 P1 承诺 1。P2 的 Prepare(1) 即将到达。按你选的规则，A2 会怎么做？',
        },
        options: [
          { id: 'Promise', text: { en: 'Promise 1 to P2 too', zh: '也向 P2 承诺 1' } },
          { id: 'Reject', text: { en: 'Reject: 1 is taken', zh: '拒绝：1 已有主' } },
          { id: 'nothing', text: { en: 'Take it for a copy and stay silent', zh: '当作重复消息，不作声' } },
        ],
        settle: (moment) => sentKind(moment, 'A2') ?? 'nothing',
        otherwise: 'nothing',
        because: {
          en: 'An acceptor does not look at who asks. “Greater” makes sure that at most one proposer gets a majority of promises for a number; “greater or equal” leaves that to unique numbers.',
          zh: '接受者不看是谁在问。用“大于”，一个编号至多有一个提议者能得到多数承诺；用“大于等于”，就全靠编号唯一了。',
        },
      },
      {
        id: 'how-many',
        before: (moment) => proposedBy(moment, 'P2') !== null,
        question: {
          en: 'P2 is about to propose. How many values will be chosen in the end?',
          zh: 'P2 即将提议。最后会选定几个值？',
        },
        options: [
          { id: 'X', text: { en: 'One: X', zh: '一个：X' } },
          { id: 'Y', text: { en: 'One: Y', zh: '一个：Y' } },
          { id: 'X,Y', text: { en: 'Two', zh: '两个' } },
        ],
        settle: (moment) => (learns('P2')(moment) ? chosenValues(moment).join() : null),
        otherwise: 'X',
        because: {
          en: 'A2 is in both majorities. Whether it may serve two proposers with one number decides everything.',
          zh: 'A2 同时在两个多数里。它能不能用一个编号侍奉两个提议者，决定了一切。',
        },
      },
    ],
    goals: [],
    ends: learns('P2'),
    outcome: (settings) => [
      isLamport(settings)
        ? { text: { en: 'Only X is chosen', zh: '只选定了 X' }, holds: (last) => chosenValues(last).join() === 'X' }
        : {
            text: { en: 'X and Y are chosen', zh: 'X 和 Y 都选定了' },
            holds: (last) => chosenValues(last).join() === 'X,Y',
          },
    ],
    breaks: (settings) => (isLamport(settings) ? [] : ['agreement']),
  },
);
