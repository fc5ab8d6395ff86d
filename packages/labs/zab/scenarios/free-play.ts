/** ZAB without a script: servers, clients, and things to try. */
import { defineScenario } from '../../define-scenario.ts';
import type { NodeSpec } from '../../protocol.ts';
import type { Goal, Setting } from '../../scenario.ts';
import type { ZabDisk } from '../disk.ts';
import { follows, isSettled, leaderOf, leads, ONE_CLIENT, THREE_SERVERS } from '../lessons.ts';
import type { ZabMessage } from '../messages.ts';
import { clientOf, quorumOf, serverOf, serversOf, votersOf, type ZabMoment } from '../node-views.ts';
import type { ZabState } from '../program.ts';
import { zabProtocol } from '../protocol.ts';
import { serverName } from '../terms.ts';

type ZabGoal = Goal<ZabState, ZabMessage, ZabDisk>;

/** A server that still leads though no quorum is within its reach. */
function isMinorityLeader(moment: ZabMoment): boolean {
  return serversOf(moment).some(([id, state]) => {
    if (!leads(moment, id)) return false;
    const voters = votersOf(state).map(serverName);
    const reached = voters.filter(
      (other) =>
        other === id ||
        (moment.nodes.get(other)?.status === 'up' && !moment.isCut(id, other) && !moment.isCut(other, id)),
    );
    return reached.length < quorumOf(voters.length);
  });
}

/** A leader that lacks what a client was told is done. */
function hasLostWrite(moment: ZabMoment): boolean {
  const leader = leaderOf(moment);
  const disk = leader === null ? undefined : serverOf(moment, leader)?.disk;
  if (disk === undefined) return false;
  const writes = [...moment.nodes.keys()].flatMap((id) => clientOf(moment, id)?.acknowledged ?? []);
  return writes.some(({ zxid }) => zxid > (disk.snapshot?.zxid ?? 0n) && !disk.log.some((txn) => txn.zxid === zxid));
}

const GOALS: readonly ZabGoal[] = [
  {
    id: 'epoch-4',
    text: { en: 'Have a leader of epoch 4', zh: '选出 epoch 4 的领导者' },
    reached: (moment) => {
      const leader = leaderOf(moment);
      return leader !== null && (serverOf(moment, leader)?.server.epoch ?? 0) >= 4;
    },
  },
  {
    id: 'truncated',
    text: { en: 'Get a proposal truncated', zh: '让一个提议被截断' },
    reached: (moment) => serversOf(moment).some(([, { truncated }]) => truncated.length > 0),
  },
  {
    id: 'minority-leader',
    text: { en: 'Have a server lead that reaches no quorum', zh: '让一台够不到多数派的服务器仍在领导' },
    reached: isMinorityLeader,
  },
  {
    id: 'unknown',
    text: {
      en: 'Leave a client in doubt whether its write was done (CONNECTIONLOSS)',
      zh: '让客户端无法得知写入是否成功（CONNECTIONLOSS）',
    },
    reached: (moment) => [...moment.nodes.keys()].some((id) => (clientOf(moment, id)?.unknown.length ?? 0) > 0),
  },
  {
    id: 'lost-write',
    text: {
      en: 'Lose a write that a client was told is done (not without breaking an assumption)',
      zh: '丢失一个客户端已得到确认的写入（不破坏前提就做不到）',
    },
    reached: hasLostWrite,
  },
];

function freePlay(spec: {
  readonly id: string;
  readonly servers: number;
  readonly nodes: readonly NodeSpec[];
  readonly settings: readonly Setting[];
}): ReturnType<typeof defineScenario> {
  const clients = spec.nodes.filter(({ role }) => role === 'client');
  return defineScenario(zabProtocol, {
    id: spec.id,
    title: { en: `Free play: ${spec.servers} servers`, zh: `自己动手：${spec.servers} 台服务器` },
    purpose: {
      en: 'New servers start and elect a leader, then clients connect. What happens next is yours: write, crash, cut, reorder, forge, wipe. The invariants watch.',
      zh: '新服务器启动并选出领导者，然后客户端连接。接下来由你决定：写入、崩溃、断链、乱序、伪造、清空磁盘。不变量会一直盯着。',
    },
    kind: 'free',
    settings: spec.settings,
    nodes: spec.nodes,
    begin: [],
    rules: [
      {
        when: (moment) =>
          isSettled(moment) && serversOf(moment).every(([id]) => leads(moment, id) || follows(moment, id)),
        act: clients.map(({ id }, index) => ({ do: 'command', node: id, command: `connect S${index + 1}` }) as const),
      },
    ],
    narration: [],
    predictions: [],
    goals: GOALS,
    ends: (moment) => isSettled(moment) && clients.every(({ id }) => (clientOf(moment, id)?.connections ?? 1) > 0),
    outcome: () => [
      {
        text: { en: 'A leader serves, and clients have sessions', zh: '有领导者提供服务，客户端都有会话' },
        holds: (moment) =>
          leaderOf(moment) !== null && clients.every(({ id }) => clientOf(moment, id)?.established ?? false),
      },
    ],
    breaks: () => [],
  });
}

/** Three servers and one client. */
export const freePlayOfThree = freePlay({
  id: 'zab-free-three',
  servers: 3,
  nodes: [...THREE_SERVERS, ONE_CLIENT],
  settings: [],
});

/** Five servers, of which one may be an observer, and two clients. */
export const freePlayOfFive = freePlay({
  id: 'zab-free-five',
  servers: 5,
  nodes: [
    { id: 'S1', role: 'server', at: { x: 0.09, y: 0.26 } },
    { id: 'S2', role: 'server', at: { x: 0.3, y: 0.5 } },
    { id: 'S3', role: 'server', at: { x: 0.5, y: 0.26 } },
    { id: 'S4', role: 'server', at: { x: 0.7, y: 0.5 } },
    { id: 'S5', role: 'server', at: { x: 0.91, y: 0.26 } },
    { id: 'C1', role: 'client', at: { x: 0.09, y: 0.8 } },
    { id: 'C2', role: 'client', at: { x: 0.91, y: 0.8 } },
  ],
  settings: [
    {
      id: 'S5',
      text: { en: 'S5 is', zh: 'S5 是' },
      choices: [
        { id: 'server', text: { en: 'a voter', zh: '投票者' } },
        { id: 'observer', text: { en: 'an observer', zh: '观察者' } },
      ],
    },
  ],
});
