import { defineScenario } from '../../define-scenario.ts';
import { inOrder, threeParticipants } from '../../two-phase-commit/reading.ts';
import { threePhaseCommit } from '../protocol.ts';
import { acted, coordinatorOf, delivers, inPhase, phaseOf, tells, timeIsUp } from '../reading.ts';

/** The coordinator is gone before DoCommit. */
export const silentDoCommit = defineScenario(threePhaseCommit, {
  id: '3pc-silent-docommit',
  title: { en: 'C crashes before DoCommit', zh: 'C 在 DoCommit 之前崩溃' },
  purpose: {
    en: 'All are in PRECOMMIT and C is gone. In 2PC the participants would wait in READY for as long as C is down; see what the third phase is for.',
    zh: '大家都处于 PRECOMMIT，C 没了。在 2PC 里，C 停多久，参与者就在 READY 等多久；看第三个阶段是为了什么。',
  },
  kind: 'lesson',
  settings: [],
  nodes: threeParticipants,
  begin: [{ do: 'command', node: 'C', command: 'begin' }],
  rules: [
    {
      when: (moment) =>
        delivers(moment, 'ACK', 'C') &&
        coordinatorOf(moment).phase === 'PRECOMMIT' &&
        coordinatorOf(moment).state?.acks.length === 2,
      act: [{ do: 'crash', node: 'C' }],
    },
    { when: (moment) => inPhase(moment, 'COMMIT').length === 3, act: [{ do: 'restart', node: 'C' }] },
  ],
  latencyMs: inOrder,
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'The same transfer. C will be gone just before it says DoCommit.',
        zh: '还是那笔转账。C 会在说出 DoCommit 之前消失。',
      },
    },
    {
      when: (moment) => inPhase(moment, 'PRECOMMIT').length === 3,
      text: {
        en: 'All three are in PRECOMMIT: everybody knows that everybody has voted Yes. Nobody is uncertain.',
        zh: '三个都在 PRECOMMIT：人人知道全票 Yes。没有谁是未确定的。',
      },
      mark: { en: 'all PRECOMMIT', zh: '全部 PRECOMMIT' },
    },
    {
      when: (moment) => acted(moment, 'crash', 'C'),
      text: {
        en: 'C is gone, one ACK short. The locks are held, but look at the timers: they have an end.',
        zh: 'C 没了，只差一个 ACK。锁还持有，但看定时器：它们会到期。',
      },
      mark: { en: 'C crashes', zh: 'C 崩溃' },
    },
    {
      when: (moment) => tells(moment, 'commits by its clock', 'P1'),
      text: {
        en: 'P1 commits without being told. It knows two things: all have voted Yes, and, as doAbort would have come by now, C cannot have decided ABORT.',
        zh: 'P1 不等通知就提交。它知道两件事：全票 Yes；而且若有 doAbort 早该到了，所以 C 不可能决定 ABORT。',
      },
      mark: { en: 'not blocked', zh: '不阻塞' },
    },
    {
      when: (moment) => inPhase(moment, 'COMMIT').length === 3,
      text: {
        en: 'All committed, no coordinator needed. 2PC with the same crash: three participants in READY, locks held, until somebody repairs C.',
        zh: '全部提交，不需要协调者。同样的崩溃发生在 2PC：三个参与者停在 READY、持着锁，直到有人修好 C。',
      },
      mark: { en: 'all commit', zh: '全部提交' },
    },
    {
      when: (moment) => tells(moment, 'ends', 'C'),
      text: {
        en: 'C asked, and learned COMMIT. It was not the one to decide.',
        zh: 'C 问了，得知 COMMIT。作决定的不是它。',
      },
      mark: { en: 'END', zh: 'END' },
    },
  ],
  predictions: [
    {
      id: 'p1',
      before: (moment) => timeIsUp(moment, 'P1'),
      question: {
        en: 'P1 is in PRECOMMIT, C is down, the timer of P1 is about to run out. In which state is P1 afterwards?',
        zh: 'P1 处于 PRECOMMIT，C 停机，P1 的定时器即将到期。之后 P1 处于什么状态？',
      },
      options: [
        { id: 'PRECOMMIT', text: { en: 'PRECOMMIT: it waits for C', zh: 'PRECOMMIT：等 C' } },
        { id: 'ABORT', text: { en: 'ABORT', zh: 'ABORT' } },
        { id: 'COMMIT', text: { en: 'COMMIT', zh: 'COMMIT' } },
      ],
      settle: (moment) => phaseOf(moment, 'P1'),
      otherwise: 'PRECOMMIT',
      because: {
        en: 'In WAIT silence means ABORT, in PRECOMMIT it means COMMIT. The same silence, two meanings: it works as long as no two participants are on different sides when it begins.',
        zh: '在 WAIT，沉默意味着 ABORT；在 PRECOMMIT，意味着 COMMIT。同样的沉默，两种含义：只要沉默开始时没有人分处两边，就没问题。',
      },
    },
    {
      id: 'c-learns',
      before: (moment) => acted(moment, 'restart', 'C'),
      question: {
        en: 'C is about to restart with PRECOMMIT in its log and no decision. What will it come to?',
        zh: 'C 即将重启，日志里有 PRECOMMIT、没有决定。它最后会得出什么？',
      },
      options: [
        { id: 'ABORT', text: { en: 'ABORT: no decision in the log', zh: 'ABORT：日志里没有决定' } },
        { id: 'COMMIT', text: { en: 'COMMIT, as the participants say', zh: 'COMMIT：参与者这么说' } },
      ],
      settle: (moment) => coordinatorOf(moment).decision,
      otherwise: 'COMMIT',
      because: {
        en: 'It asks first. With the presumed abort of 2PC it would now contradict three participants.',
        zh: '它先问。要是照搬 2PC 的推定中止，此刻就会与三个参与者矛盾。',
      },
    },
  ],
  goals: [],
  outcome: () => [
    {
      text: { en: 'all participants are in COMMIT', zh: '所有参与者都处于 COMMIT' },
      holds: (last) => inPhase(last, 'COMMIT').length === 3,
    },
    {
      text: { en: 'C has learned it', zh: 'C 得知了结果' },
      holds: (last) => coordinatorOf(last).decision === 'COMMIT',
    },
  ],
  breaks: () => [],
});
