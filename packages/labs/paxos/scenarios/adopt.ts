/** A second proposer comes when X is chosen and nobody knows: it must adopt X. */
import { defineScenario } from '../../define-scenario.ts';
import { chosenHere, chosenValues, learnedBy } from '../chosen.ts';
import { paxos } from '../protocol.ts';
import { gets, hasLearned, isTold, learns, pace, proposedBy, sentKind, stage, underWay } from '../script.ts';

export const adopt = defineScenario(paxos(), {
  id: 'paxos-two-proposers',
  title: { en: 'Two proposers: X is on two', zh: '两个提议者：X 已在两处' },
  purpose: {
    en: 'X is chosen by A1 and A2, and nobody knows it yet: the news is under way. P2 wants Y, takes a higher number and hears from A2 and A3. Can it get a second value chosen?',
    zh: 'A1 和 A2 已选定 X，但消息还在路上，没有人知道。P2 想要 Y，取了更大的编号，得到 A2 和 A3 的答复。它能让第二个值也选定吗？',
  },
  kind: 'lesson',
  settings: [],
  nodes: stage(2, 3, 0),
  begin: [{ do: 'command', node: 'P1', command: 'propose X' }],
  rules: [
    {
      when: gets('A2', 'Prepare(1)'),
      act: (moment) => {
        const message = underWay(moment, 'Prepare(1)', 'P1', 'A3');
        return message === null ? [] : [{ do: 'drop', message }];
      },
    },
    { when: gets('A1', 'Accept(1, X)'), act: [{ do: 'command', node: 'P2', command: 'propose Y' }] },
  ],
  latencyMs: pace({
    'Prepare(1) P1>A2': 12,
    'Prepare(1) P1>A3': 30,
    'Accept(1, X) P1>A1': 8,
    'Accept(1, X) P1>A2': 14,
    'Accept(1, X) P1>A3': 60,
    'Prepare(2) P2>A2': 12,
    'Prepare(2) P2>A1': 40,
    'Promise(2, (1, X)) A2>P2': 14,
    'Accept(2, X) P2>A2': 12,
    'Accept(2, X) P2>A1': 20,
    'Accepted(1, X) A1>P1': 60,
    'Accepted(1, X) A2>P1': 60,
  }),
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'P1 wants X, P2 wants Y. Each has numbers of its own: P1 the odd ones, P2 the even ones.',
        zh: 'P1 想要 X，P2 想要 Y。编号互不相同：P1 用奇数，P2 用偶数。',
      },
    },
    {
      when: isTold('P1', 'propose X'),
      text: {
        en: 'P1 begins with number 1 and asks all three for a promise.',
        zh: 'P1 从编号 1 开始，请三个接受者作出承诺。',
      },
    },
    {
      when: ({ entry }) => entry?.happening.kind === 'lose',
      text: {
        en: 'The Prepare for A3 is lost. Nobody notices, and nobody needs to: A1 and A2 are enough.',
        zh: '发给 A3 的 Prepare 丢了。没有人察觉，也不必察觉：有 A1 和 A2 就够了。',
      },
      mark: { en: 'lost', zh: '丢弃' },
    },
    {
      when: gets('P1', 'Promise(1, ∅)', 'A2'),
      text: {
        en: 'P1 has its majority, and nobody has accepted anything: Accept(1, X) goes to all three, A3 included. An acceptor may accept what it never promised.',
        zh: 'P1 凑够了多数，且谁也没接受过提案：Accept(1, X) 发给全部三个，也包括 A3。没有承诺过的接受者也可以接受。',
      },
    },
    {
      when: isTold('P2', 'propose Y'),
      text: {
        en: 'A1 has accepted (1, X). At this very time P2 sets out with number 2 for Y. It has heard nothing of P1.',
        zh: 'A1 已接受 (1, X)。就在这时，P2 带着编号 2 为 Y 出发。它没有听说过 P1。',
      },
      mark: { en: 'P2 begins', zh: 'P2 开始' },
    },
    {
      when: (moment) => chosenHere(moment)?.n === 1,
      text: {
        en: 'A2 accepts (1, X) before the Prepare(2) gets there: A1 and A2 are a majority, X is chosen. No one knows: both Accepted are still under way.',
        zh: '在 Prepare(2) 到达之前，A2 接受了 (1, X)：A1 和 A2 是多数，X 已选定。没有人知道：两条 Accepted 都还在路上。',
      },
      mark: { en: 'X chosen', zh: 'X 已选定' },
    },
    {
      when: gets('A2', 'Prepare(2)'),
      text: {
        en: 'A2 promises 2, and adds what it has accepted: (1, X). This is how a chosen value makes itself known.',
        zh: 'A2 承诺 2，并说明自己接受过 (1, X)。选定的值就是这样让后来者知道的。',
      },
    },
    {
      when: gets('P2', 'Promise(2, ∅)', 'A3'),
      text: {
        en: 'A3 has never accepted anything, so its promise carries no value. In truth X is chosen: A1 and A2 have accepted (1, X). But nobody knows; both Accepted are still under way.',
        zh: 'A3 从未接受过提案，所以它的承诺不带值。其实 X 已经选定：A1 和 A2 都接受了 (1, X)。但没有人知道，两条 Accepted 都还在路上。',
      },
    },
    {
      when: (moment) => proposedBy(moment, 'P2') !== null,
      text: {
        en: 'P2 must propose X. It cannot tell whether X is chosen; that it may be is reason enough. Y will not be chosen any more.',
        zh: 'P2 必须提议 X。它无法判断 X 是否已选定；有可能选定，就足以成为理由。Y 再也不会被选定了。',
      },
      mark: { en: 'P2 adopts X', zh: 'P2 沿用 X' },
    },
    {
      when: learns('P2'),
      text: {
        en: 'P2 is the first to know that X is chosen, by its own round 2. Its client wanted Y and is told X.',
        zh: '最先知道 X 已选定的是 P2，凭的是自己的第 2 轮。它的客户想要 Y，得到的答复是 X。',
      },
      mark: { en: 'P2 knows', zh: 'P2 得知' },
    },
    {
      when: gets('A3', 'Accept(1, X)'),
      text: {
        en: 'The old Accept(1, X) reaches A3 at last. A3 has promised 2, and 1 < 2: rejected, although the value is the same.',
        zh: '迟到的 Accept(1, X) 终于到达 A3。A3 已承诺 2，1 < 2：拒绝，尽管值相同。',
      },
    },
    {
      when: learns('P1'),
      text: {
        en: 'P1 counts A1 and A2 for (1, X): it knows too. One rejection does not matter; a majority had accepted long before.',
        zh: 'P1 对 (1, X) 数到了 A1 和 A2：它也知道了。一次拒绝无关紧要，多数早已接受。',
      },
      mark: { en: 'P1 knows', zh: 'P1 得知' },
    },
  ],
  predictions: [
    {
      id: 'second-promise',
      before: gets('P2', 'Promise(2, (1, X))', 'A2'),
      question: {
        en: 'The promise of A2 reaches P2. What does P2 send?',
        zh: 'A2 的承诺到达以后，P2 会发出什么？',
      },
      options: [
        { id: 'Y', text: { en: 'Accept(2, Y): its own value', zh: 'Accept(2, Y)：它自己的值' } },
        { id: 'X', text: { en: 'Accept(2, X): the value accepted before', zh: 'Accept(2, X)：已接受的值' } },
        { id: 'Prepare', text: { en: 'Prepare(4): a higher number', zh: 'Prepare(4)：换更大的编号重来' } },
        { id: 'nothing', text: { en: 'Nothing: it waits for A1', zh: '什么也不发：等 A1 的承诺' } },
      ],
      settle: (moment) => proposedBy(moment, 'P2') ?? sentKind(moment, 'P2') ?? 'nothing',
      otherwise: 'nothing',
      because: {
        en: 'Among a majority of promises the highest accepted proposal binds. (1, X) may be chosen, as it is here: so P2 goes on with X. One acceptor that says so is enough, for every two majorities have one in common.',
        zh: '在多数承诺里，编号最大的已接受提案有约束力。(1, X) 可能已选定，这里正是如此，所以 P2 沿用 X。只要一个接受者提到就够了，因为任意两个多数都有共同的成员。',
      },
    },
    {
      id: 'old-accept',
      before: gets('A3', 'Accept(1, X)'),
      question: {
        en: 'The late Accept(1, X) reaches A3, which has accepted (2, X). What does A3 do?',
        zh: '迟到的 Accept(1, X) 即将到达 A3，它已接受 (2, X)。A3 会怎么做？',
      },
      options: [
        { id: 'Accepted', text: { en: 'It accepts: the value is the same', zh: '接受：值是相同的' } },
        { id: 'Reject', text: { en: 'It rejects: 1 is below its promise', zh: '拒绝：1 小于它的承诺' } },
        { id: 'both', text: { en: 'It keeps both, (1, X) and (2, X)', zh: '两个都留着，(1, X) 和 (2, X)' } },
      ],
      settle: (moment) => sentKind(moment, 'A3'),
      otherwise: 'Reject',
      because: {
        en: 'An acceptor accepts n only if n ≥ promised; it does not look at the value. If it went back to (1, X), the next proposer would hear of a lower number than is true.',
        zh: '接受者只在 n ≥ 已承诺编号时接受，不看值。若退回到 (1, X)，下一个提议者听到的编号就会偏小。',
      },
    },
  ],
  goals: [],
  ends: (moment) => hasLearned('P1')(moment) && hasLearned('P2')(moment),
  outcome: () => [
    { text: { en: 'Only X is chosen', zh: '只选定了 X' }, holds: (last) => chosenValues(last).join() === 'X' },
    {
      text: { en: 'P1 and P2 both learned X', zh: 'P1 和 P2 都学到 X' },
      holds: (last) => learnedBy(last, 'P1')?.value === 'X' && learnedBy(last, 'P2')?.value === 'X',
    },
  ],
  breaks: () => [],
});
