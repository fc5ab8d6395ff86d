/** The mistake: an Accept needs a number above the promise, so that a proposer's own Prepare stands against it. */
import { defineScenario } from '../../define-scenario.ts';
import { chosenHere, chosenValues, proposerAt } from '../chosen.ts';
import { paxos } from '../protocol.ts';
import { gets, hasLearned, isLamport, isTold, pace, sentKind, sloppyOrLamport, stage } from '../script.ts';

/** Where the lesson ends if nothing is ever chosen. */
const LAST_ROUND = 5;

export const rejectEqual = defineScenario(
  paxos((settings) => ({ retry: 'eager', variant: isLamport(settings) ? 'lamport' : 'reject-equal' })),
  {
    id: 'paxos-reject-equal',
    title: { en: 'Wrong on purpose: rejecting one’s own', zh: '故意写错：把自己人挡在门外' },
    purpose: {
      en: 'If n > promised is right for a Prepare, it looks tidy to ask the same of an Accept. One proposer, three acceptors, no faults at all: see what a single sign does. Nothing unsafe happens. Nothing else does either.',
      zh: '既然 Prepare 要求 n > 已承诺，让 Accept 也一样，看上去很整齐。一个提议者，三个接受者，没有任何故障：看看一个符号的后果。不会出错，只是什么也不会发生。',
    },
    kind: 'variant',
    settings: sloppyOrLamport(
      { id: 'sloppy', en: 'accept if n > promised', zh: 'n > 已承诺 才接受' },
      { en: 'accept if n ≥ promised (Lamport)', zh: 'n ≥ 已承诺 就接受（Lamport）' },
    ),
    nodes: stage(1, 3, 0),
    begin: [{ do: 'command', node: 'P1', command: 'propose X' }],
    rules: [],
    latencyMs: pace({}),
    narration: [
      {
        when: ({ n }) => n === 0,
        text: {
          en: 'The simplest case that there is: nobody competes, nothing is lost.',
          zh: '最简单的情形：没有竞争者，什么也不丢。',
        },
      },
      {
        when: isTold('P1', 'propose X'),
        text: { en: 'P1 prepares number 1.', zh: 'P1 发出 Prepare(1)。' },
      },
      {
        when: gets('P1', 'Promise(1, ∅)', 'A2'),
        text: {
          en: 'All is well so far: two promises, and Accept(1, X) goes out. Each acceptor has promised 1.',
          zh: '到此一切正常：两个承诺，Accept(1, X) 发出。每个接受者都承诺了 1。',
        },
      },
      {
        when: gets('A1', 'Accept(1, X)'),
        text: (moment) =>
          sentKind(moment, 'A1') === 'Reject'
            ? {
                en: '1 > 1 is false: A1 rejects the very round that it promised to P1.',
                zh: '1 > 1 不成立：A1 拒绝了它刚刚承诺给 P1 的这一轮。',
              }
            : {
                en: '1 ≥ 1: A1 accepts. The promise was made for this.',
                zh: '1 ≥ 1：A1 接受。承诺正是为此而作。',
              },
        mark: { en: 'Equal', zh: '相等' },
      },
      {
        when: (moment) => chosenHere(moment) !== null,
        text: { en: 'X is chosen.', zh: 'X 已选定。' },
        mark: { en: 'X chosen', zh: 'X 已选定' },
      },
      {
        when: (moment) => moment.atMs > 0 && sentKind(moment, 'P1') === 'Prepare',
        text: {
          en: 'P1 takes a higher number. Its new Prepare raises the promise exactly to the number of its next Accept, and so for ever.',
          zh: 'P1 换更大的编号。新的 Prepare 恰好把承诺提高到下一个 Accept 的编号，如此循环，没有尽头。',
        },
        mark: { en: 'Again', zh: '重来' },
      },
      {
        when: (moment) => proposerAt(moment, 'P1')?.disk.n === LAST_ROUND,
        text: {
          en: 'Round 5, and it will be the same in round 500. A livelock of one. All invariants hold: safety alone is easy, one just never decides.',
          zh: '第 5 轮了，到第 500 轮也一样。一个人的活锁。所有不变量都成立：只要安全很容易，什么也不决定就行。',
        },
        mark: { en: 'Round 5', zh: '第 5 轮' },
      },
    ],
    predictions: [
      {
        id: 'own-accept',
        before: gets('A1', 'Accept(1, X)'),
        question: {
          en: 'A1 has promised 1 to P1, and now gets Accept(1, X) from P1. Under the rule that you chose, what does it do?',
          zh: 'A1 已向 P1 承诺 1，现在即将收到 P1 的 Accept(1, X)。按你选的规则，它会怎么做？',
        },
        options: [
          { id: 'Accepted', text: { en: 'Accept', zh: '接受' } },
          { id: 'Reject', text: { en: 'Reject', zh: '拒绝' } },
          { id: 'nothing', text: { en: 'Ask P1 who else has promised', zh: '问 P1 还有谁承诺过' } },
        ],
        settle: (moment) => sentKind(moment, 'A1') ?? 'nothing',
        otherwise: 'nothing',
        because: {
          en: 'To promise n is to refuse what is below n. The proposer of n itself must still get through, so an Accept needs n ≥ promised.',
          zh: '承诺 n 是拒绝小于 n 的。n 的提议者自己总得通过，所以 Accept 要的是 n ≥ 已承诺。',
        },
      },
      {
        id: 'by-round-five',
        before: (moment) => gets('P1', 'Reject(1, 1)', 'A1')(moment) || gets('P1', 'Accepted(1, X)', 'A1')(moment),
        question: {
          en: 'The first answer to Accept(1, X) reaches P1. What will have been chosen by round 5?',
          zh: '对 Accept(1, X) 的第一个答复即将到达 P1。到第 5 轮会选定什么？',
        },
        options: [
          { id: 'X', text: { en: 'X, in round 1', zh: 'X，就在第 1 轮' } },
          { id: 'later', text: { en: 'X, in a later round', zh: 'X，在后面某一轮' } },
          { id: 'nothing', text: { en: 'Nothing', zh: '什么也没有' } },
        ],
        settle: (moment) => {
          if (chosenValues(moment).length > 0) return proposerAt(moment, 'P1')?.disk.n === 1 ? 'X' : 'later';
          return proposerAt(moment, 'P1')?.disk.n === LAST_ROUND ? 'nothing' : null;
        },
        otherwise: 'nothing',
        because: {
          en: 'A higher number does not help, since the Prepare carries it to the acceptors first. Only the comparison can.',
          zh: '换更大的编号没用，因为 Prepare 会先把它带给接受者。只能改那个比较符号。',
        },
      },
    ],
    goals: [],
    ends: (moment) => hasLearned('P1')(moment) || proposerAt(moment, 'P1')?.disk.n === LAST_ROUND,
    outcome: (settings) => [
      isLamport(settings)
        ? { text: { en: 'P1 learned X', zh: 'P1 学到 X' }, holds: hasLearned('P1') }
        : {
            text: { en: 'Five rounds, and nothing is chosen', zh: '五轮之后什么也没有选定' },
            holds: (last) => chosenValues(last).length === 0,
          },
    ],
    breaks: () => [],
  },
);
