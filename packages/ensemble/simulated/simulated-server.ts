/** One life of a server in a world: the state machine and the storage of a real server, driven by virtual sockets and disks. */
import { assert, unreachable } from '@vivarium/shared/assert';
import type { Timer } from '@vivarium/simulation/clock';
import type { SimulatedDisk } from '@vivarium/simulation/disk';
import type { Connection } from '@vivarium/simulation/network';
import type { Host } from '@vivarium/simulation/world';
import { encodePacket, PacketType, readPacket } from '@vivarium/wire/quorum-packet';
import { SnapshotReader, streamSnapshot } from '@vivarium/wire/snapshot';
import { DatabaseBuilder, type HeldSnapshot } from '../core/database.ts';
import type { Input, LinkId, Output, Recovered, ServerConfig } from '../core/io.ts';
import { Server } from '../core/server.ts';
import { DiskError } from '../storage/disk.ts';
import { RecoveryError } from '../storage/recovery-error.ts';
import { PLAIN, SNAPPY } from '../storage/snapshot-codec.ts';
import { Storage } from '../storage/storage.ts';
import { configurationStep, withStoredConfiguration } from './configuration-file.ts';
import { DiskPoints, pointOfInput, pointOfOutput, type Stage } from './crash-points.ts';
import { ElectionPort } from './election-port.ts';
import { asBytes, asLinkMessage, type LinkMessage, Port, serverName } from './messages.ts';

/** What survives a server's death. */
export interface Machine {
  readonly config: ServerConfig;
  readonly data: SimulatedDisk<DiskError>;
  readonly log: SimulatedDisk<DiskError>;
  readonly preAllocBytes: number;
  readonly txnLogSizeLimitBytes: number;
  readonly recentTxns: number;
  readonly autocreate: boolean;
  /** Whether snapshots are compressed. */
  readonly compresses: boolean;
  /** Whether old snapshots and logs are removed at the start. */
  readonly purges: boolean;
}

/** Hears that a server is at a point. */
export interface PointWatcher {
  /** Asked before each, as most of the time nobody cares. */
  readonly wanted: boolean;
  /** May end the server, and then throws `ProcessEnded`. */
  reach(sid: number, point: string): void;
}

/** Sees all that happens inside a server; a checker. */
export interface ServerWatcher {
  /** Told of the points of `crash-points.ts`. */
  readonly points?: PointWatcher;
  started(server: SimulatedServer, recovered: Recovered): void;
  /** Before a step. */
  input?(server: SimulatedServer, input: Input): void;
  /** Before an output is carried out. */
  output(server: SimulatedServer, output: Output): void;
  truncated(server: SimulatedServer, recovered: Recovered): void;
  /** After a step and all of its outputs. */
  stepped(server: SimulatedServer): void;
  /** Recovery has refused what is on the disk. */
  refused(sid: number, error: RecoveryError): void;
}

/** How many a purge keeps: as few as it may. */
const RETAINED_SNAPSHOTS = 3;

/** A link of the quorum port. */
interface Link {
  connection: Connection | null;
  /** Of the last SNAP packet: the zxid of the snapshot that follows. */
  snapshotZxid: bigint;
}

/** A client's connection; frames wait in `held` while the state machine does not want to read. */
interface ClientConnection {
  readonly connection: Connection;
  paused: boolean;
  held: Uint8Array[];
}

const MIN_WAIT_MS = 0.01;
/** The id of a write of the driver's own, behind all repairs and before all writes of the state machine. */
const RECOVERY_MARK = 0;

export class SimulatedServer {
  readonly sid: number;
  readonly server: Server;
  private readonly host: Host;
  private readonly watcher: ServerWatcher;
  private readonly storage: Storage;
  private readonly points: DiskPoints;
  private readonly election: ElectionPort;
  private readonly links = new Map<LinkId, Link>();
  private readonly clients = new Map<number, ClientConnection>();
  private lastLink = 0;
  private lastClient = 0;
  private inputs: Input[] = [];
  private stepping = false;
  private ended = false;
  private timer: Timer | null = null;
  private timerAtMs = Number.POSITIVE_INFINITY;

  /** Starts; null where what is on the disk is refused, and the program has ended. */
  static start(host: Host, machine: Machine, watcher: ServerWatcher): SimulatedServer | null {
    const { sid } = machine.config;
    const points = new DiskPoints();
    for (const disk of new Set([machine.data, machine.log])) {
      disk.attach(
        (delayMs, action) => host.after(delayMs, action),
        (operation, path, stage) => {
          if (watcher.points?.wanted) watcher.points.reach(sid, `${stage} ${points.name(operation, path, stage)}`);
        },
      );
    }
    try {
      return new SimulatedServer(host, machine, watcher, points);
    } catch (error) {
      if (!(error instanceof RecoveryError || error instanceof DiskError)) throw error;
      if (error instanceof RecoveryError) watcher.refused(machine.config.sid, error);
      host.exit(error.message);
      return null;
    }
  }

  private constructor(host: Host, machine: Machine, watcher: ServerWatcher, points: DiskPoints) {
    this.sid = machine.config.sid;
    this.host = host;
    this.points = points;
    this.watcher = watcher;
    this.storage = new Storage({
      data: machine.data,
      log: machine.log,
      preAllocBytes: machine.preAllocBytes,
      txnLogSizeLimitBytes: machine.txnLogSizeLimitBytes,
      snapshotCodec: machine.compresses ? SNAPPY : PLAIN,
      gzip: null,
      recentTxns: machine.recentTxns,
      autocreate: machine.autocreate,
      configurationStep: (write) => configurationStep(machine.data, write),
      onPersisted: (writeId) => {
        if (writeId === RECOVERY_MARK) points.phase = 'running';
        else this.feed({ kind: 'persisted', writeId });
      },
      onFault: (fault) => this.end(`the disk failed: ${fault.message}`),
      onWarning: () => {},
    });
    points.phase = 'recovering';
    const recovered = this.storage.recover();
    this.storage.execute(RECOVERY_MARK, { kind: 'settle' });
    this.server = new Server(withStoredConfiguration(machine.config, machine.data), recovered);
    watcher.started(this, recovered);
    this.election = new ElectionPort(host, (from, notification) =>
      this.feed({ kind: 'notification', from, notification }),
    );
    this.listen();
    this.feed({ kind: 'start' });
    if (machine.purges)
      this.storage.purge(
        RETAINED_SNAPSHOTS,
        (next) => this.host.after(1, next),
        () => {},
      );
  }

  /** ms on the clock that its state machine goes by. */
  get monotonicMs(): number {
    return this.host.monotonicMs;
  }

  private listen(): void {
    this.host.listen(Port.quorum, (connection) => {
      const link = ++this.lastLink;
      const handler = this.openLink(link, { connection, snapshotZxid: 0n });
      this.feed({ kind: 'learnerConnected', link, address: connection.peer });
      return handler;
    });
    this.host.listen(Port.client, (connection) => {
      const client = ++this.lastClient;
      this.clients.set(client, { connection, paused: false, held: [] });
      this.feed({ kind: 'clientConnected', client, address: connection.peer, certificateSubject: null });
      return {
        message: (message) => this.clientFrame(client, asBytes(message).subarray(4)),
        closed: () => {
          if (this.clients.delete(client)) this.feed({ kind: 'clientClosed', client });
        },
      };
    });
  }

  private clientFrame(client: number, frame: Uint8Array): void {
    const connected = this.clients.get(client);
    if (connected === undefined) return;
    if (connected.paused) connected.held.push(frame);
    else this.feed({ kind: 'clientFrame', client, frame });
  }

  private openLink(link: LinkId, opened: Link): { message(message: unknown): void; closed(reason: string): void } {
    this.links.set(link, opened);
    return {
      message: (message) => {
        if (this.links.get(link) === opened) this.linkMessage(link, opened, asLinkMessage(message));
      },
      closed: (reason) => {
        if (this.links.get(link) !== opened) return;
        this.links.delete(link);
        this.feed({ kind: 'linkClosed', link, reason });
      },
    };
  }

  private linkMessage(link: LinkId, state: Link, message: LinkMessage): void {
    if (message.kind === 'snapshot') {
      const builder = new DatabaseBuilder();
      const reader = new SnapshotReader((entry) => builder.add(entry), true);
      let end: number | null = null;
      for (const chunk of message.bytes) end = reader.push(chunk);
      assert(end !== null, 'a snapshot arrives whole');
      this.feed({ kind: 'snapshotReceived', link, database: builder.finish(state.snapshotZxid) });
      return;
    }
    for (const bytes of message.bytes) {
      const read = readPacket(bytes, 0);
      assert(read !== null && read.end === bytes.length, 'a packet arrives whole');
      if (read.packet.type === PacketType.SNAP) state.snapshotZxid = read.packet.zxid;
      this.feed({ kind: 'packet', link, packet: read.packet });
    }
  }

  /** Hands an input to the state machine behind those that wait, and carries out what comes of it. */
  private feed(input: Input): void {
    if (this.ended) return;
    this.inputs.push(input);
    if (this.stepping) return;
    this.stepping = true;
    for (let next = this.inputs.shift(); next !== undefined && !this.ended; next = this.inputs.shift()) {
      this.reach('before', pointOfInput(next));
      const now = { monotonicMs: this.host.monotonicMs, wallMs: this.host.wallMs };
      const { lastZxid } = this.server.database;
      this.watcher.input?.(this, next);
      const outputs = this.server.step(now, next);
      const applied = this.server.database.lastZxid === lastZxid ? null : 'apply';
      this.reach('before', applied);
      for (const output of outputs) {
        this.watcher.output(this, output);
        const point = pointOfOutput(output);
        this.reach('before', point);
        this.carryOut(output);
        if (this.ended) return;
        this.reach('after', point);
      }
      this.watcher.stepped(this);
      this.reach('after', applied);
      this.reach('after', pointOfInput(next));
    }
    this.stepping = false;
    this.setTimer();
  }

  private reach(stage: Stage, point: string | null): void {
    const { points } = this.watcher;
    if (point !== null && points?.wanted) points.reach(this.sid, `${stage} ${point}`);
  }

  private carryOut(output: Output): void {
    switch (output.kind) {
      case 'sendNotification':
        this.election.send(output.to, output.notification);
        return;
      case 'connectLeader':
        this.connectLeader(output.link, output.sid);
        return;
      case 'sendPacket':
        this.links.get(output.link)?.connection?.send({ kind: 'packet', bytes: [encodePacket(output.packet)] });
        return;
      case 'sendSnapshot':
        this.sendSnapshot(output.link, output.snapshot);
        return;
      case 'closeLink': {
        const link = this.links.get(output.link);
        this.links.delete(output.link);
        link?.connection?.close();
        return;
      }
      case 'persist':
        this.storage.execute(output.writeId, output.write);
        return;
      case 'truncate':
        this.points.phase = 'truncating';
        this.storage.truncate(output.zxid, (result) => {
          this.points.phase = 'running';
          if (result.ok) this.watcher.truncated(this, result.recovered);
          this.feed(
            result.ok
              ? { kind: 'truncated', recovered: result.recovered }
              : { kind: 'truncateRefused', reason: result.reason },
          );
        });
        return;
      case 'takeSnapshot':
        this.storage.takeSnapshot(output.snapshot, (next) => this.host.after(1, next));
        return;
      case 'sendClient':
        this.clients.get(output.client)?.connection.send(output.frame);
        return;
      case 'closeClient': {
        const client = this.clients.get(output.client);
        this.clients.delete(output.client);
        client?.connection.close();
        return;
      }
      case 'throttleClient':
        this.throttle(output.client, output.paused);
        return;
      case 'fatal':
        this.end(output.reason);
        return;
      case 'log':
      case 'trace':
      // Everybody finds everybody by name here.
      case 'members':
        return;
      default:
        unreachable(output);
    }
  }

  private connectLeader(link: LinkId, sid: number): void {
    const opening: Link = { connection: null, snapshotZxid: 0n };
    this.links.set(link, opening);
    this.host.dial(serverName(sid), Port.quorum, {
      opened: (connection) => {
        // The state machine may have given the link up while it was being dialled.
        if (this.links.get(link) !== opening) {
          connection.close();
          return { message: () => {}, closed: () => {} };
        }
        opening.connection = connection;
        const handler = this.openLink(link, opening);
        this.feed({ kind: 'leaderConnected', link });
        return handler;
      },
      failed: (reason) => {
        if (this.links.get(link) !== opening) return;
        this.links.delete(link);
        this.feed({ kind: 'leaderUnreachable', link, reason });
      },
    });
  }

  private sendSnapshot(link: LinkId, snapshot: HeldSnapshot): void {
    const bytes = [...streamSnapshot(snapshot)];
    snapshot.release();
    this.links.get(link)?.connection?.send({ kind: 'snapshot', bytes });
  }

  private throttle(client: number, paused: boolean): void {
    const connected = this.clients.get(client);
    if (connected === undefined) return;
    connected.paused = paused;
    if (paused) return;
    const { held } = connected;
    connected.held = [];
    for (const frame of held) this.clientFrame(client, frame);
  }

  /** One timer, at the state machine's deadline; a tick that comes too early does no harm. */
  private setTimer(): void {
    const { deadlineMs } = this.server;
    if (deadlineMs >= this.timerAtMs || deadlineMs === Number.POSITIVE_INFINITY) return;
    this.timer?.cancel();
    this.timerAtMs = deadlineMs;
    // Not less than a moment, or rounding could make a tick come early, and again, without time moving on.
    this.timer = this.host.after(Math.max(MIN_WAIT_MS, deadlineMs - this.host.monotonicMs), () => {
      this.timer = null;
      this.timerAtMs = Number.POSITIVE_INFINITY;
      this.feed({ kind: 'tick' });
    });
  }

  /** The process stops by itself rather than lose a write. */
  private end(reason: string): void {
    this.ended = true;
    this.host.exit(reason);
  }
}
