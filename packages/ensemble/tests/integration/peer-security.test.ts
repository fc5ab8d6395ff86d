/**
 * What the peers' ports owe to whoever can reach them: items 7 to 12 of the security list, under their numbers, on real
 * processes; and the limits that a crowd runs into.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { makeZxid } from '@vivarium/shared/zxid';
import {
  encodeHandshake,
  encodeNotificationMessage,
  readNotificationMessage,
  ServerState,
} from '@vivarium/wire/election';
import {
  encodeInt,
  encodeLearnerInfo,
  encodePacket,
  PacketType,
  packet,
  packetName,
} from '@vivarium/wire/quorum-packet';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CertificateAuthority } from '../harness/certificates.ts';
import { PeerConnection } from '../harness/peer-connection.ts';
import { pollUntil } from '../harness/poll.ts';
import { Bytes, createBody, op, RawConnection } from '../harness/raw-connection.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import type { TestServer } from '../harness/test-server.ts';

/** A tick of 250 ms: who has not introduced himself is borne for 2.5 s, on either port. */
const TICK_MS = 250;
const LIMIT_TICKS = 10;
const SILENCE_LIMIT_MS = TICK_MS * LIMIT_TICKS;

let ensemble: TestEnsemble;
let leader: TestServer;
let follower: TestServer;

beforeAll(async () => {
  ensemble = await TestEnsemble.start({
    flavours: 'vivarium',
    tickTimeMs: TICK_MS,
    extra: { initLimit: LIMIT_TICKS, syncLimit: LIMIT_TICKS },
  });
}, 60_000);

beforeEach(async () => {
  ensemble.startAll();
  await ensemble.waitUntilServing();
  leader = await ensemble.waitForLeader();
  follower = ensemble.servers.find((server) => server !== leader) ?? leader;
});

afterAll(async () => {
  await ensemble?.stop();
});

function sidOf(server: TestServer): number {
  return ensemble.servers.indexOf(server) + 1;
}

function portsOf(server: TestServer): { quorumPort: number; electionPort: number } {
  return ensemble.lines[sidOf(server) - 1] ?? { quorumPort: 0, electionPort: 0 };
}

/** What happened in the log of a server since it was asked last; its log must not have been rolled over by then. */
function electionsIn(server: TestServer): number {
  return server.stdout.lines.filter((line) => line.includes('looking for a leader')).length;
}

/** Nobody has begun an election since, and each server gets a write through. */
async function expectUnharmed(electionsBefore: readonly number[]): Promise<void> {
  expect(ensemble.servers.map(electionsIn)).toEqual(electionsBefore);
  await expectWrites(ensemble.servers);
}

async function expectWrites(servers: readonly TestServer[]): Promise<void> {
  for (const { clientPort } of servers) {
    const client = await RawConnection.openSession(clientPort);
    expect((await client.request(op.create, createBody('/alive-', '', 3)))?.error).toBe(0);
    client.destroy();
  }
}

function introduction(sid: number, epoch = 0): Uint8Array {
  const info = encodeLearnerInfo({ sid, protocolVersion: 0x10000, configVersion: 0n });
  return encodePacket(packet(PacketType.FOLLOWERINFO, makeZxid(epoch, 0), info));
}

function vote(state: number, candidate: number, electionEpoch = 1n): Uint8Array {
  const notification = { state, leader: BigInt(candidate), zxid: makeZxid(1, 1), electionEpoch, peerEpoch: 1n };
  return encodeNotificationMessage({ ...notification, version: 2, config: null });
}

/** Frames that are no notifications: too short, of no state, with a configuration that is longer than the frame. */
const MALFORMED = [
  new Bytes().byte(0).frame,
  new Bytes().raw(new Uint8Array(27)).frame,
  new Bytes().raw(new Uint8Array(30)).frame,
  new Bytes().int(77).raw(new Uint8Array(36)).frame,
  new Bytes().int(-1).raw(new Uint8Array(60)).frame,
  new Bytes().int(0).raw(new Uint8Array(32)).int(2).int(0x7fffffff).frame,
  new Bytes().int(0).raw(new Uint8Array(32)).int(2).int(-5).frame,
];

describe('7: a malformed notification', () => {
  test('is skipped: the ones behind it are answered', async () => {
    const before = ensemble.servers.map(electionsIn);
    for (const server of ensemble.servers) {
      const stranger = await PeerConnection.open(portsOf(server).electionPort);
      stranger.send(encodeHandshake(99n, '127.0.0.1:1'), ...MALFORMED, vote(ServerState.LOOKING, 99));
      const answer = await stranger.until((bytes) => readNotificationMessage(bytes, 0));
      expect(answer.notification?.leader).toBe(BigInt(sidOf(leader)));
      stranger.destroy();
    }
    await expectUnharmed(before);
  });

  test('does not keep an election from its end, not even in the name of a voter', async () => {
    await leader.crash();
    const rest = ensemble.servers.filter((server) => server !== leader);
    const strangers: PeerConnection[] = [];
    for (const server of rest) {
      for (const sid of [sidOf(leader), 99, 100]) {
        const stranger = await PeerConnection.open(portsOf(server).electionPort);
        stranger.send(encodeHandshake(BigInt(sid), '127.0.0.1:1'), ...MALFORMED, ...MALFORMED);
        strangers.push(stranger);
      }
    }
    await ensemble.waitUntilServing(rest, 20_000);
    await expectWrites(rest);
    for (const stranger of strangers) stranger.destroy();
  });
});

describe('8: an unknown peer, or one with a wrong id', () => {
  test.each([
    { who: 'a server that no configuration lists', sid: () => 99 },
    { who: 'one with the sid of a follower that is connected', sid: () => sidOf(follower) },
    { who: "one with the leader's own sid", sid: () => sidOf(leader) },
    { who: 'one with a sid that is no number of a server', sid: () => -1 },
  ])('is refused as a follower: $who', async ({ sid }) => {
    const before = ensemble.servers.map(electionsIn);
    const epoch = encodePacket(packet(PacketType.ACKEPOCH, 0n, encodeInt(0)));
    const peer = await PeerConnection.open(portsOf(leader).quorumPort);
    peer.send(introduction(sid()), epoch);
    await peer.closed;
    expect(peer.received).toHaveLength(0);
    await expectUnharmed(before);
  });

  test('learns from the election port who leads, and how the ensemble is made up, and no more', async () => {
    const stranger = await PeerConnection.open(portsOf(follower).electionPort);
    stranger.send(encodeHandshake(99n, '127.0.0.1:1'), vote(ServerState.LOOKING, 99));
    const answer = await stranger.until((bytes) => readNotificationMessage(bytes, 0));
    expect(answer.notification).toMatchObject({ state: ServerState.FOLLOWING, leader: BigInt(sidOf(leader)) });
    expect(answer.notification?.config).toContain(`server.${sidOf(leader)}=127.0.0.1:${portsOf(leader).quorumPort}`);
    expect(answer.end).toBe(stranger.received.length);
    stranger.destroy();
  });

  test('has no vote: with strangers alone a server elects nobody', async () => {
    const lonely = follower;
    const others = ensemble.servers.filter((server) => server !== lonely);
    await Promise.all(others.map((server) => server.crash()));
    await pollUntil(async () => ((await lonely.status()) === undefined ? true : undefined), {
      deadlineMs: 20_000,
      describe: () => `the end of service\n${lonely.report()}`,
    });
    const strangers: PeerConnection[] = [];
    for (const sid of [99, 100, 101]) {
      const stranger = await PeerConnection.open(portsOf(lonely).electionPort);
      const votes = [ServerState.LOOKING, ServerState.FOLLOWING, ServerState.LEADING].map((state) =>
        vote(state, sidOf(lonely), 50n),
      );
      stranger.send(encodeHandshake(BigInt(sid), '127.0.0.1:1'), ...votes, ...votes);
      // Each is answered, so the votes have been looked at when the answer to the last is here.
      const answer = await stranger.until((bytes) => readNotificationMessage(bytes, 0));
      expect(answer.notification?.state).toBe(ServerState.LOOKING);
      strangers.push(stranger);
    }
    expect(await lonely.status()).toBeUndefined();
    for (const stranger of strangers) stranger.destroy();
  });
});

describe('9: SASL between servers, which is not spoken', () => {
  test.each([
    { what: 'a first token', token: new Uint8Array(40) },
    { what: 'an empty token', token: new Uint8Array(0) },
    { what: 'a token of 2 GB', token: null },
  ])('is refused at once: $what', async ({ token }) => {
    const before = ensemble.servers.map(electionsIn);
    const packetOf = new Bytes().long(0x5f2435013501edccn).int(0);
    const peer = await PeerConnection.open(portsOf(leader).quorumPort);
    peer.send(token === null ? packetOf.int(0x7fffffff).buffer : packetOf.field(token).buffer);
    await peer.closed;
    expect(peer.received).toHaveLength(0);
    const reason = 'it wants to authenticate itself by SASL, which is not spoken here';
    await pollUntil(async () => leader.stdout.text.includes(reason) || undefined, {
      deadlineMs: 10_000,
      describe: () => `the reason\n${leader.report()}`,
    });
    await expectUnharmed(before);
  });

  test('that a configuration asks for is a fault: the server does not start without', async () => {
    const asking = await TestEnsemble.create({
      flavours: 'vivarium',
      extra: {
        'quorum.auth.enableSasl': true,
        'quorum.auth.serverRequireSasl': true,
        'quorum.auth.learnerRequireSasl': false,
      },
    });
    try {
      const server = asking.server(0);
      server.start();
      expect((await server.exited).code).toBe(1);
      const faults = server.stderr.lines.filter((line) => line.includes('SASL'));
      expect(faults.map((line) => /zoo\.cfg:\d+: (\S+):/.exec(line)?.[1])).toEqual([
        'quorum.auth.enableSasl',
        'quorum.auth.serverRequireSasl',
      ]);
    } finally {
      await asking.stop();
    }
  });
});

describe('10: quorum ports beyond loopback, without authentication', () => {
  test('are warned of at the start', async () => {
    const open = await TestEnsemble.create({ flavours: 'vivarium', extra: { quorumListenOnAllIPs: true } });
    try {
      const server = open.server(0);
      server.start();
      const warning = await pollUntil(async () => server.stdout.lines.find((line) => line.includes('without TLS')), {
        deadlineMs: 20_000,
        describe: () => `a warning\n${server.report()}`,
      });
      expect(warning).toContain(' WARN ');
      // Not those on loopback.
      expect(leader.stdout.text).not.toContain('without TLS');
    } finally {
      await open.stop();
    }
  });
});

describe('with TLS', () => {
  let directory: string;
  let secured: TestEnsemble;
  let authority: CertificateAuthority;
  let target: TestServer;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'vivarium-peers-'));
    authority = new CertificateAuthority(directory);
    secured = await TestEnsemble.start({ flavours: 'vivarium', extra: authority.keys(authority.issue('server')) });
    target = await secured.waitForLeader();
  }, 60_000);

  afterAll(async () => {
    await secured?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  /** What the leader answers who introduces himself as an observer, under a certificate, before it closes or at once. */
  async function answerTo(keyFile: string | null): Promise<string> {
    const { quorumPort } = secured.lines[secured.servers.indexOf(target)] ?? { quorumPort: 0 };
    const pem = keyFile === null ? {} : { key: readFileSync(keyFile), cert: readFileSync(keyFile) };
    const socket = connectTls({ port: quorumPort, host: '127.0.0.1', ca: authority.text, ...pem });
    const info = encodeLearnerInfo({ sid: 77, protocolVersion: 0x10000, configVersion: 0n });
    socket.write(encodePacket(packet(PacketType.OBSERVERINFO, 0n, info)));
    const answered = new Promise<string>((resolve) => {
      socket.once('data', (data: Buffer) => resolve(packetName(data.readInt32BE(0))));
      socket.on('error', () => undefined);
      socket.once('close', () => resolve('closed'));
    });
    const answer = await answered;
    socket.destroy();
    return answer;
  }

  async function refusal(reason: string): Promise<void> {
    await pollUntil(async () => target.stdout.text.includes(reason) || undefined, {
      deadlineMs: 10_000,
      describe: () => `${reason}\n${target.report()}`,
    });
  }

  test('11: a certificate for the name that the name service has for the address is refused', async () => {
    // 127.0.0.1 is localhost by its reverse look-up; the configuration knows the servers by their address alone.
    expect(await answerTo(authority.issue('by-name', { subjectAltName: 'DNS:localhost' }))).toBe('closed');
    await refusal('its certificate is neither for 127.0.0.1 nor for a server of the configuration');
    expect(await answerTo(authority.issue('by-address', { subjectAltName: 'IP:127.0.0.1' }))).toBe('LEADERINFO');
  });

  test('12: who fails to authenticate himself gets no word of the leader', async () => {
    expect(await answerTo(null)).toBe('closed');
    await refusal('it shows no certificate');
    const strangers = new CertificateAuthority(directory, 'strangers');
    expect(await answerTo(strangers.issue('forged'))).toBe('closed');
    await refusal('its certificate is not trusted');
    expect(await answerTo(authority.issue('expired', { days: -1 }))).toBe('closed');
    await refusal('CERT_HAS_EXPIRED');
    expect((await target.status())?.mode).toBe('leader');
  });
});

describe('a crowd', () => {
  test('that says nothing is closed in time, byte by byte or not at all', async () => {
    for (const port of Object.values(portsOf(leader)).filter((value) => typeof value === 'number' && value > 1_000)) {
      const silent = await PeerConnection.open(port);
      const slow = await PeerConnection.open(port);
      const startMs = performance.now();
      const drip = setInterval(() => slow.send(Uint8Array.of(0xff)), 200);
      // The first bytes are those of a handshake and of a packet's type alike, so far as they go.
      slow.send(Uint8Array.of(0));
      await Promise.all([silent.closed, slow.closed]);
      clearInterval(drip);
      expect(performance.now() - startMs).toBeLessThan(SILENCE_LIMIT_MS * 3);
    }
  });

  test('of silent connections on both ports keeps no server out', async () => {
    const { quorumPort, electionPort } = portsOf(leader);
    const crowd = await Promise.all(
      Array.from({ length: 700 }, (_, index) => PeerConnection.open(index % 2 === 0 ? quorumPort : electionPort)),
    );
    await follower.restart();
    await follower.waitUntilServing(SILENCE_LIMIT_MS * 8);
    expect((await leader.status())?.mode).toBe('leader');
    for (const one of crowd) one.destroy();
    await expectWrites(ensemble.servers);
  });

  test('that claims 2 GB each is given no memory for it', async () => {
    const { quorumPort, electionPort } = portsOf(leader);
    const before = residentMib(leader);
    const claims = [
      { port: quorumPort, bytes: new Bytes().int(PacketType.FOLLOWERINFO).long(0n).int(0x7fffffff).buffer },
      { port: quorumPort, bytes: new Bytes().int(PacketType.FOLLOWERINFO).long(0n).int(-1).int(0x7fffffff).buffer },
      { port: electionPort, bytes: new Bytes().long(-65_536n).long(99n).int(0x7fffffff).buffer },
      { port: electionPort, bytes: Buffer.concat([encodeHandshake(99n, 'x:1'), new Bytes().int(0x7fffffff).buffer]) },
    ];
    for (let round = 0; round < 25; round++) {
      await Promise.all(
        claims.map(async ({ port, bytes }) => {
          const one = await PeerConnection.open(port);
          one.send(bytes);
          await one.closed;
        }),
      );
    }
    expect(residentMib(leader) - before).toBeLessThan(100);
    await expectWrites(ensemble.servers);
  });
});

function residentMib({ pid }: TestServer): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
