import { defineScenario } from '../../define-scenario.ts';
import { inOrder, threeParticipants } from '../../two-phase-commit/reading.ts';
import { threePhaseCommit } from '../protocol.ts';
import { acted, coordinatorOf, delivers, inPhase, phaseOf, tells, timeIsUp } from '../reading.ts';

/** The coordinator is gone before PreCommit. */
export const silentWait = defineScenario(threePhaseCommit, {
  id: '3pc-silent-wait',
  title: { en: 'C crashes before PreCommit', zh: 'C 在 PreCommit 之前崩溃' },
  purpose: {
    en: 'The very crash that blocks 2PC (lesson 3 there): all have voted, C has decided nothing and is gone. Here the participants are in WAIT, and WAIT has a way out. Which, and why is it safe?',
    zh: '正是让 2PC 阻塞的那次崩溃（见 2PC 第 3 课）：大家投了票，C 什么也没决定就没了。而这里参与者处于 WAIT，WAIT 有出路。是哪条路，为什么安全？',
  },
  kind: 'lesson',
  settings: [],
  nodes: threeParticipants,
  begin: [{ do: 'command', node: 'C', command: 'begin' }],
  rules: [
    {
      when: (moment) => delivers(moment, 'Yes', 'C') && coordinatorOf(moment).state?.yes.length === 2,
      act: [{ do: 'crash', node: 'C' }],
    },
    { when: (moment) => inPhase(moment, 'ABORT').length === 3, act: [{ do: 'restart', node: 'C' }] },
  ],
  latencyMs: inOrder,
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'The same transfer. All will vote Yes, then C will be gone.',
        zh: '还是那笔转账。大家都投 Yes，然后 C 消失。',
      },
    },
    {
      when: (moment) => acted(moment, 'crash', 'C'),
      text: {
        en: 'C crashes with two votes in its memory. In 2PC, three participants in READY would now wait for it with their locks held.',
        zh: 'C 崩溃，内存里有两票。在 2PC 里，三个 READY 的参与者现在会持锁等它。',
      },
      mark: { en: 'C crashes', zh: 'C 崩溃' },
    },
    {
      when: (moment) => tells(moment, 'aborts by its clock', 'P1'),
      text: {
        en: 'P1 aborts alone, and may: C cannot have decided COMMIT without P1’s own ACK of PreCommit. 2PC’s READY has no such knowledge: there, C could have told somebody COMMIT.',
        zh: 'P1 自行放弃，而且可以：没有它对 PreCommit 的 ACK，C 就不可能决定 COMMIT。2PC 的 READY 没有这种把握：那里 C 可能已经通知某人 COMMIT。',
      },
      mark: { en: 'not blocked', zh: '不阻塞' },
    },
    {
      when: (moment) => inPhase(moment, 'ABORT').length === 3,
      text: {
        en: 'All have come to the same by their clocks, without a word to each other. The locks are free.',
        zh: '大家靠各自的时钟得出同样的结论，彼此没说一句话。锁都释放了。',
      },
    },
    {
      when: (moment) => acted(moment, 'restart', 'C'),
      text: {
        en: 'C is back. It must not go on where it was: the others may have moved by their clocks. It asks.',
        zh: 'C 恢复。它不能接着原来的进度走：别人可能已按时钟前进。它先问。',
      },
      mark: { en: 'C is back', zh: 'C 恢复' },
    },
    {
      when: (moment) => tells(moment, 'ends', 'C'),
      text: {
        en: 'C learns ABORT and writes it down. Compare with 2PC, lesson 3: there it was C that told them.',
        zh: 'C 得知 ABORT 并写下。对照 2PC 第 3 课：那里是 C 通知大家。',
      },
      mark: { en: 'END', zh: 'END' },
    },
  ],
  predictions: [
    {
      id: 'p1',
      before: (moment) => timeIsUp(moment, 'P1'),
      question: {
        en: 'P1 has voted Yes and is in WAIT; C is down; the timer of P1 is about to run out. What does P1 do?',
        zh: 'P1 投了 Yes，处于 WAIT；C 停机；P1 的定时器即将到期。P1 会怎么做？',
      },
      options: [
        { id: 'WAIT', text: { en: 'stay, and ask the others, as in 2PC', zh: '像 2PC 那样停着问别人' } },
        { id: 'ABORT', text: { en: 'abort', zh: '放弃' } },
        { id: 'COMMIT', text: { en: 'commit', zh: '提交' } },
      ],
      settle: (moment) => phaseOf(moment, 'P1'),
      otherwise: 'WAIT',
      because: {
        en: 'In WAIT a participant can be sure that C has not decided COMMIT, as that takes its own ACK. So it may abort, if it can trust its clock, and if nobody else has got PreCommit and will commit by a clock: the variant “C dies amid PreCommit” is about that hole.',
        zh: '处于 WAIT 的参与者可以肯定 C 没有决定 COMMIT，因为那需要它自己的 ACK。所以只要信得过时钟，而且没有别人收到 PreCommit、会超时提交，它就可以放弃。这个漏洞见变体“C 发 PreCommit 发到一半死了”。',
      },
    },
    {
      id: 'c-back',
      before: (moment) => acted(moment, 'restart', 'C'),
      question: {
        en: 'C is about to restart; its log says BEGIN. What does it do first?',
        zh: 'C 即将重启，日志里只有 BEGIN。它首先做什么？',
      },
      options: [
        { id: 'go-on', text: { en: 'send PreCommit: all had voted Yes', zh: '发 PreCommit：原来是全票 Yes' } },
        { id: 'abort', text: { en: 'decide ABORT, as in 2PC', zh: '像 2PC 那样决定 ABORT' } },
        { id: 'ask', text: { en: 'ask the participants what came of it', zh: '问参与者结果如何' } },
      ],
      settle: (moment) =>
        tells(moment, 'asks', 'C') ? 'ask' : coordinatorOf(moment).decision === 'ABORT' ? 'abort' : 'go-on',
      otherwise: 'ask',
      because: {
        en: 'In 2PC nobody moves without C, so its log says all. In 3PC the participants move by their clocks: whoever was down has to ask.',
        zh: '在 2PC 里没有 C 谁也不动，所以它的日志说明一切。在 3PC 里参与者会按时钟前进：停过机的必须先问。',
      },
    },
  ],
  goals: [],
  outcome: () => [
    {
      text: { en: 'all participants are in ABORT', zh: '所有参与者都处于 ABORT' },
      holds: (last) => inPhase(last, 'ABORT').length === 3,
    },
    { text: { en: 'C has learned it', zh: 'C 得知了结果' }, holds: (last) => coordinatorOf(last).decision === 'ABORT' },
  ],
  breaks: () => [],
});
