import { defineScenario } from '../../define-scenario.ts';
import { inOrder, threeParticipants } from '../../two-phase-commit/reading.ts';
import { threePhaseCommit } from '../protocol.ts';
import { acted, delivers, inPhase, phaseOf, tells, timeIsUp } from '../reading.ts';

/** What no clock can tell: a partition. */
export const partition = defineScenario(threePhaseCommit, {
  id: '3pc-partition',
  title: { en: 'The network falls apart', zh: '网络分裂' },
  purpose: {
    en: 'PreCommit has reached P1 and P2 when the network falls apart. Everybody is alive, and everybody takes silence for death. Each goes on by the book: see where that leads.',
    zh: 'PreCommit 到了 P1、P2，这时网络分裂。所有节点都活着，却都把沉默当作死亡。各自照章办事，看会走到哪里。',
  },
  kind: 'lesson',
  settings: [],
  nodes: threeParticipants,
  begin: [{ do: 'command', node: 'C', command: 'begin' }],
  rules: [
    {
      when: (moment) => delivers(moment, 'PreCommit', 'P2'),
      act: [{ do: 'split', groups: [['P1', 'P2'], ['C'], ['P3']] }],
    },
  ],
  latencyMs: inOrder,
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'The same transfer. The network will fall apart in the middle of PreCommit: what 3PC assumes never happens.',
        zh: '还是那笔转账。网络将在 PreCommit 途中分裂：这正是 3PC 假设不会发生的事。',
      },
    },
    {
      when: (moment) => acted(moment, 'split'),
      text: {
        en: 'Three islands: {P1, P2}, {C}, {P3}. No node has failed. The assumption “every message arrives in time” has.',
        zh: '三座孤岛：{P1, P2}、{C}、{P3}。没有节点失效，失效的是假设“每条消息都按时到达”。',
      },
      mark: { en: 'the network splits', zh: '网络分裂' },
    },
    {
      when: (moment) => tells(moment, 'misses an ACK', 'C'),
      text: {
        en: 'C does what it should: no ACK, so doAbort to all. It reaches nobody.',
        zh: 'C 照章办事：没有 ACK，就向所有参与者发 doAbort。谁也收不到。',
      },
      mark: { en: 'doAbort lost', zh: 'doAbort 丢失' },
    },
    {
      when: (moment) => tells(moment, 'aborts by its clock', 'P3'),
      text: {
        en: 'P3, in WAIT, heard nothing: ABORT. By the book.',
        zh: 'P3 在 WAIT，什么也没听到：ABORT。照章办事。',
      },
      mark: { en: 'P3 aborts', zh: 'P3 放弃' },
    },
    {
      when: (moment) => inPhase(moment, 'COMMIT').length > 0 && inPhase(moment, 'ABORT').length > 0,
      text: {
        en: 'P1, in PRECOMMIT, heard nothing: COMMIT. By the book, too. Alice has paid and the fee was not booked: 3PC trades the blocking of 2PC for the danger of being wrong. In real networks nobody can tell dead from slow, so real systems decide by majorities: go on to Paxos and ZAB.',
        zh: 'P1 在 PRECOMMIT，什么也没听到：COMMIT。同样照章办事。Alice 付了钱，手续费却没入账：3PC 用“可能出错”换掉了 2PC 的“阻塞”。真实网络里没人分得清死与慢，所以真实系统靠多数派决定：接下来看 Paxos 和 ZAB。',
      },
      mark: { en: 'atomicity broken', zh: '原子性被破坏' },
    },
  ],
  predictions: [
    {
      id: 'p3',
      before: (moment) => timeIsUp(moment, 'P3'),
      question: {
        en: 'P3 is in WAIT and cut off. Its timer is about to run out. Will P3 and P1 come to the same?',
        zh: 'P3 处于 WAIT，被隔开。它的定时器即将到期。P3 与 P1 最终会一致吗？',
      },
      options: [
        { id: 'both-abort', text: { en: 'yes: both ABORT, as C wants', zh: '会：都 ABORT，如 C 所愿' } },
        { id: 'both-commit', text: { en: 'yes: both COMMIT, all have voted Yes', zh: '会：都 COMMIT，毕竟全票 Yes' } },
        { id: 'differ', text: { en: 'no: ABORT on P3, COMMIT on P1', zh: '不会：P3 ABORT，P1 COMMIT' } },
      ],
      settle: (moment) => {
        const [one, three] = [phaseOf(moment, 'P1'), phaseOf(moment, 'P3')];
        if (one !== 'COMMIT' && one !== 'ABORT') return null;
        return one === three ? (one === 'ABORT' ? 'both-abort' : 'both-commit') : 'differ';
      },
      otherwise: 'both-abort',
      because: {
        en: 'Silence begins while P1 is in PRECOMMIT and P3 in WAIT. The same silence means COMMIT to the one and ABORT to the other.',
        zh: '沉默开始时，P1 在 PRECOMMIT，P3 在 WAIT。同样的沉默，对一个意味着 COMMIT，对另一个意味着 ABORT。',
      },
    },
    {
      id: 'whose-fault',
      before: (moment) => tells(moment, 'commits by its clock', 'P1'),
      question: {
        en: 'P1, in PRECOMMIT, is about to run out of time. Which invariant will be broken when it acts?',
        zh: '处于 PRECOMMIT 的 P1 即将到时。它一行动，哪个不变量会被破坏？',
      },
      options: [
        { id: 'unanimous', text: { en: '“COMMIT only after every Yes”', zh: '“全票 Yes 才能 COMMIT”' } },
        { id: 'atomic', text: { en: '“No COMMIT beside ABORT”', zh: '“COMMIT 与 ABORT 不并存”' } },
        { id: 'none', text: { en: 'none', zh: '都不会' } },
      ],
      settle: (moment) =>
        inPhase(moment, 'ABORT').length > 0 && phaseOf(moment, 'P1') === 'COMMIT' ? 'atomic' : 'none',
      otherwise: 'none',
      because: {
        en: 'All did vote Yes. But P3 and C have aborted by now.',
        zh: '全票 Yes 是事实。但 P3 和 C 此时已经放弃了。',
      },
    },
  ],
  goals: [],
  outcome: () => [
    {
      text: { en: 'P1 and P2 are in COMMIT, P3 is in ABORT', zh: 'P1、P2 处于 COMMIT，P3 处于 ABORT' },
      holds: (last) => inPhase(last, 'COMMIT').join() === 'P1,P2' && inPhase(last, 'ABORT').join() === 'P3',
    },
  ],
  breaks: () => ['atomic'],
});
