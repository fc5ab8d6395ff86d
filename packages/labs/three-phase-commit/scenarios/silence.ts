import { defineScenario } from '../../define-scenario.ts';
import { inOrder, threeParticipants } from '../../two-phase-commit/reading.ts';
import { threePhaseCommit } from '../protocol.ts';
import { acted, coordinatorOf, inPhase, phaseOf, tells, timeIsUp } from '../reading.ts';

/** A vote that never comes. */
export const silence = defineScenario(threePhaseCommit, {
  id: '3pc-silence',
  title: { en: 'One is silent', zh: '一个不作声' },
  purpose: {
    en: 'P2 has stopped and never votes. In a synchronous world C knows what silence means: not slow, but dead. What follows from it?',
    zh: 'P2 停机，永远不投票。在同步的世界里，C 知道沉默意味着什么：不是慢，而是死了。由此能推出什么？',
  },
  kind: 'lesson',
  settings: [],
  nodes: threeParticipants,
  begin: [
    { do: 'crash', node: 'P2' },
    { do: 'command', node: 'C', command: 'begin' },
  ],
  rules: [{ when: (moment) => tells(moment, 'ends', 'C'), act: [{ do: 'restart', node: 'P2' }] }],
  latencyMs: inOrder,
  narration: [
    {
      when: ({ n }) => n === 0,
      text: { en: 'P2 is about to stop before it has voted.', zh: 'P2 即将在投票之前停机。' },
    },
    {
      when: (moment) => acted(moment, 'crash', 'P2'),
      text: { en: 'P2 stops. CanCommit will find nobody.', zh: 'P2 停机。CanCommit 将无人接收。' },
      mark: { en: 'P2 stops', zh: 'P2 停机' },
    },
    {
      when: (moment) => tells(moment, 'decides ABORT', 'C'),
      text: {
        en: 'No vote by now can only mean that P2 has stopped: every message arrives in time, that is assumed. C sends doAbort.',
        zh: '到这时还没有票，只能说明 P2 停了：因为假设每条消息都按时到达。C 发出 doAbort。',
      },
      mark: { en: 'doAbort', zh: 'doAbort' },
    },
    {
      when: (moment) => tells(moment, 'ends', 'C'),
      text: {
        en: 'P1 and P3 are free again. C does not wait for P2 for ever: it knows that P2 will ask when it is back.',
        zh: 'P1 和 P3 自由了。C 不会永远等 P2：它知道 P2 恢复后会来问。',
      },
      mark: { en: 'END', zh: 'END' },
    },
    {
      when: (moment) => acted(moment, 'restart', 'P2'),
      text: {
        en: 'P2 is back with an empty log: it has promised nothing and may abort alone.',
        zh: 'P2 恢复，日志是空的：它没承诺过什么，可以自行放弃。',
      },
    },
  ],
  predictions: [
    {
      id: 'clock',
      before: (moment) => timeIsUp(moment, 'C'),
      question: {
        en: 'C has two Yes and hears nothing of P2. Its timer is about to run out. What does C decide?',
        zh: 'C 有两票 Yes，P2 毫无音信。定时器即将到期。C 会决定什么？',
      },
      options: [
        { id: 'COMMIT', text: { en: 'COMMIT, without P2', zh: 'COMMIT，不管 P2' } },
        { id: 'ABORT', text: { en: 'ABORT', zh: 'ABORT' } },
        { id: 'WAIT', text: { en: 'nothing: it waits on', zh: '不决定，继续等' } },
      ],
      settle: (moment) => coordinatorOf(moment).decision ?? 'WAIT',
      otherwise: 'WAIT',
      because: {
        en: 'COMMIT takes a Yes of each. Without one, ABORT is safe: nobody has heard PreCommit.',
        zh: 'COMMIT 需要每个人的 Yes。少一票，ABORT 就是安全的：还没有人收到 PreCommit。',
      },
    },
    {
      id: 'back',
      before: (moment) => acted(moment, 'restart', 'P2'),
      question: {
        en: 'P2 is about to restart, with nothing in its log. Can it come to COMMIT?',
        zh: 'P2 即将重启，日志为空。它还可能 COMMIT 吗？',
      },
      options: [
        { id: 'yes', text: { en: 'yes, if it votes Yes now', zh: '能，只要现在投 Yes' } },
        { id: 'no', text: { en: 'no', zh: '不能' } },
      ],
      settle: (moment) =>
        phaseOf(moment, 'P2') === 'COMMIT' ? 'yes' : phaseOf(moment, 'P2') === 'ABORT' ? 'no' : null,
      otherwise: 'no',
      because: {
        en: 'T1 is over for the others. P2 hears nothing of it any more, and aborts by its own clock.',
        zh: '对其他人来说 T1 已经结束。P2 再也听不到关于它的消息，只会按自己的时钟放弃。',
      },
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
