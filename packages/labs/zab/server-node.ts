/**
 * A server of a ZAB lab: the state machine that serves port 2181 (`ensemble/core`), driven by the messages, timers and disks of
 * a stepped world as `ensemble/server` drives it by sockets and files.
 */

import type { ClientId, Input, LinkId, Output, ServerConfig, Write } from '@vivarium/ensemble/core/io';
import { Server } from '@vivarium/ensemble/core/server';
import { unreachable } from '@vivarium/shared/assert';
import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import { errorName } from '@vivarium/shared/error-code';
import type { Zxid } from '@vivarium/shared/zxid';
import { counterOf } from '@vivarium/shared/zxid';
import type { Effect, NodeId, ProgramInput, StepContext, Turn } from '@vivarium/simulation/stepped/program';
import { JuteReader } from '@vivarium/wire/jute';
import { PacketType, type QuorumPacket } from '@vivarium/wire/quorum-packet';
import { readReplyHeader } from '@vivarium/wire/replies';
import { cutBehind, lastOnDisk, readSnapshot, recovered, streamed, written, type ZabDisk } from './disk.ts';
import type { ConnectionId, ZabMessage } from './messages.ts';
import { type ClientLink, NO_SUPPORT, type ServerState, seen, supported } from './server-state.ts';
import { loggedTerm, serverName, zxidTerm } from './terms.ts';

type ServerTurn = Turn<ServerState, ZabMessage, ZabDisk>;
type ServerEffect = Effect<ZabMessage, ZabDisk>;

/** The wall clock when a history begins: 2026-01-01, 00:00 UTC. */
const EPOCH_MS = 1_767_225_600_000;

/** A new life of a server. */
export function bootServer(config: ServerConfig, disk: ZabDisk, context: StepContext): ServerTurn {
  const found = recovered(disk);
  const state: ServerState = {
    kind: 'server',
    sid: config.sid,
    server: new Server(config, found),
    life: context.random.uint32().toString(36),
    // The bytes on disk may lag behind what recovery has concluded from them.
    disk: { ...disk, acceptedEpoch: found.acceptedEpoch, currentEpoch: found.currentEpoch },
    links: [],
    clients: [],
    lastLink: 0,
    lastClient: 0,
    timer: null,
    timerAtMs: Number.POSITIVE_INFINITY,
    vote: null,
    heard: {},
    leader: null,
    supporters: NO_SUPPORT,
    outstanding: [],
    committed: 0n,
    acked: 0n,
    truncated: [],
    sync: null,
    halted: null,
  };
  return new Turning(state, context).run([{ kind: 'start' }]);
}

/** One input of the world. */
export function stepServer(state: ServerState, input: ProgramInput<ZabMessage>, context: StepContext): ServerTurn {
  if (state.halted !== null) return { state, effects: [] };
  const turning = new Turning(state, context);
  switch (input.kind) {
    case 'timer':
      turning.state = { ...state, timer: null, timerAtMs: Number.POSITIVE_INFINITY };
      return turning.run([{ kind: 'tick' }]);
    case 'persisted':
      return turning.run([{ kind: 'persisted', writeId: input.write }]);
    case 'message':
      return turning.run(turning.received(input.from, input.message));
    case 'command':
      return { state, effects: [] };
  }
}

/** What the operating system says for a server that has died. */
export function endsOf(state: ServerState): { readonly to: NodeId; readonly message: ZabMessage }[] {
  const reason = 'the process has died';
  return [
    ...state.links.map(({ peer, connection }) => ({ to: peer, message: closed('quorum', connection, reason) })),
    ...state.clients.map(({ peer, connection }) => ({ to: peer, message: closed('client', connection, reason) })),
  ];
}

function closed(port: 'quorum' | 'client', connection: ConnectionId, reason: string): ZabMessage {
  return { kind: 'closed', port, connection, reason };
}

/** One turn of a server: feeds it inputs and carries out what comes of them. */
class Turning {
  state: ServerState;
  private readonly context: StepContext;
  private effects: ServerEffect[] = [];

  constructor(state: ServerState, context: StepContext) {
    this.state = state;
    this.context = context;
  }

  run(inputs: readonly Input[]): ServerTurn {
    const waiting = [...inputs];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (next.kind === 'packet') this.change(supported(this.state, next.link, next.packet));
      for (const output of this.state.server.step(this.now, next)) {
        const follows = this.carryOut(output);
        if (follows !== null) waiting.push(follows);
      }
    }
    this.settle();
    this.setTimer();
    return { state: this.state, effects: this.effects };
  }

  private get now(): { monotonicMs: number; wallMs: number } {
    return { monotonicMs: this.context.nowMs, wallMs: EPOCH_MS + this.context.nowMs };
  }

  // --- what comes ---------------------------------------------------------------------------------------------------

  received(from: NodeId, message: ZabMessage): Input[] {
    switch (message.kind) {
      case 'notification':
        return [{ kind: 'notification', from: BigInt(from.slice(1)), notification: message.notification }];
      case 'packets':
        return this.packetsReceived(from, message);
      case 'request':
        return this.requestReceived(from, message.connection, message.frame, message.brief);
      case 'closed':
        return this.closedByPeer(message.connection, message.reason);
      case 'answer':
        return [];
    }
  }

  private packetsReceived(from: NodeId, message: Extract<ZabMessage, { kind: 'packets' }>): Input[] {
    const { connection, packets, snapshot } = message;
    const inputs: Input[] = [];
    let link = this.state.links.find((known) => known.connection === connection)?.link;
    if (link === undefined) {
      // A connection that this side has closed, or one of a former life.
      if (!packets.some(({ type }) => type === PacketType.FOLLOWERINFO || type === PacketType.OBSERVERINFO)) return [];
      link = this.state.lastLink + 1;
      this.change({ lastLink: link, links: [...this.state.links, { link, connection, peer: from }] });
      inputs.push({ kind: 'learnerConnected', link, address: from });
    }
    for (const packet of packets) {
      inputs.push({ kind: 'packet', link, packet });
      if (packet.type !== PacketType.SNAP || snapshot === null) continue;
      inputs.push({ kind: 'snapshotReceived', link, database: readSnapshot(snapshot, packet.zxid) });
    }
    return inputs;
  }

  private requestReceived(from: NodeId, connection: ConnectionId, frame: Uint8Array, brief: string): Input[] {
    const known = this.state.clients.find((client) => client.connection === connection);
    if (known !== undefined) {
      const xid = new JuteReader(frame).int();
      this.changeClient({ ...known, asked: { ...known.asked, [xid]: brief } });
      return [{ kind: 'clientFrame', client: known.client, frame }];
    }
    const client = this.state.lastClient + 1;
    const opened = { client, connection, peer: from, connecting: brief, asked: {} };
    this.change({ lastClient: client, clients: [...this.state.clients, opened] });
    return [
      { kind: 'clientConnected', client, address: from, certificateSubject: null },
      { kind: 'clientFrame', client, frame },
    ];
  }

  private closedByPeer(connection: ConnectionId, reason: string): Input[] {
    const link = this.state.links.find((known) => known.connection === connection);
    if (link !== undefined) {
      this.change({ links: this.state.links.filter((known) => known !== link) });
      return [{ kind: 'linkClosed', link: link.link, reason }];
    }
    const client = this.state.clients.find((known) => known.connection === connection);
    if (client === undefined) return [];
    this.change({ clients: this.state.clients.filter((known) => known !== client) });
    return [{ kind: 'clientClosed', client: client.client }];
  }

  // --- what is to be done -------------------------------------------------------------------------------------------

  /** Returns what the state machine is to be told at once. */
  private carryOut(output: Output): Input | null {
    switch (output.kind) {
      case 'sendNotification':
        this.send(serverName(output.to), { kind: 'notification', notification: output.notification });
        return null;
      case 'connectLeader':
        return this.connectLeader(output.link, serverName(output.sid));
      case 'sendPacket':
        this.sendPacket(output.link, output.packet);
        return null;
      case 'sendSnapshot':
        this.attachSnapshot(output.link, streamed(output.snapshot));
        return null;
      case 'closeLink': {
        const link = this.state.links.find((known) => known.link === output.link);
        if (link === undefined) return null;
        this.change({ links: this.state.links.filter((known) => known !== link) });
        this.send(link.peer, closed('quorum', link.connection, output.reason));
        return null;
      }
      case 'persist': {
        const { write, writeId } = output;
        this.change({ disk: written(this.state.disk, write) });
        this.effects.push({ kind: 'persist', disk: this.state.disk, write: writeId, what: writeTerm(write) });
        return null;
      }
      case 'truncate':
        return this.truncate(output.zxid);
      case 'takeSnapshot':
        // Logs of the labs stay short.
        output.snapshot.release();
        return null;
      case 'sendClient':
        this.sendClient(output.client, output.frame.subarray(4));
        return null;
      case 'closeClient': {
        const client = this.state.clients.find((known) => known.client === output.client);
        if (client === undefined) return null;
        this.change({ clients: this.state.clients.filter((known) => known !== client) });
        this.send(client.peer, closed('client', client.connection, output.reason));
        return null;
      }
      case 'trace':
        this.traced(output.body);
        return null;
      case 'fatal':
        this.change({ halted: output.reason });
        this.tell('halted');
        return null;
      case 'members':
      case 'throttleClient':
      case 'log':
        return null;
      default:
        return unreachable(output);
    }
  }

  private connectLeader(link: LinkId, leader: NodeId): Input {
    const connection = `${this.context.node}.${this.state.life}.${link}`;
    this.change({ links: [...this.state.links, { link, connection, peer: leader }] });
    return { kind: 'leaderConnected', link };
  }

  private sendPacket(link: LinkId, packet: QuorumPacket): void {
    const opened = this.state.links.find((known) => known.link === link);
    if (opened === undefined) return;
    const { peer, connection } = opened;
    if (packet.type === PacketType.ACK) {
      // That of NEWLEADER is of all that the log has.
      const zxid = counterOf(packet.zxid) === 0 ? lastOnDisk(this.state.disk) : packet.zxid;
      if (zxid > this.state.acked) this.change({ acked: zxid });
    }
    const last = packet.type === PacketType.PING ? this.lastSentOn(connection) : -1;
    const before = this.effects[last];
    // A PING leaves with what goes the same way at the same time: it says no more than that there is somebody.
    if (before?.kind === 'send' && before.message.kind === 'packets') {
      const message = { ...before.message, packets: [...before.message.packets, packet] };
      this.effects[last] = { ...before, message };
      return;
    }
    this.send(peer, { kind: 'packets', connection, packets: [packet], snapshot: null });
  }

  private attachSnapshot(link: LinkId, snapshot: Uint8Array): void {
    const connection = this.state.links.find((known) => known.link === link)?.connection;
    const last = connection === undefined ? -1 : this.lastSentOn(connection);
    const before = this.effects[last];
    if (before?.kind !== 'send' || before.message.kind !== 'packets') return;
    this.effects[last] = { ...before, message: { ...before.message, snapshot } };
  }

  private lastSentOn(connection: ConnectionId): number {
    return this.effects.findLastIndex(
      (effect) =>
        effect.kind === 'send' && effect.message.kind === 'packets' && effect.message.connection === connection,
    );
  }

  private truncate(zxid: Zxid): Input {
    const { disk } = this.state;
    const gone = disk.log.filter((txn) => txn.zxid > zxid);
    const truncated = gone.map((txn) => ({ zxid: txn.zxid, what: loggedTerm(txn.bytes) }));
    this.change({ disk: cutBehind(disk, zxid), truncated });
    this.effects.push({ kind: 'persist', disk: this.state.disk, write: null, what: `truncate ${zxidTerm(zxid)}` });
    this.tell(`truncated to ${zxidTerm(zxid)}`);
    return { kind: 'truncated', recovered: recovered(this.state.disk) };
  }

  private sendClient(id: ClientId, frame: Uint8Array): void {
    const client = this.state.clients.find((known) => known.client === id);
    if (client === undefined) return;
    const { connecting, asked, connection, peer } = client;
    if (connecting !== null) {
      this.changeClient({ ...client, connecting: null });
      this.send(peer, { kind: 'answer', connection, frame, brief: connecting });
      return;
    }
    const { xid, err, zxid } = readReplyHeader(new JuteReader(frame));
    const { [xid]: what = '', ...left } = asked;
    this.changeClient({ ...client, asked: left });
    const brief = err === 0 ? `${what}: OK, ${zxidTerm(zxid)}` : `${what}: ${errorName(err)}`;
    this.send(peer, { kind: 'answer', connection, frame, brief });
  }

  // --- what is seen -------------------------------------------------------------------------------------------------

  private traced(body: ClusterEventBody): void {
    const { change, tells } = seen(this.state, body);
    this.change(change);
    if (tells !== null) this.tell(tells);
  }

  /** What follows from what the state machine is now, whatever has brought it there. */
  private settle(): void {
    const { server, committed } = this.state;
    const known = server.phase === 'BROADCAST' ? server.database.lastZxid : committed;
    if (known !== committed) this.change({ committed: known });
  }

  /** One timer, named by what it waits for. */
  private setTimer(): void {
    const { server, timer, timerAtMs } = this.state;
    const { deadlineMs } = server;
    const name = deadlineMs === Number.POSITIVE_INFINITY ? null : timerName(server);
    if (timer !== null && timer !== name) this.effects.push({ kind: 'clearTimer', timer });
    if (name !== null && (name !== timer || deadlineMs !== timerAtMs)) {
      // Not less than a moment, lest a tick come early, and again, without time moving on.
      const afterMs = Math.max(MIN_WAIT_MS, deadlineMs - this.context.nowMs);
      this.effects.push({ kind: 'setTimer', timer: name, afterMs });
    }
    this.change({ timer: name, timerAtMs: deadlineMs });
  }

  // --- small things -------------------------------------------------------------------------------------------------

  private change(change: Partial<ServerState>): void {
    this.state = { ...this.state, ...change };
  }

  private changeClient(changed: ClientLink): void {
    const clients = this.state.clients.map((known) => (known.client === changed.client ? changed : known));
    this.change({ clients });
  }

  private send(to: NodeId, message: ZabMessage): void {
    this.effects.push({ kind: 'send', to, message });
  }

  private tell(what: string): void {
    this.effects.push({ kind: 'tell', what });
  }
}

const MIN_WAIT_MS = 0.01;

function timerName(server: Server): string {
  switch (server.peerState) {
    case 'LOOKING':
      return 'election';
    case 'LEADING':
      return server.phase === 'BROADCAST' ? 'tick' : 'initLimit';
    default:
      return server.phase === 'BROADCAST' ? 'syncLimit' : 'initLimit';
  }
}

/** `append 1·3 create /a`, `acceptedEpoch 2`. */
function writeTerm(write: Write): string {
  switch (write.kind) {
    case 'append':
      return `append ${zxidTerm(write.txn.zxid)} ${loggedTerm(write.txn.bytes)}`;
    case 'acceptedEpoch':
    case 'currentEpoch':
      return `${write.kind} ${write.epoch}`;
    case 'installSnapshot':
      return `snapshot ${zxidTerm(write.snapshot.zxid)}`;
    default:
      return write.kind;
  }
}
