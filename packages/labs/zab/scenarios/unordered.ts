import { defineScenario } from '../../define-scenario.ts';
import { delivers, stateOf } from '../../moments.ts';
import { replicas, SENDER, unorderedBroadcast } from '../unordered-broadcast.ts';

/** A wrong variant: the run of the lesson on FIFO queues, with nobody who looks at the order. */
export const unordered = defineScenario(unorderedBroadcast, {
  id: 'zab-unordered-broadcast',
  title: { en: 'Wrong on purpose: unordered broadcast', zh: '故意写错：无序广播' },
  purpose: {
    en: 'The two writes of the lesson on FIFO queues once more, create /a and create /a/b, in a protocol that broadcasts and does not order. Each replica gets both and applies each as it comes. On one of them they come the other way round. Compare with that lesson, where the same swap is noticed.',
    zh: '还是“FIFO 队列”一课的两个写操作：create /a 和 create /a/b，但协议只广播、不排序。每个副本都收到两个，来一个执行一个；其中一个副本收到的顺序相反。与那一课对比：在那里，同样的互换会被发现。',
  },
  kind: 'variant',
  settings: [],
  nodes: [
    { id: 'L', role: 'leader', at: { x: 0.5, y: 0.24 } },
    { id: 'R1', role: 'replica', at: { x: 0.18, y: 0.72 } },
    { id: 'R2', role: 'replica', at: { x: 0.82, y: 0.72 } },
  ],
  begin: [
    { do: 'command', node: SENDER, command: 'create /a' },
    { do: 'command', node: SENDER, command: 'create /a/b' },
  ],
  rules: [],
  latencyMs: ({ to, label }) => (to === 'R2' && label === 'create /a' ? 40 : to === 'R2' ? 20 : 10),
  narration: [
    {
      when: (moment) => (stateOf(moment, SENDER)?.delivered.length ?? 0) === 2,
      text: {
        en: 'The leader has both, in its order, and has sent both to R1 and R2. No number says which comes first.',
        zh: '领导者按自己的顺序执行了两个写操作，并都发给了 R1 和 R2。没有编号说明谁先谁后。',
      },
    },
    {
      when: (moment) => delivers(moment, 'Write', 'R2') && stateOf(moment, 'R2')?.delivered[0] === '/a/b',
      text: {
        en: 'On the way to R2 the second write has overtaken the first. R2 applies it: there is no /a, so it fails. R2 does not know that anything is wrong.',
        zh: '去 R2 的路上，第二个写操作超过了第一个。R2 照样执行：没有 /a，所以失败。R2 并不知道出了问题。',
      },
      mark: { en: 'overtaken', zh: '乱序' },
    },
    {
      when: (moment) =>
        replicas(moment).length === 3 && replicas(moment).every(({ delivered }) => delivered.length === 2),
      text: {
        en: 'All have delivered both writes; L and R1 have /a/b, R2 has not, and nothing will ever mend it. Replicas stay equal only if they apply the same writes in the same order: that is what zxids, FIFO connections and the checks of real servers are for.',
        zh: '三处都交付了两个写操作；L 和 R1 有 /a/b，R2 没有，而且永远补不回来。副本要一致，就必须以同样的顺序执行同样的写操作：zxid、FIFO 连接和真实服务器的检查正是为此。',
      },
      mark: { en: 'diverged', zh: '分叉' },
    },
  ],
  predictions: [
    {
      id: 'same-in-the-end',
      before: (moment) => delivers(moment, 'Write', 'R2'),
      question: {
        en: 'R2 is about to get create /a/b first, and create /a later. It applies both. Will it have what the others have in the end?',
        zh: 'R2 即将先收到 create /a/b，之后才是 create /a。两个它都会执行。最后它会和别人一样吗？',
      },
      options: [
        { id: 'same', text: { en: 'Yes: it gets both writes', zh: '会：两个写操作都收到了' } },
        { id: 'lacks', text: { en: 'No: /a/b will be missing', zh: '不会：缺 /a/b' } },
        { id: 'lacks-all', text: { en: 'No: it will have neither', zh: '不会：两个都没有' } },
      ],
      settle: (moment) => {
        const r2 = stateOf(moment, 'R2');
        if (r2 === null || r2.delivered.length < 2) return null;
        return r2.tree.length === 2 ? 'same' : r2.tree.length === 1 ? 'lacks' : 'lacks-all';
      },
      otherwise: 'lacks-all',
      because: {
        en: 'A node needs its parent when it is created. These writes do not commute, so their order is a part of what has to be agreed upon.',
        zh: '创建节点时父节点必须存在。这两个写操作不可交换，所以顺序也是必须达成一致的内容。',
      },
    },
    {
      id: 'too-late',
      before: (moment) => delivers(moment, 'Write', 'R2') && stateOf(moment, 'R2')?.delivered.length === 2,
      question: {
        en: 'create /a/b has failed at R2. Now create /a is about to reach it. What does R2 do?',
        zh: 'create /a/b 在 R2 上失败了。现在 create /a 即将到达。R2 会怎么做？',
      },
      options: [
        { id: 'goes-on', text: { en: 'It creates /a, and goes on', zh: '创建 /a，照常继续' } },
        { id: 'repairs', text: { en: 'It creates /a, and then /a/b after all', zh: '创建 /a，再补上 /a/b' } },
        { id: 'refuses', text: { en: 'It refuses it: it comes too late', zh: '拒绝：来得太迟' } },
      ],
      settle: (moment) => {
        const tree = stateOf(moment, 'R2')?.tree ?? [];
        return tree.includes('/a/b') ? 'repairs' : tree.includes('/a') ? 'goes-on' : 'refuses';
      },
      otherwise: 'refuses',
      because: {
        en: 'Without numbers a replica cannot see that something came out of order: to R2 each write looks like the next one. With FIFO queues and zxids, one that does not follow the last one gives it away.',
        zh: '没有编号，副本就看不出乱序：在 R2 看来，每个写操作都像是下一个。有了 FIFO 队列和 zxid，接不上的编号会暴露问题。',
      },
    },
  ],
  goals: [],
  outcome: () => [
    {
      text: { en: 'R2 has /a only', zh: 'R2 只有 /a' },
      holds: (last) => stateOf(last, 'R2')?.tree.join() === '/a',
    },
    {
      text: { en: 'R1 has both', zh: 'R1 两个都有' },
      holds: (last) => stateOf(last, 'R1')?.tree.join() === '/a,/a/b',
    },
  ],
  breaks: () => ['totalOrder', 'sameTree'],
});
