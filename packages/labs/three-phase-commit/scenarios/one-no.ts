import { defineScenario } from '../../define-scenario.ts';
import { inOrder, threeParticipants } from '../../two-phase-commit/reading.ts';
import { threePhaseCommit } from '../protocol.ts';
import { coordinatorOf, delivers, inPhase, tells } from '../reading.ts';

/** One No, while nobody has heard PreCommit. */
export const oneNo = defineScenario(threePhaseCommit, {
  id: '3pc-one-no',
  title: { en: 'One votes No', zh: '一票 No' },
  purpose: {
    en: 'P2 cannot do its part. The first round of 3PC is the vote of 2PC. How many of the three rounds will there be?',
    zh: 'P2 做不了自己的部分。3PC 的第一轮就是 2PC 的投票。三轮会走几轮？',
  },
  kind: 'lesson',
  settings: [],
  nodes: threeParticipants,
  begin: [
    { do: 'command', node: 'P2', command: 'refuse' },
    { do: 'command', node: 'C', command: 'begin' },
  ],
  rules: [],
  latencyMs: inOrder,
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'The same transfer, but P2 will not be able to book its part.',
        zh: '还是那笔转账，但 P2 无法入账。',
      },
    },
    {
      when: (moment) => tells(moment, 'votes No'),
      text: {
        en: 'P2 aborts with its vote, as in 2PC: a No is always safe.',
        zh: 'P2 投 No 的同时就放弃，与 2PC 相同：No 总是安全的。',
      },
      mark: { en: 'No', zh: 'No' },
    },
    {
      when: (moment) => tells(moment, 'decides ABORT', 'C'),
      text: {
        en: 'C writes ABORT and sends doAbort to those who may be in WAIT. If it stayed silent, they would abort too, only later, by their clocks.',
        zh: 'C 写下 ABORT，给可能在 WAIT 的参与者发 doAbort。即使它不作声，它们也会放弃，只是晚一些：时钟到了就放弃。',
      },
      mark: { en: 'doAbort', zh: 'doAbort' },
    },
    {
      when: (moment) => tells(moment, 'ends', 'C'),
      text: {
        en: 'All in ABORT. Neither PreCommit nor a third round was needed.',
        zh: '全部 ABORT，不需要 PreCommit，也不需要第三轮。',
      },
      mark: { en: 'END', zh: 'END' },
    },
  ],
  predictions: [
    {
      id: 'rounds',
      before: (moment) => delivers(moment, 'No', 'C'),
      question: {
        en: 'No reaches C; P1 has voted Yes. What does C send next?',
        zh: 'No 到达 C；P1 已投 Yes。C 接下来发什么？',
      },
      options: [
        { id: 'PreCommit', text: { en: 'PreCommit, so that P1 does not block', zh: 'PreCommit，免得 P1 阻塞' } },
        { id: 'doAbort', text: { en: 'doAbort to P1 and P3', zh: '给 P1 和 P3 发 doAbort' } },
        { id: 'nothing', text: { en: 'nothing: the clocks will do it', zh: '什么也不发：交给时钟' } },
      ],
      settle: ({ entry }) =>
        entry?.sent.some(({ type }) => type === 'PreCommit')
          ? 'PreCommit'
          : entry?.sent.some(({ type }) => type === 'doAbort')
            ? 'doAbort'
            : 'nothing',
      otherwise: 'nothing',
      because: {
        en: 'PreCommit says “all have voted Yes”, and that is not true. Silence would come to the same, but the locks would be held until the clocks run out.',
        zh: 'PreCommit 的意思是“全票 Yes”，而事实并非如此。沉默也会有同样的结果，但锁要一直持有到时钟到期。',
      },
    },
    {
      id: 'late-yes',
      before: (moment) => delivers(moment, 'Yes', 'C') && coordinatorOf(moment).decision === 'ABORT',
      question: {
        en: 'The Yes of P3 is about to reach C, which has decided ABORT. What will C do with it?',
        zh: 'P3 的 Yes 即将到达已决定 ABORT 的 C。C 会怎么处理？',
      },
      options: [
        { id: 'count', text: { en: 'count it, and decide anew', zh: '计入，重新决定' } },
        { id: 'ignore', text: { en: 'nothing: a decision never changes', zh: '不理会：决定不可更改' } },
      ],
      settle: (moment) => (coordinatorOf(moment).decision === 'ABORT' ? 'ignore' : 'count'),
      otherwise: 'ignore',
      because: { en: 'The doAbort for P3 is under way already.', zh: '给 P3 的 doAbort 已经在路上了。' },
    },
  ],
  goals: [],
  outcome: () => [
    {
      text: { en: 'all participants are in ABORT', zh: '所有参与者都处于 ABORT' },
      holds: (last) => inPhase(last, 'ABORT').length === 3,
    },
  ],
  breaks: () => [],
});
