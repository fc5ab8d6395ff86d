/** ZAB in the labs: our own servers, and how to read and judge what they do. */
import { assert } from '@vivarium/shared/assert';
import type { Zxid } from '@vivarium/shared/zxid';
import { counterOf, epochOf } from '@vivarium/shared/zxid';
import { wouldOvertake } from '@vivarium/simulation/stepped/flights';
import type { Action } from '@vivarium/simulation/stepped/journal';
import type { NodeId } from '@vivarium/simulation/stepped/program';
import { PacketType, packetName } from '@vivarium/wire/quorum-packet';
import { decodeTxn } from '@vivarium/wire/txn';
import type { Fact } from '../node-view.ts';
import type { Annotation, NodeSpec, Offer, Protocol } from '../protocol.ts';
import { type Text, term } from '../text.ts';
import type { ZabDisk } from './disk.ts';
import { zabInvariants } from './invariants.ts';
import type { ZabMessage } from './messages.ts';
import { clientOf, isDurable, quorumOf, serversOf, viewOf, votersOf, type ZabMoment } from './node-views.ts';
import { QUIET_TIMES, type ZabState, type ZabTimes, zabProgram } from './program.ts';
import { zabSentence } from './sentences.ts';
import { zabTampers } from './tampers.ts';
import { notificationTerm, packetTerm, serverName, stateTerm, zxidTerm } from './terms.ts';

export type ZabProtocol = Protocol<ZabState, ZabMessage, ZabDisk>;

const SNAPSHOT_ADDED: Text = { en: 'with a snapshot', zh: '附带快照' };

function describe(message: ZabMessage): ReturnType<ZabProtocol['describe']> {
  switch (message.kind) {
    case 'notification': {
      const { notification } = message;
      const { leader, zxid, peerEpoch, electionEpoch, state } = notification;
      const facts: Fact[] = [
        termFact('state', stateTerm(state)),
        termFact('round', String(electionEpoch)),
        ...(leader < 0n
          ? []
          : [termFact('vote', serverName(leader)), termFact('peerEpoch', String(peerEpoch)), zxidFact('zxid', zxid)]),
      ];
      return { type: 'Notification', label: notificationTerm(notification), facts };
    }
    case 'packets': {
      const [first] = message.packets;
      assert(first !== undefined, 'a message of the quorum port holds a packet');
      const facts: Fact[] = first.zxid < 0n ? [] : [zxidFact('zxid', first.zxid)];
      const carriesTxn = first.type === PacketType.PROPOSAL || first.type === PacketType.INFORM;
      if (carriesTxn && first.data !== null) {
        const { header } = decodeTxn(first.data);
        facts.push(termFact('session', `0x${header.sessionId.toString(16)}`), termFact('cxid', String(header.cxid)));
      }
      if (message.snapshot !== null) {
        facts.push({ id: 'snapshot', value: { kind: 'text', text: SNAPSHOT_ADDED } });
      }
      if (message.packets.length > 1) facts.push(termFact('with', 'PING'));
      return { type: packetName(first.type), label: packetTerm(first), facts };
    }
    case 'request':
      return { type: 'request', label: message.brief, facts: [] };
    case 'answer':
      return { type: 'reply', label: replyTerm(message.brief), facts: [] };
    case 'closed':
      return { type: 'close', label: 'close', facts: [termFact('reason', message.reason)] };
  }
}

function replyTerm(brief: string): string {
  return brief.startsWith('ConnectRequest') ? 'ConnectResponse' : brief;
}

function termFact(id: string, value: string): Fact {
  return { id, value: { kind: 'term', term: value } };
}

function zxidFact(id: string, zxid: Zxid): Fact {
  return { id, value: { kind: 'zxid', epoch: epochOf(zxid), counter: counterOf(zxid) } };
}

/** The port: within it, from one node to another, nothing overtakes. */
function channel(message: ZabMessage): string {
  switch (message.kind) {
    case 'notification':
      return 'election';
    case 'packets':
      return 'quorum';
    case 'closed':
      return message.port;
    default:
      return 'client';
  }
}

function breaks(action: Action, moment: ZabMoment): string | null {
  switch (action.do) {
    case 'drop': {
      const flight = moment.inFlight.get(action.message);
      // Votes are told again, and of a process that has died nobody sends again what is lost.
      if (flight === undefined || flight.message.kind === 'notification') return null;
      return moment.nodes.get(flight.from)?.status === 'down' ? null : 'fifo';
    }
    case 'duplicate':
      return moment.inFlight.get(action.message)?.message.kind === 'notification' ? null : 'fifo';
    case 'deliver':
      return wouldOvertake(moment.inFlight, action.message) ? 'fifo' : null;
    case 'delay':
      return hasFollowers(moment, action.message) ? 'fifo' : null;
    case 'tamper':
      return 'crashFault';
    case 'wipe':
      return 'stableStorage';
    default:
      return null;
  }
}

/** Whether something is behind a message in its connection, which would overtake it. */
function hasFollowers(moment: ZabMoment, id: number): boolean {
  return [...moment.inFlight.keys()].some((other) => {
    const [one, behind] = [moment.inFlight.get(id), moment.inFlight.get(other)];
    if (one === undefined || behind === undefined || other === id) return false;
    const isSameWay = one.from === behind.from && one.to === behind.to && one.channel === behind.channel;
    return isSameWay && behind.dueMs >= one.dueMs;
  });
}

/** The newest transaction that a quorum has on disk, not all, while nobody knows it: whoever is elected will have it. */
function annotations(moment: ZabMoment): readonly Annotation[] {
  const servers = serversOf(moment);
  const [any] = servers;
  if (any === undefined) return [];
  const voters = votersOf(any[1]).map(serverName);
  let committed = 0n;
  for (const [, state] of servers) if (state.committed > committed) committed = state.committed;
  const zxids = new Set([...moment.nodes.values()].flatMap(({ disk }) => disk.log.slice(-8).map(({ zxid }) => zxid)));
  for (const zxid of [...zxids].sort((a, b) => (a < b ? 1 : -1))) {
    if (zxid <= committed) return [];
    const nodes = voters.filter((id) => {
      const disk = moment.nodes.get(id)?.disk;
      return disk !== undefined && isDurable(disk, zxid);
    });
    if (nodes.length < quorumOf(voters.length)) continue;
    if (nodes.length === voters.length) return [];
    const text = {
      en: `${zxidTerm(zxid)} is on a quorum of disks`,
      zh: `${zxidTerm(zxid)} 已在多数派的磁盘上`,
    };
    return [{ text, nodes, tone: 'good' }];
  }
  return [];
}

function commands(id: NodeId, moment: ZabMoment): readonly Offer[] {
  const client = clientOf(moment, id);
  if (client === null) return [];
  const offer = (command: string, zh: string): Offer => ({ id: command, text: { en: command, zh } });
  const connects = client.servers.map((server) => offer(`connect ${server}`, `连接 ${server}`));
  if (!client.wanted) return connects;
  const next = client.nextXid;
  return [
    offer(`create /a${next}`, `创建 /a${next}`),
    offer(`create ephemeral /e${next}`, `创建临时节点 /e${next}`),
    ...client.acknowledged
      .filter(({ what }) => what.startsWith('create /'))
      .slice(-1)
      .flatMap(({ what }) => {
        const path = what.slice('create '.length);
        return [
          offer(`create ${path}/b${next}`, `创建 ${path}/b${next}`),
          offer(`set ${path} v${next}`, `写 ${path} = v${next}`),
          offer(`read ${path}`, `读 ${path}`),
        ];
      }),
    offer('list /', '列出 /'),
    ...connects.filter(({ id: command }) => command !== `connect ${client.server}`),
    offer('disconnect', '断开'),
  ];
}

/** The protocol with other times than the quiet ones. */
export function zabProtocolWith(times: ZabTimes): ZabProtocol {
  return {
    id: 'zab',
    title: { en: 'ZAB (ZooKeeper Atomic Broadcast)', zh: 'ZAB（ZooKeeper 原子广播）' },
    about: {
      en: 'One leader at a time orders all writes and its followers log, acknowledge and deliver them in that order, through crashes of any minority. The servers here are the real ones, that serve port 2181. It takes for granted that connections keep their order, that disks keep what was written, and that servers crash but do not lie.',
      zh: '同一时刻只有一个领导者给所有写操作排序，跟随者按此顺序记录、确认并交付；任何少数派崩溃都不会破坏它。这里运行的就是监听 2181 端口的真实服务器代码。前提：连接保持先后顺序，磁盘不丢已写入的内容，服务器会崩溃但不会说谎。',
    },
    roles: {
      server: { en: 'server', zh: '服务器' },
      leader: { en: 'leader', zh: '领导者' },
      follower: { en: 'follower', zh: '跟随者' },
      observer: { en: 'observer', zh: '观察者' },
      looking: { en: 'looking', zh: '寻找领导者' },
      client: { en: 'client', zh: '客户端' },
    },
    words: {
      phase: { en: 'phase', zh: '阶段' },
      acceptedEpoch: term('acceptedEpoch'),
      currentEpoch: term('currentEpoch'),
      lastZxid: { en: 'last zxid', zh: '最后的 zxid' },
      vote: { en: 'vote', zh: '选票' },
      follows: { en: 'follows', zh: '跟随' },
      votes: { en: 'same vote', zh: '相同选票' },
      followerInfos: term('FOLLOWERINFO'),
      epochAcks: term('ACKEPOCH'),
      newLeaderAcks: term('NEWLEADER'),
      acks: term('ACK'),
      sync: { en: 'synced by', zh: '同步方式' },
      session: { en: 'session', zh: '会话' },
      server: { en: 'server', zh: '服务器' },
      asked: { en: 'waits for', zh: '等待' },
      answer: { en: 'answer', zh: '回复' },
      acknowledged: { en: 'done', zh: '已完成' },
      state: { en: 'sender is', zh: '发送者状态' },
      round: { en: 'round', zh: '选举轮次' },
      peerEpoch: { en: 'its epoch', zh: '其 epoch' },
      zxid: term('zxid'),
      cxid: term('cxid'),
      snapshot: { en: 'snapshot', zh: '快照' },
      with: { en: 'together with', zh: '同行' },
      reason: { en: 'reason', zh: '原因' },
    },
    timers: {
      election: { en: 'finalizeWait, or the vote again', zh: 'finalizeWait，或重发选票' },
      initLimit: { en: 'initLimit: not synchronised in time', zh: 'initLimit：未及时完成同步' },
      syncLimit: { en: 'syncLimit: the leader is silent', zh: 'syncLimit：领导者沉默过久' },
      tick: { en: 'tick: PING, sessions, quorum', zh: 'tick：PING、会话、多数派' },
      ping: { en: "the client's ping", zh: '客户端 ping' },
      reconnect: { en: 'the client tries the next server', zh: '客户端换下一台服务器' },
    },
    assumptions: {
      fifo: {
        en: 'a connection keeps its messages whole and in their order (TCP)',
        zh: '一条连接上的消息不丢、不重、不乱序（TCP）',
      },
      crashFault: { en: 'servers crash, but nobody forges what they say', zh: '服务器只会崩溃，没有谁伪造消息' },
      stableStorage: { en: 'a disk keeps what was written to it', zh: '写入磁盘的内容不会丢失' },
    },
    program: (nodes: readonly NodeSpec[], settings) => zabProgram(withSettings(nodes, settings), times),
    view: (id, node) => viewOf(node, roleOf(id)),
    describe,
    channel,
    latencyMs: { min: 10, max: 20 },
    writeMs: 4,
    invariants: zabInvariants,
    annotations,
    commands,
    tampers: zabTampers,
    breaks,
    sentence: zabSentence,
  };
}

/** A setting that is named as a node says which part it plays. */
function withSettings(nodes: readonly NodeSpec[], settings: Readonly<Record<string, string>>): readonly NodeSpec[] {
  return nodes.map((node) => ({ ...node, role: settings[node.id] ?? node.role }));
}

/** Clients are `C1`, …, servers `S1`, …: one that is down has no state to tell it by. */
function roleOf(id: NodeId): string {
  return id.startsWith('C') ? 'client' : 'server';
}

export const zabProtocol: ZabProtocol = zabProtocolWith(QUIET_TIMES);
