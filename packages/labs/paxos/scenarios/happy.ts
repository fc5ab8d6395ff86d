/** Nothing goes wrong: a value is chosen, and only afterwards does anybody know. */
import { defineScenario } from '../../define-scenario.ts';
import { chosenHere, chosenValues } from '../chosen.ts';
import { paxos } from '../protocol.ts';
import { gets, hasLearned, learns, pace, sentKind, stage } from '../script.ts';

export const happy = defineScenario(paxos(), {
  id: 'paxos-happy',
  title: { en: 'When is X chosen?', zh: 'X 什么时候选定？' },
  purpose: {
    en: 'One proposer, three acceptors, one learner, and a network that only dawdles. Two phases, and a majority of two in each. Watch for the instant at which X is chosen, and for who knows of it when.',
    zh: '一个提议者、三个接受者、一个学习者，网络只是有快有慢。两个阶段，各需两个接受者构成多数。请留意 X 选定的那一瞬间，以及各方什么时候才知道。',
  },
  kind: 'lesson',
  settings: [],
  nodes: stage(1, 3, 1),
  begin: [{ do: 'command', node: 'P1', command: 'propose X' }],
  rules: [],
  latencyMs: pace({
    'Prepare(1) P1>A3': 16,
    'Accept(1, X) P1>A3': 24,
    'Accepted(1, X) A1>L1': 14,
    'Accepted(1, X) A2>L1': 16,
  }),
  narration: [
    {
      when: ({ n }) => n === 0,
      text: {
        en: 'A client wants X to be decided. P1 will propose it to three acceptors; L1 wants to know what comes of it. Any two acceptors are a majority.',
        zh: '有客户希望决定 X。P1 将向三个接受者提议；L1 想知道结果。任意两个接受者就是多数。',
      },
    },
    {
      when: (moment) => sentKind(moment, 'P1') === 'Prepare',
      text: {
        en: 'Phase 1. P1 takes number 1 and sends Prepare(1) to all. A Prepare carries no value: P1 does not know yet whether it is free to choose one.',
        zh: '第一阶段。P1 取编号 1，向所有接受者发出 Prepare(1)。Prepare 不带值：P1 还不知道自己能不能自由选值。',
      },
      mark: { en: 'Prepare(1)', zh: 'Prepare(1)' },
    },
    {
      when: gets('A1', 'Prepare(1)'),
      text: {
        en: 'A1 has promised nothing before, and 1 > 0: it writes “promised 1” to its disk and only then answers. ∅ says that it has never accepted anything.',
        zh: 'A1 之前没有承诺过，1 > 0：它先把“已承诺 1”写盘，然后才答复。∅ 表示它从未接受过提案。',
      },
    },
    {
      when: gets('P1', 'Promise(1, ∅)', 'A2'),
      text: {
        en: 'Two of three have promised: enough. Neither has accepted anything, so P1 is free to propose its own X. Phase 2: Accept(1, X) goes to all.',
        zh: '三个里有两个已承诺，够了。两者都没有接受过提案，所以 P1 可以提议自己的 X。第二阶段：向所有接受者发出 Accept(1, X)。',
      },
      mark: { en: 'Phase 2', zh: '第二阶段' },
    },
    {
      when: gets('P1', 'Promise(1, ∅)', 'A3'),
      text: {
        en: 'The promise of A3 comes late and changes nothing. Paxos never waits for all.',
        zh: 'A3 的承诺来迟了，什么也不会改变。Paxos 从不等待全体。',
      },
    },
    {
      when: (moment) => chosenHere(moment) !== null,
      text: {
        en: 'A2 has accepted (1, X), as A1 has. That is a majority: X is chosen, now and for ever. P1 does not know it, L1 does not, not even A2 does.',
        zh: 'A2 和 A1 一样接受了 (1, X)，已是多数：X 从此选定，不可更改。P1 不知道，L1 不知道，连 A2 自己也不知道。',
      },
      mark: { en: 'X chosen', zh: 'X 已选定' },
    },
    {
      when: learns('P1'),
      text: {
        en: 'P1 counts the second Accepted(1, X): now it knows. To know is to have counted a majority for one and the same proposal.',
        zh: 'P1 数到第二个 Accepted(1, X)：现在它知道了。所谓“知道”，就是对同一个提案数到了多数。',
      },
      mark: { en: 'P1 knows', zh: 'P1 得知' },
    },
    {
      when: learns('L1'),
      text: {
        en: 'L1 has counted two as well. X was chosen several steps before: choosing is a fact of the acceptors, learning is news of it.',
        zh: 'L1 也数到了两个。X 早在几步之前就已选定：选定是接受者之间的事实，学习只是得到消息。',
      },
      mark: { en: 'L1 knows', zh: 'L1 得知' },
    },
  ],
  predictions: [
    {
      id: 'second-promise',
      before: gets('P1', 'Promise(1, ∅)', 'A2'),
      question: { en: 'The promise of A2 reaches P1. What does P1 do?', zh: 'A2 的承诺即将到达 P1。P1 会怎么做？' },
      options: [
        { id: 'wait', text: { en: 'It waits for A3, to be sure', zh: '等 A3 的承诺，确保万无一失' } },
        { id: 'Accept', text: { en: 'It sends Accept(1, X) to all', zh: '向所有接受者发 Accept(1, X)' } },
        { id: 'Prepare', text: { en: 'It prepares once more, now with the value X', zh: '带上 X 再发一次 Prepare' } },
        { id: 'knows', text: { en: 'It holds X for chosen', zh: '认为 X 已选定' } },
      ],
      settle: (moment) => sentKind(moment, 'P1') ?? 'wait',
      otherwise: 'wait',
      because: {
        en: 'Two of three are a majority, and any other majority shares an acceptor with it. A third promise would add nothing; to wait for all would let one dead acceptor stop everybody.',
        zh: '三个中的两个就是多数，任何其他多数都与它至少有一个共同的接受者。第三个承诺没有意义；若要等全体，一个死掉的接受者就能让所有人停下。',
      },
    },
    {
      id: 'when-chosen',
      before: gets('A2', 'Accept(1, X)'),
      question: {
        en: 'A1 has accepted (1, X), and A2 is about to. When is X chosen?',
        zh: 'A1 已接受 (1, X)，A2 即将接受。X 在什么时候选定？',
      },
      options: [
        { id: 'accepts', text: { en: 'In this very step', zh: '就在这一步' } },
        { id: 'counted', text: { en: 'When P1 has counted two Accepted', zh: '等 P1 数到两个 Accepted' } },
        { id: 'learned', text: { en: 'When the learner knows it', zh: '等学习者知道' } },
        { id: 'all', text: { en: 'When A3 has accepted it too', zh: '等 A3 也接受' } },
      ],
      settle: (moment) => {
        if (chosenHere(moment) !== null) return 'accepts';
        return learns('P1')(moment) ? 'counted' : null;
      },
      otherwise: 'all',
      because: {
        en: 'A value is chosen when a majority of acceptors has accepted the same proposal. All messages that tell of it could be lost: it would be chosen all the same, and every later round would find it.',
        zh: '多数接受者接受了同一个提案，值就选定了。即使通知它的消息全部丢失，它仍是选定的，以后的每一轮都会发现它。',
      },
    },
  ],
  goals: [],
  ends: (moment) => hasLearned('L1')(moment) && hasLearned('P1')(moment) && moment.inFlight.size === 0,
  outcome: () => [
    { text: { en: 'X is chosen', zh: 'X 已选定' }, holds: (last) => chosenValues(last).join() === 'X' },
    {
      text: { en: 'P1 and L1 know it', zh: 'P1 和 L1 都知道' },
      holds: (last) => hasLearned('P1')(last) && hasLearned('L1')(last),
    },
  ],
  breaks: () => [],
});
