import { defineScenario } from '../../define-scenario.ts';
import { inOrder, threeParticipants } from '../../two-phase-commit/reading.ts';
import { threePhaseCommit } from '../protocol.ts';
import { acted, delivers, inPhase, phaseOf, tells, timeIsUp } from '../reading.ts';

/** The hole in the timeouts. */
export const halfPreCommit = defineScenario(threePhaseCommit, {
  id: '3pc-half-precommit',
  title: { en: 'Variant: C dies amid PreCommit', zh: '变体：C 发 PreCommit 发到一半死了' },
  purpose: {
    en: 'No partition, no lost message: C crashes after PreCommit has left for P1, and before it left for P2 and P3. The textbook timeouts alone fail here; Skeen’s protocol has a termination protocol for it, in which a successor of C asks all for their states first.',
    zh: '没有分区，也不丢消息：C 把 PreCommit 发给 P1 之后、发给 P2 和 P3 之前崩溃。单靠教科书的超时规则，这里就会出错；Skeen 的协议为此另有终止协议：由 C 的继任者先询问所有人的状态。',
  },
  kind: 'variant',
  settings: [],
  nodes: threeParticipants,
  begin: [{ do: 'command', node: 'C', command: 'begin' }],
  rules: [
    {
      when: (moment) => tells(moment, 'prepares to commit', 'C'),
      act: (moment) => [
        { do: 'crash', node: 'C' },
        ...[...moment.inFlight.values()]
          .filter(({ message, to }) => message.type === 'PreCommit' && to !== 'P1')
          .map(({ id }) => ({ do: 'drop', message: id }) as const),
      ],
    },
  ],
  latencyMs: inOrder,
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'The same transfer, and one crash: that is within what 3PC claims to bear.',
        zh: '还是那笔转账，只有一次崩溃：这在 3PC 声称能承受的范围之内。',
      },
    },
    {
      when: (moment) => acted(moment, 'crash', 'C'),
      text: {
        en: 'C dies in the middle of sending. The two messages that are dropped here have never left.',
        zh: 'C 在发送途中死了。这里被丢弃的两条消息其实根本没有发出。',
      },
      mark: { en: 'C crashes', zh: 'C 崩溃' },
    },
    {
      when: (moment) => tells(moment, 'is prepared to commit', 'P1'),
      text: {
        en: 'P1 is in PRECOMMIT, P2 and P3 are in WAIT, and all hear the same silence.',
        zh: 'P1 在 PRECOMMIT，P2、P3 在 WAIT，听到的是同样的沉默。',
      },
    },
    {
      when: (moment) => inPhase(moment, 'COMMIT').length > 0 && inPhase(moment, 'ABORT').length > 0,
      text: {
        en: 'P1 commits, P2 and P3 have aborted. Between WAIT and PRECOMMIT the clocks must not decide: the survivors have to ask each other. If one is in PRECOMMIT, a successor first brings all to PRECOMMIT; if none is, it aborts. With that, 3PC bears any crash, but still no partition.',
        zh: 'P1 提交，P2、P3 已放弃。分处 WAIT 与 PRECOMMIT 时，不能由时钟决定，幸存者必须互相询问：只要有一个在 PRECOMMIT，继任者就先把大家带到 PRECOMMIT；一个也没有，就放弃。这样 3PC 才能承受任何崩溃，但仍承受不了分区。',
      },
      mark: { en: 'atomicity broken', zh: '原子性被破坏' },
    },
  ],
  predictions: [
    {
      id: 'p1-alone',
      before: (moment) => delivers(moment, 'PreCommit', 'P1'),
      question: {
        en: 'C is down. The PreCommit that had left for P1 is about to arrive; nothing more will come. Where will P1 end?',
        zh: 'C 已停机。发往 P1 的 PreCommit 即将到达，此后不会再有消息。P1 最终处于什么状态？',
      },
      options: [
        { id: 'PRECOMMIT', text: { en: 'PRECOMMIT, until C is back', zh: 'PRECOMMIT：等 C 恢复' } },
        { id: 'ABORT', text: { en: 'ABORT', zh: 'ABORT' } },
        { id: 'COMMIT', text: { en: 'COMMIT', zh: 'COMMIT' } },
      ],
      settle: (moment) => {
        const phase = phaseOf(moment, 'P1');
        return phase === 'COMMIT' || phase === 'ABORT' ? phase : null;
      },
      otherwise: 'PRECOMMIT',
      because: {
        en: 'PreCommit tells P1 that all have voted Yes. It does not tell P1 that the others know it too; the timeout acts as if it did.',
        zh: 'PreCommit 告诉 P1 全票 Yes，却没有告诉它别人也知道。超时规则却当作别人都知道了。',
      },
    },
    {
      id: 'end',
      before: (moment) => timeIsUp(moment, 'P2'),
      question: {
        en: 'P1 is in PRECOMMIT, P2 and P3 are in WAIT, C is down. The first timer is about to run out. Where does this end?',
        zh: 'P1 在 PRECOMMIT，P2、P3 在 WAIT，C 停机。第一个定时器即将到期。结局如何？',
      },
      options: [
        { id: 'abort', text: { en: 'all ABORT', zh: '全部 ABORT' } },
        { id: 'commit', text: { en: 'all COMMIT', zh: '全部 COMMIT' } },
        { id: 'differ', text: { en: 'some COMMIT, some ABORT', zh: '有的 COMMIT，有的 ABORT' } },
      ],
      settle: (moment) => {
        const [committed, aborted] = [inPhase(moment, 'COMMIT').length, inPhase(moment, 'ABORT').length];
        if (committed + aborted < 3) return null;
        return committed > 0 && aborted > 0 ? 'differ' : committed > 0 ? 'commit' : 'abort';
      },
      otherwise: 'abort',
      because: {
        en: 'Each acts on its own state alone. The rule “WAIT aborts, PRECOMMIT commits” is safe only when all are on the same side.',
        zh: '各自只看自己的状态。“WAIT 放弃、PRECOMMIT 提交”的规则，只有大家在同一边时才安全。',
      },
    },
  ],
  goals: [],
  outcome: () => [
    {
      text: { en: 'P1 is in COMMIT, P2 and P3 are in ABORT', zh: 'P1 处于 COMMIT，P2、P3 处于 ABORT' },
      holds: (last) => inPhase(last, 'COMMIT').join() === 'P1' && inPhase(last, 'ABORT').join() === 'P2,P3',
    },
  ],
  breaks: () => ['atomic'],
});
