/** Servers of Apache's that take TLS, and servers of Apache's that have lost their quorum. */
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CertificateAuthority } from '@vivarium/ensemble/tests/harness/certificates';
import { serverStatus } from '@vivarium/ensemble/tests/harness/four-letter-word';
import { pollUntil } from '@vivarium/ensemble/tests/harness/poll';
import { freePorts } from '@vivarium/ensemble/tests/harness/ports';
import { quietJvmArguments } from '@vivarium/ensemble/tests/harness/server-command';
import { TestEnsemble } from '@vivarium/ensemble/tests/harness/test-ensemble';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ConnectionFailure } from '../../connection-failure.ts';
import type { ClientTls } from '../../dial.ts';
import { type ClientOptions, type ClientState, ZooKeeperClient } from '../../zookeeper-client.ts';

const EMPTY = new Uint8Array(0);
const clients: ZooKeeperClient[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

function connect(options: ClientOptions): ZooKeeperClient {
  const client = new ZooKeeperClient({ sessionTimeoutMs: 10_000, ...options });
  clients.push(client);
  client.start();
  return client;
}

async function entered(client: ZooKeeperClient, state: ClientState): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  while (client.state !== state) await once(client, 'state', { signal });
}

async function failure(client: ZooKeeperClient): Promise<ConnectionFailure['reason']> {
  const [{ reason }] = await once(client, 'failed', { signal: AbortSignal.timeout(60_000) });
  return reason;
}

describe('TLS', () => {
  let directory: string;
  let ensemble: TestEnsemble;
  let secure: string;
  let pem: (name: string) => Buffer;
  let ann: ClientTls;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'vivarium-client-tls-'));
    const authority = new CertificateAuthority(directory);
    authority.issue('server', { subjectAltName: 'DNS:zk.example' });
    authority.issue('ann');
    new CertificateAuthority(directory, 'strangers');
    pem = (name) => readFileSync(join(directory, `${name}.pem`));
    ann = { ca: pem('ca'), cert: pem('ann'), key: pem('ann'), serverName: 'zk.example' };
    const [port] = await freePorts(1);
    secure = `127.0.0.1:${port}`;
    ensemble = await TestEnsemble.create({
      servers: 1,
      flavours: 'apache',
      extra: {
        ...authority.clientKeys(join(directory, 'server.pem')),
        serverCnxnFactory: 'org.apache.zookeeper.server.NettyServerCnxnFactory',
      },
      jvmArguments: quietJvmArguments,
    });
    appendFileSync(ensemble.server(0).options.zooCfgPath, `secureClientPort=${port}\n`);
    ensemble.startAll();
    await ensemble.waitUntilServing();
  });

  afterAll(async () => {
    await ensemble?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test('a session with a certificate is who the certificate says', async () => {
    const client = connect({ connectString: secure, tls: ann });
    await client.create('/by-tls', EMPTY);
    expect(await client.whoAmI()).toContainEqual({ scheme: 'x509', id: 'CN=ann' });
  });

  test('a server of another authority, and one of another name, are not believed', async () => {
    const stranger = connect({ connectString: secure, tls: { ...ann, ca: pem('strangers') } });
    expect(await failure(stranger)).toMatchObject({ code: 'tls', params: { address: secure } });
    const { serverName: _, ...nameless } = ann;
    const other = connect({ connectString: secure, tls: nameless });
    const detail = 'ERR_TLS_CERT_ALTNAME_INVALID';
    expect(await failure(other)).toEqual({ code: 'tls', params: { address: secure, detail } });
  });

  test('who shows no certificate, or speaks the other language, is told so', async () => {
    const nobody = connect({ connectString: secure, tls: { ca: pem('ca'), serverName: 'zk.example' } });
    expect((await failure(nobody)).code).toBe('tls');
    const plain = connect({ connectString: secure });
    expect(['garbage', 'notServing']).toContain((await failure(plain)).code);
    const overPlain = connect({ connectString: ensemble.connectString, tls: ann });
    expect((await failure(overPlain)).code).toBe('tls');
  });

  test('keys that are none are refused at once', () => {
    expect(() => new ZooKeeperClient({ connectString: secure, tls: { ...ann, key: 'no key' } })).toThrow();
  });
});

describe('a lost quorum', () => {
  let ensemble: TestEnsemble;

  beforeAll(async () => {
    ensemble = await TestEnsemble.start({
      flavours: 'apache',
      // Without local sessions nobody gets a session where there is no quorum (Java `ReadOnlyRequestProcessor`).
      extra: { localSessionsEnabled: true, localSessionsUpgradingEnabled: true },
      jvmArguments: [...quietJvmArguments, '-Dreadonlymode.enabled=true'],
    });
  });

  afterAll(async () => {
    await ensemble?.stop();
  });

  test('the server that is left is read from, and left when there is a quorum', async () => {
    const { connectString } = ensemble;
    const writer = connect({ connectString });
    await writer.create('/before', EMPTY);
    await writer.close();
    await Promise.all([ensemble.server(0).crash(), ensemble.server(1).crash()]);
    const left = ensemble.server(2).clientPort;
    const isReadOnly = async () => ((await serverStatus(left))?.mode === 'read-only' ? true : undefined);
    await pollUntil(isReadOnly, { deadlineMs: 60_000, describe: () => 'the server that is left serves readers' });
    const credentials = [{ scheme: 'digest', auth: 'ann:secret' }];
    const client = connect({ connectString, credentials, readOnly: true });
    await entered(client, 'connectedReadOnly');
    expect(client.server).toBe(`127.0.0.1:${left}`);
    expect(await client.exists('/before')).not.toBeNull();
    await expect(client.create('/meanwhile', EMPTY)).rejects.toMatchObject({ codeName: 'NOTREADONLY' });
    const { sessionId } = client;
    ensemble.startAll();
    await entered(client, 'connected');
    // One that began without a quorum is none of the ensemble's.
    expect(client.sessionId).not.toBe(sessionId);
    await client.create('/after', EMPTY, { mode: 'ephemeral' });
    expect(await client.whoAmI()).toContainEqual({ scheme: 'digest', id: 'ann' });
  });
});
