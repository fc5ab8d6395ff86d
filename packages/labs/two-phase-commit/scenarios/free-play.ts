import { defineScenario } from '../../define-scenario.ts';
import { twoPhaseCommit } from '../protocol.ts';
import { inPhase, participantsOf, threeParticipants } from '../reading.ts';

/** All by hand. */
export const freePlay = defineScenario(twoPhaseCommit, {
  id: '2pc-free',
  title: { en: 'Free play', zh: '自己动手' },
  purpose: {
    en: 'C has begun to commit T1, the rest is up to you: crash, cut, drop, delay. With the protocol as it is, you can block the participants, but you will not make them disagree without breaking one of its assumptions. Or let it be wrong, and find the shortest way.',
    zh: 'C 已开始提交 T1，其余由你：崩溃、断链、丢弃、延后。协议正确时，你能让参与者阻塞，但不打破它的假设就无法让它们不一致。也可以换成错误的做法，找出最短的路。',
  },
  kind: 'free',
  settings: [
    {
      id: 'inDoubt',
      text: { en: 'In READY, when time is up', zh: 'READY 超时之后' },
      choices: [
        { id: 'ask', text: { en: 'ask, and wait (the protocol)', zh: '询问并等待（协议的做法）' } },
        { id: 'abort', text: { en: 'abort alone (wrong)', zh: '自行放弃（错误）' } },
        { id: 'commit', text: { en: 'commit alone (wrong)', zh: '自行提交（错误）' } },
      ],
    },
    {
      id: 'log',
      text: { en: 'READY is written', zh: 'READY 写盘' },
      choices: [
        { id: 'forced', text: { en: 'before YES is sent (the protocol)', zh: '在发 YES 之前（协议的做法）' } },
        { id: 'late', text: { en: 'when the disk has time (wrong)', zh: '等磁盘有空（错误）' } },
      ],
    },
  ],
  nodes: threeParticipants,
  begin: [{ do: 'command', node: 'C', command: 'begin' }],
  rules: [],
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'Step to a moment and do something there: each action makes a fork, and the history before it stays. A participant that has not voted can be made unable to do its part, and will vote NO.',
        zh: '步进到某一刻，在那里动手：每个动作产生一条支线，之前的历史保留。还没投票的参与者可以被设为“做不了”，它将投 NO。',
      },
    },
  ],
  predictions: [],
  goals: [
    {
      id: 'block',
      text: {
        en: 'Block two participants for good: in READY, locked, with nobody left to ask',
        zh: '让两个参与者永远阻塞：处于 READY、持有锁、无人可问',
      },
      reached: (moment) =>
        participantsOf(moment).filter(
          ({ id, phase, state }) => phase === 'READY' && state !== null && moment.nodes.get(id)?.timers.length === 0,
        ).length >= 2,
    },
    {
      id: 'all-yes-aborted',
      text: { en: 'All vote YES, and T1 is rolled back all the same', zh: '全票 YES，T1 却仍然回滚' },
      reached: (moment) =>
        participantsOf(moment).every(
          ({ phase, disk }) => phase === 'ABORT' && disk.log.some(({ kind }) => kind === 'READY'),
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
  breaks: ({ log }) => (log === 'late' ? ['logFirst'] : []),
});
