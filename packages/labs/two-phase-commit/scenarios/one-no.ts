import { defineScenario } from '../../define-scenario.ts';
import { twoPhaseCommit } from '../protocol.ts';
import { coordinatorOf, delivers, inOrder, participantsOf, phaseOf, tells, threeParticipants } from '../reading.ts';

/** One NO is enough. */
export const oneNo = defineScenario(twoPhaseCommit, {
  id: '2pc-one-no',
  title: { en: 'One votes NO', zh: '一票 NO' },
  purpose: {
    en: 'P2 cannot do its part: Bob’s account is closed. See what one NO does to all, who may go on without asking anybody, and who has to be told.',
    zh: 'P2 做不了自己的部分：Bob 的账户已注销。看一票 NO 对所有人意味着什么：谁可以不问任何人就继续，谁必须等通知。',
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
        en: 'The same transfer as before, but P2 will not be able to book its part.',
        zh: '还是那笔转账，但这次 P2 无法入账。',
      },
    },
    {
      when: (moment) => tells(moment, 'votes YES'),
      text: {
        en: 'P1 can do its part. It locks a, forces READY, votes YES: from now on it depends on C.',
        zh: 'P1 能做自己的部分。它锁住 a，强制写 READY，投 YES：从此取决于 C。',
      },
    },
    {
      when: (moment) => tells(moment, 'votes NO'),
      text: {
        en: 'P2 votes NO and aborts in the same step. It need not wait for anybody: with its NO, no COMMIT can ever come.',
        zh: 'P2 投 NO，同时立即放弃。它不必等任何人：有了这张 NO，就不可能再有 COMMIT。',
      },
      mark: { en: 'NO', zh: 'NO' },
    },
    {
      when: (moment) => tells(moment, 'decides ABORT', 'C'),
      text: {
        en: 'C does not wait for the other votes: whatever they say, the answer is ABORT. It tells all but P2, which knows.',
        zh: 'C 不等其余的票：无论投什么，结果都是 ABORT。除了已经知道的 P2，它通知所有参与者。',
      },
      mark: { en: 'ABORT decided', zh: '决定 ABORT' },
    },
    {
      when: (moment) => tells(moment, 'rolls back'),
      text: {
        en: 'The old value comes back from the undo record, the lock is released: for everybody else, T1 never happened.',
        zh: '旧值由 undo 记录恢复，锁释放：在别人看来，T1 从未发生过。',
      },
    },
    {
      when: (moment) => tells(moment, 'ends', 'C'),
      text: {
        en: 'All are in ABORT and nothing is locked. NO is cheap: before its vote, a participant is free.',
        zh: '全部处于 ABORT，没有任何锁。NO 的代价很小：投票之前，参与者是自由的。',
      },
      mark: { en: 'END', zh: 'END' },
    },
  ],
  predictions: [
    {
      id: 'no-voter',
      before: (moment) => delivers(moment, 'PREPARE', 'P2'),
      question: {
        en: 'PREPARE reaches P2, which cannot do its part. In which state is P2 afterwards?',
        zh: 'PREPARE 到达 P2，而 P2 做不了自己的部分。之后 P2 处于什么状态？',
      },
      options: [
        { id: 'ready', text: { en: 'READY, with NO on its way, until C answers', zh: 'READY：发出 NO，等 C 答复' } },
        { id: 'abort', text: { en: 'ABORT, at once', zh: 'ABORT：立即放弃' } },
        { id: 'init', text: { en: 'INIT, as if nothing had come', zh: 'INIT：当作没收到' } },
      ],
      settle: (moment) => phaseOf(moment, 'P2')?.toLowerCase() ?? null,
      otherwise: 'init',
      because: {
        en: 'COMMIT needs every YES. Whoever says NO knows the result at that moment, and may act on it.',
        zh: 'COMMIT 需要全票 YES。投 NO 的一方当下就知道结果，可以马上行动。',
      },
    },
    {
      id: 'who-is-told',
      before: (moment) => tells(moment, 'decides ABORT', 'C') || tells(moment, 'decides COMMIT', 'C'),
      question: {
        en: 'NO reaches C. The vote of P3 is still under way. What does C do?',
        zh: 'NO 到达 C，P3 的票还在路上。C 会怎么做？',
      },
      options: [
        { id: 'wait', text: { en: 'wait for P3, then count', zh: '等 P3 的票到了再计票' } },
        {
          id: 'others',
          text: { en: 'write ABORT and send ROLLBACK to P1 and P3', zh: '写 ABORT，给 P1 和 P3 发 ROLLBACK' },
        },
        {
          id: 'yes-only',
          text: { en: 'write ABORT and send ROLLBACK to P1 only', zh: '写 ABORT，只给 P1 发 ROLLBACK' },
        },
      ],
      settle: ({ entry }) => {
        const to = entry?.sent.filter(({ type }) => type === 'ROLLBACK').map((sent) => sent.to) ?? [];
        return to.includes('P3') ? 'others' : to.includes('P1') ? 'yes-only' : 'wait';
      },
      otherwise: 'wait',
      because: {
        en: 'One NO settles it. P3 may have voted YES already — it has, its vote is under way — and then it is in doubt and must be told.',
        zh: '一票 NO 就定了。P3 可能已经投了 YES（事实如此，票在路上），那它就处于未知结果状态，必须通知它。',
      },
    },
  ],
  goals: [],
  outcome: () => [
    {
      text: { en: 'all participants are in ABORT', zh: '所有参与者都处于 ABORT' },
      holds: (last) => participantsOf(last).every(({ phase }) => phase === 'ABORT'),
    },
    {
      text: { en: 'no number has changed', zh: '所有数值都没有变' },
      holds: (last) =>
        participantsOf(last)
          .map(({ disk }) => disk.value)
          .join() === '100,100,5',
    },
    { text: { en: 'C has written END', zh: 'C 写下了 END' }, holds: (last) => coordinatorOf(last).phase === 'END' },
  ],
  breaks: () => [],
});
