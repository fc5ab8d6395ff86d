/**
 * A cluster of Apache's that speaks TLS with everybody, answers one word only, and has subtrees that not everybody may read:
 * attached with its certificates and with credentials, and without.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ZooKeeperClient } from '@vivarium/client/zookeeper-client';
import { CertificateAuthority } from '@vivarium/ensemble/tests/harness/certificates';
import { ForeignEnsemble } from '@vivarium/ensemble/tests/harness/foreign-ensemble';
import { pollUntil } from '@vivarium/ensemble/tests/harness/poll';
import { freePorts } from '@vivarium/ensemble/tests/harness/ports';
import type { SearchJson } from '@vivarium/shared/contract/mirror';
import type { ZnodeJson } from '@vivarium/shared/contract/rest';
import type { TransactionDetailJson } from '@vivarium/shared/contract/transactions';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AttachRig, entryOf } from '../harness/attach-rig.ts';

const PASSWORD = 'a-password-that-nobody-is-told';
const CREDENTIAL = `ann:${PASSWORD}`;
const CONTENT = 'what only ann may read';

let directory: string;
let foreign: ForeignEnsemble;
let rig: AttachRig;
let ann: ZooKeeperClient;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'vivarium-attach-tls-'));
  const authority = new CertificateAuthority(directory);
  const server = authority.issue('server');
  const pem = authority.issue('vivarium');
  const stranger = new CertificateAuthority(directory, 'strangers');
  foreign = await ForeignEnsemble.create({
    words: 'srvr',
    admin: false,
    extra: {
      ...authority.keys(server),
      ...authority.clientKeys(server),
      serverCnxnFactory: 'org.apache.zookeeper.server.NettyServerCnxnFactory',
    },
  });
  const securePorts = await freePorts(foreign.servers.length);
  for (const [at, { server: one }] of foreign.servers.entries()) {
    appendFileSync(one.options.zooCfgPath, `secureClientPort=${securePorts[at]}\n`);
  }
  foreign.ensemble.startAll();
  await foreign.ensemble.waitUntilServing();

  ann = new ZooKeeperClient({ connectString: foreign.directConnectString });
  ann.start();
  await once(ann, 'state');
  await ann.addAuth('digest', CREDENTIAL);
  const hash = createHash('sha1').update(CREDENTIAL).digest('base64');
  const acl = [{ perms: 31, id: { scheme: 'digest', id: `ann:${hash}` } }];
  await ann.create('/secret', new TextEncoder().encode(CONTENT), { acl });
  await ann.create('/secret/inner', new TextEncoder().encode(CONTENT), { acl });
  await ann.create('/open', new TextEncoder().encode('what everybody may read'));

  const secretFile = path.join(directory, 'credential');
  writeFileSync(secretFile, `${CREDENTIAL}\n`, { mode: 0o600 });
  const tls = { ca: authority.certificate, cert: pem, key: pem };
  const clients = securePorts.map((port) => `127.0.0.1:${port}`);
  const entry = await entryOf(foreign, 'secure');
  const members = entry.members?.map((member, at) => ({ ...member, client: clients[at] ?? '' })) ?? [];
  const base = { ...entry, members, connect: clients.slice(0, 3).join(), tls, quorumTls: tls };
  rig = await AttachRig.start([
    { ...base, credentials: [{ scheme: 'digest', file: secretFile }] },
    { ...base, id: 'anonymous' },
    {
      ...base,
      id: 'untrusting',
      tls: { ...tls, ca: stranger.certificate },
      quorumTls: { ...tls, ca: stranger.certificate },
    },
    { ...base, id: 'read-only', readOnly: true },
  ]);
}, 120_000);

afterAll(async () => {
  await ann?.close();
  await rig?.remove();
  await foreign?.stop();
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
});

const decode = (base64: string | null | undefined): string => Buffer.from(base64 ?? '', 'base64').toString();

test('session, observer and election listener speak TLS', async () => {
  for (const way of ['client', 'observer', 'election'] as const) await rig.wayIs('secure', way, 'open', 30_000);
  await rig.mirrored('secure');
});

test('a certificate of another authority is not believed, and that is said', async () => {
  for (const way of ['client', 'observer', 'election'] as const) {
    expect((await rig.wayIs('untrusting', way, 'closed', 30_000)).reason?.code, way).toBe('tls');
  }
});

test('where only one word is allowed, what the others would show is named', async () => {
  await rig.wayIs('secure', 'words', 'open');
  expect((await rig.wayIs('secure', 'admin', 'closed')).reason).not.toBeNull();
  const { blind, replicas } = await rig.health('secure');
  expect(blind.find(({ code }) => code === 'slowFsync')?.ways).toContain('words');
  expect(replicas.every(({ fsyncMs }) => fsyncMs === null)).toBe(true);
});

test('what the credentials in use may read is shown, and to nobody else', async () => {
  await rig.mirrored('anonymous');
  const secret = await rig.get<ZnodeJson>('secure', 'znodes?path=/secret/inner');
  expect(secret.status, secret.text).toBe(200);
  expect(decode(secret.body.data)).toBe(CONTENT);
  const refused = await rig.get('anonymous', 'znodes?path=/secret/inner');
  expect(refused.body.error?.code).toBe('noAuth');
  expect((await rig.get('anonymous', 'znodes/children?path=/secret')).body.error?.code).toBe('noAuth');
  expect((await rig.get('anonymous', 'znodes?path=/open')).status).toBe(200);
});

test('neither search nor transactions show it', async () => {
  const hits = async (cluster: string, query: string): Promise<string[]> => {
    const { status, body, text } = await rig.get<SearchJson>(cluster, `search?${query}`);
    expect(status, text).toBe(200);
    return body.hits.map((hit) => hit.path);
  };
  expect(await hits('secure', 'text=only%20ann&in=content')).toEqual(
    expect.arrayContaining(['/secret', '/secret/inner']),
  );
  expect(await hits('anonymous', 'text=only%20ann&in=content')).toEqual([]);
  await ann.setData('/secret/inner', new TextEncoder().encode(`${CONTENT} now`));
  const found = await pollUntil(async () => (await rig.transactions('secure', '?path=/secret/inner'))[0], {
    deadlineMs: 15_000,
    describe: async () => JSON.stringify(await rig.transactions('secure')),
  });
  const detail = await rig.get<TransactionDetailJson>('secure', `transactions/${found.zxid}`);
  expect(decode(detail.body.data[0]?.after)).toBe(`${CONTENT} now`);
  const anonymous = await rig.get('anonymous', `transactions/${found.zxid}`);
  expect(anonymous.text).not.toContain(Buffer.from(`${CONTENT} now`).toString('base64').slice(0, 20));
});

test('read-only is kept by the server', async () => {
  const body = { path: '/made-here', data: '' };
  const refused = await rig.rig.call('POST', '/api/clusters/read-only/znodes', body);
  expect(refused.status).toBe(409);
  expect(await ann.exists('/made-here')).toBeNull();
  const made = await rig.rig.call('POST', '/api/clusters/secure/znodes', body);
  expect(made.status, made.text).toBe(201);
  expect(await ann.exists('/made-here')).not.toBeNull();
  const opened = await rig.rig.call('PUT', '/api/clusters/read-only/read-only', { readOnly: false });
  expect(opened.status, opened.text).toBeLessThan(300);
  expect((await rig.rig.call('POST', '/api/clusters/read-only/znodes', { path: '/made-later', data: '' })).status).toBe(
    201,
  );
});

test('no answer and no log has the password, or where it lies', async () => {
  const answers = [await rig.rig.call('GET', '/api/clusters'), await rig.get('secure', 'health')];
  const log = readFileSync(path.join(rig.rig.dataDir, 'vivarium.log'), 'utf8');
  for (const text of [...answers.map((answer) => answer.text), log, ...rig.rig.printed]) {
    expect(text).not.toContain(PASSWORD);
    expect(text).not.toContain(Buffer.from(CREDENTIAL).toString('base64'));
  }
  for (const { text } of answers) expect(text).not.toContain(directory);
});
