import { defineScenario } from '../../define-scenario.ts';
import { delivers, stateOf } from '../../moments.ts';
import { keptOptions, orderOptions } from '../traitor-lessons.ts';
import { isTraitor } from '../traitor-program.ts';
import { fourGenerals, isDecided, traitorProtocol, traitorSetting, whatIsKept } from '../traitor-protocol.ts';

/** One general more, and one round of reports is enough: OM(1). */
export const four = defineScenario(traitorProtocol({ signed: false, lies: 'byRule' }), {
  id: 'generals-om1',
  title: { en: 'Four generals: OM(1)', zh: '四个将军：OM(1)' },
  purpose: {
    en: 'OM(1): the commander sends his order, each lieutenant reports it to the other two, each takes the majority of the three values he then holds. Choose who the traitor is, and see whether he can make the loyal ones act differently.',
    zh: 'OM(1)：司令下令，每个副官转告另外两人，然后对手里的三个值取多数。请选择叛徒是谁，看他能否让忠诚者行动不一致。',
  },
  kind: 'lesson',
  settings: [traitorSetting(['C', 'L3', 'none'])],
  nodes: fourGenerals,
  begin: [{ do: 'command', node: 'C', command: 'attack' }],
  rules: [],
  narration: [
    {
      when: (moment) => moment.entry?.happening.kind === 'act' && moment.entry.sent.length > 0,
      text: (moment) => {
        const commander = stateOf(moment, 'C');
        return commander !== null && isTraitor(commander)
          ? {
              en: 'The commander is a traitor: attack to L1 and L3, retreat to L2.',
              zh: '司令是叛徒：命令 L1、L3 进攻，命令 L2 撤退。',
            }
          : { en: 'The commander orders all three to attack.', zh: '司令命令三人进攻。' };
      },
    },
    {
      when: (moment) => delivers(moment, 'Order'),
      text: {
        en: 'Whoever has his order reports it to the other two. That is the second round, OM(0) with each lieutenant as a commander.',
        zh: '收到命令的副官转告另外两人。这是第二轮：每个副官都像司令一样执行一次 OM(0)。',
      },
    },
    {
      when: (moment) => delivers(moment, 'Relay'),
      text: {
        en: 'Each lieutenant collects three values: his own order and two reports. A report that does not come in time counts as “retreat”.',
        zh: '每个副官收集三个值：自己的命令和两份转告。没有按时到的算作“撤退”。',
      },
    },
    {
      when: (moment) => moment.entry?.told.some(({ what }) => what === 'attack' || what === 'retreat') ?? false,
      text: {
        en: 'The first to have all three takes the majority. A single liar can change one of three values of a loyal order, never two.',
        zh: '最先收齐三个值的副官取多数。对忠诚司令的命令，一个骗子只能改变三个值中的一个，改不了两个。',
      },
      mark: { en: 'majority', zh: '取多数' },
    },
    {
      when: (moment) => isDecided(moment) && whatIsKept(moment) === 'kept',
      text: {
        en: 'All loyal lieutenants act as one. If the commander lied, they hold the same three values, as loyal reports reach all alike; if a lieutenant lied, he was outvoted. Three generals could not do this: n ≥ 3m + 1.',
        zh: '忠诚的副官行动一致。若司令撒谎，忠诚的转告人人都收到，三人手里的三个值相同；若某个副官撒谎，他在投票中落败。三个将军做不到这一点：n ≥ 3m + 1。',
      },
      mark: { en: 'they act as one', zh: '行动一致' },
    },
  ],
  predictions: [
    {
      id: 'first-choice',
      before: (moment) => moment.entry?.told.some(({ node }) => node === 'L2') ?? false,
      question: {
        en: 'L2 is about to get the last of its three values. What does it decide?',
        zh: 'L2 即将收到三个值中的最后一个。它会怎么决定？',
      },
      options: orderOptions,
      settle: (moment) => stateOf(moment, 'L2')?.decision ?? null,
      otherwise: 'retreat',
      because: {
        en: 'At least two of its three values are “attack”: a lying commander gave that order to two of the three, a lying lieutenant changed only his own report.',
        zh: '三个值中至少有两个是“进攻”：撒谎的司令把这道命令给了三人中的两人，撒谎的副官只改了自己那份转告。',
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
        en: 'With four generals and one traitor, OM(1) keeps both, whoever the traitor is and whatever he says.',
        zh: '四个将军、一个叛徒时，无论叛徒是谁、说什么，OM(1) 都保证两条同时成立。',
      },
    },
  ],
  goals: [],
  outcome: () => [
    {
      text: { en: 'All loyal lieutenants attack.', zh: '忠诚的副官都进攻。' },
      holds: (last) =>
        isDecided(last) &&
        ['L1', 'L2', 'L3'].every((name) => {
          const officer = stateOf(last, name);
          return officer !== null && (isTraitor(officer) || officer.decision === 'attack');
        }),
    },
  ],
  breaks: () => [],
});
