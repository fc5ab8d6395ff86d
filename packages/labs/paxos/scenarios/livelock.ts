/** Two proposers that keep outbidding each other, and two cures. */
import { defineScenario } from '../../define-scenario.ts';
import type { PaxosMoment } from '../chosen.ts';
import { chosenHere, chosenValues, proposerAt, settingOf } from '../chosen.ts';
import type { Retry } from '../parties.ts';
import { paxos } from '../protocol.ts';
import { gets, goesOff, hasLearned, isTold, pace, sentKind, stage } from '../script.ts';

const RETRIES: Readonly<Record<string, Retry>> = { none: 'eager', distinguished: 'distinguished', backoff: 'backoff' };

/** The round in which the lesson ends where nobody has won. */
const LAST_ROUND = 10;

const highest = (moment: PaxosMoment): number =>
  Math.max(proposerAt(moment, 'P1')?.disk.n ?? 0, proposerAt(moment, 'P2')?.disk.n ?? 0);

const someoneKnows = (moment: PaxosMoment): boolean => hasLearned('P1')(moment) || hasLearned('P2')(moment);

export const livelock = defineScenario(
  paxos(({ cure }) => ({ retry: RETRIES[cure ?? 'none'] ?? 'eager' })),
  {
    id: 'paxos-livelock',
    title: { en: 'Livelock: outbidding for ever', zh: '活锁：没完没了地加价' },
    purpose: {
      en: 'Nobody crashes and nothing is lost, but two proposers are at it at once. Accepts carry a value and take 14 ms here, Prepares and Rejects 6. See who gets in whose way; then choose a cure, and look at what it does and does not promise.',
      zh: '没有崩溃，没有丢失，只是两个提议者同时在提议。这里 Accept 带着值，要走 14 毫秒，Prepare 和 Reject 只要 6 毫秒。看谁挡了谁的路；再选一种解法，看它能保证什么、不能保证什么。',
    },
    kind: 'lesson',
    settings: [
      {
        id: 'cure',
        text: { en: 'Cure', zh: '解法' },
        choices: [
          { id: 'none', text: { en: 'none: try again at once', zh: '没有：立刻重试' } },
          { id: 'distinguished', text: { en: 'a distinguished proposer (P1)', zh: '指定一个提议者（P1）' } },
          { id: 'backoff', text: { en: 'random back-off', zh: '随机退避' } },
        ],
      },
    ],
    nodes: stage(2, 3, 0),
    begin: [{ do: 'command', node: 'P1', command: 'propose X' }],
    rules: [{ when: gets('P1', 'Promise(1, ∅)', 'A2'), act: [{ do: 'command', node: 'P2', command: 'propose Y' }] }],
    latencyMs: pace({ Prepare: 6, Promise: 10, Accept: 14, Accepted: 10, Reject: 6 }),
    narration: [
      {
        when: ({ n }) => n === 0,
        text: {
          en: 'P1 wants X, P2 wants Y. All five are up, all links work. Safety is not in question here; progress is.',
          zh: 'P1 想要 X，P2 想要 Y。五个节点都在线，链路都通。这里要看的不是安全，而是能不能有进展。',
        },
      },
      {
        when: isTold('P2', 'propose Y'),
        text: {
          en: 'P1 has its promises and sends Accept(1, X). At the same time P2 prepares 2, and its Prepare is the quicker.',
          zh: 'P1 凑够承诺，发出 Accept(1, X)。与此同时 P2 发出 Prepare(2)，而且走得更快。',
        },
        mark: { en: 'P2 begins', zh: 'P2 开始' },
      },
      {
        when: gets('A1', 'Accept(1, X)'),
        text: {
          en: 'A1 has promised 2 in the meantime: Accept(1, X) is rejected, and so it will be everywhere.',
          zh: 'A1 在此期间已承诺 2：Accept(1, X) 被拒绝，别处也一样。',
        },
        mark: { en: 'Reject', zh: '拒绝' },
      },
      {
        when: ({ entry }) => entry?.told.some(({ node, what }) => node === 'P1' && what === 'beaten 1') ?? false,
        text: (moment) =>
          settingOf(moment, 'cure') === 'backoff'
            ? {
                en: 'P1 is beaten. It waits for a random time before it tries again, so that P2 may finish.',
                zh: 'P1 失败了。它先等一段随机时间再试，好让 P2 做完。',
              }
            : {
                en: 'P1 is beaten and at once prepares 3. Its Prepare(3) will arrive before Accept(2, Y).',
                zh: 'P1 失败后立刻发出 Prepare(3)。它会比 Accept(2, Y) 先到。',
              },
      },
      {
        when: ({ entry }) => entry?.told.some(({ node, what }) => node === 'P2' && what === 'beaten 2') ?? false,
        text: (moment) =>
          settingOf(moment, 'cure') === 'distinguished'
            ? {
                en: 'P2 is beaten too. It is not the distinguished proposer, so it stands aside: nobody is in the way of P1 any more.',
                zh: 'P2 也失败了。它不是指定的提议者，于是退到一边：再没有人挡 P1 的路。',
              }
            : {
                en: 'Now P2 is beaten the same way. Everybody has done exactly what Lamport says.',
                zh: '现在 P2 同样失败了。大家都严格照 Lamport 的规则行事。',
              },
      },
      {
        when: (moment) => goesOff('P1', 'retry')(moment) || goesOff('P2', 'retry')(moment),
        text: {
          en: 'A random time is over. Whoever draws the longer one lets the other finish: sooner or later somebody does.',
          zh: '随机等待结束。谁等得更久，谁就让对方先做完：迟早会有一个做完。',
        },
      },
      {
        when: (moment) => highest(moment) === 6,
        text: {
          en: 'Number 6. The numbers grow, the promises move up, and no acceptor has ever accepted anything.',
          zh: '编号到 6 了。编号越来越大，承诺越来越高，却没有一个接受者接受过任何提案。',
        },
        mark: { en: 'Round 6', zh: '第 6 轮' },
      },
      {
        when: (moment) => chosenHere(moment) !== null,
        text: {
          en: 'Chosen. All it took was one proposer that was left alone for the length of two phases.',
          zh: '选定了。只要有一个提议者在两个阶段的时间里不受打扰，就够了。',
        },
        mark: { en: 'Chosen', zh: '选定' },
      },
      {
        when: (moment) => highest(moment) >= LAST_ROUND && sentKind(moment, 'P2') === 'Prepare',
        text: {
          en: 'Ten rounds, nothing decided, nothing wrong. Fischer, Lynch and Paterson (1985): no deterministic protocol over an asynchronous network can always decide if one process may crash. Paxos keeps safety and gives up the guarantee of an end.',
          zh: '十轮过去，什么也没决定，也没有出错。FLP（1985）：在异步网络中，只要可能有一个进程崩溃，就没有确定性协议能保证总会作出决定。Paxos 保住安全，放弃的是必然终止。',
        },
        mark: { en: 'FLP', zh: 'FLP' },
      },
      {
        when: someoneKnows,
        text: (moment) =>
          settingOf(moment, 'cure') === 'distinguished'
            ? {
                en: 'Decided. But who says that P1 is the distinguished one, and what if it is dead? To agree on that is the same problem again: FLP remains, and one relies on timeouts for progress, never for safety.',
                zh: '决定了。可是谁来指定 P1，它死了又怎么办？就此达成一致又是同一个问题：FLP 依然成立。进展要靠超时，安全绝不靠它。',
              }
            : {
                en: 'Decided. While messages take a bounded time, as they do here, chance ends it with probability 1, though by no certain time. An asynchronous network promises no such bound: FLP remains.',
                zh: '决定了。只要消息延迟有上限（这里就是），靠随机就以概率 1 终止，但没有确定的期限。异步网络不保证有这样的上限：FLP 依然成立。',
              },
        mark: { en: 'Known', zh: '得知' },
      },
    ],
    predictions: [
      {
        id: 'first-accept',
        before: gets('A1', 'Accept(1, X)'),
        question: {
          en: 'A1 promised 1 to P1 and then 2 to P2. Accept(1, X) arrives. What does A1 do?',
          zh: 'A1 先向 P1 承诺了 1，又向 P2 承诺了 2。Accept(1, X) 即将到达。A1 会怎么做？',
        },
        options: [
          { id: 'Accepted', text: { en: 'Accept: nothing is accepted yet', zh: '接受：还没有接受过别的' } },
          { id: 'Reject', text: { en: 'Reject: 1 is below 2', zh: '拒绝：1 小于 2' } },
          { id: 'nothing', text: { en: 'Put it aside until P2 is done', zh: '先放着，等 P2 做完' } },
        ],
        settle: (moment) => sentKind(moment, 'A1') ?? 'nothing',
        otherwise: 'nothing',
        because: {
          en: 'A promise cannot be taken back, and it counts before anything is accepted: P2 may already have been told that no lower proposal will ever be.',
          zh: '承诺不能收回，而且在接受任何提案之前就有效：P2 可能已经据此认定不会再有更小的提案。',
        },
      },
      {
        id: 'how-it-ends',
        before: gets('P1', 'Reject(1, 2)', 'A2'),
        question: {
          en: 'P1 is about to be beaten. Under the cure that you chose: what is decided by round 10?',
          zh: 'P1 即将失败。按你选的解法，到第 10 轮会决定什么？',
        },
        options: [
          { id: 'X', text: { en: 'X', zh: 'X' } },
          { id: 'Y', text: { en: 'Y', zh: 'Y' } },
          { id: 'nobody', text: { en: 'Nothing', zh: '什么也没有' } },
          { id: 'both', text: { en: 'X and Y, by different acceptors', zh: '不同的接受者分别选定 X 和 Y' } },
        ],
        settle: (moment) => {
          const values = chosenValues(moment);
          if (values.length > 0) return values.length > 1 ? 'both' : (values[0] ?? null);
          return highest(moment) >= LAST_ROUND ? 'nobody' : null;
        },
        otherwise: 'nobody',
        because: {
          en: 'Each Prepare outruns the other’s Accept, so without a cure neither ever gets two acceptors. A distinguished proposer is left alone, a random pause leaves somebody alone. Two values at once are impossible under each of them.',
          zh: '每个 Prepare 都快过对方的 Accept，没有解法时谁也得不到两个接受者。指定提议者后，没有人再干扰它；随机等待则让其中一个不受干扰。无论哪一种，都不可能选定两个值。',
        },
      },
    ],
    goals: [],
    ends: (moment) => someoneKnows(moment) || highest(moment) >= LAST_ROUND,
    outcome: ({ cure }) =>
      cure === 'none'
        ? [
            {
              text: { en: 'Ten rounds, and nothing is chosen', zh: '十轮之后什么也没有选定' },
              holds: (last) => chosenValues(last).length === 0 && highest(last) >= LAST_ROUND,
            },
          ]
        : [
            {
              text:
                cure === 'backoff'
                  ? { en: 'One value is chosen', zh: '选定了一个值' }
                  : { en: 'X is chosen', zh: 'X 已选定' },
              holds: (last) =>
                cure === 'backoff' ? chosenValues(last).length === 1 : chosenValues(last).join() === 'X',
            },
          ],
    breaks: () => [],
  },
);
