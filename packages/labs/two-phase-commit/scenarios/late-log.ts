import { defineScenario } from '../../define-scenario.ts';
import { twoPhaseCommit } from '../protocol.ts';
import { acted, delivers, inOrder, inPhase, phaseOf, tells, threeParticipants } from '../reading.ts';

/** YES before READY is on the disk. */
export const lateLog = defineScenario(twoPhaseCommit, {
  id: '2pc-late-log',
  title: { en: 'Wrong: YES before READY is on the disk', zh: '错误示范：READY 未落盘就投 YES' },
  purpose: {
    en: 'Forcing a record to the disk is slow, so somebody sends YES at once and lets the disk catch up. It goes well for years, until P3 crashes between the two. Switch to the forced log and run the same crash again.',
    zh: '强制写盘很慢，于是有人先投 YES，让磁盘慢慢跟上。多年相安无事，直到 P3 恰好在两者之间崩溃。改成强制写日志，再看同样的崩溃。',
  },
  kind: 'variant',
  settings: [
    {
      id: 'log',
      text: { en: 'READY is written', zh: 'READY 写盘' },
      choices: [
        { id: 'late', text: { en: 'when the disk has time (wrong)', zh: '等磁盘有空（错误）' } },
        { id: 'forced', text: { en: 'before YES is sent (the protocol)', zh: '在发 YES 之前（协议的做法）' } },
      ],
    },
  ],
  nodes: threeParticipants,
  begin: [{ do: 'command', node: 'C', command: 'begin' }],
  rules: [
    { when: (moment) => tells(moment, 'votes YES', 'P3'), act: [{ do: 'crash', node: 'P3' }] },
    { when: (moment) => inPhase(moment, 'COMMIT').length === 2, act: [{ do: 'restart', node: 'P3' }] },
  ],
  latencyMs: inOrder,
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'Watch the log of each participant: a record counts when it is on the disk, not when it is asked for.',
        zh: '注意每个参与者的日志：记录落盘才算数，请求写入不算。',
      },
    },
    {
      when: (moment) => acted(moment, 'crash', 'P3'),
      text: {
        en: 'P3 crashes right after its vote. Its YES is on the way to C: a message that has left does not come back.',
        zh: 'P3 刚投完票就崩溃。它的 YES 正在去 C 的路上：发出的消息收不回来。',
      },
      mark: { en: 'P3 crashes', zh: 'P3 崩溃' },
    },
    {
      when: (moment) => tells(moment, 'decides COMMIT', 'C'),
      text: { en: 'C has three YES and decides COMMIT, as it must.', zh: 'C 收齐三票 YES，理应决定 COMMIT。' },
      mark: { en: 'T1 is decided', zh: 'T1 已决定' },
    },
    {
      when: (moment) => acted(moment, 'restart', 'P3') && phaseOf(moment, 'P3') === 'INIT',
      text: {
        en: 'P3 is back and its log is empty: it has never heard of T1, and holds neither lock nor redo value.',
        zh: 'P3 恢复，日志是空的：它从没听说过 T1，没有锁，也没有 redo 值。',
      },
      mark: { en: 'P3 has forgotten', zh: 'P3 忘了' },
    },
    {
      when: (moment) => acted(moment, 'restart', 'P3') && phaseOf(moment, 'P3') === 'READY',
      text: {
        en: 'P3 is back and finds READY in its log: it locks fee again and asks for the decision.',
        zh: 'P3 恢复，在日志里找到 READY：重新锁住 fee，并询问决定。',
      },
      mark: { en: 'P3 remembers', zh: 'P3 记得' },
    },
    {
      when: (moment) => tells(moment, 'knows nothing to commit', 'P3'),
      text: {
        en: 'COMMIT reaches a participant that has nothing to commit.',
        zh: 'COMMIT 到了一个没有东西可提交的参与者手里。',
      },
    },
    {
      when: (moment) => inPhase(moment, 'COMMIT').length > 0 && inPhase(moment, 'ABORT').length > 0,
      text: {
        en: 'For P3, T1 never got further than INIT, so it may abort alone, and does. It keeps every rule but one: log first, then send.',
        zh: '对 P3 来说，T1 从未离开 INIT，所以可以自行放弃，它也这么做了。它遵守了每条规则，只漏了一条：先写日志，再发消息。',
      },
      mark: { en: 'atomicity broken', zh: '原子性被破坏' },
    },
    {
      when: (moment) => inPhase(moment, 'COMMIT').length === 3,
      text: {
        en: 'All in COMMIT, crash or no crash: that is what the forced record is for.',
        zh: '崩溃与否，全部 COMMIT：强制写日志就是为了这个。',
      },
    },
  ],
  predictions: [
    {
      id: 'remembers',
      before: (moment) => acted(moment, 'restart', 'P3'),
      question: {
        en: 'P3 voted YES, crashed, and is about to restart. In which state will it find itself?',
        zh: 'P3 投过 YES，崩溃了，即将重启。它会处于什么状态？',
      },
      options: [
        { id: 'INIT', text: { en: 'INIT', zh: 'INIT' } },
        { id: 'READY', text: { en: 'READY', zh: 'READY' } },
        { id: 'COMMIT', text: { en: 'COMMIT', zh: 'COMMIT' } },
      ],
      settle: (moment) => phaseOf(moment, 'P3'),
      otherwise: 'INIT',
      because: {
        en: 'A node is, after a crash, what its disk says. READY is there only if it was forced before YES left.',
        zh: '崩溃之后，节点就是磁盘所记的样子。只有在发 YES 之前强制写盘，READY 才会在那里。',
      },
    },
    {
      id: 'end',
      before: (moment) => delivers(moment, 'COMMIT', 'P3'),
      question: {
        en: 'COMMIT is about to reach P3. In which state will P3 end?',
        zh: 'COMMIT 即将到达 P3。P3 最终处于什么状态？',
      },
      options: [
        { id: 'COMMIT', text: { en: 'COMMIT', zh: 'COMMIT' } },
        { id: 'ABORT', text: { en: 'ABORT', zh: 'ABORT' } },
        { id: 'READY', text: { en: 'READY, for good', zh: '永远 READY' } },
      ],
      settle: (moment) => {
        const phase = phaseOf(moment, 'P3');
        return phase === 'COMMIT' || phase === 'ABORT' ? phase : null;
      },
      otherwise: 'READY',
      because: {
        en: 'Without its redo record P3 cannot commit; without a READY record nothing holds it back from aborting.',
        zh: '没有 redo 记录，P3 无法提交；没有 READY 记录，也没有什么阻止它放弃。',
      },
    },
  ],
  goals: [],
  ends: (moment) => tells(moment, 'has decided otherwise', 'P3'),
  outcome: ({ log }) => [
    {
      text: { en: 'P3 is where its log led it', zh: 'P3 处于其日志导致的状态' },
      holds: (last) => phaseOf(last, 'P3') === (log === 'late' ? 'ABORT' : 'COMMIT'),
    },
  ],
  breaks: ({ log }) => (log === 'late' ? ['atomic', 'logFirst'] : []),
});
