/**
 * The quorum port: links between learners and leader (Java `LearnerHandler`, `Learner`). It listens from the start of the
 * process to its end; who may stay the state machine decides.
 */
import type { AddressInfo, Server, Socket } from 'node:net';
import { encodePacket, type QuorumPacket } from '@vivarium/wire/quorum-packet';
import type { HeldSnapshot } from '../core/database.ts';
import type { LinkId } from '../core/io.ts';
import { remoteAddress } from './address.ts';
import { Dial } from './dial.ts';
import type { LinkFaults } from './link-faults.ts';
import { type ListenOptions, listen } from './listening.ts';
import { type PeerAcceptor, type PeerAddress, type PeerTransport, plainTransport } from './peer-transport.ts';
import { type LinkEvents, QuorumLink } from './quorum-link.ts';

export interface QuorumPortOptions extends Omit<ListenOptions, 'name'> {
  /** Quorum ports of the other servers. */
  readonly peers: ReadonlyMap<number, PeerAddress>;
  /** How long a learner tries to reach its leader. */
  readonly connectLimitMs: number;
  /** How long a connection may take to send its first packet. */
  readonly firstPacketTimeoutMs: number;
  /** The longest transaction; a packet may hold that, and a little more. */
  readonly maxTxnBytes?: number;
  /** What disturbs the way to the other servers. */
  readonly faults: LinkFaults;
  /** Plain text where there is none. */
  readonly transport?: PeerTransport;
}

/** What the port tells the driver. */
export interface QuorumPortEvents extends LinkEvents {
  learnerConnected(link: LinkId, address: string): void;
  leaderConnected(link: LinkId): void;
  leaderUnreachable(link: LinkId, reason: string): void;
  /** `flush` should be called soon. */
  flushWanted(): void;
  warn(message: string): void;
}

/** More learners than an ensemble has, and few enough for the memory that each may take. */
const MAX_LINKS = 256;
/** Pings and configurations come to less. */
const MIN_FIELD_BYTES = 4 * 1024 * 1024;
const NAME = 'the quorum port';

export class QuorumPort {
  private readonly options: QuorumPortOptions;
  private readonly events: QuorumPortEvents;
  private readonly linkEvents: LinkEvents;
  private readonly transport: PeerTransport;
  private readonly takeOn: PeerAcceptor;
  private readonly links = new Map<LinkId, QuorumLink>();
  private readonly dials = new Map<LinkId, Dial>();
  private readonly dirty = new Set<QuorumLink>();
  private readonly accepted = new Set<Socket>();
  /** Those of them that may not be listened to yet. */
  private readonly unready = new Set<Socket>();
  private peers: QuorumPortOptions['peers'];
  private server: Server | null = null;
  private lastLink = 0;
  /** One proposal goes to many learners: it is encoded once. */
  private lastEncoded: { readonly packet: QuorumPacket; readonly bytes: Uint8Array } | null = null;

  constructor(options: QuorumPortOptions, events: QuorumPortEvents) {
    this.options = options;
    this.peers = options.peers;
    this.events = events;
    this.transport = options.transport ?? plainTransport;
    this.takeOn = this.transport.acceptor(NAME, events.warn);
    this.linkEvents = {
      ...events,
      closed: (link, reason) => {
        this.forget(link);
        events.closed(link, reason);
      },
    };
  }

  /** Rejects with `ListenError`. */
  async listen(): Promise<void> {
    const onConnection = (socket: Socket): void => this.accept(socket);
    this.server = await listen({ ...this.options, name: NAME }, onConnection, this.events.warn);
  }

  /** The port that is listened on: another than the configured one where that is 0. */
  get port(): number {
    return (this.server?.address() as AddressInfo | null)?.port ?? this.options.port;
  }

  /** Who the other servers are from now on. */
  setPeers(peers: QuorumPortOptions['peers']): void {
    this.peers = peers;
  }

  /** Dials a leader; `leaderConnected` or `leaderUnreachable` follows, unless the link is closed before. */
  connect(link: LinkId, sid: number): void {
    const peer = this.peers.get(sid);
    if (peer === undefined) {
      setImmediate(() => this.events.leaderUnreachable(link, `server ${sid} is not in the configuration`));
      return;
    }
    const { faults, connectLimitMs } = this.options;
    const connected = (socket: Socket): void => {
      this.dials.delete(link);
      const options = {
        socket,
        peer: BigInt(sid),
        firstPacketTimeoutMs: null,
        maxFieldBytes: this.maxFieldBytes,
        faults,
      };
      this.links.set(link, new QuorumLink(link, options, this.linkEvents));
      this.events.leaderConnected(link);
    };
    const failed = (reason: string): void => {
      this.dials.delete(link);
      this.events.leaderUnreachable(link, reason);
    };
    const dial = { ...peer, sid: BigInt(sid), limitMs: connectLimitMs, faults, transport: this.transport };
    this.dials.set(link, new Dial(dial, connected, failed));
  }

  /** Queues a packet; `flush` sends it. */
  send(link: LinkId, packet: QuorumPacket): void {
    const target = this.links.get(link);
    if (target === undefined) return;
    if (this.lastEncoded?.packet !== packet) this.lastEncoded = { packet, bytes: encodePacket(packet) };
    target.send(this.lastEncoded.bytes);
    this.markDirty(target);
  }

  /** Queues the body of a SNAP packet, and releases the snapshot when it is written, or never will be. */
  sendSnapshot(link: LinkId, snapshot: HeldSnapshot): void {
    const target = this.links.get(link);
    if (target === undefined) {
      snapshot.release();
      return;
    }
    target.sendSnapshot(snapshot);
    this.markDirty(target);
  }

  /** Closes a link behind what was sent on it, or gives up a dial. */
  closeLink(link: LinkId): void {
    this.dials.get(link)?.cancel();
    this.dials.delete(link);
    this.links.get(link)?.close();
    this.forget(link);
  }

  /** Sends what was queued since the last call: one write for each link. */
  flush(): void {
    this.lastEncoded = null;
    for (const link of this.dirty) link.flush();
    this.dirty.clear();
  }

  /** Stops listening and ends every link. */
  close(): void {
    this.server?.close();
    for (const raw of this.unready) raw.destroy();
    for (const link of [...this.links.keys(), ...this.dials.keys()]) this.closeLink(link);
  }

  private markDirty(link: QuorumLink): void {
    this.dirty.add(link);
    this.events.flushWanted();
  }

  private accept(raw: Socket): void {
    raw.on('error', () => {});
    if (this.accepted.size >= MAX_LINKS && !this.makeRoom()) {
      raw.destroy();
      return;
    }
    this.accepted.add(raw);
    this.unready.add(raw);
    const timer = setTimeout(() => raw.destroy(), this.options.firstPacketTimeoutMs);
    raw.once('close', () => {
      clearTimeout(timer);
      this.accepted.delete(raw);
      this.unready.delete(raw);
    });
    raw.setKeepAlive(true);
    this.takeOn(raw, (socket) => {
      clearTimeout(timer);
      this.unready.delete(raw);
      this.addLearner(socket);
    });
  }

  private get maxFieldBytes(): number {
    return Math.max(MIN_FIELD_BYTES, this.options.maxTxnBytes ?? 0);
  }

  private addLearner(socket: Socket): void {
    const link = ++this.lastLink;
    const { faults, firstPacketTimeoutMs } = this.options;
    const options = { socket, peer: null, firstPacketTimeoutMs, maxFieldBytes: this.maxFieldBytes, faults };
    this.links.set(link, new QuorumLink(link, options, this.linkEvents));
    this.events.learnerConnected(link, remoteAddress(socket));
  }

  /**
   * Closes the oldest link of somebody who has not said who he is, or else of somebody whom no configuration lists: those
   * who come in crowds must not keep out a server of the ensemble, which introduces itself at once.
   */
  private makeRoom(): boolean {
    const [unready] = this.unready;
    if (unready !== undefined) {
      this.accepted.delete(unready);
      this.unready.delete(unready);
      unready.destroy();
      return true;
    }
    const accepted = [...this.links.values()].filter(({ link }) => link > 0);
    const isListed = (sid: bigint): boolean => this.peers.has(Number(sid));
    const victim =
      accepted.find(({ peer }) => peer === null) ?? accepted.find(({ peer }) => peer !== null && !isListed(peer));
    victim?.giveWay();
    return victim !== undefined;
  }

  private forget(link: LinkId): void {
    const target = this.links.get(link);
    if (target !== undefined) this.dirty.delete(target);
    this.links.delete(link);
  }
}
