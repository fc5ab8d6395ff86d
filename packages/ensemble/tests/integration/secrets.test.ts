import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { CertificateAuthority } from '../harness/certificates.ts';
import { fourLetterWord } from '../harness/four-letter-word.ts';
import { Bytes, createBody, op, RawConnection, requestFrame } from '../harness/raw-connection.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import { HostingRig } from './hosting-rig.ts';

const cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
});

const AUTH = 100;
const SET_ACL = 7;
const WORDS = 'conf cons crst dirs dump envi isro mntr ruok srst srvr stat wchc wchp wchs hash gtmk'.split(' ');

function digestOf(credential: string): string {
  return createHash('sha1').update(credential).digest('base64');
}

/** A text in the forms in which it could be printed. */
function forms(secret: Uint8Array | string): string[] {
  const bytes = Buffer.from(secret);
  return [
    bytes.toString('latin1'),
    bytes.toString('hex'),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.join(','),
  ];
}

test('security 23: nothing that servers log, trace or answer to who runs them has a secret in it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'vivarium-secrets-'));
  cleanUp.push(() => rmSync(directory, { recursive: true, force: true }));
  const authority = new CertificateAuthority(directory);
  const rig = new HostingRig();
  cleanUp.push(() => rig.clean());
  const secrets = ['SECRET-of-ann', 'SECRET-of-super', 'SECRET-store', 'SECRET-data', 'SECRET-frame', 'SECRET-token'];
  const digests = [digestOf('ann:SECRET-of-ann'), digestOf('super:SECRET-of-super')];
  const hosted = rig.host({
    participants: 3,
    settings: {
      tickTime: 500,
      '4lw.commands.whitelist': '*',
      'DigestAuthenticationProvider.superDigest': `super:${digests[1]}`,
      'client.portUnification': 'true',
      ...authority.clientKeys(authority.issue('server', { password: 'SECRET-store' })),
      'ssl.keyStore.password': 'SECRET-store',
    },
  });
  await hosted.start();
  const first = await rig.serving(1, 2, 3);
  const ports = [1, 2, 3].map((sid) => hosted.server(sid).member.clientPort);
  const sessionPasswords: Buffer[] = [];

  const auth = (scheme: string, token: string): Buffer => new Bytes().int(0).field(scheme).field(token).buffer;
  const use = async (port: number, name: string): Promise<void> => {
    const { connection, password } = await RawConnection.openSessionWithPassword(port);
    sessionPasswords.push(password);
    expect((await connection.request(AUTH, auth('digest', 'ann:SECRET-of-ann')))?.error).toBe(0);
    expect((await connection.request(AUTH, auth('digest', 'super:SECRET-of-super')))?.error).toBe(0);
    expect((await connection.request(op.create, createBody(`/public-${name}`, 'SECRET-data')))?.error).toBe(0);
    expect(
      (await connection.request(op.create, createBody(`/public-${name}/missing/child`, 'SECRET-data')))?.error,
    ).toBe(-101);
    const acl = new Bytes().field(`/public-${name}`).int(1).int(31).field('digest').field(`ann:${digests[0]}`).int(-1);
    expect((await connection.request(SET_ACL, acl.buffer))?.error).toBe(0);
    const data = new Bytes().field(`/public-${name}`).field('SECRET-data').int(7).buffer;
    expect((await connection.request(op.setData, data))?.error).toBe(-103);
    await connection.request(4, new Bytes().field(`/public-${name}`).byte(1).buffer);
    for (const word of WORDS) answers.push(await fourLetterWord(port, word, 10_000));
    connection.send(requestFrame(99, AUTH, auth('sasl', 'SECRET-token')));
    await connection.closed;
  };
  const answers: string[] = [];
  for (const [index, port] of ports.entries()) await use(port, `${index}`);

  // What is no ZooKeeper on every port, a password of a session that is wrong, and requests that end in the middle of a secret.
  for (const sid of [1, 2, 3]) {
    const { clientPort, quorumPort, electionPort } = hosted.server(sid).member;
    for (const port of [clientPort, quorumPort, electionPort]) {
      for (const bytes of [
        Buffer.from('GET /SECRET-frame HTTP/1.1\r\nAuthorization: SECRET-token\r\n\r\n'),
        new Bytes().int(0).long(0n).int(4000).long(0x1234n).field('SECRET-frame').byte(0).frame,
        new Bytes().field('SECRET-frame').frame,
        new Bytes().long(-65_536n).long(9n).int(-1).raw(Buffer.from('SECRET-frame')).buffer,
        new Bytes().long(-65_536n).long(9n).field('SECRET-frame').buffer,
        new Bytes().int(11).long(0n).field('SECRET-frame').int(1).field('digest').field('SECRET-token').buffer,
      ]) {
        const stranger = await RawConnection.open(port);
        stranger.send(bytes);
        stranger.destroy();
      }
    }
    const connection = await RawConnection.openSession(clientPort);
    connection.send(
      requestFrame(1, AUTH, new Bytes().int(0).field('digest').int(1000).raw(Buffer.from('SECRET-token')).buffer),
    );
    await connection.closed;
  }
  await hosted.kill(first);
  const rest = [1, 2, 3].filter((sid) => sid !== first);
  await rig.serving(...rest);
  await use(hosted.server(rest[0] ?? 0).member.clientPort, 'later');
  await hosted.startServer(first);
  await rig.serving(1, 2, 3);

  const output = [...rig.log, JSON.stringify(rig.events), JSON.stringify(rig.processes), ...answers].join('\n');
  const told = ['/public-later', 'zk_version', 'clientClosed', 'serving clients'];
  expect(told.filter((part) => !output.includes(part))).toEqual([]);
  const keyFile = readFileSync(join(rig.directory, 'session.key'), 'utf8').trim();
  const hidden = [...secrets, ...digests, ...sessionPasswords, keyFile, Buffer.from(keyFile, 'hex')].flatMap(forms);
  const found = hidden.filter((form) => output.includes(form));
  expect(found).toEqual([]);
});

test('security 23: nor has what is said of a faulty configuration, in either form of the log', async () => {
  const digest = digestOf('super:SECRET-of-super');
  const ensemble = await TestEnsemble.create({
    servers: 1,
    flavours: 'vivarium',
    extra: {
      'DigestAuthenticationProvider.superDigest': `SECRET ${digest}`,
      'ssl.keyStore.password': 'SECRET-store',
      'ssl.quorum.keyStore.password': 'SECRET-quorum',
      'ssl.trustStore.password': 'SECRET-trust',
      'ssl.keyStore.passwd': 'SECRET-mistyped',
      'vivarium.sessionKeyFile': '/SECRET/is/a/path',
      maxClientCnxns: 'many',
    },
  });
  cleanUp.push(() => ensemble.stop());
  const server = ensemble.server(0);
  const { zooCfgPath } = server.options;
  for (const format of ['text', 'json']) {
    server.options.environment = { VIVARIUM_LOG_FORMAT: format };
    server.start();
    expect(await server.exited).toMatchObject({ code: 1 });
    const { lines } = server.stderr;
    expect(lines).toHaveLength(2);
    const said = format === 'text' ? lines : lines.map((line) => JSON.parse(line).message as string);
    expect(said[0]).toMatch(/zoo\.cfg:\d+: /);
    expect(`${server.stdout.text}${server.stderr.text}`.replaceAll('/SECRET/is/a/path', '')).not.toContain('SECRET');
    expect(server.stderr.text).not.toContain(digest);
  }

  // The same server with a good configuration: every line of its log is one JSON object.
  writeFileSync(zooCfgPath, readFileSync(zooCfgPath, 'utf8').replace(/^(Digest|ssl|vivarium|maxClient).*\n/gm, ''));
  server.start();
  await server.waitUntilServing();
  await server.stop();
  const entries = server.stdout.lines.map((line) => JSON.parse(line));
  expect(entries.length).toBeGreaterThan(2);
  for (const entry of entries) {
    expect(entry).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      level: expect.stringMatching(/^(info|warn)$/),
      server: null,
      process: server.pid,
      message: expect.any(String),
    });
  }
});
