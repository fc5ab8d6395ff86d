import { defineScenario } from '../../define-scenario.ts';
import { tells } from '../../moments.ts';
import { listOf } from '../registry-program.ts';
import {
  answersOfAll,
  areListsEqual,
  consumers,
  deadNames,
  listText,
  majoritySide,
  minoritySide,
  type RegistryMoment,
  registryNodes,
  registryProtocol,
  servers,
} from '../registry-protocol.ts';

const isSplit = (moment: RegistryMoment): boolean => moment.isCut('R1', 'R4');
const hasBegun = (moment: RegistryMoment): boolean => moment.n >= registryNodes.length;
const isFor = (moment: RegistryMoment, provider: string, names: readonly string[]): boolean =>
  hasBegun(moment) &&
  servers(moment)
    .filter(({ name }) => names.includes(name))
    .every(({ leases }) => leases.some((lease) => lease.provider === provider));
const askBoth = [
  { do: 'command', node: 'C1', command: 'ask' },
  { do: 'command', node: 'C2', command: 'ask' },
] as const;
const looked = (moment: RegistryMoment): boolean =>
  hasBegun(moment) && servers(moment).every(({ lastMinute }) => lastMinute !== null);
const isQuietFor = (moment: RegistryMoment, count: number): boolean =>
  hasBegun(moment) && answersOfAll(moment) === count && consumers(moment).every(({ request }) => request === count);
const answerOf = (moment: RegistryMoment, consumer: string): string =>
  listText(consumers(moment).find(({ name }) => name === consumer)?.answer?.names ?? []);
const commonList = (moment: RegistryMoment): string => {
  const [first] = servers(moment);
  return listText(first === undefined ? [] : listOf(first));
};
const isStruckOff = (moment: RegistryMoment): boolean =>
  !isSplit(moment) && looked(moment) && servers(moment).every((server) => server.expired.includes('P2'));

/** The script of the chapter, under a registry that prefers to answer. */
export const partitionAp = defineScenario(registryProtocol, {
  id: 'cap-partition-ap',
  title: { en: 'The same partition, AP', zh: '同样的分区：AP' },
  purpose: {
    en: 'Five servers split 3 | 2. One provider registers on each side, another one dies on the minority’s side, then the network heals. Here the registry prefers to answer: equal servers copy what they hear to each other, newer wins, nobody asks for a majority. Look at who answers, with what, who is taken for dead, and what it takes until all lists are equal.',
    zh: '五台服务器分成 3 | 2。两边各有一个提供者注册，少数一侧另有一个死掉，随后网络恢复。这里的注册中心宁可应答：服务器彼此对等，互相复制听到的消息，新的胜出，不问多数。请看谁应答、答什么、谁被当作已死，以及要怎样所有列表才会一致。',
  },
  kind: 'lesson',
  settings: [],
  nodes: registryNodes,
  begin: [],
  rules: [
    { when: (m) => ['P1', 'P2'].every((p) => isFor(m, p, ['R1', 'R2', 'R3', 'R4', 'R5'])), act: askBoth },
    { when: (m) => isQuietFor(m, 1), act: [{ do: 'split', groups: [majoritySide, minoritySide] }] },
    {
      when: isSplit,
      act: [
        { do: 'command', node: 'P3', command: 'register' },
        { do: 'command', node: 'P4', command: 'register' },
        { do: 'crash', node: 'P2' },
      ],
    },
    {
      when: (m) => isFor(m, 'P3', ['R1', 'R2', 'R3']) && isFor(m, 'P4', ['R4', 'R5']) && m.inFlight.size === 0,
      act: askBoth,
    },
    { when: looked, act: askBoth },
    { when: (m) => isQuietFor(m, 3), act: [{ do: 'healAll' }] },
    { when: isStruckOff, act: askBoth },
  ],
  narration: [
    {
      when: (m) => m.n === 0,
      text: {
        en: 'P1 (four instances) registers at R1, P2 at R4. Whoever hears something first copies it to all peers; nobody is asked for agreement.',
        zh: 'P1（四个实例）在 R1 注册，P2 在 R4 注册。谁先听到就复制给所有同伴，不征求任何人的同意。',
      },
    },
    {
      when: (m) => isQuietFor(m, 1),
      text: (m) => ({
        en: `While the network is whole, both consumers get the same list: ${answerOf(m, 'C1')}.`,
        zh: `网络完好时，两个消费者拿到同样的列表：${answerOf(m, 'C1')}。`,
      }),
      mark: { en: 'one list', zh: '列表一致' },
    },
    {
      when: isSplit,
      text: {
        en: 'The network splits: R1, R2, R3 on one side, R4, R5 on the other, each with its own providers and its own consumer. No server stops serving; none knows whether the others are down or cut off.',
        zh: '网络断开：一边是 R1、R2、R3，另一边是 R4、R5，两边各有提供者和消费者。没有服务器停止服务，也没有谁知道对方是停机还是被隔开。',
      },
      mark: { en: 'split 3 | 2', zh: '分区 3 | 2' },
    },
    {
      when: (m) => hasBegun(m) && m.nodes.get('P2')?.status === 'down',
      text: {
        en: 'P3 registers on the majority’s side, P4 on the minority’s; both are accepted. P2 dies without a word. Copies across the cut are lost.',
        zh: 'P3 在多数一侧注册，P4 在少数一侧注册，都被接受。P2 一声不响地死了。跨越断口的副本全部丢失。',
      },
      mark: { en: 'P2 dies', zh: 'P2 死亡' },
    },
    {
      when: (m) => isQuietFor(m, 2),
      text: (m) => ({
        en: `Both are answered at once. C1: ${answerOf(m, 'C1')}. C2: ${answerOf(m, 'C2')}. Each side has its own new provider only, and both list P2.`,
        zh: `两边都立即得到应答。C1：${answerOf(m, 'C1')}。C2：${answerOf(m, 'C2')}。各自只有本侧的新提供者，而且都列着 P2。`,
      }),
      mark: { en: 'two lists', zh: '列表不同' },
    },
    {
      when: (m) => servers(m).some(({ name }) => tells(m, name, 'preserves')),
      text: {
        en: 'Once a minute a server looks at its leases. P2’s is over. But this server hears fewer than 85 % of the renewals it expects, and so rather believes in a broken network than in so many deaths: self-preservation, no lease runs out. It is right about those beyond the cut, and wrong about P2.',
        zh: '服务器每分钟检查一次租约。P2 的已经过期。但收到的续约不到应有的 85 %，它宁可相信是网络坏了，而不是死了这么多：自我保护，任何租约都不过期。对断口那边的提供者它判断正确，对 P2 则判断错了。',
      },
      mark: { en: 'self-preservation', zh: '自我保护' },
    },
    {
      when: (m) => isQuietFor(m, 3),
      text: {
        en: 'More than 90 s after its last renewal P2 is still handed out on both sides. A consumer that calls it gets an error and must try another one: with AP that is the consumer’s business.',
        zh: '距最后一次续约已超过 90 秒，两边仍在把 P2 发给消费者。调用它会出错，得换一个再试：在 AP 之下，这由消费者自己承担。',
      },
    },
    {
      when: (m) => looked(m) && !isSplit(m) && areListsEqual(m),
      text: (m) => ({
        en: `Healed: with the next renewals the copies get through, and lists are merged entry by entry, the newer timestamp wins. All say ${commonList(m)}: equal again, with the dead one on it. No registration was lost.`,
        zh: `网络恢复：下一轮续约时副本送达，逐条合并，时间戳新的胜出。所有服务器都是 ${commonList(m)}：又一致了，只是还列着死者。没有丢失任何注册。`,
      }),
      mark: { en: 'lists merged', zh: '列表合并' },
    },
    {
      when: isStruckOff,
      text: {
        en: 'A full minute of renewals from everybody alive: more than 85 %, self-preservation ends, and P2’s lease runs out everywhere at last.',
        zh: '活着的都续约满了一分钟：超过 85 %，自我保护结束，P2 的租约终于在各处过期。',
      },
      mark: { en: 'P2 struck off', zh: '剔除 P2' },
    },
    {
      when: (m) => isQuietFor(m, 4),
      text: {
        en: 'Every request was answered; the lists differed from the cut until after the heal. A CP registry does the reverse on the same script: look at the other lesson of this chapter.',
        zh: '每个请求都得到了应答；从断开到恢复之后，列表一直不同。同样的剧本下，CP 的注册中心恰好相反：请看本章另一课。',
      },
    },
  ],
  predictions: [
    {
      id: 'who-answers',
      before: (m) => consumers(m).some(({ name, request }) => name === 'C1' && request === 2),
      question: {
        en: 'P3 has registered left of the cut, P4 right of it. C1 asks R2, C2 asks R5. Who is answered, and with what?',
        zh: 'P3 在断口左侧注册，P4 在右侧注册。C1 问 R2，C2 问 R5。谁会得到应答？内容是什么？',
      },
      options: [
        { id: 'same', text: { en: 'Both, with the same list', zh: '都得到应答，列表相同' } },
        {
          id: 'own',
          text: { en: 'Both, each with its own side’s new provider only', zh: '都得到应答，各自只有本侧的新提供者' },
        },
        { id: 'majority', text: { en: 'Only C1: R5 has no majority', zh: '只有 C1：R5 没有多数' } },
      ],
      settle: (m) => {
        if (consumers(m).some(({ unanswered }) => unanswered > 0)) return 'majority';
        if (!isQuietFor(m, 2)) return null;
        return answerOf(m, 'C1') === answerOf(m, 'C2') ? 'same' : 'own';
      },
      otherwise: 'majority',
      because: {
        en: 'No server needs another one to answer: each answers with what it has heard. What was registered beyond the cut it has not heard.',
        zh: '服务器应答不需要别人：听到什么就答什么。断口那边的注册它没有听到。',
      },
    },
    {
      id: 'the-dead',
      before: (m) => servers(m).some(({ lastMinute }) => lastMinute !== null),
      question: {
        en: 'P2 has been silent for more than 90 s, so its lease is over. The servers look at their leases now. Who strikes it off?',
        zh: 'P2 沉默已超过 90 秒，租约已过期。服务器现在检查租约。谁会剔除它？',
      },
      options: [
        { id: 'all', text: { en: 'All servers', zh: '所有服务器' } },
        { id: 'majority', text: { en: 'Only the three on the majority’s side', zh: '只有多数一侧的三台' } },
        { id: 'minority', text: { en: 'Only R4 and R5, where it was registered', zh: '只有它注册的那一侧：R4 和 R5' } },
        { id: 'none', text: { en: 'Nobody', zh: '谁也不会' } },
      ],
      settle: (m) => {
        if (!looked(m)) return null;
        const expired = servers(m).filter((server) => server.expired.includes('P2'));
        if (expired.length === 5) return 'all';
        if (expired.length === 0) return 'none';
        return expired.some(({ name }) => name === 'R1') ? 'majority' : 'minority';
      },
      otherwise: 'none',
      because: {
        en: 'Both sides hear less than 85 % of what they expect: the majority’s side 10 of 12 renewals a minute, the minority’s 2 of 12. Below that a server strikes off nobody.',
        zh: '两边收到的都不到应有的 85 %：多数一侧每分钟 12 次中的 10 次，少数一侧 12 次中的 2 次。低于此值，服务器就不再剔除任何人。',
      },
    },
    {
      id: 'what-is-lost',
      before: (m) => m.entry?.happening.kind === 'act' && m.entry.happening.action.do === 'healAll',
      question: {
        en: 'The network is about to heal. What will be on the lists after the next renewals, before leases are looked at again?',
        zh: '网络即将恢复。下一轮续约之后、再次检查租约之前，列表上会有什么？',
      },
      options: [
        { id: 'merged', text: { en: 'P1, P2, P3, P4 on all: merged', zh: '都是 P1、P2、P3、P4：合并' } },
        { id: 'majority', text: { en: 'The majority’s list on all: P4 is lost', zh: '都采用多数一侧的列表：P4 丢失' } },
        { id: 'differ', text: { en: 'They go on differing', zh: '仍然不同' } },
      ],
      settle: (m) => {
        if (isSplit(m) || m.inFlight.size > 0 || !areListsEqual(m)) return null;
        const providers = servers(m)[0]?.leases.map(({ provider }) => provider) ?? [];
        return providers.includes('P4') ? 'merged' : 'majority';
      },
      otherwise: 'differ',
      because: {
        en: 'There is no history to choose, only entries: for each provider the newest one stays. Nothing that was registered is lost, nor is the dead one yet.',
        zh: '这里没有要取舍的历史，只有一条条记录：每个提供者保留最新的一条。注册的都没丢，死者也还在。',
      },
    },
  ],
  goals: [],
  ends: (m) => isQuietFor(m, 4),
  outcome: () => [
    {
      text: { en: 'All lists are equal in the end, without the dead one.', zh: '最后所有列表一致，且没有死者。' },
      holds: (last) =>
        areListsEqual(last) &&
        servers(last).every((server) => deadNames(last).every((name) => !listOf(server).includes(name))),
    },
    {
      text: { en: 'Both new providers are on them.', zh: '两个新提供者都在列表上。' },
      holds: (last) => ['P3', 'P4'].every((provider) => isFor(last, provider, ['R1', 'R2', 'R3', 'R4', 'R5'])),
    },
    {
      text: { en: 'Every request was answered.', zh: '每个请求都得到了应答。' },
      holds: (last) => consumers(last).every(({ answered, unanswered }) => answered === 4 && unanswered === 0),
    },
  ],
  breaks: () => ['equal'],
});
