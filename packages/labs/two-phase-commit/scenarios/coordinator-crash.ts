import { defineScenario } from '../../define-scenario.ts';
import { twoPhaseCommit } from '../protocol.ts';
import {
  acted,
  coordinatorOf,
  delivers,
  inOrder,
  participantsOf,
  phaseOf,
  sends,
  tells,
  threeParticipants,
} from '../reading.ts';

/** The weakness of two-phase commit: all have promised, and the one who decides is gone. */
export const coordinatorCrash = defineScenario(twoPhaseCommit, {
  id: '2pc-coordinator-crash',
  title: { en: 'C crashes before it decides', zh: 'C 在决定之前崩溃' },
  purpose: {
    en: 'All participants have voted YES; C crashes without a decision. Who may decide now, who has to wait, and who waits with them? Compare it with 3PC, lesson 4.',
    zh: '所有参与者都投了 YES，C 却在决定之前崩溃。现在谁可以决定，谁必须等，还有谁要跟着一起等？可与 3PC 第 4 课对照。',
  },
  kind: 'lesson',
  settings: [],
  nodes: threeParticipants,
  begin: [{ do: 'command', node: 'C', command: 'begin' }],
  rules: [
    { when: (moment) => delivers(moment, 'YES', 'C', 'P2'), act: [{ do: 'crash', node: 'C' }] },
    { when: (moment) => delivers(moment, 'UNCERTAIN', 'P3', 'P2'), act: [{ do: 'restart', node: 'C' }] },
  ],
  latencyMs: inOrder,
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'The same transfer, and all can do their part. Watch the locks.',
        zh: '还是那笔转账，大家都做得了自己的部分。注意看锁。',
      },
    },
    {
      when: (moment) => participantsOf(moment).every(({ phase }) => phase === 'READY'),
      text: {
        en: 'All three have voted YES. From here to the decision, everything depends on C.',
        zh: '三个都投了 YES。从这里到作出决定，一切都取决于 C。',
      },
      mark: { en: 'all READY', zh: '全部 READY' },
    },
    {
      when: (moment) => acted(moment, 'crash', 'C'),
      text: {
        en: 'C crashes with two votes in its memory and no decision in its log. Those votes are gone; the third finds nobody.',
        zh: 'C 崩溃了：内存里有两票，日志里没有决定。这两票没了，第三票也无人接收。',
      },
      mark: { en: 'C crashes', zh: 'C 崩溃' },
    },
    {
      when: (moment) => tells(moment, 'asks', 'P1'),
      text: {
        en: 'Cooperative termination: P1 asks C, and also the others. If one of them knows the decision, or has not voted, that is an answer.',
        zh: '协作终止：P1 向 C 询问，也向其他参与者询问。只要有一个知道决定，或者还没投票，就有答案。',
      },
      mark: { en: 'in doubt', zh: '未知结果' },
    },
    {
      when: (moment) => delivers(moment, 'UNCERTAIN'),
      text: {
        en: 'UNCERTAIN: the others know as little. For all they can see, C may have written COMMIT before it fell, or ABORT, or nothing. They are blocked, and a, b and fee stay locked: whoever wants to read them waits for a machine that is down. This is why 2PC is called blocking.',
        zh: 'UNCERTAIN：别人同样不知道。在它们看来，C 倒下之前可能写了 COMMIT，可能写了 ABORT，也可能什么都没写。于是阻塞：a、b、fee 一直锁着，想读它们的人都在等一台停了的机器。这就是 2PC 被称为“阻塞”的原因。',
      },
      mark: { en: 'blocked', zh: '阻塞' },
    },
    {
      when: (moment) => tells(moment, 'presumes ABORT', 'C'),
      text: {
        en: 'C is back. Its log holds BEGIN and no decision, so nobody can have been told COMMIT: ABORT is safe. Presumed abort: no news in the log is bad news. (R*, which gave it the name, goes further: there an ABORT is neither forced to the log nor acknowledged.)',
        zh: 'C 恢复了。日志里有 BEGIN、没有决定，所以谁也不可能收到过 COMMIT：ABORT 是安全的。这就是推定中止：日志里没消息，就是坏消息。（这个名称来自 R*，它做得更彻底：ABORT 既不强制写日志，也不要求 ACK。）',
      },
      mark: { en: 'presumed abort', zh: '推定中止' },
    },
    {
      when: (moment) => tells(moment, 'ends', 'C'),
      text: {
        en: 'All rolled back, the locks are free. T1 failed although everybody had said YES: safe, but late. In free play, leave C down: the participants stay in READY for good.',
        zh: '全部回滚，锁都释放了。尽管人人都投了 YES，T1 还是失败了：安全，但太晚。在“自己动手”里让 C 一直停着：参与者将永远停在 READY。',
      },
      mark: { en: 'END', zh: 'END' },
    },
  ],
  predictions: [
    {
      id: 'time-up',
      before: (moment) => moment.entry?.happening.kind === 'timer' && moment.entry.happening.node === 'P1',
      question: {
        en: 'P1 has voted YES, C is down, and the timer of P1 is about to run out. What does P1 do?',
        zh: 'P1 投了 YES，C 停机了，P1 的定时器即将到期。P1 会怎么做？',
      },
      options: [
        {
          id: 'abort',
          text: { en: 'abort: C is dead, so nothing can be committed', zh: '放弃：C 已死，不可能再提交' },
        },
        { id: 'commit', text: { en: 'commit: it has voted YES', zh: '提交：它投了 YES' } },
        {
          id: 'ready',
          text: { en: 'ask around, and stay in READY with its lock', zh: '四处询问，停在 READY，锁不放' },
        },
      ],
      settle: (moment) => phaseOf(moment, 'P1')?.toLowerCase() ?? null,
      otherwise: 'ready',
      because: {
        en: 'P1 cannot tell “C died before it decided” from “C wrote COMMIT, told P2, and died”. Either guess may be wrong, so READY may not guess.',
        zh: 'P1 分不清“C 决定之前就死了”和“C 写了 COMMIT、通知了 P2 之后才死”。无论猜哪边都可能错，所以 READY 不许猜。',
      },
    },
    {
      id: 'restart',
      before: (moment) => acted(moment, 'restart', 'C'),
      question: {
        en: 'C is about to restart. Its log says BEGIN T1 and nothing else; all participants are in READY. What does it decide?',
        zh: 'C 即将重启。它的日志里只有 BEGIN T1；所有参与者都在 READY。它会决定什么？',
      },
      options: [
        { id: 'commit', text: { en: 'COMMIT: everybody has voted YES', zh: 'COMMIT：大家都投了 YES' } },
        { id: 'abort', text: { en: 'ABORT', zh: 'ABORT' } },
        { id: 'again', text: { en: 'nothing yet: it asks for all votes again', zh: '先不决定：重新收集投票' } },
      ],
      settle: (moment) => {
        const { decision } = coordinatorOf(moment);
        return decision === null ? (sends(moment, 'PREPARE') ? 'again' : null) : decision.toLowerCase();
      },
      otherwise: 'again',
      because: {
        en: 'Its memory of the votes is gone, and its log is what counts. Without COMMIT in the log nobody was told COMMIT, so ABORT can contradict nobody. To collect the votes once more would be safe too, as nothing is decided, but it costs another round with all locks held; what the log does not say is answer enough.',
        zh: '它对投票的记忆已经没了，只有日志算数。日志里没有 COMMIT，就没有人收到过 COMMIT，ABORT 不会与任何人矛盾。重新收集投票也安全，因为什么都还没决定，但要在持锁状态下多走一轮；日志里没有，就已经是答案。',
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
      text: { en: 'all had voted YES', zh: '所有参与者都投过 YES' },
      holds: (last) => participantsOf(last).every(({ disk }) => disk.log[0]?.kind === 'READY'),
    },
    { text: { en: 'C has written END', zh: 'C 写下了 END' }, holds: (last) => coordinatorOf(last).phase === 'END' },
  ],
  breaks: () => [],
});
