import type { Socket } from 'node:net';
import { JuteError } from '@vivarium/wire/jute';
import { decodeLearnerInfo, PacketType, type QuorumPacket, readPacket } from '@vivarium/wire/quorum-packet';
import { SnapshotReader } from '@vivarium/wire/snapshot';
import { type Database, DatabaseBuilder, type HeldSnapshot } from '../core/database.ts';
import type { LinkId } from '../core/io.ts';
import type { LinkFaults } from './link-faults.ts';
import { OutgoingQueue } from './outgoing-queue.ts';
import { resetConnection } from './peer-transport.ts';
import { plainBytes, RollingBuffer } from './rolling-buffer.ts';
import { closeGracefully, closeUnderFaults } from './socket-writer.ts';

/** How long what was sent before a close may take to go out. */
const CLOSE_TIMEOUT_MS = 5_000;

/** The longest field of the packet by which somebody introduces himself: who he is not known to be gets little memory. */
const MAX_INTRODUCTION_BYTES = 1024;

const QUORUM_AUTH_MAGIC = [0x5f, 0x24, 0x35, 0x01, 0x35, 0x01, 0xed, 0xcc];

/** What a link tells its port. */
export interface LinkEvents {
  packet(link: LinkId, packet: QuorumPacket): void;
  /** The other side has taken some of what waits for it, or sent some of a snapshot. */
  progress(link: LinkId): void;
  /** The body of a SNAP packet, whole. */
  snapshotReceived(link: LinkId, database: Database): void;
  /** Once; not after `close` was called. */
  closed(link: LinkId, reason: string): void;
}

export interface LinkOptions {
  readonly socket: Socket;
  /** Who was dialled; null where the other side did, until its first packet says who it is. */
  readonly peer: bigint | null;
  /** How long it may stay silent at first; null for ever. */
  readonly firstPacketTimeoutMs: number | null;
  /** The longest field of a packet. */
  readonly maxFieldBytes: number;
  readonly faults: LinkFaults;
  /** What takes in the snapshot of a leader; a plain one where nothing is said. */
  readonly makeBuilder?: () => DatabaseBuilder;
}

/** One connection of the quorum port, on either side: packets both ways, and snapshots from leader to learner. */
export class QuorumLink {
  readonly link: LinkId;
  private readonly socket: Socket;
  private readonly faults: LinkFaults;
  private readonly maxFieldBytes: number;
  private readonly makeBuilder: () => DatabaseBuilder;
  /** Who is on the other side; null until it has said so. */
  private sid: bigint | null;
  private readonly events: LinkEvents;
  private readonly buffer = new RollingBuffer();
  private readonly outgoing: OutgoingQueue;
  /** While the body of a SNAP packet comes in. */
  private incoming: {
    readonly reader: SnapshotReader;
    readonly builder: DatabaseBuilder;
    readonly zxid: bigint;
  } | null = null;
  private isClosed = false;
  private fault = 'the other side closed the connection';
  private firstPacketTimer: NodeJS.Timeout | null = null;

  /** The socket is connected. */
  constructor(
    link: LinkId,
    { socket, peer, firstPacketTimeoutMs, maxFieldBytes, faults, makeBuilder }: LinkOptions,
    events: LinkEvents,
  ) {
    this.link = link;
    this.socket = socket;
    this.faults = faults;
    this.maxFieldBytes = maxFieldBytes;
    this.makeBuilder = makeBuilder ?? (() => new DatabaseBuilder());
    this.sid = peer;
    this.events = events;
    this.outgoing = new OutgoingQueue(socket, faults, peer, () => events.progress(link));
    if (firstPacketTimeoutMs !== null) {
      const silent = `no packet came within ${firstPacketTimeoutMs} ms`;
      this.firstPacketTimer = setTimeout(() => this.break(silent), firstPacketTimeoutMs);
    }
    socket.on('data', (chunk) => this.receive(plainBytes(chunk)));
    socket.on('error', (error) => {
      this.fault = error.message;
    });
    socket.once('close', () => this.finish(this.fault));
  }

  /** Who is on the other side; null until it has said so. */
  get peer(): bigint | null {
    return this.sid;
  }

  /** Closes at once, in favour of somebody else. */
  giveWay(): void {
    this.break('there are too many connections');
  }

  /** Queues a packet, encoded; `flush` sends it. */
  send(bytes: Uint8Array): void {
    if (this.isClosed) return;
    const reason = this.outgoing.push(bytes);
    if (reason !== null) this.reset(reason);
  }

  sendSnapshot(snapshot: HeldSnapshot): void {
    if (this.isClosed) snapshot.release();
    else this.outgoing.pushSnapshot(snapshot);
  }

  flush(): void {
    this.outgoing.flush();
  }

  /** Closes behind what was sent. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.stopFirstPacketTimer();
    const { outgoing, socket, faults, sid: peer } = this;
    if (outgoing.isCut) {
      outgoing.end();
      closeUnderFaults(socket, faults, peer);
      return;
    }
    const fault = faults.get(peer);
    const delayMs = fault?.kind === 'slow' ? fault.delayMs : 0;
    const timer = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT_MS + delayMs);
    socket.once('close', () => clearTimeout(timer));
    outgoing.whenThrough(() => closeGracefully(socket));
  }

  /** Closes at once, for a reason of its own. */
  private break(reason: string): void {
    this.outgoing.end();
    closeUnderFaults(this.socket, this.faults, this.sid);
    this.finish(reason);
  }

  private reset(reason: string): void {
    resetConnection(this.socket);
    this.finish(reason);
  }

  private finish(reason: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.stopFirstPacketTimer();
    this.events.closed(this.link, reason);
  }

  private stopFirstPacketTimer(): void {
    if (this.firstPacketTimer !== null) clearTimeout(this.firstPacketTimer);
    this.firstPacketTimer = null;
  }

  private receive(chunk: Uint8Array): void {
    if (this.isClosed) return;
    this.buffer.append(chunk);
    try {
      while (!this.isClosed && this.receiveOne());
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      this.break(`it sent what is no packet: ${error.message}`);
    }
  }

  /** False where more bytes are wanted. */
  private receiveOne(): boolean {
    if (this.incoming !== null) return this.receiveSnapshot(this.incoming);
    if (this.sid === null && asksForSasl(this.buffer.unread)) {
      this.break('it wants to authenticate itself by SASL, which is not spoken here');
      return false;
    }
    const next = readPacket(this.buffer.unread, 0, this.sid === null ? MAX_INTRODUCTION_BYTES : this.maxFieldBytes);
    if (next === null) return false;
    this.buffer.consume(next.end);
    this.stopFirstPacketTimer();
    if (this.sid === null) this.identify(next.packet);
    // Only a leader sends snapshots, and only to who dialled it.
    if (next.packet.type === PacketType.SNAP && this.link < 0) {
      const builder = this.makeBuilder();
      const reader = new SnapshotReader((entry) => builder.add(entry), true);
      this.incoming = { reader, builder, zxid: next.packet.zxid };
    }
    this.events.packet(this.link, next.packet);
    return true;
  }

  /** A learner says first who it is; what else comes first the state machine will refuse. */
  private identify({ type, data }: QuorumPacket): void {
    if ((type !== PacketType.FOLLOWERINFO && type !== PacketType.OBSERVERINFO) || data === null) return;
    this.sid = BigInt(decodeLearnerInfo(data).sid);
    this.outgoing.identify(this.sid);
  }

  private receiveSnapshot(incoming: NonNullable<QuorumLink['incoming']>): boolean {
    const { unread } = this.buffer;
    if (unread.length === 0) return false;
    const end = incoming.reader.push(unread);
    this.buffer.consume(end ?? unread.length);
    if (end === null) {
      this.events.progress(this.link);
      return false;
    }
    this.incoming = null;
    this.events.snapshotReceived(this.link, incoming.builder.finish(incoming.zxid));
    return true;
  }
}

/** Whether bytes begin as a QuorumAuthPacket does (Java `QuorumAuth.QUORUM_AUTH_MAGIC_NUMBER`), rather than an introduction. */
function asksForSasl(bytes: Uint8Array): boolean {
  return QUORUM_AUTH_MAGIC.every((byte, at) => bytes[at] === byte);
}
