import { defineScenario } from '../../define-scenario.ts';
import { twoPhaseCommit } from '../protocol.ts';
import { acted, inOrder, inPhase, phaseOf, tells, threeParticipants, underWay } from '../reading.ts';

/** What becomes of it when a participant in READY does not wait. */
export const heuristic = defineScenario(twoPhaseCommit, {
  id: '2pc-heuristic',
  title: { en: 'Wrong: READY decides alone', zh: '错误示范：READY 自行决定' },
  purpose: {
    en: 'As before: C has decided COMMIT, has told P1, and is down. This time P2 and P3 do not wait. Real systems offer this “heuristic decision” to administrators who cannot bear the locks any longer; see what it may cost, and why guessing COMMIT is no better.',
    zh: '同上一课：C 决定了 COMMIT，通知了 P1，然后停机。这次 P2、P3 不等了。真实系统把这种“启发式决定”留给受不了长期锁的管理员；看它可能付出什么代价，以及为什么改猜 COMMIT 也不更好。',
  },
  kind: 'variant',
  settings: [
    {
      id: 'inDoubt',
      text: { en: 'In READY, when time is up', zh: 'READY 超时之后' },
      choices: [
        { id: 'abort', text: { en: 'abort alone', zh: '自行放弃' } },
        { id: 'commit', text: { en: 'commit alone', zh: '自行提交' } },
        { id: 'ask', text: { en: 'ask, and wait (the protocol)', zh: '询问并等待（协议的做法）' } },
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
    {
      when: (moment) => phaseOf(moment, 'P1') === 'COMMIT' && phaseOf(moment, 'P3') !== 'READY',
      act: [{ do: 'restart', node: 'C' }],
    },
  ],
  latencyMs: inOrder,
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'The setting above says what a participant in READY does when its time is up. The protocol says: wait.',
        zh: '上面的设置决定 READY 的参与者超时后怎么做。协议的规定是：等。',
      },
    },
    {
      when: (moment) => acted(moment, 'crash', 'C'),
      text: {
        en: 'C has decided COMMIT, told P1, and is down. P2 and P3 hold their locks and hear nothing.',
        zh: 'C 决定了 COMMIT，通知了 P1，然后停机。P2、P3 持有锁，什么也没听到。',
      },
      mark: { en: 'C crashes', zh: 'C 崩溃' },
    },
    {
      when: (moment) => inPhase(moment, 'COMMIT').length > 0 && inPhase(moment, 'ABORT').length > 0,
      text: {
        en: 'P2 aborts, and its lock is free at last. But P1 has committed: Alice has paid, Bob got nothing. Money is gone from the books.',
        zh: 'P2 放弃了，锁终于释放。可是 P1 已经提交：Alice 付了钱，Bob 没收到。账上的钱不见了。',
      },
      mark: { en: 'atomicity broken', zh: '原子性被破坏' },
    },
    {
      when: (moment) => tells(moment, 'decides alone', 'P2') && phaseOf(moment, 'P2') === 'COMMIT',
      text: {
        en: 'P2 guesses COMMIT, and guesses right: this time. Had C crashed one step earlier, as in lesson 3, C would decide ABORT after its restart. It broke its promise all the same.',
        zh: 'P2 猜了 COMMIT，这次猜对了。若 C 早一步崩溃（如第 3 课），重启后会决定 ABORT。猜对了也一样违背承诺。',
      },
      mark: { en: 'a lucky guess', zh: '侥幸猜中' },
    },
    {
      when: (moment) => tells(moment, 'has decided otherwise'),
      text: {
        en: 'C is back and says COMMIT. P2 has thrown its redo away and cannot obey: no program can repair this, somebody has to look at the books (a “heuristic mixed” outcome). C never gets this ACK, so it never writes END.',
        zh: 'C 恢复并发来 COMMIT。P2 已经丢掉 redo，无法照办：程序修不好，只能人工查账（X/Open 称之为 heuristic mixed：一部分提交、一部分回滚）。C 永远等不到这个 ACK，也就永远写不了 END。',
      },
      mark: { en: 'beyond repair', zh: '无法挽回' },
    },
    {
      when: (moment) => tells(moment, 'ends', 'C'),
      text: {
        en: 'All are in COMMIT. Only one of the three conducts is sure to end so.',
        zh: '全部 COMMIT。三种做法里，只有一种保证这样收场。',
      },
    },
  ],
  predictions: [
    {
      id: 'guess',
      before: (moment) => moment.entry?.happening.kind === 'timer' && moment.entry.happening.node === 'P2',
      question: {
        en: 'Time is up for P2, in READY, and it acts as the setting says. Which invariants will be broken when C is back?',
        zh: 'P2 在 READY 等到时间，按设置行动。等 C 恢复时，哪些不变量会被破坏？',
      },
      options: [
        {
          id: 'both',
          text: {
            en: '“No COMMIT beside ABORT” and “READY never decides alone”',
            zh: '“COMMIT 与 ABORT 不并存”和“READY 不得自行决定”',
          },
        },
        { id: 'one', text: { en: 'only “READY never decides alone”', zh: '只有“READY 不得自行决定”' } },
        { id: 'none', text: { en: 'none', zh: '都不会' } },
      ],
      settle: (moment) => {
        if (tells(moment, 'decides alone', 'P2')) return phaseOf(moment, 'P2') === 'ABORT' ? 'both' : 'one';
        return tells(moment, 'ends', 'C') ? 'none' : null;
      },
      otherwise: 'none',
      because: {
        en: 'A guess breaks the promise given with YES, whether it comes true or not. Whether it costs money is luck.',
        zh: '只要猜，就违背了投 YES 时的承诺，无论猜中与否。会不会丢钱，只看运气。',
      },
    },
    {
      id: 'mend',
      before: (moment) => acted(moment, 'restart', 'C'),
      question: {
        en: 'C restarts and reads COMMIT from its log. What will P2 do with it?',
        zh: 'C 重启，从日志读到 COMMIT 并重发。P2 会怎样？',
      },
      options: [
        { id: 'obey', text: { en: 'change to COMMIT, or stay there', zh: '改为 COMMIT，或本来就是' } },
        { id: 'stuck', text: { en: 'stay in ABORT: it cannot go back', zh: '停在 ABORT：回不去了' } },
      ],
      settle: (moment) => {
        if (tells(moment, 'has decided otherwise', 'P2')) return 'stuck';
        return tells(moment, 'knows already', 'P2') || tells(moment, 'commits', 'P2') ? 'obey' : null;
      },
      otherwise: 'obey',
      because: {
        en: 'After ABORT the lock was free, and others may have used the old value. A decision that could be taken back would be none.',
        zh: '放弃之后锁已释放，别人可能已经用了旧值。能收回的决定就不算决定。',
      },
    },
  ],
  goals: [],
  ends: (moment) => tells(moment, 'has decided otherwise', 'P3'),
  outcome: ({ inDoubt }) => [
    {
      text: { en: 'P2 is where its conduct led it', zh: 'P2 处于其做法导致的状态' },
      holds: (last) => phaseOf(last, 'P2') === (inDoubt === 'abort' ? 'ABORT' : 'COMMIT'),
    },
  ],
  breaks: ({ inDoubt }) => (inDoubt === 'ask' ? [] : inDoubt === 'commit' ? ['obedient'] : ['atomic', 'obedient']),
});
