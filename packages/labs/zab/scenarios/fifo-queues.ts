import { defineScenario } from '../../define-scenario.ts';
import type { Rule, Setting } from '../../scenario.ts';
import type { ZabDisk } from '../disk.ts';
import {
  follows,
  got,
  hasCommitted,
  isAcknowledged,
  leads,
  ONE_CLIENT,
  sent,
  THREE_SERVERS,
  told,
} from '../lessons.ts';
import type { ZabMessage } from '../messages.ts';
import { clientOf, serverOf, type ZabMoment } from '../node-views.ts';
import type { ZabState } from '../program.ts';
import { zabProtocol } from '../protocol.ts';

type ZabRule = Rule<ZabState, ZabMessage, ZabDisk>;

const swapSetting: Setting = {
  id: 'swap',
  text: { en: 'On the connection between S3 and S1', zh: '在 S3 与 S1 的连接上' },
  choices: [
    { id: 'none', text: { en: 'everything in order (TCP)', zh: '一切有序（TCP）' } },
    { id: 'proposals', text: { en: 'the PROPOSALs change places', zh: '两个 PROPOSAL 互换' } },
    { id: 'acks', text: { en: 'the ACKs change places', zh: '两个 ACK 互换' } },
    { id: 'commits', text: { en: 'the COMMITs change places', zh: '两个 COMMIT 互换' } },
  ],
};

/** What is on its way, by the beginning of its label. */
function flying(moment: ZabMoment, label: string, from: string, to: string): number | null {
  for (const flight of moment.inFlight.values()) {
    if (flight.label.startsWith(label) && flight.from === from && flight.to === to) return flight.id;
  }
  return null;
}

/** Lets the second of two messages overtake the first, once both are under way. */
function overtakes(first: string, second: string, from: string, to: string): ZabRule {
  return {
    when: (moment) => flying(moment, first, from, to) !== null && flying(moment, second, from, to) !== null,
    act: (moment) => {
      const message = flying(moment, second, from, to);
      return message === null ? [] : [{ do: 'deliver', message }];
    },
  };
}

const SWAPS: Readonly<Record<string, ZabRule>> = {
  proposals: overtakes('PROPOSAL(1·2', 'PROPOSAL(1·3', 'S3', 'S1'),
  acks: overtakes('ACK(1·2', 'ACK(1·3', 'S1', 'S3'),
  commits: overtakes('COMMIT(1·2', 'COMMIT(1·3', 'S3', 'S1'),
};

/** S1 has left the leader because of what came out of order. */
function hasLeft(moment: ZabMoment): boolean {
  return told(moment, 'S1', 'LOOKING') && leads(moment, 'S3');
}

/** ZAB 7: a queue for each follower, and what depends on its order. */
export const fifoQueues = defineScenario(zabProtocol, {
  id: 'zab-fifo-queues',
  title: { en: 'A FIFO queue for each follower', zh: '每个跟随者一条 FIFO 队列' },
  purpose: {
    en: 'C1 sends create /a and, without waiting, create /a/b, which makes sense only after the first. The leader sends both proposals to each follower over one TCP connection, and everybody relies on their order. Swap two messages on it (an assumption broken) and see who notices, and what comes of it.',
    zh: 'C1 发出 create /a，不等答复又发出 create /a/b，后者只有在前者之后才有意义。领导者通过一条 TCP 连接把两个提议发给每个跟随者，人人都依赖这个顺序。把其中两条消息互换（破坏假设），看谁会发现，又会怎么做。',
  },
  kind: 'lesson',
  settings: [swapSetting],
  nodes: [...THREE_SERVERS, ONE_CLIENT],
  begin: [],
  rules: [
    {
      when: (moment) => follows(moment, 'S1') && follows(moment, 'S2') && moment.inFlight.size === 0,
      act: [{ do: 'command', node: 'C1', command: 'connect S3' }],
    },
    {
      when: (moment) => (clientOf(moment, 'C1')?.established ?? false) && moment.inFlight.size === 0,
      act: [
        { do: 'command', node: 'C1', command: 'create /a' },
        { do: 'command', node: 'C1', command: 'create /a/b' },
      ],
    },
  ],
  rulesFor: ({ swap }) => {
    const rule = SWAPS[swap ?? 'none'];
    return rule === undefined ? [] : [rule];
  },
  // S2 is far away, so that S3 and S1 are the quorum and the swap is felt.
  latencyMs: ({ from, to }) => (from === 'S2' || to === 'S2' ? 40 : 10),
  narration: [
    {
      when: (moment) => moment.n === 1,
      text: {
        en: 'Three new servers elect a leader: S3, the largest id.',
        zh: '三台新服务器选举领导者：编号最大的 S3。',
      },
    },
    {
      when: (moment) => leads(moment, 'S3'),
      text: {
        en: 'S3 leads. To each follower it has one connection: a queue.',
        zh: 'S3 领导。它与每个跟随者之间有一条连接，即一条队列。',
      },
      mark: { en: 'S3 leads', zh: 'S3 领导' },
    },
    {
      when: (moment) => sent(moment, 'PROPOSAL(1·2'),
      text: {
        en: 'create /a becomes (1, 2). create /a/b is right behind it and is checked against the tree as it will be: /a will be there.',
        zh: 'create /a 成为 (1, 2)。create /a/b 紧随其后，按“将来的树”检查：那时 /a 已在。',
      },
    },
    {
      when: (moment) => sent(moment, 'PROPOSAL(1·3'),
      text: {
        en: 'Two proposals in each queue: (1, 2) in front, (1, 3) behind. S2 is far away; S3 and S1 will be the quorum.',
        zh: '每条队列里有两个提议：(1, 2) 在前，(1, 3) 在后。S2 很远，S3 与 S1 将构成多数派。',
      },
      mark: { en: 'two in the queue', zh: '队列中有两个' },
    },
    {
      when: (moment) => got(moment, 'S1', 'PROPOSAL(1·3') && flying(moment, 'PROPOSAL(1·2', 'S3', 'S1') !== null,
      text: {
        en: 'Assumption broken: (1, 3) came first. It does not follow what S1’s log ends with, (1, 1). Logging it would leave a gap that nothing could fill later, so S1 closes the connection and looks for a leader. (Apache’s follower only logs a warning here, and relies on TCP.)',
        zh: '假设被破坏：(1, 3) 先到。它接不上 S1 日志的末尾 (1, 1)。写下它就会留下日后补不上的空缺，于是 S1 断开连接，重新寻找领导者。（Apache 的跟随者此时只写一条警告日志，信赖 TCP。）',
      },
      mark: { en: 'overtaken', zh: '乱序' },
    },
    {
      when: (moment) => got(moment, 'S3', 'ACK(1·3') && flying(moment, 'ACK(1·2', 'S1', 'S3') !== null,
      text: {
        en: 'Assumption broken: the ACK of (1, 3) came first. (1, 3) has its quorum now, (1, 2) has not. S3 commits nothing: a proposal is never committed before the one in front of it.',
        zh: '假设被破坏：(1, 3) 的 ACK 先到。(1, 3) 已有多数派，(1, 2) 还没有。S3 什么也不提交：前一个没提交，后一个就不会提交。',
      },
      mark: { en: 'overtaken', zh: '乱序' },
    },
    {
      when: (moment) => got(moment, 'S1', 'COMMIT(1·3') && flying(moment, 'COMMIT(1·2', 'S3', 'S1') !== null,
      text: {
        en: 'Assumption broken: COMMIT(1, 3) came first, but S1’s first pending proposal is (1, 2). Apache’s follower exits the process here; ours leaves the leader. Neither delivers /a/b without /a.',
        zh: '假设被破坏：COMMIT(1, 3) 先到，而 S1 第一个待提交的是 (1, 2)。Apache 的跟随者此时退出进程；我们的则离开领导者。谁也不会在没有 /a 的情况下交付 /a/b。',
      },
      mark: { en: 'overtaken', zh: '乱序' },
    },
    {
      when: (moment) => told(moment, 'S3', 'committed 1·2'),
      text: {
        en: 'S3 commits (1, 2), then (1, 3): in the order in which it proposed them.',
        zh: 'S3 先提交 (1, 2)，再提交 (1, 3)：按提议的顺序。',
      },
      mark: { en: 'COMMIT', zh: 'COMMIT' },
    },
    {
      when: (moment) => moment.n > 30 && follows(moment, 'S1') && hasCommitted(moment, 'S1', 1, 3),
      text: {
        en: 'S1 has /a and then /a/b. In order, or not at all: what order TCP gives for nothing, ZAB checks anyway.',
        zh: 'S1 先有 /a，再有 /a/b。要么有序，要么没有：TCP 白送的顺序，ZAB 仍然会检查。',
      },
    },
  ],
  predictions: [
    {
      id: 'parent-first',
      before: (moment) => sent(moment, 'PROPOSAL(1·3'),
      question: {
        en: 'C1 asks for /a/b before it has heard that /a is there. What does the leader do?',
        zh: 'C1 还没得知 /a 已创建，就请求创建 /a/b。领导者怎么做？',
      },
      options: [
        { id: 'refuses', text: { en: 'It answers NONODE: /a is not there yet', zh: '答复 NONODE：/a 还不存在' } },
        { id: 'waits', text: { en: 'It waits until /a is committed', zh: '等 /a 提交以后再说' } },
        { id: 'proposes', text: { en: 'It proposes it right behind /a', zh: '紧跟在 /a 后面提议' } },
      ],
      settle: (moment) =>
        sent(moment, 'PROPOSAL(1·3') ? (hasCommitted(moment, 'S3', 1, 2) ? 'waits' : 'proposes') : null,
      otherwise: 'refuses',
      because: {
        en: 'The leader checks a request against the tree with all outstanding proposals applied, and pipelines: many proposals are under way at once. That is safe only because nothing overtakes.',
        zh: '领导者按“所有未决提议都已生效”的树来检查请求，并流水线式地提议：同时可以有许多提议在途。只有在谁也不超车时，这才安全。',
      },
    },
    {
      id: 'who-notices',
      before: (moment) => got(moment, 'S1', 'PROPOSAL(1·2') || got(moment, 'S1', 'PROPOSAL(1·3'),
      question: {
        en: 'With the setting chosen for this connection: what becomes of S1?',
        zh: '按所选的连接设置：S1 会怎样？',
      },
      options: [
        { id: 'stays', text: { en: 'It delivers /a, then /a/b', zh: '先交付 /a，再交付 /a/b' } },
        { id: 'leaves', text: { en: 'It leaves S3, and comes back', zh: '离开 S3，再回来' } },
        { id: 'wrong', text: { en: 'It delivers /a/b without /a', zh: '没有 /a 就交付 /a/b' } },
      ],
      settle: (moment) => {
        if (hasLeft(moment)) return 'leaves';
        const log = serverOf(moment, 'S1')?.disk.log ?? [];
        if (!hasCommitted(moment, 'S1', 1, 3)) return null;
        return log.some(({ zxid }) => zxid === 0x100000002n) ? 'stays' : 'wrong';
      },
      otherwise: 'leaves',
      because: {
        en: 'A PROPOSAL must be the next of S1’s log and a COMMIT must be for its first pending proposal; else S1 leaves and is synchronised anew. ACKs that change places are harmless: the leader keeps its own order.',
        zh: 'PROPOSAL 必须恰好接上 S1 的日志，COMMIT 必须对应它第一个待提交的提议；否则 S1 离开并重新同步。ACK 互换无妨：领导者保持自己的顺序。',
      },
    },
  ],
  goals: [],
  ends: (moment) =>
    isAcknowledged(moment, 'C1', 'create /a/b') &&
    ['S1', 'S2'].every((id) => follows(moment, id) && hasCommitted(moment, id, 1, 3)) &&
    moment.inFlight.size === 0,
  outcome: () => [
    {
      text: { en: 'All have committed /a and /a/b', zh: '三台都提交了 /a 和 /a/b' },
      holds: (moment) =>
        ['S1', 'S2', 'S3'].every((id) => hasCommitted(moment, id, 1, 2) && hasCommitted(moment, id, 1, 3)),
    },
    {
      text: { en: 'S3 still leads epoch 1', zh: 'S3 仍然领导 epoch 1' },
      holds: (moment) => leads(moment, 'S3') && serverOf(moment, 'S3')?.server.epoch === 1,
    },
  ],
  breaks: () => [],
});
