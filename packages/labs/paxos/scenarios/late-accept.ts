/** X is accepted by one acceptor only: another value may be chosen, and then the first proposer has to adopt it. */
import { defineScenario } from '../../define-scenario.ts';
import { acceptorAt, chosenHere, chosenValues, learnedBy } from '../chosen.ts';
import { paxos } from '../protocol.ts';
import { gets, isTold, learns, pace, proposedBy, sentKind, stage } from '../script.ts';

export const lateAccept = defineScenario(
  paxos(() => ({ retry: 'eager' })),
  {
    id: 'paxos-late-accept',
    title: { en: 'Two proposers: X is on one', zh: '两个提议者：X 只在一处' },
    purpose: {
      en: 'The same two proposers, but (1, X) has reached A1 only when P2 asks A2 and A3. Nobody there knows of X. May Y be chosen although somebody has accepted X? And what does P1 do when it tries again?',
      zh: '还是这两个提议者，但 P2 询问 A2 和 A3 时，(1, X) 只到了 A1，那两个都不知道 X。已经有人接受了 X，Y 还能选定吗？P1 重试时又会怎样？',
    },
    kind: 'lesson',
    settings: [],
    nodes: stage(2, 3, 0),
    begin: [{ do: 'command', node: 'P1', command: 'propose X' }],
    rules: [{ when: gets('A1', 'Accept(1, X)'), act: [{ do: 'command', node: 'P2', command: 'propose Y' }] }],
    latencyMs: pace({
      'Promise(1, ∅) A2>P1': 12,
      'Promise(1, ∅) A3>P1': 14,
      'Accept(1, X) P1>A1': 8,
      'Accept(1, X) P1>A2': 60,
      'Accept(1, X) P1>A3': 62,
      'Prepare(2) P2>A3': 12,
      'Prepare(2) P2>A1': 16,
      'Promise(2, (1, X)) A1>P2': 30,
      'Accept(2, Y) P2>A3': 12,
      'Accept(2, Y) P2>A1': 100,
      'Prepare(3) P1>A2': 12,
      'Prepare(3) P1>A3': 20,
    }),
    narration: [
      {
        when: ({ n }) => n === 0,
        text: {
          en: 'P1 wants X, P2 wants Y. This time the Accepts of P1 are slow on two links.',
          zh: 'P1 想要 X，P2 想要 Y。这一次，P1 的 Accept 在两条链路上走得很慢。',
        },
      },
      {
        when: gets('P1', 'Promise(1, ∅)', 'A2'),
        text: {
          en: 'P1 has promises of A1 and A2 and sends Accept(1, X). Only the one to A1 is quick.',
          zh: 'P1 得到 A1 和 A2 的承诺，发出 Accept(1, X)。只有发给 A1 的那条快。',
        },
      },
      {
        when: isTold('P2', 'propose Y'),
        text: {
          en: 'A1 has accepted (1, X): one of three. X is accepted, but not chosen. P2 begins with number 2.',
          zh: 'A1 接受了 (1, X)：三个里的一个。X 被接受了，但没有选定。P2 从编号 2 开始。',
        },
        mark: { en: 'X on A1 only', zh: 'X 只在 A1' },
      },
      {
        when: (moment) => proposedBy(moment, 'P2') === 'Y',
        text: {
          en: 'A2 and A3 are a majority that has accepted nothing, and their promise shuts the door on (1, X): it cannot get a second acceptor any more. So P2 is free, and proposes Y.',
          zh: 'A2 和 A3 是多数，什么都没接受过；它们的承诺也关上了 (1, X) 的门：它再也得不到第二个接受者。所以 P2 是自由的，提议 Y。',
        },
        mark: { en: 'P2 is free', zh: 'P2 自由选值' },
      },
      {
        when: (moment) => chosenHere(moment)?.n === 2,
        text: {
          en: 'A2 and A3 have accepted (2, Y): Y is chosen. A1 still holds (1, X), which means nothing any more.',
          zh: 'A2 和 A3 接受了 (2, Y)：Y 已选定。A1 仍留着 (1, X)，但已没有意义。',
        },
        mark: { en: 'Y chosen', zh: 'Y 已选定' },
      },
      {
        when: gets('P2', 'Promise(2, (1, X))', 'A1'),
        text: {
          en: 'The promise of A1 comes after P2 had its majority. Had it been among the first two, P2 would have gone on with X. Either is right; both at once would not be.',
          zh: 'A1 的承诺来时，P2 早已凑够多数。假如它在前两个之中，P2 就会沿用 X。两种结果都对，只是不能同时发生。',
        },
      },
      {
        when: gets('A2', 'Accept(1, X)'),
        text: {
          en: 'The slow Accept(1, X) reaches A2, which has promised 2: rejected. This is the promise at work.',
          zh: '慢吞吞的 Accept(1, X) 到达 A2，而 A2 已承诺 2：拒绝。这正是承诺的作用。',
        },
      },
      {
        when: (moment) => sentKind(moment, 'P1') === 'Prepare' && moment.atMs > 0,
        text: {
          en: 'Two of three have rejected (1, X): it will never be chosen. P1 gives it up and starts over with number 3. It still wants X.',
          zh: '三个里有两个拒绝了 (1, X)：它永远不会选定。P1 放弃它，换编号 3 重来。它仍想要 X。',
        },
        mark: { en: 'P1 tries 3', zh: 'P1 换 3 再试' },
      },
      {
        when: gets('P1', 'Promise(3, (1, X))', 'A1'),
        text: {
          en: 'A1 reports (1, X), P1’s own proposal of old. One more promise is needed.',
          zh: 'A1 报告 (1, X)，正是 P1 自己从前的提案。还差一个承诺。',
        },
      },
      {
        when: (moment) => proposedBy(moment, 'P1') === 'Y',
        text: {
          en: '(1, X) and (2, Y): the higher number binds, not the value that P1 wants, nor the one that it heard first. P1 proposes Y.',
          zh: '(1, X) 和 (2, Y)：约束它的是编号更大的那个，而不是它想要的，也不是先听到的。P1 提议 Y。',
        },
        mark: { en: 'P1 adopts Y', zh: 'P1 沿用 Y' },
      },
      {
        when: learns('P1'),
        text: {
          en: 'P1 learns that Y is chosen: by its own round, in which it had hoped for X.',
          zh: 'P1 得知 Y 已选定，靠的正是它原本希望选出 X 的那一轮。',
        },
        mark: { en: 'P1 knows', zh: 'P1 得知' },
      },
    ],
    predictions: [
      {
        id: 'free-or-bound',
        before: gets('P2', 'Promise(2, ∅)', 'A3'),
        question: {
          en: 'A1 has accepted (1, X). The second empty promise reaches P2. What does it send?',
          zh: 'A1 已接受 (1, X)。第二个空的承诺即将到达 P2。它会发出什么？',
        },
        options: [
          { id: 'X', text: { en: 'Accept(2, X): somebody has accepted X', zh: 'Accept(2, X)：已有人接受 X' } },
          { id: 'Y', text: { en: 'Accept(2, Y): its own value', zh: 'Accept(2, Y)：自己的值' } },
          { id: 'nothing', text: { en: 'Nothing: it must hear A1 first', zh: '什么也不发：要先听 A1 的' } },
          { id: 'Reject', text: { en: 'It gives up in favour of P1', zh: '让给 P1' } },
        ],
        settle: (moment) => proposedBy(moment, 'P2') ?? 'nothing',
        otherwise: 'nothing',
        because: {
          en: 'P2 has heard a majority, and none of it has accepted anything. X cannot be chosen: it would need A2 or A3, and both have promised to accept nothing below 2. So there is nothing to preserve.',
          zh: 'P2 听到了一个多数，其中没有人接受过提案。X 不可能选定：它需要 A2 或 A3，而两者都承诺不再接受小于 2 的提案。没有什么需要保留。',
        },
      },
      {
        id: 'slow-accept',
        before: gets('A2', 'Accept(1, X)'),
        question: {
          en: 'The slow Accept(1, X) of P1 reaches A2. What does A2 do?',
          zh: 'P1 那条慢的 Accept(1, X) 即将到达 A2。A2 会怎么做？',
        },
        options: [
          { id: 'Accepted', text: { en: 'Accept it: it promised 1 to P1 before', zh: '接受：它曾向 P1 承诺过 1' } },
          { id: 'Reject', text: { en: 'Reject it and name 2', zh: '拒绝，并告知 2' } },
          { id: 'nothing', text: { en: 'Tell P1 the value Y', zh: '把值 Y 告诉 P1' } },
        ],
        settle: (moment) => sentKind(moment, 'A2') ?? 'nothing',
        otherwise: 'nothing',
        because: {
          en: 'A promise is not made to a proposer but against all lower numbers: A2 has promised 2 since, and 1 < 2. The Reject names 2, so that P1 knows how high it has to go.',
          zh: '承诺不是对某个提议者的许诺，而是对所有更小编号的拒绝：A2 后来承诺了 2，1 < 2。Reject 里带上 2，好让 P1 知道要换多大的编号。',
        },
      },
      {
        id: 'retry',
        before: gets('P1', 'Promise(3, (2, Y))', 'A2'),
        question: {
          en: 'P1 has heard (1, X) from A1; now (2, Y) comes from A2. P1 wants X. What does it propose?',
          zh: 'P1 已从 A1 听到 (1, X)，现在 A2 的 (2, Y) 即将到达。P1 想要 X。它会提议什么？',
        },
        options: [
          { id: 'X', text: { en: 'X: its own, and A1 has it too', zh: 'X：自己的值，A1 也有' } },
          { id: 'Y', text: { en: 'Y: the accepted value of the highest number', zh: 'Y：编号最大的已接受提案的值' } },
          { id: 'nothing', text: { en: 'It waits for A3 to break the tie', zh: '等 A3 来打破平局' } },
        ],
        settle: (moment) => proposedBy(moment, 'P1') ?? 'nothing',
        otherwise: 'nothing',
        because: {
          en: 'The value of the highest accepted number binds: if any value is chosen, it is that one. Neither own wishes nor counting values decides.',
          zh: '编号最大的已接受提案有约束力：如果有值已选定，就一定是它。自己的愿望、哪个值更多，都不算数。',
        },
      },
    ],
    goals: [],
    ends: learns('P1'),
    outcome: () => [
      { text: { en: 'Only Y is chosen', zh: '只选定了 Y' }, holds: (last) => chosenValues(last).join() === 'Y' },
      {
        text: { en: 'P1 and P2 both learned Y', zh: 'P1 和 P2 都学到 Y' },
        holds: (last) => learnedBy(last, 'P1')?.value === 'Y' && learnedBy(last, 'P2')?.value === 'Y',
      },
      {
        text: { en: 'A1 had accepted (1, X)', zh: 'A1 曾接受 (1, X)' },
        holds: (last) => acceptorAt(last, 'A1')?.votes.some(({ n, value }) => n === 1 && value === 'X') ?? false,
      },
    ],
    breaks: () => [],
  },
);
