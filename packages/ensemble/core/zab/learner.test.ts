import { OPEN_ACL } from '@vivarium/shared/acl';
import { encodeUtf8 } from '@vivarium/shared/utf8';
import { ZXID_UNKNOWN } from '@vivarium/shared/zxid';
import { encodeConnectRequest } from '@vivarium/wire/connect';
import { type Notification, ServerState } from '@vivarium/wire/election';
import { OpCode } from '@vivarium/wire/op-code';
import {
  encodeInt,
  encodeRevalidateReply,
  PacketType,
  packet,
  packetName,
  type QuorumPacket,
} from '@vivarium/wire/quorum-packet';
import { encodeRequest } from '@vivarium/wire/requests';
import { decodeTxn, encodeTxn } from '@vivarium/wire/txn';
import { describe, expect, it } from 'vitest';
import { testServerConfig } from '../../tests/harness/server-config.ts';
import { Database } from '../database.ts';
import type { Input, Output, PeerType, ServerConfig, Write } from '../io.ts';
import { type Configuration, configText } from '../membership/configuration.ts';
import { Server } from '../server.ts';
import { apachePassword } from '../session/session-password.ts';
import { CONFIG_NODE } from '../tree/data-tree.ts';

const LEADER = 3n;
const EPOCH = 5;

function zxid(epoch: number, counter: number): bigint {
  return (BigInt(epoch) << 32n) | BigInt(counter);
}

function config(peerType: PeerType, reconfigEnabled: boolean): ServerConfig {
  return testServerConfig({
    sid: 1,
    peerType,
    reconfigEnabled,
    members: [1, 2, 3].map((sid) => ({
      sid,
      role: sid === 1 ? peerType : 'participant',
      spec: `host${sid}:2888:3888`,
    })),
  });
}

function creation(at: bigint, path = `/n${at}`): Uint8Array {
  const header = { sessionId: 1n, cxid: 1, zxid: at, timeMs: 1 };
  const txn = { path, data: null, acl: OPEN_ACL, ephemeral: false, parentCversion: -1 };
  return encodeTxn(header, { type: OpCode.create, ...txn }, null);
}

/** The same with a digest that no tree has. */
function wrongDigest(at: bigint): Uint8Array {
  const { header, txn } = decodeTxn(creation(at));
  return encodeTxn(header, txn, { version: 2, treeDigest: 1n });
}

function proposal(at: bigint): QuorumPacket {
  return packet(PacketType.PROPOSAL, at, creation(at));
}

/** A learner whose leader and disk are played by the test. */
class Bench {
  readonly server: Server;
  readonly sent: QuorumPacket[] = [];
  readonly truncations: bigint[] = [];
  readonly warnings: string[] = [];
  readonly toClients: Uint8Array[] = [];
  readonly written: Write[] = [];
  nowMs = 1000;
  link = 0;
  private unwritten = 0;
  readonly notifications: Notification[] = [];

  constructor(acceptedEpoch = 0, peerType: PeerType = 'participant', lastZxid = 0n, reconfigEnabled = false) {
    const database = new Database();
    database.lastZxid = lastZxid;
    const recovered = { database, recent: [], acceptedEpoch, currentEpoch: 0 };
    this.server = new Server(config(peerType, reconfigEnabled), recovered);
    this.step({ kind: 'start' });
    const vote = { leader: LEADER, zxid: 0n, electionEpoch: 9n, peerEpoch: 4n, version: 2, config: null };
    this.step({ kind: 'notification', from: LEADER, notification: { state: ServerState.LEADING, ...vote } });
    this.step({ kind: 'notification', from: 2n, notification: { state: ServerState.FOLLOWING, ...vote } });
    this.step({ kind: 'leaderConnected', link: this.link });
  }

  step(input: Input): void {
    for (const output of this.server.step({ monotonicMs: this.nowMs, wallMs: 1000 }, input)) this.carryOut(output);
  }

  private carryOut(output: Output): void {
    if (output.kind === 'connectLeader') this.link = output.link;
    else if (output.kind === 'sendPacket') this.sent.push(output.packet);
    else if (output.kind === 'persist') this.persist(output.writeId, output.write);
    else if (output.kind === 'log' && output.level === 'warn') this.warnings.push(output.message);
    else if (output.kind === 'sendNotification') this.notifications.push(output.notification);
    else if (output.kind === 'sendClient') this.toClients.push(output.frame);
    else if (output.kind === 'truncate') this.truncations.push(output.zxid);
  }

  private persist(writeId: number, write: Write): void {
    this.unwritten = writeId;
    this.written.push(write);
  }

  receive(...packets: QuorumPacket[]): void {
    for (const received of packets) this.step({ kind: 'packet', link: this.link, packet: received });
  }

  /** A snapshot in which somebody who may do everything has written to the configuration node. */
  receiveOverwritten(at: bigint, text: string): void {
    this.receive(packet(PacketType.SNAP, at));
    const database = new Database();
    database.tree.setData(CONFIG_NODE, encodeUtf8(text), 0, at, 1, null);
    database.lastZxid = at;
    this.step({ kind: 'snapshotReceived', link: this.link, database });
  }

  receiveSnapshot(at: bigint, configuration: Configuration | null = null): void {
    this.receive(packet(PacketType.SNAP, at));
    const database = new Database();
    database.lastZxid = at;
    if (configuration !== null) database.tree.setConfig(encodeUtf8(configText(configuration)), configuration.version);
    this.step({ kind: 'snapshotReceived', link: this.link, database });
  }

  /** All that was written is durable. */
  sync(): void {
    this.step({ kind: 'persisted', writeId: this.unwritten });
  }

  /** To where the leader synchronises. */
  discover(): this {
    this.receive(packet(PacketType.LEADERINFO, zxid(EPOCH, 0), encodeInt(0x10000)));
    this.sync();
    return this;
  }

  serve(): void {
    this.receive(packet(PacketType.NEWLEADER, zxid(EPOCH, 0)));
    this.sync();
    this.receive(packet(PacketType.UPTODATE, -1n));
  }

  /** What was sent since the last call. */
  take(): string[] {
    return this.sent.splice(0).map(({ type, zxid: at }) => `${packetName(type)} ${at.toString(16)}`);
  }
}

describe('a learner', () => {
  it('pitfall 21: promises the epoch durably before it says so', () => {
    const bench = new Bench();
    expect(bench.take()).toEqual(['FOLLOWERINFO 0']);
    bench.receive(packet(PacketType.LEADERINFO, zxid(EPOCH, 0), encodeInt(0x10000)));
    expect(bench.take()).toEqual([]);
    bench.sync();
    expect(bench.take()).toEqual(['ACKEPOCH 0']);
  });

  it('pitfall 21: answers minus one where it had accepted the epoch before', () => {
    const bench = new Bench(EPOCH);
    bench.receive(packet(PacketType.LEADERINFO, zxid(EPOCH, 0), encodeInt(0x10000)));
    expect(bench.sent.at(-1)?.data).toEqual(encodeInt(-1));
  });

  it('refuses a leader of an older epoch than the accepted one', () => {
    const bench = new Bench(EPOCH + 1).discover();
    expect(bench.server.peerState).toBe('LOOKING');
  });

  it('pitfall 21: acknowledges NEWLEADER, and then the proposals under way, once all is durable', () => {
    const bench = new Bench().discover();
    bench.receive(packet(PacketType.DIFF, 0n), proposal(zxid(EPOCH, 1)), packet(PacketType.NEWLEADER, zxid(EPOCH, 0)));
    bench.receive(proposal(zxid(EPOCH, 2)));
    bench.take();
    expect(bench.server.epoch).toBe(EPOCH);
    bench.sync();
    expect(bench.take()).toEqual(['ACK 500000000', 'ACK 500000001', 'ACK 500000002']);
    bench.receive(packet(PacketType.UPTODATE, -1n));
    expect(bench.take()).toEqual(['ACK 500000000']);
    expect(bench.server.serving).toBe(true);
  });

  // Found by the fuzzer of the quorum port, seed 2: kazoo counts its xids anew on each connection.
  it.each(['participant', 'observer'] as const)(
    'as %s does not answer a client with what its former connection asked for',
    (peerType) => {
      const bench = new Bench(0, peerType).discover();
      bench.receive(packet(PacketType.DIFF, 0n));
      bench.serve();
      const password = apachePassword(1n);
      const connect = {
        protocolVersion: 0,
        lastZxidSeen: 0n,
        timeoutMs: 9_000,
        sessionId: 1n,
        password,
        readOnly: null,
      };
      bench.step({ kind: 'clientConnected', client: 1, address: 'there', certificateSubject: null });
      bench.step({ kind: 'clientFrame', client: 1, frame: encodeConnectRequest(connect).subarray(4) });
      const alive = encodeRevalidateReply(1n, true);
      const [older, newer] = [zxid(EPOCH, 1), zxid(EPOCH, 2)];
      if (peerType === 'participant') bench.receive(proposal(older), packet(PacketType.REVALIDATE, -1n, alive));
      else bench.receive(packet(PacketType.REVALIDATE, older, alive));
      const request = { type: OpCode.create, path: '/n', data: null, acl: OPEN_ACL, flags: 0 } as const;
      bench.step({ kind: 'clientFrame', client: 1, frame: encodeRequest(1, request).subarray(4) });
      bench.toClients.length = 0;
      if (peerType === 'participant') bench.receive(packet(PacketType.COMMIT, older));
      else bench.receive(packet(PacketType.INFORM, older, creation(older)));
      expect(bench.toClients).toEqual([]);
      if (peerType === 'participant') bench.receive(proposal(newer), packet(PacketType.COMMIT, newer));
      else bench.receive(packet(PacketType.INFORM, newer, creation(newer)));
      expect(bench.toClients).toHaveLength(1);
    },
  );

  it('as an observer takes INFORM and acknowledges nothing but the epoch', () => {
    const bench = new Bench(0, 'observer').discover();
    bench.receive(packet(PacketType.DIFF, 0n));
    bench.serve();
    bench.take();
    bench.receive(packet(PacketType.INFORM, zxid(EPOCH, 1), creation(zxid(EPOCH, 1))));
    bench.sync();
    expect(bench.take()).toEqual([]);
    expect(bench.server.database.lastZxid).toBe(zxid(EPOCH, 1));
  });

  it('leaves a leader that orders a truncation while transactions are being written', () => {
    const bench = new Bench().discover();
    bench.receive(packet(PacketType.DIFF, 0n), proposal(zxid(1, 1)), packet(PacketType.TRUNC, 0n));
    expect(bench.truncations).toEqual([]);
    expect(bench.server.phase).toBe('ELECTION');
  });

  it('leaves a leader whose INFORM overtakes a proposal', () => {
    const bench = new Bench().discover();
    bench.receive(packet(PacketType.DIFF, 0n));
    bench.serve();
    const second = zxid(EPOCH, 2);
    bench.receive(proposal(zxid(EPOCH, 1)), packet(PacketType.INFORM, second, creation(second)));
    expect(bench.server.phase).toBe('ELECTION');
  });

  it('leaves a leader that sends a transaction of an epoch after its own', () => {
    const bench = new Bench().discover();
    bench.receive(packet(PacketType.DIFF, 0n), proposal(zxid(EPOCH + 1, 1)));
    expect(bench.server.phase).toBe('ELECTION');
  });

  it('leaves a leader whose snapshot is of an epoch after its own', () => {
    const bench = new Bench().discover();
    bench.receiveSnapshot(zxid(EPOCH + 1, 1));
    expect(bench.server.phase).toBe('ELECTION');
  });

  it('whose disk was wiped is not counted before it has a snapshot, and then supports nobody who has less', () => {
    const bench = new Bench(0, 'participant', ZXID_UNKNOWN).discover();
    expect(bench.sent.at(-1)).toEqual(packet(PacketType.ACKEPOCH, ZXID_UNKNOWN, encodeInt(-1)));
    bench.receiveSnapshot(zxid(4, 9));
    bench.step({ kind: 'linkClosed', link: bench.link, reason: 'the leader died' });
    bench.sync();
    bench.notifications.length = 0;
    const stale = { leader: 2n, zxid: zxid(4, 8), electionEpoch: 99n, peerEpoch: 4n, version: 2, config: null };
    bench.step({ kind: 'notification', from: 2n, notification: { state: ServerState.LOOKING, ...stale } });
    expect(bench.notifications.at(-1)).toMatchObject({
      leader: 1n,
      zxid: zxid(4, 9),
      peerEpoch: 4n,
      electionEpoch: 99n,
    });
  });

  it('whose disk was wiped leaves a leader that sends no snapshot', () => {
    const bench = new Bench(0, 'participant', ZXID_UNKNOWN).discover();
    bench.receive(packet(PacketType.DIFF, zxid(4, 9)));
    expect(bench.server.phase).toBe('ELECTION');
  });

  it('passes over what the snapshot holds already, as an Apache leader under load sends it', () => {
    const bench = new Bench().discover();
    bench.receiveSnapshot(zxid(EPOCH, 3));
    for (const counter of [2, 3, 4]) {
      bench.receive(proposal(zxid(EPOCH, counter)), packet(PacketType.COMMIT, zxid(EPOCH, counter)));
    }
    bench.serve();
    expect(bench.server.serving).toBe(true);
    expect(bench.server.database.lastZxid).toBe(zxid(EPOCH, 4));
    expect(bench.server.database.tree.get(`/n${zxid(EPOCH, 3)}`)).toBeUndefined();
  });

  it('waits for a snapshot for as long as some of it comes', () => {
    const bench = new Bench().discover();
    bench.receive(packet(PacketType.SNAP, zxid(1, 1)));
    for (let second = 0; second < 30; second++) {
      bench.nowMs += 1000;
      bench.step({ kind: 'linkProgress', link: bench.link });
      bench.step({ kind: 'tick' });
    }
    expect(bench.server.peerState).toBe('FOLLOWING');
    bench.nowMs += 10_000;
    bench.step({ kind: 'tick' });
    expect(bench.server.peerState).toBe('LOOKING');
  });

  it('does not blame the leader for the time that its own disk takes', () => {
    const bench = new Bench().discover();
    bench.receiveSnapshot(zxid(EPOCH, 3));
    bench.receive(packet(PacketType.NEWLEADER, zxid(EPOCH, 0)));
    bench.nowMs += 60_000;
    bench.step({ kind: 'tick' });
    bench.sync();
    bench.step({ kind: 'tick' });
    expect(bench.server.peerState).toBe('FOLLOWING');
    expect(bench.take()).toContain('ACK 500000000');
    bench.nowMs += 10_000;
    bench.step({ kind: 'tick' });
    expect(bench.server.peerState).toBe('LOOKING');
  });

  it('pitfall 25: compares no digests while a snapshot may hold what is to come, and then does', () => {
    const bench = new Bench().discover();
    bench.receiveSnapshot(zxid(EPOCH, 126));
    const [fuzzy, exact] = [zxid(EPOCH, 128), zxid(EPOCH, 129)];
    bench.receive(proposal(zxid(EPOCH, 127)), packet(PacketType.COMMIT, zxid(EPOCH, 127)));
    bench.receive(packet(PacketType.NEWLEADER, zxid(EPOCH, 0)));
    bench.receive(packet(PacketType.PROPOSAL, fuzzy, wrongDigest(fuzzy)), packet(PacketType.COMMIT, fuzzy));
    bench.sync();
    bench.receive(packet(PacketType.UPTODATE, -1n));
    expect(bench.server.status().digestMismatches).toBe(0);
    expect(bench.server.database.digestLog).toEqual([]);
    bench.receive(packet(PacketType.PROPOSAL, exact, wrongDigest(exact)), packet(PacketType.COMMIT, exact));
    expect(bench.server.status().digestMismatches).toBe(1);
  });

  it('pitfall 25: counts each transaction whose digest its tree does not have, and tells the first of them', () => {
    const bench = new Bench().discover();
    bench.receive(packet(PacketType.DIFF, 0n));
    bench.serve();
    for (const counter of [1, 2, 3]) {
      const at = zxid(EPOCH, counter);
      const bytes = counter === 1 ? creation(at) : wrongDigest(at);
      bench.receive(packet(PacketType.PROPOSAL, at, bytes), packet(PacketType.COMMIT, at));
    }
    expect(bench.server.status().digestMismatches).toBe(2);
    expect(bench.warnings).toEqual(["the tree differs from the leader's after 0x500000002"]);
  });

  describe('where the ensemble changes', () => {
    const changed: Configuration = {
      version: zxid(4, 7),
      members: [1, 4, 5].map((sid) => ({
        sid,
        role: 'participant',
        spec: `host${sid}:2888:3888:participant;0.0.0.0:2181`,
      })),
      groups: null,
    };
    const text = encodeUtf8(configText(changed));
    const newLeader = packet(PacketType.NEWLEADER, zxid(EPOCH, 0), text);

    // The new leader has it in its log and does not know yet whether a quorum of both configurations will.
    it('does not live by a reconfiguration that it is synchronised with before the leader serves', () => {
      const bench = new Bench(0, 'participant', zxid(4, 6), true).discover();
      const header = { sessionId: 1n, cxid: 1, zxid: changed.version, timeMs: 1 };
      const txn = { type: OpCode.reconfig, path: CONFIG_NODE, data: text, version: -1 };
      const proposed = packet(PacketType.PROPOSAL, changed.version, encodeTxn(header, txn, null));
      bench.receive(packet(PacketType.DIFF, changed.version), proposed, packet(PacketType.COMMIT, changed.version));
      bench.receive(newLeader);
      bench.sync();
      expect(bench.server.configuration.version).toBe(0n);
      expect(bench.written.map(({ kind }) => kind)).not.toContain('committedConfiguration');
      bench.receive(packet(PacketType.UPTODATE, -1n));
      expect(bench.server.configuration).toEqual(changed);
    });

    // With a log that is as new as that of whoever decided it, it could else be elected by the old configuration alone.
    it('writes that it knows of a reconfiguration before the snapshot that has it', () => {
      const bench = new Bench(0, 'participant', 0n, true).discover();
      bench.written.length = 0;
      bench.receiveSnapshot(zxid(4, 9), changed);
      expect(bench.written.map(({ kind }) => kind)).toEqual(['proposedConfiguration', 'installSnapshot']);
      bench.step({ kind: 'linkClosed', link: bench.link, reason: 'the leader died' });
      bench.sync();
      const vote = { leader: 1n, zxid: zxid(4, 9), peerEpoch: 4n, version: 2, config: null };
      for (const from of [2n, 3n]) {
        const electionEpoch = bench.notifications.at(-1)?.electionEpoch ?? 0n;
        bench.step({
          kind: 'notification',
          from,
          notification: { state: ServerState.LOOKING, electionEpoch, ...vote },
        });
      }
      bench.nowMs += 1000;
      bench.step({ kind: 'tick' });
      expect(bench.server.peerState).toBe('LOOKING');
    });
  });

  it.each([
    'no configuration',
    'server.1=host1:2888:3888:participant\nserver.9=host9:2888:3888:participant\nversion=ffff',
  ])('takes what a superuser has written to the configuration node for no configuration: %j', (text) => {
    const bench = new Bench(0, 'participant', 0n, true).discover();
    bench.receiveOverwritten(zxid(1, 7), text);
    expect(bench.written.some(({ kind }) => kind === 'proposedConfiguration')).toBe(false);
    bench.sync();
    bench.take();
    bench.serve();
    expect(bench.take()).toContain(`ACK ${zxid(EPOCH, 0).toString(16)}`);
  });
});
