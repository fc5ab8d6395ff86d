import { defineScenario } from '../../define-scenario.ts';
import { delivers, stateOf } from '../../moments.ts';
import { keptOptions, orderOptions } from '../traitor-lessons.ts';
import { isTraitor } from '../traitor-program.ts';
import { isDecided, threeGenerals, traitorProtocol, traitorSetting, whatIsKept } from '../traitor-protocol.ts';

/** With signatures three are enough: SM(1). */
export const signed = defineScenario(traitorProtocol({ signed: true, lies: 'byRule' }), {
  id: 'generals-signed',
  title: { en: 'Signed orders: SM(1)', zh: '签名的命令：SM(1)' },
  purpose: {
    en: 'The same three generals, but the commander signs, and a signature cannot be forged. A lieutenant can no longer claim an order that was never given: he can pass it on or keep silent. Two signed orders that differ convict the commander. Are three generals enough now?',
    zh: '还是三个将军，但司令在命令上签名，签名无法伪造。副官再也不能谎报没有下过的命令：要么转发，要么沉默。两道签了名却不同的命令，就证明司令是叛徒。这回三个将军够了吗？',
  },
  kind: 'variant',
  settings: [traitorSetting(['C', 'L2'])],
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
              en: 'The traitor signs two different orders. He can: it is his own signature.',
              zh: '叛徒司令签发了两道不同的命令。这他做得到：用的是自己的签名。',
            }
          : {
              en: 'The loyal commander signs “attack” for both. L2, the traitor, has no other order to show.',
              zh: '忠诚的司令给两人签发“进攻”。叛徒 L2 拿不出别的命令。',
            };
      },
    },
    {
      when: (moment) => delivers(moment, 'Relay', 'L1'),
      text: {
        en: 'L1 holds two orders with the commander’s signature. Now it knows who the traitor is. So does L2, from L1’s report; both retreat.',
        zh: 'L1 手里有两道司令签名的命令，于是知道了谁是叛徒。L2 从 L1 的转告中也知道了；两人都撤退。',
      },
      mark: { en: 'commander convicted', zh: '司令暴露' },
    },
    {
      when: (moment) => moment.entry?.happening.kind === 'timer',
      text: {
        en: 'Nothing came from L2: it could not forge, so it kept silent. L1 holds one signed order and obeys it.',
        zh: 'L2 没有来信：它伪造不了，只好沉默。L1 手里只有一道签名的命令，照办。',
      },
      mark: { en: 'silence', zh: '沉默' },
    },
  ],
  predictions: [
    {
      id: 'l1-choice',
      before: (moment) => moment.entry?.told.some(({ node }) => node === 'L1') ?? false,
      question: {
        en: 'L1 got a signed “attack” from the commander and is about to decide. How?',
        zh: 'L1 收到司令签名的“进攻”，即将做出决定。怎么决定？',
      },
      options: orderOptions,
      settle: (moment) => stateOf(moment, 'L1')?.decision ?? null,
      otherwise: 'retreat',
      because: {
        en: 'It obeys the one signed order it holds. Had it two different ones, with the same signature, the commander would be the traitor, and it would retreat, as all loyal ones do then.',
        zh: '手里只有一道签名的命令就照办。若有两道不同的、同一签名的命令，司令就是叛徒，于是撤退，其他忠诚者也一样。',
      },
    },
    {
      id: 'what-is-kept',
      before: isDecided,
      question: {
        en: 'The last loyal lieutenant is about to decide. What comes of it, with three generals and one traitor?',
        zh: '最后一个忠诚的副官即将做出决定。三个将军、一个叛徒，结果会怎样？',
      },
      options: keptOptions,
      settle: whatIsKept,
      otherwise: 'kept',
      because: {
        en: 'Loyal lieutenants pass on all they hold, and nothing can be added to it: they end with the same set of signed orders. With signatures n ≥ m + 2 is enough.',
        zh: '忠诚的副官把手里的命令全部转发，谁也添不进别的：最后大家手里的签名命令集合相同。有签名时，n ≥ m + 2 就够了。',
      },
    },
  ],
  goals: [],
  outcome: ({ traitor }) => [
    traitor === 'C'
      ? {
          text: { en: 'L1 and L2 both retreat.', zh: 'L1 与 L2 都撤退。' },
          holds: (last) => ['L1', 'L2'].every((name) => stateOf(last, name)?.decision === 'retreat'),
        }
      : {
          text: { en: 'L1 attacks, as ordered.', zh: 'L1 按命令进攻。' },
          holds: (last) => stateOf(last, 'L1')?.decision === 'attack',
        },
  ],
  breaks: () => [],
});
