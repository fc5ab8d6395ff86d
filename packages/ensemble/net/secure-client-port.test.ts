import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CertificateAuthority } from '../tests/harness/certificates.ts';
import {
  bytesOf,
  type ClientPortRig,
  closeClientPorts,
  dial,
  framed,
  listening,
  untilClosed,
} from '../tests/harness/client-port-rig.ts';
import { pollUntil } from '../tests/harness/poll.ts';
import type { ClientPortOptions } from './client-port.ts';

let directory: string;
let authority: CertificateAuthority;
const pems = new Map<string, string>();

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'vivarium-secure-'));
  authority = new CertificateAuthority(directory);
  const strangers = new CertificateAuthority(directory, 'strangers');
  const files = [
    authority.issue('server'),
    authority.issue('ann', { subject: '/O=Example, Inc./CN=ann' }),
    authority.issue('expired', { days: -1 }),
    authority.issue('elsewhere', { subjectAltName: 'IP:127.0.0.2' }),
    authority.issue('nobody', { subject: '/' }),
    strangers.issue('stranger'),
  ];
  for (const file of files) pems.set(file.replace(/^.*\/|\.pem$/g, ''), readFileSync(file, 'utf8'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const sockets: TLSSocket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  closeClientPorts();
});

type Tls = NonNullable<ClientPortOptions['tls']>;

function secureRig(tls: Partial<Tls> = {}, options: Partial<ClientPortOptions> = {}): Promise<ClientPortRig> {
  const pem = pems.get('server') ?? '';
  return listening({
    secure: { host: '127.0.0.1', port: 0, setting: 'secureClientPort' },
    tls: {
      secure: { key: pem, cert: pem, ca: authority.text, minVersion: 'TLSv1.2' },
      clientAuth: 'need',
      verifiesClientHost: false,
      portUnification: false,
      ...tls,
    },
    ...options,
  });
}

/** Connects by TLS, with a certificate or without. */
function dialTls(port: number | null, name: string | null, options: ConnectionOptions = {}): TLSSocket {
  const pem = name === null ? null : (pems.get(name) ?? '');
  const own = pem === null ? {} : { key: pem, cert: pem };
  const socket = connect({ host: '127.0.0.1', port: port ?? 0, ca: authority.text, ...own, ...options });
  socket.on('error', () => {});
  sockets.push(socket);
  return socket;
}

describe('the secure client port', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('frames of a client with a certificate by %s', async (version) => {
    const rig = await secureRig();
    const socket = dialTls(rig.port.securePort, 'ann', { minVersion: version, maxVersion: version });
    const long = framed('x'.repeat(300_000));
    socket.write(Buffer.concat([framed('one'), long]));
    expect(await bytesOf(socket, 7 + long.length)).toEqual(Buffer.concat([framed('one'), long]));
    expect(rig.log.slice(0, 2)).toEqual(['connected 1 CN=ann,O=Example\\, Inc.', 'frame 1 3']);
    expect(rig.port.list()).toMatchObject([{ secure: true, received: 2, sent: 2 }]);
    socket.end();
    await rig.heard('closed 1');
    expect(rig.port.connectionCount).toBe(0);
  });

  test.each([
    ['stranger', 'its certificate is not trusted'],
    ['expired', 'its certificate is not trusted'],
    [null, 'it shows no certificate'],
  ])('security 12: the certificate %s gives no connection, and one line in the log', async (name, fault) => {
    const rig = await secureRig();
    const socket = dialTls(rig.port.securePort, name);
    socket.write(framed('never read'));
    await rig.heard(/^warn /);
    await untilClosed(socket);
    expect(rig.log).toEqual([
      expect.stringMatching(/^warn refused a connection to the secure client port from 127\.0/),
    ]);
    expect(rig.log[0]).toContain(fault);
    expect(rig.port.connectionCount).toBe(0);
  });

  test('an authority that a PKCS #12 key store holds is not trusted for that', async () => {
    const strangers = new CertificateAuthority(directory, 'own-authority');
    const pfx = readFileSync(strangers.toPkcs12(strangers.issue('own'), 'x'));
    pems.set('of-own-authority', readFileSync(strangers.issue('eve'), 'utf8'));
    const anchors = [new X509Certificate(authority.text)];
    const rig = await secureRig({ secure: { pfx, passphrase: 'x', ca: authority.text }, anchors });
    dialTls(rig.port.securePort, 'of-own-authority', { ca: strangers.text }).write(framed('never read'));
    await rig.heard(/its certificate is not trusted: no authority of the trust store has signed it$/);
    dialTls(rig.port.securePort, 'ann', { ca: strangers.text }).write(framed('hello'));
    await rig.heard('frame 1 5');
    expect(rig.log[1]).toBe('connected 1 CN=ann,O=Example\\, Inc.');
  });

  test.each([
    ['TLS 1.1', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }, 'unsupported protocol'],
    ['a suite without forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' }, 'no shared cipher'],
  ] as const)('%s is refused in one line, in plain words', async (_, options, reason) => {
    const rig = await secureRig();
    await untilClosed(dialTls(rig.port.securePort, 'ann', options));
    await rig.heard(/^warn /);
    expect(rig.log).toEqual([expect.stringMatching(new RegExp(`from 127\\.0\\.0\\.1:\\d+: ${reason}$`))]);
  });

  test('a client that does not read is not asked for more, and gets all of it when it does', async () => {
    const rig = await secureRig();
    const answer = framed(new Uint8Array(1_000_000));
    rig.onFrame = (client) => rig.port.send(client, answer);
    const socket = dialTls(rig.port.securePort, 'ann');
    socket.pause();
    const count = 30;
    socket.write(Buffer.concat(Array.from({ length: count }, () => framed('?'))));
    await rig.heard('frame 1 1');
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(rig.port.packets.received).toBeLessThan(count);
    let received = 0;
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received === count * answer.length) socket.destroy();
    });
    socket.resume();
    await rig.heard('closed 1');
    expect(received).toBe(count * answer.length);
  });

  test('a certificate has to be for the address of its client only where that is asked for', async () => {
    const strict = await secureRig({ verifiesClientHost: true });
    dialTls(strict.port.securePort, 'elsewhere').write(framed('never read'));
    await strict.heard(/its certificate is not for 127\.0\.0\.1$/);
    dialTls(strict.port.securePort, 'ann').write(framed('hello'));
    await strict.heard('frame 1 5');
    const usual = await secureRig();
    dialTls(usual.port.securePort, 'elsewhere').write(framed('hello'));
    await usual.heard('frame 1 5');
  });

  test.each([
    ['want', null, 'connected 1'],
    ['want', 'ann', 'connected 1 CN=ann,O=Example\\, Inc.'],
    ['none', 'stranger', 'connected 1'],
    ['need', 'nobody', 'connected 1'],
  ] as const)('clientAuth %s and the certificate %s: %s', async (clientAuth, name, entry) => {
    const rig = await secureRig({ clientAuth });
    dialTls(rig.port.securePort, name).write(framed('hello'));
    await rig.heard('frame 1 5');
    expect(rig.log[0]).toBe(entry);
  });

  test('plain text, and four-letter words without TLS, are not answered', async () => {
    const rig = await secureRig();
    for (const bytes of [framed('hello'), Buffer.from('ruok')]) {
      const socket = dial(rig.port.securePort ?? 0);
      socket.write(bytes);
      expect(await untilClosed(socket)).toHaveLength(0);
    }
    expect(rig.log.map((line) => line.replace(/:\d+:/, ':'))).toEqual([
      'warn refused a connection to the secure client port from 127.0.0.1: it does not speak TLS',
      'warn refused a connection to the secure client port from 127.0.0.1: it does not speak TLS',
    ]);
    const secure = dialTls(rig.port.securePort, 'ann');
    secure.write('ruok');
    expect((await untilClosed(secure)).toString()).toBe('ruok!');
  });

  test('security 3: no handshake, half of one, and one without a frame behind it end after the time for all of them', async () => {
    const sessionlessTimeoutMs = 300;
    const rig = await secureRig({}, { sessionlessTimeoutMs });
    const startedMs = performance.now();
    const silent = dial(rig.port.securePort ?? 0);
    const half = dial(rig.port.securePort ?? 0);
    half.write(new Uint8Array([0x16, 3, 1, 2, 0, 1]));
    const shaken = dialTls(rig.port.securePort, 'ann');
    await Promise.all([silent, half, shaken].map(untilClosed));
    expect(performance.now() - startedMs).toBeGreaterThan(sessionlessTimeoutMs * 0.9);
    expect(rig.log.filter((line) => !line.includes('the TLS handshake did not end'))).toEqual([]);
    await pollUntil(async () => rig.port.connectionCount === 0 || undefined, {
      deadlineMs: 5_000,
      intervalMs: 5,
      describe: () => `${rig.port.connectionCount} connections`,
    });
  });

  test('security 4: maxClientCnxns counts both ports together, and handshakes', async () => {
    const rig = await secureRig({}, { maxClientCnxns: 3 });
    const half = dial(rig.port.securePort ?? 0);
    half.write(new Uint8Array([0x16]));
    dialTls(rig.port.securePort, 'ann').write(framed('hello'));
    await rig.heard('frame 1 5');
    dial(rig.at).write(framed('plain'));
    await rig.heard('frame 2 5');
    expect(await untilClosed(dial(rig.at))).toHaveLength(0);
    expect(await untilClosed(dialTls(rig.port.securePort, 'ann'))).toHaveLength(0);
    await rig.heard('warn refused a connection from 127.0.0.1: maxClientCnxns allows 3 from one address');
    half.destroy();
    await rig.heard(/the TLS handshake did not end/);
    dialTls(rig.port.securePort, 'ann').write(framed('again'));
    await rig.heard('frame 3 5');
  });

  test('no more handshakes at the same time than netty.server.outstandingHandshake.limit', async () => {
    const rig = await secureRig({}, { maxHandshakes: 1 });
    const half = dial(rig.port.securePort ?? 0);
    half.write(new Uint8Array([0x16]));
    expect(await untilClosed(dialTls(rig.port.securePort, 'ann'))).toHaveLength(0);
    await rig.heard(/outstandingHandshake\.limit allows 1$/);
    half.destroy();
    await rig.heard(/the TLS handshake did not end/);
    dialTls(rig.port.securePort, 'ann').write(framed('hello'));
    await rig.heard('frame 1 5');
  });

  test('client.portUnification: the client port takes both, the secure one TLS only', async () => {
    const rig = await secureRig({ portUnification: true });
    const word = dial(rig.at);
    word.write('ruok');
    expect((await untilClosed(word)).toString()).toBe('ruok!');
    dial(rig.at).write(framed('plain'));
    await rig.heard('frame 2 5');
    dialTls(rig.at, 'ann').write(framed('secret'));
    await rig.heard('frame 3 6');
    expect(rig.log).toEqual(['connected 2', 'frame 2 5', 'connected 3 CN=ann,O=Example\\, Inc.', 'frame 3 6']);
    dial(rig.port.securePort ?? 0).write(framed('plain'));
    await rig.heard(/it does not speak TLS$/);
  });

  test('the port closes with handshakes under way', async () => {
    const rig = await secureRig();
    const half = dial(rig.port.securePort ?? 0);
    half.write(new Uint8Array([0x16]));
    dialTls(rig.port.securePort, 'ann').write(framed('hello'));
    await rig.heard('frame 1 5');
    rig.port.close();
    await untilClosed(half);
    expect(rig.port.securePort).toBeNull();
  });
});
