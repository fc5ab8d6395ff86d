/** Five acceptors bear two losses; a third makes them wait, and what was on disks decides how it goes on. */
import { defineScenario } from '../../define-scenario.ts';
import { chosenHere, chosenValues, learnedBy, settingOf } from '../chosen.ts';
import { paxos } from '../protocol.ts';
import { gets, goesOff, hasLearned, isTold, learns, pace, proposedBy, sentKind, stage } from '../script.ts';

export const fiveAcceptors = defineScenario(
  paxos(() => ({ silenceMs: 80 })),
  {
    id: 'paxos-five-acceptors',
    title: { en: 'Two down, then a third', zh: '先停两个，再停一个' },
    purpose: {
      en: 'Five acceptors, of which any three are a majority. With two down Paxos goes on; with three down it waits, and nothing wrong is decided. Then quite another majority comes back: the only one left of those who accepted X is A3. Whether it still has its disk is your choice.',
      zh: '五个接受者，任意三个构成多数。停两个，Paxos 照常；停三个，它只能等待，但不会决定出错。之后回来的是另一个多数：接受过 X 的只剩 A3。它的磁盘还在不在，由你选择。',
    },
    kind: 'lesson',
    settings: [
      {
        id: 'memory',
        text: { en: 'When A3 comes back', zh: 'A3 重启时' },
        choices: [
          { id: 'disk', text: { en: 'with its disk', zh: '磁盘完好' } },
          { id: 'amnesia', text: { en: 'with an empty disk (amnesia)', zh: '磁盘已空（失忆）' } },
        ],
      },
    ],
    nodes: stage(2, 5, 0),
    down: ['A4', 'A5'],
    begin: [{ do: 'command', node: 'P1', command: 'propose X' }],
    rules: [
      {
        when: learns('P1'),
        act: [
          { do: 'crash', node: 'A3' },
          { do: 'command', node: 'P2', command: 'propose Y' },
        ],
      },
      {
        when: goesOff('P2', 'silence'),
        act: (moment) => [
          { do: 'crash', node: 'A1' },
          { do: 'crash', node: 'A2' },
          ...(settingOf(moment, 'memory') === 'amnesia' ? [{ do: 'wipe', node: 'A3' } as const] : []),
          { do: 'restart', node: 'A3' },
          { do: 'restart', node: 'A4' },
          { do: 'restart', node: 'A5' },
        ],
      },
    ],
    latencyMs: pace({}),
    narration: [
      {
        when: ({ n }) => n === 0,
        text: {
          en: 'A4 and A5 are down from the start. Five acceptors are counted all the same: a majority is three, whoever is alive.',
          zh: 'A4 和 A5 一开始就停机。但接受者仍按五个算：不论谁活着，多数都是三个。',
        },
      },
      {
        when: isTold('P1', 'propose X'),
        text: {
          en: 'P1 sends to all five. What goes to A4 and A5 will be lost; three are left, and three are enough.',
          zh: 'P1 向五个接受者都发送。发给 A4、A5 的会丢失；还剩三个，三个就够了。',
        },
      },
      {
        when: (moment) => chosenHere(moment)?.n === 1,
        text: {
          en: 'A1, A2 and A3 have accepted (1, X): X is chosen with two of five down.',
          zh: 'A1、A2、A3 都接受了 (1, X)：五个停了两个，X 照样选定。',
        },
        mark: { en: 'X chosen', zh: 'X 已选定' },
      },
      {
        when: isTold('P2', 'propose Y'),
        text: {
          en: 'Now A3 is down too: three of five. P2 knows nothing of X; it has a client that wants Y, and begins with number 2.',
          zh: '现在 A3 也停了：五个停了三个。P2 不知道 X；它的客户想要 Y，于是从编号 2 开始。',
        },
        mark: { en: 'Three down', zh: '停了三个' },
      },
      {
        when: gets('P2', 'Promise(2, (1, X))', 'A2'),
        text: {
          en: 'Two promises, and no third will come. Both speak of X, but two of five are not a majority: P2 may neither propose nor conclude anything. It waits.',
          zh: '两个承诺，第三个不会来了。两个都提到 X，但五个里的两个不是多数：P2 既不能提议，也不能下结论，只能等。',
        },
      },
      {
        when: goesOff('P2', 'silence'),
        text: {
          en: 'P2 has lost patience and starts over with number 4. Time alone changes nothing; it only makes Paxos try again.',
          zh: 'P2 等得太久，换编号 4 重来。时间本身不改变什么，只是让 Paxos 再试一次。',
        },
        mark: { en: 'Stalled', zh: '停顿' },
      },
      {
        when: ({ entry }) =>
          entry?.happening.kind === 'act' &&
          entry.happening.action.do === 'restart' &&
          entry.happening.action.node === 'A3',
        text: (moment) =>
          settingOf(moment, 'memory') === 'amnesia'
            ? {
                en: 'A1 and A2 crash, and A3 starts with an empty disk. It had accepted (1, X), it had told so, and it does not remember.',
                zh: 'A1、A2 崩溃，A3 带着空磁盘启动。它接受过 (1, X)，也告诉过别人，现在却忘了。',
              }
            : {
                en: 'A1 and A2 crash, and A3 starts and reads its disk: promised 1, accepted (1, X). One disk of the old majority is enough, for any two majorities share an acceptor.',
                zh: 'A1、A2 崩溃，A3 启动并读盘：已承诺 1，已接受 (1, X)。旧多数里有一块磁盘就够了，因为任意两个多数总有共同的接受者。',
              },
        mark: { en: 'A3 is back', zh: 'A3 回来' },
      },
      {
        when: (moment) => proposedBy(moment, 'P2') !== null,
        text: (moment) =>
          proposedBy(moment, 'P2') === 'X'
            ? {
                en: 'Three promises, and one of them says (1, X). P2 must go on with X, although it wants Y. It cannot know that X is chosen; it need not.',
                zh: '三个承诺，其中一个说 (1, X)。P2 虽然想要 Y，也必须沿用 X。它无从知道 X 已选定，也不需要知道。',
              }
            : {
                en: 'Three promises, all empty. By the rules P2 is free to propose Y. The rules are right; the disk they rest on is gone.',
                zh: '三个承诺都是空的。按规则，P2 可以提议 Y。规则没有错，错在它所依赖的磁盘没有了。',
              },
      },
      {
        when: (moment) => chosenHere(moment)?.n === 4,
        text: (moment) =>
          chosenHere(moment)?.value === 'X'
            ? {
                en: 'X is chosen again, in round 4, by another majority. That it is the same value is all that matters.',
                zh: '在第 4 轮，另一个多数再次选定 X。值没有变，这才是要紧的。',
              }
            : {
                en: 'Y is chosen, and X was. P1 has told its client X, P2 will tell its own Y: agreement is broken, and no later round can mend it.',
                zh: 'Y 选定了，可 X 也选定过。P1 已答复客户 X，P2 将答复 Y：一致性被破坏，以后哪一轮也无法挽回。',
              },
        mark: { en: 'Chosen in round 4', zh: '第 4 轮选定' },
      },
    ],
    predictions: [
      {
        id: 'three-down',
        before: gets('P2', 'Promise(2, (1, X))', 'A2'),
        question: {
          en: 'Three of five are down, and the second promise reaches P2. Both name (1, X). What will P2 do?',
          zh: '五个停了三个，第二个承诺即将到达 P2。两个承诺都提到 (1, X)。P2 会怎么做？',
        },
        options: [
          {
            id: 'goes-on',
            text: { en: 'Send Accept(2, X): all who live have promised', zh: '发 Accept(2, X)：活着的都承诺了' },
          },
          {
            id: 'own',
            text: { en: 'Send Accept(2, Y): X has no majority here', zh: '发 Accept(2, Y)：这里 X 没有多数' },
          },
          { id: 'stalls', text: { en: 'Wait; then try again', zh: '等待，然后再试' } },
          { id: 'learns', text: { en: 'Learn that X is chosen', zh: '得知 X 已选定' } },
        ],
        settle: (moment) => {
          const value = proposedBy(moment, 'P2');
          if (value !== null) return value === 'X' ? 'goes-on' : 'own';
          if (learns('P2')(moment)) return 'learns';
          return goesOff('P2', 'silence')(moment) ? 'stalls' : null;
        },
        otherwise: 'stalls',
        because: {
          en: 'A majority is more than half of all acceptors, not of the living: those who are silent may have decided something else among themselves. Paxos gives up progress rather than safety.',
          zh: '多数是全体接受者的过半数，不是活着的过半数：沉默的那些可能已经另有决定。Paxos 宁可停下，也不出错。',
        },
      },
      {
        id: 'third-promise',
        before: gets('P2', 'Promise(4, ∅)', 'A5'),
        question: {
          en: 'The third promise of round 4 reaches P2. Which value will it propose?',
          zh: '第 4 轮的第三个承诺即将到达 P2。它会提议哪个值？',
        },
        options: [
          { id: 'X', text: { en: 'X, which it must adopt', zh: 'X，必须沿用' } },
          { id: 'Y', text: { en: 'Y, its own', zh: 'Y，自己的值' } },
          {
            id: 'none',
            text: { en: 'None: two of three have never accepted anything', zh: '都不提：三个里有两个从未接受过' },
          },
        ],
        settle: (moment) => proposedBy(moment, 'P2') ?? (sentKind(moment, 'P2') === 'Prepare' ? 'none' : null),
        otherwise: 'none',
        because: {
          en: 'P2 knows only what three acceptors tell it. If A3 has its disk, one (1, X) among three decides; if it has not, nobody there remembers X, and P2 chooses a second value. That is why an acceptor writes before it answers.',
          zh: 'P2 只知道三个接受者告诉它的事。A3 的磁盘若在，三个里有一个 (1, X) 就定了；若不在，就没有人记得 X，P2 会选出第二个值。所以接受者必须先写盘，再答复。',
        },
      },
    ],
    goals: [],
    ends: hasLearned('P2'),
    outcome: ({ memory }) => [
      {
        text:
          memory === 'amnesia'
            ? { en: 'P1 learned X and P2 learned Y', zh: 'P1 学到 X，P2 学到 Y' }
            : { en: 'X is chosen, and both know it', zh: 'X 已选定，两者都知道' },
        holds: (last) =>
          learnedBy(last, 'P1')?.value === 'X' && learnedBy(last, 'P2')?.value === (memory === 'amnesia' ? 'Y' : 'X'),
      },
      {
        text: { en: 'What P2 learned is chosen', zh: 'P2 学到的值已选定' },
        holds: (last) => chosenValues(last).includes(memory === 'amnesia' ? 'Y' : 'X'),
      },
    ],
    breaks: ({ memory }) => (memory === 'amnesia' ? ['agreement', 'p2b', 'disk'] : []),
  },
);
