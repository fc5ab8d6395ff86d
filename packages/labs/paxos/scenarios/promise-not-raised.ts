/** The mistake: an Accept does not raise the promise, and overwrites what was accepted in a higher round. */
import { defineScenario } from '../../define-scenario.ts';
import { chosenHere, chosenValues } from '../chosen.ts';
import { paxos } from '../protocol.ts';
import {
  gets,
  isLamport,
  isTold,
  learns,
  losing,
  pace,
  proposedBy,
  sentKind,
  sloppyOrLamport,
  stage,
} from '../script.ts';

export const promiseNotRaised = defineScenario(
  paxos((settings) => ({ retry: 'eager', variant: isLamport(settings) ? 'lamport' : 'accept-keeps-promise' })),
  {
    id: 'paxos-promise-not-raised',
    title: { en: 'Wrong on purpose: Accept leaves the promise', zh: '故意写错：Accept 不提高承诺' },
    purpose: {
      en: 'Many descriptions say that an acceptor that accepts (n, v) stores it, and forget that it thereby promises n. An acceptor may accept what it never promised; see what becomes of a chosen value if that leaves its promise behind. Four messages are lost; nobody crashes, nobody lies.',
      zh: '不少讲解只说接受者接受 (n, v) 时把它存下来，却忘了这也等于承诺了 n。接受者可以接受自己没承诺过的编号；若承诺留在原处，看已选定的值会怎样。这里丢四条消息，没有崩溃，也没有谎言。',
    },
    kind: 'variant',
    settings: sloppyOrLamport(
      { id: 'sloppy', en: 'Accept leaves the promise as it is', zh: 'Accept 不改变承诺' },
      { en: 'Accept raises the promise (Lamport)', zh: 'Accept 同时提高承诺（Lamport）' },
    ),
    nodes: stage(2, 3, 0),
    begin: [{ do: 'command', node: 'P1', command: 'propose X' }],
    rules: [
      { when: gets('P1', 'Promise(1, ∅)', 'A3'), act: [{ do: 'command', node: 'P2', command: 'propose Y' }] },
      ...losing('Prepare(1) P1>A2', 'Prepare(2) P2>A3', 'Accept(2, Y) P2>A1', 'Prepare(3) P1>A2'),
    ],
    latencyMs: pace({
      'Accept(1, X) P1>A1': 64,
      'Accept(1, X) P1>A3': 60,
      'Accept(1, X) P1>A2': 66,
      'Accept(3, X) P1>A2': 14,
      'Accept(3, Y) P1>A2': 14,
    }),
    narration: [
      {
        when: ({ n }) => n === 0,
        text: {
          en: 'P1 wants X and has odd numbers, P2 wants Y and has even ones. Watch A3: what it has promised, and what it has accepted.',
          zh: 'P1 想要 X，用奇数；P2 想要 Y，用偶数。请盯住 A3：它承诺了什么，接受了什么。',
        },
      },
      {
        when: isTold('P2', 'propose Y'),
        text: {
          en: 'A1 and A3 have promised 1, and Accept(1, X) is on a slow way. P2 prepares 2; its Prepare for A3 will be lost.',
          zh: 'A1 和 A3 已承诺 1，Accept(1, X) 正在慢慢走。P2 发出 Prepare(2)，其中给 A3 的会丢失。',
        },
      },
      {
        when: (moment) => proposedBy(moment, 'P2') === 'Y',
        text: {
          en: 'A1 and A2 have promised 2 and have accepted nothing: P2 proposes Y. The Accept for A1 is lost.',
          zh: 'A1 和 A2 承诺了 2，什么也没接受过：P2 提议 Y。发给 A1 的 Accept 丢失。',
        },
      },
      {
        when: gets('A3', 'Accept(2, Y)'),
        text: (moment) => {
          const promised = moment.nodes.get('A3')?.disk;
          const raised = promised?.role === 'acceptor' && promised.promised === 2;
          return raised
            ? {
                en: 'Y is chosen by A2 and A3. A3 never promised 2, yet accepting it is a promise: A3 is bound to 2 from here on.',
                zh: 'A2 和 A3 选定了 Y。A3 没承诺过 2，但接受就等于承诺：从此它受 2 约束。',
              }
            : {
                en: 'Y is chosen by A2 and A3. But A3 still counts 1 as its promise: here is the mistake, and nothing shows it yet.',
                zh: 'A2 和 A3 选定了 Y。但 A3 仍把 1 当作自己的承诺：错误就在这里，只是还没露出来。',
              };
        },
        mark: { en: 'Y chosen', zh: 'Y 已选定' },
      },
      {
        when: gets('A3', 'Accept(1, X)'),
        text: (moment) =>
          sentKind(moment, 'A3') === 'Accepted'
            ? {
                en: '1 ≥ 1, so A3 accepts (1, X) and overwrites (2, Y). Of the majority that chose Y, only A2 still knows.',
                zh: '1 ≥ 1，于是 A3 接受 (1, X)，覆盖了 (2, Y)。选定 Y 的多数里，只有 A2 还记得。',
              }
            : {
                en: '1 < 2: A3 rejects the old Accept, and (2, Y) stays.',
                zh: '1 < 2：A3 拒绝旧的 Accept，(2, Y) 得以保留。',
              },
        mark: { en: 'Old Accept', zh: '旧的 Accept' },
      },
      {
        when: (moment) => moment.atMs > 0 && sentKind(moment, 'P1') === 'Prepare',
        text: {
          en: 'Two acceptors stand against round 1. P1 tries again with 3, and is heard by A1 and A3.',
          zh: '两个接受者拒绝了第 1 轮。P1 换编号 3 再试，A1 和 A3 收到。',
        },
      },
      {
        when: (moment) => proposedBy(moment, 'P1') !== null && moment.atMs > 60,
        text: (moment) =>
          proposedBy(moment, 'P1') === 'X'
            ? {
                en: 'The highest accepted that P1 is told of is (1, X). It does everything right, and proposes X although Y is chosen.',
                zh: 'P1 得知的最大已接受提案是 (1, X)。它完全照规则办，在 Y 已选定时提议了 X。',
              }
            : { en: 'A3 tells of (2, Y): P1 must propose Y.', zh: 'A3 说明了 (2, Y)：P1 必须提议 Y。' },
      },
      {
        when: (moment) => chosenHere(moment)?.n === 3,
        text: (moment) =>
          chosenHere(moment)?.value === 'X'
            ? {
                en: 'X is chosen after Y. One forgotten assignment, and agreement is gone.',
                zh: 'X 在 Y 之后选定。漏写一个赋值，一致性就没了。',
              }
            : { en: 'Y again, in round 3.', zh: '第 3 轮，还是 Y。' },
        mark: { en: 'Chosen in round 3', zh: '第 3 轮选定' },
      },
    ],
    predictions: [
      {
        id: 'old-accept',
        before: gets('A3', 'Accept(1, X)'),
        question: {
          en: 'A3 promised 1, then accepted (2, Y). The old Accept(1, X) arrives. Under the rule that you chose, what does A3 do?',
          zh: 'A3 承诺过 1，后来接受了 (2, Y)。旧的 Accept(1, X) 即将到达。按你选的规则，A3 会怎么做？',
        },
        options: [
          { id: 'Accepted', text: { en: 'Accept: it promised 1 and nothing higher', zh: '接受：它只承诺过 1' } },
          { id: 'Reject', text: { en: 'Reject: it is bound to 2', zh: '拒绝：它已受 2 约束' } },
          { id: 'both', text: { en: 'Keep both proposals', zh: '两个提案都留着' } },
        ],
        settle: (moment) => sentKind(moment, 'A3'),
        otherwise: 'both',
        because: {
          en: 'By Lamport, to accept n is to promise n: the old Accept is rejected. Where the promise stays at 1, nothing keeps A3 from going back.',
          zh: '按 Lamport 的规则，接受 n 即承诺 n，旧的 Accept 会被拒绝。若承诺停在 1，就没有什么能阻止 A3 倒退。',
        },
      },
      {
        id: 'third-round',
        before: (moment) => proposedBy(moment, 'P1') !== null && moment.atMs > 60,
        question: {
          en: 'Y was chosen by A2 and A3. P1 is about to have the promises of A1 and A3 for round 3. What will it propose?',
          zh: 'Y 曾由 A2 和 A3 选定。P1 即将凑够 A1 和 A3 对第 3 轮的承诺。它会提议什么？',
        },
        options: [
          { id: 'X', text: { en: 'X', zh: 'X' } },
          { id: 'Y', text: { en: 'Y', zh: 'Y' } },
          { id: 'nothing', text: { en: 'Nothing: A2 is missing', zh: '什么也不提：缺 A2' } },
        ],
        settle: (moment) => proposedBy(moment, 'P1'),
        otherwise: 'nothing',
        because: {
          en: 'A3 is what the two majorities share. It still tells of (2, Y), or it has overwritten that with (1, X): all depends on the one acceptor in the middle.',
          zh: 'A3 是两个多数的共同成员。它要么仍能说出 (2, Y)，要么已用 (1, X) 覆盖了它：一切都取决于中间这一个接受者。',
        },
      },
    ],
    goals: [],
    ends: learns('P1'),
    outcome: (settings) => [
      isLamport(settings)
        ? { text: { en: 'Only Y is chosen', zh: '只选定了 Y' }, holds: (last) => chosenValues(last).join() === 'Y' }
        : {
            text: { en: 'Y is chosen, and then X', zh: '先选定 Y，又选定 X' },
            holds: (last) => chosenValues(last).join() === 'Y,X',
          },
    ],
    breaks: (settings) => (isLamport(settings) ? [] : ['agreement', 'p2b', 'promise']),
  },
);
