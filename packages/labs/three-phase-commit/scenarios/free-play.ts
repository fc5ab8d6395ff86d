import { defineScenario } from '../../define-scenario.ts';
import { threeParticipants } from '../../two-phase-commit/reading.ts';
import { threePhaseCommit } from '../protocol.ts';
import { coordinatorOf, inPhase, participantsOf } from '../reading.ts';

/** All by hand. */
export const freePlay = defineScenario(threePhaseCommit, {
  id: '3pc-free',
  title: { en: 'Free play', zh: '自己动手' },
  purpose: {
    en: 'C has begun to commit T1, the rest is up to you. Crash whom you like: while one participant stays up, nobody is blocked for good. What breaks its assumption is labelled so: try how little of it is enough.',
    zh: 'C 已开始提交 T1，其余由你。随便让谁崩溃：只要有一个参与者一直在运行，就没有谁会永远阻塞。会打破假设的动作都有标注：试试多小的一次打破就够了。',
  },
  kind: 'free',
  settings: [],
  nodes: threeParticipants,
  begin: [{ do: 'command', node: 'C', command: 'begin' }],
  rules: [],
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'Step to a moment and do something there: each action makes a fork, and the history before it stays.',
        zh: '步进到某一刻，在那里动手：每个动作产生一条支线，之前的历史保留。',
      },
    },
  ],
  predictions: [],
  goals: [
    {
      id: 'without-c',
      text: { en: 'All commit while C is down', zh: 'C 停机期间，大家全部提交' },
      reached: (moment) =>
        inPhase(moment, 'COMMIT').length === 3 && !coordinatorOf(moment).up && coordinatorOf(moment).decision === null,
    },
    {
      id: 'all-yes-aborted',
      text: { en: 'All vote Yes, and T1 is aborted all the same', zh: '全票 Yes，T1 却仍然放弃' },
      reached: (moment) =>
        participantsOf(moment).every(
          ({ phase, disk }) => phase === 'ABORT' && disk.log.some(({ kind }) => kind === 'WAIT'),
        ),
    },
    {
      id: 'disagree',
      text: {
        en: 'Make two participants disagree: one in COMMIT, one in ABORT',
        zh: '让两个参与者不一致：一个 COMMIT，一个 ABORT',
      },
      reached: (moment) => inPhase(moment, 'COMMIT').length > 0 && inPhase(moment, 'ABORT').length > 0,
    },
  ],
  outcome: () => [
    {
      text: { en: 'left alone, all commit', zh: '不加干预，则全部提交' },
      holds: (last) => inPhase(last, 'COMMIT').length === 3,
    },
  ],
  breaks: () => [],
});
