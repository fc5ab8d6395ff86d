import { defineScenario } from '../../define-scenario.ts';
import type { NodeSpec } from '../../protocol.ts';
import { follows, isAcknowledged, leads, told } from '../lessons.ts';
import { clientOf, quorumOf, serversOf, type ZabMoment } from '../node-views.ts';
import { zabProtocol } from '../protocol.ts';

const SIZES = ['3', '4', '5', '6'];

const nodes: readonly NodeSpec[] = [
  { id: 'S1', role: 'server', at: { x: 0.125, y: 0.26 } },
  { id: 'S2', role: 'server', at: { x: 0.375, y: 0.26 } },
  { id: 'S3', role: 'server', at: { x: 0.625, y: 0.26 } },
  { id: 'S4', role: 'server', at: { x: 0.125, y: 0.74 } },
  { id: 'S5', role: 'server', at: { x: 0.375, y: 0.74 } },
  { id: 'S6', role: 'server', at: { x: 0.625, y: 0.74 } },
  { id: 'C1', role: 'client', at: { x: 0.875, y: 0.74 } },
];

/** How many servers the ensemble has. */
function sizeOf(moment: ZabMoment): number {
  return [...moment.nodes.keys()].filter((id) => id.startsWith('S')).length;
}

function deadOf(moment: ZabMoment): number {
  return sizeOf(moment) - serversOf(moment).length;
}

/** The last server: the largest id of a new ensemble leads. */
function chief(moment: ZabMoment): string {
  return `S${sizeOf(moment)}`;
}

const hasGivenUp = (moment: ZabMoment): boolean =>
  told(moment, chief(moment), 'LOOKING') && deadOf(moment) > 0 && moment.n > sizeOf(moment) + 1;

const allFollow = (moment: ZabMoment): boolean =>
  leads(moment, chief(moment)) &&
  serversOf(moment).length === sizeOf(moment) &&
  serversOf(moment).every(([id]) => leads(moment, id) || follows(moment, id));

/** ZAB 9: what one more server is worth. */
export const quorumSizes = defineScenario(zabProtocol, {
  id: 'zab-quorum-sizes',
  title: { en: 'Three, four, five or six servers?', zh: '三、四、五还是六台？' },
  purpose: {
    en: 'A quorum is ⌊n/2⌋ + 1: 2 of 3, 3 of 4, 3 of 5, 4 of 6. C1 writes, a follower is killed, C1 writes again, until writes stop. Choose the number of servers, and compare.',
    zh: '多数派是 ⌊n/2⌋ + 1：三中之二、四中之三、五中之三、六中之四。C1 写入，杀死一个跟随者，C1 再写，直到写不进去。请选择服务器数量，比较一下。',
  },
  kind: 'lesson',
  settings: [
    {
      id: 'servers',
      text: { en: 'Servers', zh: '服务器数量' },
      choices: SIZES.map((size) => ({ id: size, text: { en: `${size} servers`, zh: `${size} 台服务器` } })),
    },
  ],
  nodes,
  without: ({ servers }) => ['S4', 'S5', 'S6'].filter((id) => Number(id.slice(1)) > Number(servers)),
  begin: [],
  rules: [
    {
      when: (moment) => allFollow(moment) && moment.inFlight.size === 0,
      act: (moment) => [{ do: 'command', node: 'C1', command: `connect ${chief(moment)}` }],
    },
    {
      when: (moment) => (clientOf(moment, 'C1')?.established ?? false) && moment.inFlight.size === 0,
      act: [{ do: 'command', node: 'C1', command: 'create /w0' }],
    },
    ...[1, 2, 3].map((dead) => ({
      when: (moment: ZabMoment) =>
        isAcknowledged(moment, 'C1', `create /w${dead - 1}`) && moment.inFlight.size === 0 && dead < sizeOf(moment),
      act: [
        { do: 'crash', node: `S${dead}` },
        { do: 'command', node: 'C1', command: `create /w${dead}` },
      ] as const,
    })),
  ],
  latencyMs: () => 10,
  narration: [
    {
      when: (moment) => moment.n === 1,
      text: (moment) => ({
        en: `An ensemble of ${sizeOf(moment)}: a quorum is ${quorumOf(sizeOf(moment))}. It elects the largest id, ${chief(moment)}.`,
        zh: `${sizeOf(moment)} 台的集群：多数派是 ${quorumOf(sizeOf(moment))} 台。编号最大的 ${chief(moment)} 将当选。`,
      }),
    },
    {
      when: (moment) => isAcknowledged(moment, 'C1', 'create /w0'),
      text: (moment) => ({
        en: `All are alive. Each write waits for ${quorumOf(sizeOf(moment))} logs, the leader’s among them.`,
        zh: `全部存活。每次写入要等 ${quorumOf(sizeOf(moment))} 份日志，包括领导者自己的。`,
      }),
      mark: { en: 'all alive', zh: '全部存活' },
    },
    ...[1, 2].map((dead) => ({
      when: (moment: ZabMoment) => isAcknowledged(moment, 'C1', `create /w${dead}`),
      text: (moment: ZabMoment) => ({
        en: `With ${dead} dead the write is done: ${sizeOf(moment) - dead} are left, ${quorumOf(sizeOf(moment))} are needed.`,
        zh: `死了 ${dead} 台，写入仍然完成：还剩 ${sizeOf(moment) - dead} 台，需要 ${quorumOf(sizeOf(moment))} 台。`,
      }),
      mark: { en: `${dead} dead`, zh: `死 ${dead} 台` },
    })),
    {
      when: (moment) =>
        deadOf(moment) > 0 && moment.n > 12 && serversOf(moment).length === quorumOf(sizeOf(moment)) - 1,
      text: (moment) => ({
        en: `${serversOf(moment).length} of ${sizeOf(moment)} are left, one short of a quorum. The leader proposes, and the ACKs will never be enough.`,
        zh: `${sizeOf(moment)} 台还剩 ${serversOf(moment).length} 台，离多数派差一台。领导者照样提议，但 ACK 永远凑不够。`,
      }),
      mark: { en: 'one short', zh: '差一台' },
    },
    {
      when: hasGivenUp,
      text: (moment) => ({
        en: `The leader notices that no quorum is with it and stops leading. ${sizeOf(moment)} servers bear ${deadOf(moment) - 1}: ${sizeOf(moment) % 2 === 0 ? 'no more than one server fewer would' : 'as many as one server more would'}.`,
        zh: `领导者发现身后没有多数派，停止领导。${sizeOf(moment)} 台容忍 ${deadOf(moment) - 1} 台故障：${sizeOf(moment) % 2 === 0 ? '少一台也是这么多' : '多一台也还是这么多'}。`,
      }),
      mark: { en: 'writes stop', zh: '写入停止' },
    },
  ],
  predictions: [
    {
      id: 'how-many',
      before: (moment) => moment.nodes.get('S1')?.status === 'down' && moment.entry?.happening.kind === 'act',
      question: {
        en: 'Followers will be killed one after another, with a write after each. How many deaths does this ensemble bear?',
        zh: '跟随者将被一个接一个杀死，每次之后写一次。这个集群能容忍几台故障？',
      },
      options: ['1', '2', '3'].map((id) => ({ id, text: { en: id, zh: id } })),
      settle: (moment) => (hasGivenUp(moment) ? String(deadOf(moment) - 1) : null),
      otherwise: '3',
      because: {
        en: 'n servers bear n − (⌊n/2⌋ + 1) deaths: 1 of 3, 1 of 4, 2 of 5, 2 of 6.',
        zh: 'n 台容忍 n − (⌊n/2⌋ + 1) 台故障：3 台容忍 1，4 台容忍 1，5 台容忍 2，6 台容忍 2。',
      },
    },
    {
      id: 'one-short',
      before: (moment) => {
        const happening = moment.entry?.happening;
        const isKill = happening?.kind === 'act' && happening.action.do === 'crash';
        return isKill && serversOf(moment).length === quorumOf(sizeOf(moment)) - 1;
      },
      question: {
        en: 'One more follower is about to die; C1 will write again. What becomes of the write?',
        zh: '又一个跟随者即将死去，C1 还会再写一次。这次写入会怎样？',
      },
      options: [
        { id: 'done', text: { en: 'It is done', zh: '完成' } },
        { id: 'refused', text: { en: 'It is refused at once', zh: '立即被拒绝' } },
        { id: 'waits', text: { en: 'It waits, and ends in CONNECTIONLOSS', zh: '一直等待，最后 CONNECTIONLOSS' } },
      ],
      settle: (moment) => {
        const client = clientOf(moment, 'C1');
        if (moment.entry?.told.some(({ node, what }) => node === 'C1' && what.endsWith('CONNECTIONLOSS')))
          return 'waits';
        const last = client?.last ?? '';
        const isAnswered = moment.entry?.told.some(({ node, what }) => node === 'C1' && what === last) ?? false;
        return isAnswered ? (last.includes('OK') ? 'done' : 'refused') : null;
      },
      otherwise: 'waits',
      because: {
        en: 'The leader cannot know at once that a follower will not answer. It proposes, waits, finds no quorum at its next tick, and lets its clients go: whether the write is done they cannot tell.',
        zh: '领导者无法立即断定跟随者不会答复。它提议、等待，到下一个 tick 发现没有多数派，便断开客户端：写入是否成功，客户端无从得知。',
      },
    },
  ],
  goals: [],
  ends: (moment) => (clientOf(moment, 'C1')?.unknown.length ?? 0) > 0 && deadOf(moment) > 0,
  outcome: ({ servers }) => {
    const size = Number(servers);
    const borne = size - quorumOf(size);
    return [
      {
        text: { en: `${size} servers bear ${borne} deaths`, zh: `${size} 台容忍 ${borne} 台故障` },
        holds: (moment) =>
          isAcknowledged(moment, 'C1', `create /w${borne}`) && !isAcknowledged(moment, 'C1', `create /w${borne + 1}`),
      },
      {
        text: { en: 'Then nobody leads', zh: '此后没有领导者' },
        holds: (moment) => !serversOf(moment).some(([id]) => leads(moment, id)),
      },
    ];
  },
  breaks: () => [],
});
