import { defineScenario } from '../../define-scenario.ts';
import { twoPhaseCommit } from '../protocol.ts';
import {
  acted,
  coordinatorOf,
  delivers,
  inOrder,
  inPhase,
  participantsOf,
  phaseOf,
  tells,
  threeParticipants,
  underWay,
} from '../reading.ts';

/** The coordinator dies while it tells its decision. */
export const toldOne = defineScenario(twoPhaseCommit, {
  id: '2pc-told-one',
  title: { en: 'C crashes after telling one', zh: 'C 只通知了一个就崩溃' },
  purpose: {
    en: 'C has decided COMMIT and dies with the message sent to P1 only. P1 shows the new value, P2 and P3 still hold their locks: anybody who looks sees a difference. Is a rule broken by it, and who can help P2 and P3?',
    zh: 'C 决定了 COMMIT，却只给 P1 发出消息就死了。P1 已是新值，P2、P3 还持有锁：外面看得见不一致。这违反了规则吗？谁能帮 P2 和 P3？',
  },
  kind: 'lesson',
  settings: [
    {
      id: 'peers',
      text: { en: 'A participant in doubt asks', zh: '未知结果的参与者询问' },
      choices: [
        { id: 'ask', text: { en: 'C and the other participants', zh: 'C 和其他参与者' } },
        { id: 'none', text: { en: 'C only', zh: '只问 C' } },
      ],
    },
  ],
  nodes: threeParticipants,
  begin: [{ do: 'command', node: 'C', command: 'begin' }],
  rules: [
    {
      when: (moment) => tells(moment, 'decides COMMIT', 'C'),
      act: (moment) => [
        { do: 'crash', node: 'C' },
        ...[...underWay(moment, 'COMMIT', 'P2'), ...underWay(moment, 'COMMIT', 'P3')].map(
          ({ id }) => ({ do: 'drop', message: id }) as const,
        ),
      ],
    },
    // When the others cannot help, C has to come back; when they can, it comes back to end T1.
    {
      when: (moment) => tells(moment, 'asks', 'P3') && underWay(moment, 'DECISION-REQ', 'P1').length === 0,
      act: [{ do: 'restart', node: 'C' }],
    },
    {
      when: (moment) => inPhase(moment, 'COMMIT').length === 3 && !coordinatorOf(moment).up,
      act: [{ do: 'restart', node: 'C' }],
    },
  ],
  latencyMs: inOrder,
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'The same transfer. All will vote YES, and C will decide COMMIT.',
        zh: '还是那笔转账。大家都会投 YES，C 会决定 COMMIT。',
      },
    },
    {
      when: (moment) => tells(moment, 'decides COMMIT', 'C'),
      text: {
        en: 'COMMIT is on the disk of C: T1 is decided, and nothing can change that any more.',
        zh: 'COMMIT 已在 C 的磁盘上：T1 已经决定，再也改变不了。',
      },
      mark: { en: 'T1 is decided', zh: 'T1 已决定' },
    },
    {
      when: (moment) => acted(moment, 'crash', 'C'),
      text: {
        en: 'C dies in the middle of sending. Whether COMMIT to P2 and P3 never left or got lost on the way makes no difference to them: they hear nothing.',
        zh: 'C 在发送途中死了。发给 P2、P3 的 COMMIT 是没发出还是丢在路上，对它们没有区别：反正什么也没收到。',
      },
      mark: { en: 'C crashes', zh: 'C 崩溃' },
    },
    {
      when: (moment) => phaseOf(moment, 'P1') === 'COMMIT' && phaseOf(moment, 'P2') === 'READY',
      text: {
        en: 'A reader finds 10 missing from a; b and fee cannot be read: they are locked. The books look wrong, but nobody has aborted, and nobody may. Without the locks, the reader would see money vanish: that is what they are held for.',
        zh: '此刻 a 已少了 10；b 和 fee 加了锁、读不到。账面看起来不对，但没有人放弃，也没有人可以放弃。要是没有锁，读者就会看到钱凭空消失：锁就是为此而持有的。',
      },
      mark: { en: 'inconsistent', zh: '看得见的不一致' },
    },
    {
      when: (moment) => tells(moment, 'asks', 'P2'),
      text: {
        en: 'P2 runs out of patience, but not of discipline: it asks.',
        zh: 'P2 等不下去了，但守规矩：它去问。',
      },
    },
    {
      when: (moment) => delivers(moment, 'COMMIT', 'P2', 'P1'),
      text: {
        en: 'P1 knows, so P2 need not wait for C. The decision may come from anybody who has it: it is the same.',
        zh: 'P1 知道，P2 就不必等 C。决定从谁那里来都一样。',
      },
      mark: { en: 'P1 tells P2', zh: 'P1 告诉 P2' },
    },
    {
      when: (moment) => tells(moment, 'reads its decision', 'C'),
      text: {
        en: 'C is back, finds COMMIT in its log and sends it to all again: it does not know who has heard it. P1, which has, changes nothing and acknowledges.',
        zh: 'C 恢复，在日志里找到 COMMIT，再发给所有参与者：它不知道谁已经收到。P1 收到过，什么也不改，只回 ACK。',
      },
      mark: { en: 'C is back', zh: 'C 恢复' },
    },
    {
      when: (moment) => tells(moment, 'ends', 'C'),
      text: {
        en: 'All in COMMIT. The difference that could be seen was passing: atomicity says that COMMIT and ABORT never stand side by side, not that all change at one instant.',
        zh: '全部 COMMIT。看得见的差别只是暂时的：原子性要求 COMMIT 与 ABORT 永不并存，并不要求大家同时改变。',
      },
      mark: { en: 'END', zh: 'END' },
    },
  ],
  predictions: [
    {
      id: 'violated',
      before: (moment) => tells(moment, 'commits', 'P1'),
      question: {
        en: 'P1 is about to commit; C is down, P2 and P3 are in READY. Will the invariant “no COMMIT beside ABORT” be broken then?',
        zh: 'P1 即将提交；C 停机，P2、P3 在 READY。届时不变量“COMMIT 与 ABORT 不并存”会被破坏吗？',
      },
      options: [
        { id: 'broken', text: { en: 'yes: one has committed and two have not', zh: '会：一个提交了，两个没有' } },
        { id: 'kept', text: { en: 'no: READY is not ABORT', zh: '不会：READY 不是 ABORT' } },
      ],
      settle: (moment) => (inPhase(moment, 'ABORT').length > 0 ? 'broken' : 'kept'),
      otherwise: 'kept',
      because: {
        en: 'It can be seen, but it is not a violation: P2 and P3 can still reach COMMIT, and can reach nothing else, as C has written its decision.',
        zh: '看得见不一致，但没有违反：P2、P3 还能到达 COMMIT，而且只能到达 COMMIT，因为 C 已经写下决定。',
      },
    },
    {
      id: 'who-helps',
      before: (moment) => moment.entry?.happening.kind === 'timer' && moment.entry.happening.node === 'P2',
      question: {
        en: 'The timer of P2 is about to run out. C is down. From whom will P2 learn the decision?',
        zh: 'P2 的定时器即将到期，C 停机。P2 会从谁那里得知决定？',
      },
      options: [
        { id: 'peer', text: { en: 'from P1', zh: '从 P1' } },
        { id: 'coordinator', text: { en: 'from C, once it is back', zh: '从恢复后的 C' } },
        { id: 'alone', text: { en: 'from nobody: it decides by itself', zh: '不靠别人：自行决定' } },
      ],
      settle: (moment) => {
        if (phaseOf(moment, 'P2') === 'READY') return null;
        return delivers(moment, 'COMMIT', 'P2', 'C')
          ? 'coordinator'
          : delivers(moment, 'COMMIT', 'P2')
            ? 'peer'
            : 'alone';
      },
      otherwise: 'coordinator',
      because: {
        en: 'It depends on whom it asks. With cooperative termination one participant that knows is enough; without, P2 has to wait for C. If C had crashed one message earlier, nobody would know, and asking would not help: lesson 3.',
        zh: '要看它问谁。有协作终止，只要一个参与者知道就够；没有，就只能等 C。若 C 早一条消息崩溃，就没人知道，问也没用：见第 3 课。',
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
      text: { en: 'every number was changed once', zh: '每个数值恰好改了一次' },
      holds: (last) =>
        participantsOf(last)
          .map(({ disk }) => disk.value)
          .join() === '90,109,6',
    },
    { text: { en: 'C has written END', zh: 'C 写下了 END' }, holds: (last) => coordinatorOf(last).phase === 'END' },
  ],
  breaks: () => [],
});
