import { defineScenario } from '../../define-scenario.ts';
import { twoPhaseCommit } from '../protocol.ts';
import { coordinatorOf, delivers, inOrder, inPhase, phaseOf, tells, threeParticipants, underWay } from '../reading.ts';

/** One participant is never asked. It is also the worked example of docs/labs.md. */
export const lostPrepare = defineScenario(twoPhaseCommit, {
  id: '2pc-lost-prepare',
  title: { en: 'One is never asked', zh: '有一个没被问到' },
  purpose: {
    en: 'PREPARE to P3 is lost, so P3 never votes. See whom C has to tell its decision, and how free P3 is.',
    zh: '发给 P3 的 PREPARE 丢了，P3 一直没有投票。看 C 的决定必须通知谁，而 P3 又有多自由。',
  },
  kind: 'lesson',
  settings: [],
  nodes: threeParticipants,
  begin: [{ do: 'command', node: 'C', command: 'begin' }],
  rules: [
    {
      when: (moment) => tells(moment, 'begins', 'C'),
      act: (moment) => underWay(moment, 'PREPARE', 'P3').map(({ id }) => ({ do: 'drop', message: id }) as const),
    },
  ],
  latencyMs: inOrder,
  narration: [
    {
      when: ({ n }) => n === 0,
      text: { en: 'The same transfer, but one message will be lost.', zh: '还是那笔转账，但会丢一条消息。' },
    },
    {
      when: (moment) => inPhase(moment, 'READY').length === 2,
      text: {
        en: 'P1 and P2 have promised and hold their locks. P3 is in INIT: it has promised nothing.',
        zh: 'P1、P2 已作出承诺并持有锁。P3 还在 INIT：什么也没承诺。',
      },
      mark: { en: 'two YES', zh: '两票 YES' },
    },
    {
      when: (moment) => tells(moment, 'decides ABORT', 'C'),
      text: {
        en: 'C cannot tell a lost question from a lost answer: P3, too, may be in READY.',
        zh: 'C 分不清丢的是提问还是回答：P3 也可能处于 READY。',
      },
      mark: { en: 'ABORT decided', zh: '决定 ABORT' },
    },
  ],
  predictions: [
    {
      id: 'whom',
      before: (moment) => tells(moment, 'decides ABORT', 'C'),
      question: {
        en: 'C has two YES and no vote of P3; its timer is about to run out. Whom will it send ROLLBACK?',
        zh: 'C 有两票 YES，没有 P3 的票，定时器即将到期。它会给谁发 ROLLBACK？',
      },
      options: [
        { id: 'all', text: { en: 'P1, P2 and P3', zh: 'P1、P2 和 P3' } },
        { id: 'voters', text: { en: 'P1 and P2, which have voted', zh: '投过票的 P1 和 P2' } },
        { id: 'nobody', text: { en: 'nobody: it asks P3 again', zh: '谁也不发：再问一次 P3' } },
      ],
      settle: (moment) => {
        if (coordinatorOf(moment).decision === null) return 'nobody';
        return underWay(moment, 'ROLLBACK', 'P3').length > 0 ? 'all' : 'voters';
      },
      otherwise: 'nobody',
      because: {
        en: 'Only a NO tells C that a participant has aborted. From silence it learns nothing.',
        zh: '只有 NO 能让 C 知道对方已经放弃。沉默什么也说明不了。',
      },
    },
    {
      id: 'unasked',
      before: (moment) => delivers(moment, 'ROLLBACK', 'P3'),
      question: {
        en: 'ROLLBACK reaches P3, which has never heard of the vote. In which state is it afterwards?',
        zh: 'ROLLBACK 到达从没听说过投票的 P3。之后它处于什么状态？',
      },
      options: [
        { id: 'INIT', text: { en: 'INIT: there is nothing to roll back', zh: 'INIT：没有什么可回滚' } },
        { id: 'ABORT', text: { en: 'ABORT', zh: 'ABORT' } },
      ],
      settle: (moment) => phaseOf(moment, 'P3'),
      otherwise: 'INIT',
      because: {
        en: 'It writes ABORT, so that a PREPARE which was only late will be answered with NO.',
        zh: '它写下 ABORT，这样一条只是迟到的 PREPARE 会得到 NO。',
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
