import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { CertificateAuthority } from '../harness/certificates.ts';
import { pollUntil } from '../harness/poll.ts';
import { Bytes, createBody, op, RawConnection } from '../harness/raw-connection.ts';
import { flavourUnderTest } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import type { TestServer } from '../harness/test-server.ts';
import { HostingRig } from './hosting-rig.ts';

let directory: string;
let authority: CertificateAuthority;
let keys: Record<string, string>;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'vivarium-tls-'));
  authority = new CertificateAuthority(directory);
  keys = authority.keys(authority.issue('server'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0)) await clean();
});

async function write(clientPort: number, path: string): Promise<void> {
  const connection = await RawConnection.openSession(clientPort);
  expect((await connection.request(op.create, createBody(path, 'x'.repeat(200_000))))?.error).toBe(0);
  connection.destroy();
}

async function expectThere(clientPort: number, path: string): Promise<void> {
  const connection = await RawConnection.openSession(clientPort);
  expect((await connection.request(op.exists, new Bytes().field(path).byte(0).buffer))?.error).toBe(0);
  connection.destroy();
}

test('three servers speak TLS, through a kill and a partition; who speaks plain text is not listened to', async () => {
  const rig = new HostingRig();
  cleanUp.push(() => rig.clean());
  const hosted = rig.host({ participants: 3, settings: { tickTime: 500, ...keys } });
  await hosted.start();
  const first = await rig.serving(1, 2, 3);
  const memberOf = (sid: number) => hosted.server(sid).member;
  await write(memberOf(first).clientPort, '/first');

  const { quorumPort, electionPort } = memberOf(first);
  for (const [name, port] of [['quorum', quorumPort] as const, ['election', electionPort] as const]) {
    const stranger = await RawConnection.open(port);
    // FOLLOWERINFO of server 1, and the handshake of an election port.
    const info = new Bytes().int(1).long(0x10000n).long(0n).buffer;
    stranger.send(
      name === 'quorum'
        ? new Bytes().int(11).long(0n).field(info).int(-1).buffer
        : new Bytes().long(-65_536n).long(1n).field('127.0.0.1:1').buffer,
    );
    await stranger.closed;
    const line = await rig.until(
      () => rig.log.find((entry) => entry.includes(`the ${name} port`) && entry.endsWith(': it does not speak TLS')),
      `a line about plain text on the ${name} port`,
    );
    expect(line).toMatch(new RegExp(`^${first}: .* WARN .*refused a connection .* from 127\\.0\\.0\\.1:\\d+: `));
  }

  await hosted.kill(first);
  const rest = [1, 2, 3].filter((sid) => sid !== first);
  const second = await rig.serving(...rest);
  await write(memberOf(second).clientPort, '/second');
  await hosted.startServer(first);
  await rig.serving(1, 2, 3);

  hosted.isolate(second);
  const third = await rig.serving(...[1, 2, 3].filter((sid) => sid !== second));
  expect(third).not.toBe(second);
  await write(memberOf(third).clientPort, '/third');
  hosted.heal();
  await rig.until(() => (rig.modes.get(second) === 'follower' ? true : undefined), 'the isolated one follows');
  for (const sid of [1, 2, 3])
    for (const path of ['/first', '/second', '/third']) await expectThere(memberOf(sid).clientPort, path);
  expect(rig.log.filter((line) => line.includes('without TLS'))).toEqual([]);
});

test('ours and an Apache server speak TLS with one another, whichever of them leads', async () => {
  const flavours = [flavourUnderTest, flavourUnderTest, 'apache'] as const;
  const ensemble = await TestEnsemble.create({ flavours, extra: keys });
  cleanUp.push(() => ensemble.stop());
  const [one, two, apache] = [ensemble.server(0), ensemble.server(1), ensemble.server(2)];
  for (const first of [one, two]) first.start();
  await ensemble.waitUntilServing([one, two]);
  apache.start();
  expect((await apache.waitUntilServing()).mode).toBe('follower');
  await write(apache.clientPort, '/through-apache');

  const ours = await ensemble.killLeader();
  await ensemble.waitUntilServing([apache, ours === one ? two : one]);
  expect((await apache.status())?.mode).toBe('leader');
  ours.start();
  await ours.waitUntilServing();
  await write(ours.clientPort, '/through-ours');
  for (const { clientPort } of ensemble.servers) {
    for (const path of ['/through-apache', '/through-ours']) await expectThere(clientPort, path);
  }
});

test('a server with a certificate of somebody else stays outside, and each side says why', async () => {
  const stranger = new CertificateAuthority(directory, 'strangers').issue('stranger');
  const ensemble = await TestEnsemble.create({ flavours: 'vivarium', extra: keys });
  cleanUp.push(() => ensemble.stop());
  const outside = ensemble.server(2);
  appendFileSync(outside.options.zooCfgPath, `ssl.quorum.keyStore.location=${stranger}\n`);
  ensemble.startAll();
  const inside = ensemble.servers.slice(0, 2);
  await ensemble.waitUntilServing(inside);
  const lineOf = (server: TestServer, text: string): Promise<string> =>
    pollUntil(async () => server.stdout.lines.find((line) => line.includes(text)), {
      deadlineMs: 20_000,
      describe: () => `"${text}"\n${ensemble.report()}`,
    });
  expect(await lineOf(inside[0] ?? outside, 'its certificate is not trusted')).toContain(' WARN ');
  expect(await outside.status()).toBeUndefined();
});
