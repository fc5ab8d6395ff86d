/** One message is forged: the Promise that should have told of X. */
import { defineScenario } from '../../define-scenario.ts';
import { chosenHere, chosenValues, settingOf } from '../chosen.ts';
import { paxos } from '../protocol.ts';
import { gets, hasLearned, isTold, learns, pace, proposedBy, stage, underWay } from '../script.ts';

export const tamperedPromise = defineScenario(paxos(), {
  id: 'paxos-tampered-promise',
  title: { en: 'One forged Promise', zh: '一条被篡改的 Promise' },
  purpose: {
    en: 'The lesson of the two proposers again, with one lie: on its way to P2 the Promise of A2 loses the (1, X) that it carries. All parties follow the rules to the letter. Paxos bears crashes and losses; it was never made for lies.',
    zh: '还是两个提议者那一课，只多了一个谎言：A2 给 P2 的 Promise 在途中被抹掉了 (1, X)。各方都严格遵守规则。Paxos 能承受崩溃和丢失，但从来不是为防说谎而设计的。',
  },
  kind: 'variant',
  settings: [
    {
      id: 'wire',
      text: { en: 'The wire', zh: '线路' },
      choices: [
        { id: 'traitor', text: { en: 'forges one Promise', zh: '篡改一条 Promise' } },
        { id: 'honest', text: { en: 'is honest', zh: '诚实' } },
      ],
    },
  ],
  nodes: stage(2, 3, 0),
  begin: [{ do: 'command', node: 'P1', command: 'propose X' }],
  rules: [
    { when: (moment) => chosenHere(moment)?.n === 1, act: [{ do: 'command', node: 'P2', command: 'propose Y' }] },
    {
      when: (moment) => underWay(moment, 'Promise(2, (1, X))', 'A2', 'P2') !== null,
      act: (moment) => {
        const message = underWay(moment, 'Promise(2, (1, X))', 'A2', 'P2');
        const forged = settingOf(moment, 'wire') === 'traitor' && message !== null;
        return forged ? [{ do: 'tamper', message, tamper: 'blank' }] : [];
      },
    },
  ],
  latencyMs: pace({
    'Prepare(1) P1>A3': 14,
    'Accept(1, X) P1>A3': 60,
    'Prepare(2) P2>A1': 30,
    'Promise(2, ∅) A3>P2': 8,
    'Accepted(1, X) A2>P1': 16,
    'Accept(2, Y) P2>A1': 40,
    'Accept(2, X) P2>A1': 40,
  }),
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'P1 will get X chosen by A1 and A2. Then comes P2 with Y, and hears from A2 and A3.',
        zh: 'P1 会让 A1 和 A2 选定 X。随后 P2 带着 Y 到来，听取 A2 和 A3 的答复。',
      },
    },
    {
      when: isTold('P2', 'propose Y'),
      text: { en: 'X is chosen by A1 and A2. Now P2 prepares 2.', zh: 'A1 和 A2 已选定 X。现在 P2 发出 Prepare(2)。' },
      mark: { en: 'X chosen', zh: 'X 已选定' },
    },
    {
      when: gets('A2', 'Prepare(2)'),
      text: {
        en: 'A2 promises and truthfully says: (1, X). In an honest world this sentence saves X.',
        zh: 'A2 作出承诺，并如实说明：(1, X)。在诚实的世界里，正是这句话保住了 X。',
      },
    },
    {
      when: ({ entry }) => entry?.happening.kind === 'act' && entry.happening.action.do === 'tamper',
      text: {
        en: 'Assumption broken: somebody on the wire blanks the Promise. It now reads Promise(2, ∅), and P2 cannot see that it was ever anything else.',
        zh: '假设被打破：线路上有人抹掉了 Promise 的内容。它现在是 Promise(2, ∅)，P2 看不出它被动过手脚。',
      },
      mark: { en: 'Forged', zh: '篡改' },
    },
    {
      when: (moment) => proposedBy(moment, 'P2') !== null,
      text: (moment) =>
        proposedBy(moment, 'P2') === 'Y'
          ? {
              en: 'Two empty promises: P2 is free, as far as it can see, and proposes Y.',
              zh: '两个空的承诺：在 P2 看来自己是自由的，于是提议 Y。',
            }
          : { en: 'P2 has heard of (1, X) and proposes X.', zh: 'P2 听到了 (1, X)，于是提议 X。' },
    },
    {
      when: (moment) => chosenHere(moment)?.n === 2,
      text: (moment) =>
        chosenHere(moment)?.value === 'Y'
          ? {
              en: 'A2 and A3 accept (2, Y): Y is chosen beside X. A2 overwrites (1, X) without hesitation, for 2 ≥ 2.',
              zh: 'A2 和 A3 接受了 (2, Y)：除了 X，Y 也选定了。A2 毫不犹豫地覆盖 (1, X)，因为 2 ≥ 2。',
            }
          : { en: 'X is chosen again, in round 2.', zh: 'X 在第 2 轮再次选定。' },
      mark: { en: 'Chosen in round 2', zh: '第 2 轮选定' },
    },
    {
      when: learns('P2'),
      text: (moment) =>
        settingOf(moment, 'wire') === 'traitor'
          ? {
              en: 'P1 knows X, P2 knows Y, and no process has done anything wrong. 2PC, 3PC, Paxos and ZAB bear crash faults only. Signatures would have shown this forgery on the wire; against acceptors that lie themselves one needs more of them, 3m + 1 for m liars.',
              zh: 'P1 知道 X，P2 知道 Y，而没有一个进程做错事。2PC、3PC、Paxos 和 ZAB 都只容忍崩溃。签名能识破线路上的这种篡改；若是接受者自己说谎，就需要更多接受者：m 个说谎者要有 3m + 1 个。',
            }
          : { en: 'P1 and P2 both know X.', zh: 'P1 和 P2 都知道 X。' },
    },
  ],
  predictions: [
    {
      id: 'forged',
      before: (moment) => proposedBy(moment, 'P2') !== null,
      question: {
        en: 'P2 is about to have two promises, from A2 and A3. What will it propose?',
        zh: 'P2 即将凑够 A2 和 A3 的两个承诺。它会提议什么？',
      },
      options: [
        { id: 'X', text: { en: 'X', zh: 'X' } },
        { id: 'Y', text: { en: 'Y', zh: 'Y' } },
        { id: 'nothing', text: { en: 'Nothing: it notices the forgery', zh: '什么也不提：它发现了篡改' } },
      ],
      settle: (moment) => proposedBy(moment, 'P2'),
      otherwise: 'nothing',
      because: {
        en: 'P2 knows only what it is told. One false message is enough, since one truthful one would have been: the shared acceptor is the whole protection.',
        zh: 'P2 只知道别人告诉它的事。一句真话就能保住 X，一句假话也就足以毁掉它：全部的保护都在那个共同的接受者身上。',
      },
    },
    {
      id: 'overwrite',
      before: (moment) => gets('A2', 'Accept(2, Y)')(moment) || gets('A2', 'Accept(2, X)')(moment),
      question: {
        en: 'A2 holds (1, X) on its disk and has promised 2. P2’s Accept of round 2 arrives. What does A2 do?',
        zh: 'A2 的磁盘上有 (1, X)，并已承诺 2。P2 第 2 轮的 Accept 即将到达。A2 会怎么做？',
      },
      options: [
        { id: 'accept', text: { en: 'Accept it, whatever its value', zh: '接受，不管是什么值' } },
        { id: 'same', text: { en: 'Accept it only if the value is X', zh: '值是 X 才接受' } },
        { id: 'raise', text: { en: 'Warn P2 that X is chosen', zh: '警告 P2：X 已选定' } },
      ],
      settle: ({ entry }) => (entry?.sent.some(({ type }) => type === 'Accepted') ? 'accept' : 'same'),
      otherwise: 'same',
      because: {
        en: 'An acceptor compares numbers, never values, and it does not know that X is chosen: it knows its own disk only. That a higher proposal carries the same value is the proposer’s duty.',
        zh: '接受者只比编号，不比值；它也不知道 X 已选定，只知道自己的磁盘。更大编号的提案取同一个值，是提议者的责任。',
      },
    },
  ],
  goals: [],
  ends: (moment) => hasLearned('P1')(moment) && hasLearned('P2')(moment),
  outcome: ({ wire }) => [
    wire === 'traitor'
      ? { text: { en: 'X and Y are chosen', zh: 'X 和 Y 都选定了' }, holds: (last) => chosenValues(last).length === 2 }
      : { text: { en: 'Only X is chosen', zh: '只选定了 X' }, holds: (last) => chosenValues(last).join() === 'X' },
  ],
  breaks: ({ wire }) => (wire === 'traitor' ? ['agreement', 'p2b'] : []),
});
