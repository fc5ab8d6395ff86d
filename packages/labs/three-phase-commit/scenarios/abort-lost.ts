import { defineScenario } from '../../define-scenario.ts';
import { inOrder, threeParticipants } from '../../two-phase-commit/reading.ts';
import { threePhaseCommit } from '../protocol.ts';
import { acted, coordinatorOf, delivers, inPhase, phaseOf, tells, timeIsUp } from '../reading.ts';

/** A single link is enough. */
export const abortLost = defineScenario(threePhaseCommit, {
  id: '3pc-abort-lost',
  title: { en: 'Variant: doAbort cannot reach P1', zh: '变体：doAbort 到不了 P1' },
  purpose: {
    en: 'It does not take a partition: one link is enough. P3 has stopped, C sends doAbort, and the link from C to P1 is cut just then.',
    zh: '不需要整个网络分裂，断一条链路就够：P3 停机，C 发 doAbort，而从 C 到 P1 的链路恰好断了。',
  },
  kind: 'variant',
  settings: [],
  nodes: threeParticipants,
  begin: [{ do: 'command', node: 'C', command: 'begin' }],
  rules: [
    { when: (moment) => tells(moment, 'prepares to commit', 'C'), act: [{ do: 'crash', node: 'P3' }] },
    { when: (moment) => delivers(moment, 'PreCommit', 'P1'), act: [{ do: 'cut', from: 'C', to: 'P1' }] },
  ],
  latencyMs: inOrder,
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'As in the lesson on the missing ACK, but with one broken link.',
        zh: '与“缺一个 ACK”一课相同，只是多断一条链路。',
      },
    },
    {
      when: (moment) => acted(moment, 'cut'),
      text: {
        en: 'P1 has got PreCommit and acknowledged it. Now the way from C to P1 is cut; the way back is not.',
        zh: 'P1 收到了 PreCommit 并已确认。现在从 C 到 P1 的方向断了，反方向没断。',
      },
      mark: { en: 'link cut', zh: '链路断开' },
    },
    {
      when: (moment) => tells(moment, 'misses an ACK', 'C'),
      text: { en: 'P3 has stopped: C misses its ACK and sends doAbort.', zh: 'P3 停机：C 缺它的 ACK，发出 doAbort。' },
      mark: { en: 'doAbort', zh: 'doAbort' },
    },
    {
      when: (moment) => inPhase(moment, 'COMMIT').length > 0 && inPhase(moment, 'ABORT').length > 0,
      text: {
        en: 'P2 has heard doAbort, P1 has heard nothing and commits by its clock. One lost message is enough.',
        zh: 'P2 听到了 doAbort；P1 什么也没听到，按时钟提交。丢一条消息就够了。',
      },
      mark: { en: 'atomicity broken', zh: '原子性被破坏' },
    },
  ],
  predictions: [
    {
      id: 'c-ends',
      before: (moment) =>
        timeIsUp(moment, 'C') && coordinatorOf(moment).decision === 'ABORT' && !tells(moment, 'misses an ACK', 'C'),
      question: {
        en: 'P2 has acknowledged doAbort, P1 has not, and the timer of C is about to run out. What does C make of it?',
        zh: 'P2 确认了 doAbort，P1 没有，C 的定时器即将到期。C 会怎么看？',
      },
      options: [
        { id: 'again', text: { en: 'doAbort may be lost: it sends it again', zh: 'doAbort 可能丢了：再发一遍' } },
        { id: 'ends', text: { en: 'P1 has stopped: it writes END', zh: 'P1 已经停机：写下 END' } },
        { id: 'waits', text: { en: 'Nothing: it waits for P1', zh: '不下结论：继续等 P1' } },
      ],
      settle: (moment) => {
        if (coordinatorOf(moment).phase === 'END') return 'ends';
        return moment.entry?.sent.some(({ type }) => type === 'doAbort') ? 'again' : 'waits';
      },
      otherwise: 'waits',
      because: {
        en: 'Where every message arrives in time, whoever does not answer has stopped, and will ask when it is back. P1 has not stopped, so it never asks.',
        zh: '在每条消息都按时到达的世界里，不回答就是停了机，恢复后自会来问。可 P1 没有停机，所以它永远不会问。',
      },
    },
    {
      id: 'p1',
      before: (moment) => timeIsUp(moment, 'P1'),
      question: {
        en: 'The timer of P1 in PRECOMMIT is about to run out. C and P2 are in ABORT. In which state is P1 afterwards?',
        zh: '处于 PRECOMMIT 的 P1 定时器即将到期，C 和 P2 已是 ABORT。之后 P1 处于什么状态？',
      },
      options: [
        { id: 'ABORT', text: { en: 'ABORT: something must be wrong', zh: 'ABORT：一定出了问题' } },
        { id: 'COMMIT', text: { en: 'COMMIT', zh: 'COMMIT' } },
        { id: 'PRECOMMIT', text: { en: 'PRECOMMIT: it asks P2 first', zh: 'PRECOMMIT：先问 P2' } },
      ],
      settle: (moment) => phaseOf(moment, 'P1'),
      otherwise: 'PRECOMMIT',
      because: {
        en: 'By the book it does not ask: it takes for granted that doAbort would have come. Asking P2 would help here, and not in the partition.',
        zh: '照章它不会去问：它想当然地认为若有 doAbort 早该到了。这里问 P2 管用，但在分区里不管用。',
      },
    },
  ],
  goals: [],
  outcome: () => [
    {
      text: { en: 'P1 is in COMMIT, P2 is in ABORT', zh: 'P1 处于 COMMIT，P2 处于 ABORT' },
      holds: (last) => phaseOf(last, 'P1') === 'COMMIT' && phaseOf(last, 'P2') === 'ABORT',
    },
  ],
  breaks: () => ['atomic'],
});
