import { defineScenario } from '../../define-scenario.ts';
import { inOrder, threeParticipants } from '../../two-phase-commit/reading.ts';
import { threePhaseCommit } from '../protocol.ts';
import { acted, coordinatorOf, inPhase, phaseOf, tells, timeIsUp } from '../reading.ts';

/** An ACK of PreCommit is missing. */
export const missingAck = defineScenario(threePhaseCommit, {
  id: '3pc-missing-ack',
  title: { en: 'An ACK is missing', zh: '缺一个 ACK' },
  purpose: {
    en: 'P3 votes Yes and stops before PreCommit reaches it. P1 and P2 are in PRECOMMIT, where silence would mean COMMIT, so C must not be silent. What can it say that suits all three?',
    zh: 'P3 投了 Yes，在 PreCommit 到达之前停机。P1、P2 处于 PRECOMMIT，那里沉默意味着 COMMIT，所以 C 不能沉默。它说什么才对三个都合适？',
  },
  kind: 'lesson',
  settings: [],
  nodes: threeParticipants,
  begin: [{ do: 'command', node: 'C', command: 'begin' }],
  rules: [
    { when: (moment) => tells(moment, 'prepares to commit', 'C'), act: [{ do: 'crash', node: 'P3' }] },
    { when: (moment) => tells(moment, 'ends', 'C'), act: [{ do: 'restart', node: 'P3' }] },
  ],
  latencyMs: inOrder,
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'The same transfer, and all will vote Yes. P3 will not live to see PreCommit.',
        zh: '还是那笔转账，大家都投 Yes。P3 等不到 PreCommit。',
      },
    },
    {
      when: (moment) => acted(moment, 'crash', 'P3'),
      text: {
        en: 'P3 stops in WAIT. Its log says WAIT, and that is how it will find itself again.',
        zh: 'P3 在 WAIT 停机。日志里是 WAIT，恢复时它就处于 WAIT。',
      },
      mark: { en: 'P3 stops', zh: 'P3 停机' },
    },
    {
      when: (moment) => inPhase(moment, 'PRECOMMIT').length === 2,
      text: {
        en: 'P1 and P2 are in PRECOMMIT: should they hear nothing, they would commit. P3 in WAIT would abort. C has to be in time.',
        zh: 'P1、P2 处于 PRECOMMIT：什么也听不到就会提交；而 WAIT 的 P3 会放弃。C 必须赶在前面。',
      },
    },
    {
      when: (moment) => tells(moment, 'misses an ACK', 'C'),
      text: {
        en: 'C decides ABORT although all have voted Yes: one may not know it. Its clock runs out before those of the participants, so doAbort comes in time. The lengths of these timers are part of the protocol.',
        zh: '尽管全票 Yes，C 还是决定 ABORT：因为可能有人不知道“全票”。它的时钟比参与者先到，所以 doAbort 来得及。这些定时器的长短本身就是协议的一部分。',
      },
      mark: { en: 'doAbort', zh: 'doAbort' },
    },
    {
      when: (moment) => tells(moment, 'rolls back', 'P2'),
      text: {
        en: 'From PRECOMMIT back to ABORT: prepared to commit is not committed.',
        zh: '从 PRECOMMIT 回到 ABORT：“准备提交”不等于提交。',
      },
    },
    {
      when: (moment) => acted(moment, 'restart', 'P3'),
      text: {
        en: 'P3 is back, in WAIT with its lock, and asks: its clock stood still while the others went on.',
        zh: 'P3 恢复，处于 WAIT 并持锁，于是询问：它的时钟停过，别人却在前进。',
      },
      mark: { en: 'P3 is back', zh: 'P3 恢复' },
    },
  ],
  predictions: [
    {
      id: 'c-decides',
      before: (moment) =>
        timeIsUp(moment, 'C') && coordinatorOf(moment).decision !== null && inPhase(moment, 'PRECOMMIT').length > 0,
      question: {
        en: 'All have voted Yes. ACKs of P1 and P2 are here, that of P3 is not, and time is up. What does C decide?',
        zh: '全票 Yes。P1、P2 的 ACK 到了，P3 的没到，时间到了。C 决定什么？',
      },
      options: [
        { id: 'COMMIT', text: { en: 'COMMIT: everybody agreed', zh: 'COMMIT：大家都同意了' } },
        { id: 'ABORT', text: { en: 'ABORT', zh: 'ABORT' } },
      ],
      settle: (moment) => coordinatorOf(moment).decision,
      otherwise: 'ABORT',
      because: {
        en: 'P3 may have stopped in WAIT. When it is back, nothing in its log speaks for COMMIT: C does not know what P3 knows, so it takes the way that P3 could take too. (Skeen’s protocol may also go on without P3; then P3 has to learn COMMIT when it asks. The timeouts taught here abort.)',
        zh: 'P3 可能停在 WAIT，它的日志里没有任何支持 COMMIT 的东西。C 不知道 P3 知道什么，就选 P3 也会选的路。（Skeen 的协议也允许撇下 P3 继续，P3 恢复后再得知 COMMIT；这里教的超时规则是放弃。）',
      },
    },
    {
      id: 'p3-back',
      before: (moment) => acted(moment, 'restart', 'P3'),
      question: {
        en: 'P3 is about to restart, its log says WAIT. How does it come to a decision?',
        zh: 'P3 即将重启，日志里是 WAIT。它怎样得出决定？',
      },
      options: [
        { id: 'clock', text: { en: 'by its clock, as in WAIT', zh: '按时钟，与平常的 WAIT 一样' } },
        { id: 'ask', text: { en: 'it asks the others', zh: '询问别人' } },
        { id: 'commit', text: { en: 'it commits: it voted Yes', zh: '提交：它投了 Yes' } },
      ],
      settle: (moment) =>
        tells(moment, 'asks', 'P3')
          ? 'ask'
          : phaseOf(moment, 'P3') === 'COMMIT'
            ? 'commit'
            : phaseOf(moment, 'P3') === 'ABORT'
              ? 'clock'
              : null,
      otherwise: 'clock',
      because: {
        en: 'It slept through the others’ timeouts: silence means nothing to it. Here ABORT would happen to be right. Had C stopped as well, P1 and P2 would have committed by their clocks, and it would be wrong.',
        zh: '别人超时的时候它在“睡”：沉默对它毫无意义。这里 ABORT 恰好是对的；要是 C 也停了机，P1、P2 早已超时提交，它就错了。',
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
