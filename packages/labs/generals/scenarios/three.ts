import { defineScenario } from '../../define-scenario.ts';
import { delivers, stateOf } from '../../moments.ts';
import { keptOptions } from '../traitor-lessons.ts';
import { isTraitor } from '../traitor-program.ts';
import {
  isDecided,
  threeGenerals,
  tieSetting,
  traitorProtocol,
  traitorSetting,
  whatIsKept,
} from '../traitor-protocol.ts';

/** Two runs that L1 cannot tell apart, and no rule that is right in both. */
export const three = defineScenario(traitorProtocol({ signed: false, lies: 'byRule' }), {
  id: 'generals-three',
  title: { en: 'Three generals, one traitor', zh: '三个将军，一个叛徒' },
  purpose: {
    en: 'L1 hears “attack” from the commander and “he told me to retreat” from L2. Run it with either traitor, and look at L1’s card each time. Then choose what a lieutenant does in doubt: is there a rule that is right with both?',
    zh: 'L1 从司令那里听到“进攻”，从 L2 那里听到“他命令我撤退”。换不同的叛徒各看一遍，每次都留意 L1 的卡片。再选副官拿不准时怎么做：有没有一条规则对两个叛徒都行得通？',
  },
  kind: 'lesson',
  settings: [traitorSetting(['C', 'L2']), tieSetting],
  nodes: threeGenerals,
  begin: [{ do: 'command', node: 'C', command: 'attack' }],
  rules: [],
  narration: [
    {
      when: (moment) => moment.entry?.happening.kind === 'act' && moment.entry.sent.length > 0,
      text: (moment) => {
        const commander = stateOf(moment, 'C');
        return commander !== null && isTraitor(commander)
          ? {
              en: 'The commander is the traitor: L1 is ordered to attack, L2 to retreat. Neither sees the other’s order.',
              zh: '司令是叛徒：命令 L1 进攻，命令 L2 撤退。谁也看不到另一人的命令。',
            }
          : {
              en: 'The commander is loyal and orders both to attack. L2 is the traitor.',
              zh: '司令是忠诚的，命令两人进攻。叛徒是 L2。',
            };
      },
    },
    {
      when: (moment) => delivers(moment, 'Order', 'L1'),
      text: {
        en: 'L1 has its order: attack. So far it looks the same whoever is the traitor. L1 tells L2 what it was ordered.',
        zh: 'L1 收到命令：进攻。到此为止，无论叛徒是谁都一样。L1 把命令转告 L2。',
      },
    },
    {
      when: (moment) => delivers(moment, 'Relay', 'L1'),
      text: {
        en: 'L2 says: “I was ordered to retreat.” L1 now holds {attack, retreat}. Change the traitor in the settings, come back to this step and compare L1’s card: nothing on it differs. What L1 cannot see, no rule of L1’s can use.',
        zh: 'L2 说：“我接到的命令是撤退。”L1 手里是 {进攻、撤退}。在设置里换一个叛徒，回到这一步对比 L1 的卡片：没有任何差别。L1 看不到的东西，L1 的任何规则都用不上。',
      },
      mark: { en: 'L1 in doubt', zh: 'L1 拿不准' },
    },
    {
      when: (moment) => whatIsKept(moment) === 'ic1',
      text: {
        en: 'One attacks and the other retreats: IC1 is broken. In doubt they obeyed a commander who had given two orders. Let them retreat in doubt instead, and then make L2 the traitor.',
        zh: '一个进攻，一个撤退：IC1 被破坏。拿不准时他们服从了司令，而司令下了两道命令。改成“拿不准就撤退”，再让 L2 当叛徒试试。',
      },
      mark: { en: 'IC1 broken', zh: 'IC1 被破坏' },
    },
    {
      when: (moment) => whatIsKept(moment) === 'ic2',
      text: {
        en: 'A loyal commander ordered an attack and loyal L1 retreats: IC2 is broken. L2 needed one lie for it. Let L1 obey in doubt instead, and then make the commander the traitor.',
        zh: '忠诚的司令下令进攻，忠诚的 L1 却撤退了：IC2 被破坏。L2 只撒了一次谎。改成“拿不准就服从司令”，再让司令当叛徒试试。',
      },
      mark: { en: 'IC2 broken', zh: 'IC2 被破坏' },
    },
    {
      when: (moment) => whatIsKept(moment) === 'kept',
      text: {
        en: 'This time it went well, but only because the rule fits this traitor. The rule is the same for both traitors, and L1’s view is too: change the traitor and it fails. Three generals cannot bear one traitor with oral messages: n ≥ 3m + 1 is needed.',
        zh: '这次没出事，但只是因为规则碰巧适合这个叛徒。规则不变，L1 的所见也不变，换一个叛徒就失败。用口头消息，三个将军容不下一个叛徒：需要 n ≥ 3m + 1。',
      },
      mark: { en: 'lucky', zh: '侥幸' },
    },
  ],
  predictions: [
    {
      id: 'who-lies',
      before: (moment) => delivers(moment, 'Relay', 'L1'),
      question: {
        en: 'L1 has the order “attack”. L2’s report is about to arrive: “the commander told me to retreat”. What does L1 know then?',
        zh: 'L1 的命令是“进攻”。L2 的转告即将到达：“司令命令我撤退”。这时 L1 能知道什么？',
      },
      options: [
        { id: 'commander', text: { en: 'The commander is the traitor', zh: '司令是叛徒' } },
        { id: 'colleague', text: { en: 'L2 is the traitor', zh: 'L2 是叛徒' } },
        { id: 'one', text: { en: 'One of the two is, but not which', zh: '两人中有一个是，但不知道是谁' } },
        { id: 'nothing', text: { en: 'Nothing: the reports agree', zh: '什么也不知道：两边说法一致' } },
      ],
      settle: (moment) => {
        const l1 = stateOf(moment, 'L1');
        const [report] = l1?.heard ?? [];
        if (l1 == null || l1.order === null || report === undefined) return null;
        return report.value === l1.order ? 'nothing' : 'one';
      },
      otherwise: 'nothing',
      because: {
        en: 'Both stories explain the same two letters: a commander who gave two orders, or an L2 who misreports one. Try the other traitor: L1’s card is the same.',
        zh: '同样的两封信有两种解释：司令下了两道命令，或者 L2 谎报。换另一个叛徒试试：L1 的卡片完全相同。',
      },
    },
    {
      id: 'what-is-kept',
      before: isDecided,
      question: {
        en: 'The last loyal lieutenant is about to decide. What comes of it?',
        zh: '最后一个忠诚的副官即将做出决定。结果会怎样？',
      },
      options: keptOptions,
      settle: whatIsKept,
      otherwise: 'kept',
      because: {
        en: 'To obey in doubt loses IC1 to a lying commander; to retreat in doubt loses IC2 to a lying lieutenant. L1 cannot tell which of the two it faces.',
        zh: '拿不准就服从，遇到撒谎的司令会破坏 IC1；拿不准就撤退，遇到撒谎的副官会破坏 IC2。而 L1 分不清面对的是哪一种。',
      },
    },
  ],
  goals: [],
  outcome: () => [
    {
      text: {
        en: 'L1 was ordered to attack and heard “retreat” from L2.',
        zh: 'L1 收到的命令是进攻，从 L2 听到的是撤退。',
      },
      holds: (last) => {
        const l1 = stateOf(last, 'L1');
        return l1?.order === 'attack' && l1.heard.length === 1 && l1.heard[0]?.value === 'retreat';
      },
    },
  ],
  breaks: ({ traitor, tie }) => {
    if (traitor === 'C') return tie === 'obey' ? ['ic1'] : [];
    return tie === 'obey' ? [] : ['ic2'];
  },
});
