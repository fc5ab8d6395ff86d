import { defineScenario } from '../../define-scenario.ts';
import { inOrder, threeParticipants } from '../../two-phase-commit/reading.ts';
import { threePhaseCommit } from '../protocol.ts';
import { coordinatorOf, delivers, inPhase, tells } from '../reading.ts';

/** All vote Yes, nothing fails. */
export const happy = defineScenario(threePhaseCommit, {
  id: '3pc-happy',
  title: { en: 'Three rounds, all commit', zh: '三轮，全部提交' },
  purpose: {
    en: 'The transfer of the 2PC lessons, with one round more between the votes and the decision. See what each participant knows in each state, and what it would do if it heard nothing from there on. No state may leave it helpless.',
    zh: '还是 2PC 课里的转账，但在投票与决定之间多一轮。看每个参与者在每个状态知道什么，如果从此什么也听不到又会怎么做。没有一个状态应当束手无策。',
  },
  kind: 'lesson',
  settings: [],
  nodes: threeParticipants,
  begin: [{ do: 'command', node: 'C', command: 'begin' }],
  rules: [],
  latencyMs: inOrder,
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'The same transfer: a pays 10, b gets 9, fee 1. Watch the timers of the participants, and what each waits for.',
        zh: '同一笔转账：a 付 10，b 得 9，fee 得 1。注意参与者的定时器：各在等什么。',
      },
    },
    {
      when: (moment) => tells(moment, 'begins', 'C'),
      text: {
        en: 'Round 1: can everybody commit? Nothing is decided by this round yet.',
        zh: '第一轮：大家能提交吗？这一轮还不决定任何事。',
      },
      mark: { en: 'CanCommit', zh: 'CanCommit' },
    },
    {
      when: (moment) => tells(moment, 'votes Yes'),
      text: {
        en: 'A Yes is binding, and the lock is taken with it: many texts let 3PC lock only at PreCommit, but then a number could change under a vote already given. In WAIT, silence means ABORT.',
        zh: 'Yes 有约束力，锁也同时加上：不少文章说 3PC 到 PreCommit 才加锁，但那样投票之后数据还可能变。处于 WAIT 时，沉默意味着 ABORT。',
      },
      mark: { en: 'first Yes', zh: '第一票 Yes' },
    },
    {
      when: (moment) => tells(moment, 'prepares to commit', 'C'),
      text: {
        en: 'Round 2: C does not decide yet. It spreads one fact: “all have voted Yes”. This is the round that 2PC does not have.',
        zh: '第二轮：C 还不决定，只传播一个事实：“全票 Yes”。2PC 没有这一轮。',
      },
      mark: { en: 'PreCommit', zh: 'PreCommit' },
    },
    {
      when: (moment) => tells(moment, 'is prepared to commit'),
      text: {
        en: 'In PRECOMMIT a participant knows that nobody voted No. From here on, silence means COMMIT to it. But as long as another is in WAIT, where silence means ABORT, nobody may commit.',
        zh: '处于 PRECOMMIT 的参与者知道没有人投 No。从此对它来说沉默意味着 COMMIT。但只要还有人在 WAIT（沉默意味着 ABORT），谁也不能提交。',
      },
    },
    {
      when: (moment) => tells(moment, 'decides COMMIT', 'C'),
      text: {
        en: 'Round 3: with all ACKs C knows that nobody is in WAIT any more. Only now it commits.',
        zh: '第三轮：ACK 收齐，C 知道已没有人处于 WAIT。直到这时它才提交。',
      },
      mark: { en: 'T1 is decided', zh: 'T1 已决定' },
    },
    {
      when: (moment) => tells(moment, 'ends', 'C'),
      text: {
        en: 'Eighteen messages instead of twelve, and a round of waiting more, with the locks held: this is what freedom from blocking costs, as long as messages are never late.',
        zh: '十八条消息而不是十二条，还要多等一轮，锁一直持有：这就是“不阻塞”的价钱，而且还得消息从不迟到。',
      },
      mark: { en: 'END', zh: 'END' },
    },
  ],
  predictions: [
    {
      id: 'all-yes',
      before: (moment) => tells(moment, 'prepares to commit', 'C') || tells(moment, 'decides ABORT', 'C'),
      question: {
        en: 'The last Yes is about to reach C. In 2PC it would decide now. What is the state of C afterwards?',
        zh: '最后一票 Yes 即将到达 C。在 2PC 里它现在就会决定。之后 C 处于什么状态？',
      },
      options: [
        { id: 'COMMIT', text: { en: 'COMMIT', zh: 'COMMIT' } },
        { id: 'PRECOMMIT', text: { en: 'PRECOMMIT', zh: 'PRECOMMIT' } },
        { id: 'WAIT', text: { en: 'WAIT, until it has asked again', zh: 'WAIT，直到再问一遍' } },
      ],
      settle: (moment) => coordinatorOf(moment).phase,
      otherwise: 'WAIT',
      because: {
        en: 'If C committed now and crashed, the participants in WAIT would abort by their clocks. So first all have to leave WAIT.',
        zh: '如果 C 现在提交然后崩溃，处于 WAIT 的参与者会超时放弃。所以要先让大家都离开 WAIT。',
      },
    },
    {
      id: 'two-acks',
      before: (moment) =>
        delivers(moment, 'ACK', 'C') &&
        coordinatorOf(moment).phase === 'PRECOMMIT' &&
        coordinatorOf(moment).state?.acks.length === 2,
      question: {
        en: 'All three have voted Yes, and the second of three ACKs of PreCommit is about to reach C. May C commit then?',
        zh: '三个都投了 Yes，PreCommit 的三个 ACK 中第二个即将到达 C。这时 C 可以提交吗？',
      },
      options: [
        { id: 'yes', text: { en: 'yes: all have voted Yes', zh: '可以：全票 Yes' } },
        { id: 'no', text: { en: 'no: the third may still be in WAIT', zh: '不可以：第三个可能还在 WAIT' } },
      ],
      settle: (moment) => (coordinatorOf(moment).decision === null ? 'no' : 'yes'),
      otherwise: 'no',
      because: {
        en: 'The votes say that COMMIT is possible; the ACKs say that nobody would abort by its clock. Both are needed.',
        zh: '投票说明可以 COMMIT；ACK 说明不会有人超时放弃。两者缺一不可。',
      },
    },
  ],
  goals: [],
  outcome: () => [
    {
      text: { en: 'all participants are in COMMIT', zh: '所有参与者都处于 COMMIT' },
      holds: (last) => inPhase(last, 'COMMIT').length === 3,
    },
    { text: { en: 'C has written END', zh: 'C 写下了 END' }, holds: (last) => coordinatorOf(last).phase === 'END' },
  ],
  breaks: () => [],
});
