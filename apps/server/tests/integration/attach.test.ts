/** Clusters that somebody else runs: attached, listed, closed for writes and let go. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pollUntil } from '@vivarium/ensemble/tests/harness/poll';
import type { ServerView } from '@vivarium/shared/cluster-state';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TOKEN, VivariumRig } from '../harness/vivarium-rig.ts';

const SECRET = 'reader:correct-horse-battery';

/** Hosts what the others attach to. */
let rig: VivariumRig;
let connect = '';
const directories: string[] = [];

beforeAll(async () => {
  rig = await VivariumRig.start();
  connect = rig.source.connectString;
});

afterAll(async () => {
  await rig.remove();
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

function newDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'vivarium-attach-'));
  directories.push(directory);
  return directory;
}

async function infoOf(on: VivariumRig, id: string): Promise<ClusterInfo | undefined> {
  const { body } = await on.call<{ clusters: ClusterInfo[] }>('GET', '/api/clusters');
  return body.clusters.find((cluster) => cluster.id === id);
}

/** Settles once our session with the cluster stands. */
async function untilOpen(on: VivariumRig, id: string): Promise<ClusterInfo> {
  let last: ClusterInfo | undefined;
  return pollUntil(
    async () => {
      last = await infoOf(on, id);
      return last?.attached?.ways.find(({ way }) => way === 'client')?.state === 'open' ? last : undefined;
    },
    { deadlineMs: 20_000, describe: () => JSON.stringify(last) },
  );
}

/** What the socket says next under the name. */
function next(viewer: Socket, name: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${name} within 10 s`)), 10_000);
    viewer.once(name, (message: unknown) => {
      clearTimeout(timer);
      resolve(message);
    });
  });
}

function fileOf(on: VivariumRig): string {
  return readFileSync(path.join(on.dataDir, 'clusters.json'), 'utf8');
}

test('a cluster is attached from the page, browsed, opened and closed for writes, and let go', async () => {
  const viewer = io(new URL(rig.url).origin, {
    auth: { token: TOKEN, viewer: 'tab-of-the-tests' },
    transports: ['websocket'],
  });
  await next(viewer, 'connect');
  const told = next(viewer, 'clusters');
  const created = await rig.call<{ id: string }>('POST', '/api/clusters', { connect, name: 'The same, again' });
  expect(created.status).toBe(201);
  const { id } = created.body;
  expect(id).toBe('the-same-again');
  await told;
  const info = await untilOpen(rig, id);
  expect(info).toMatchObject({ name: 'The same, again', kind: 'attached', attached: { readOnly: false } });
  expect(info.capabilities).toMatchObject({ processes: false, faults: false, addObserver: false, readZnodes: true });
  const list = await pollUntil(
    async () => {
      const { body } = await rig.call<{ servers: ServerView[] }>('GET', `/api/clusters/${id}/servers`);
      return body.servers.length === 3 ? body.servers : undefined;
    },
    { deadlineMs: 10_000, describe: () => 'the members' },
  );
  expect(list.map(({ member }) => member?.quorumPort)).toEqual(
    Object.values((await rig.source.stateAt(null)).servers).map(({ member }) => member?.quorumPort),
  );

  const url = `/api/clusters/${id}/znodes`;
  expect((await rig.call('POST', `${url}?path=/attached`, { data: 'aGk=' })).status).toBe(201);
  expect((await rig.call('PUT', `/api/clusters/${id}/read-only`, { readOnly: true })).status).toBe(200);
  for (const [method, target, body] of [
    ['POST', `${url}?path=/other`, {}],
    ['PUT', `${url}?path=/attached`, { data: '', version: -1 }],
    ['DELETE', `${url}?path=/attached`, undefined],
  ] as const) {
    const refused = await rig.call(method, target, body);
    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'readOnlyCluster' } } });
  }
  expect((await infoOf(rig, id))?.capabilities.writeZnodes).toBe(false);
  expect(fileOf(rig)).toContain('"readOnly": true');
  const znode = await rig.call<{ data: string }>('GET', `${url}?path=/attached`);
  expect(znode.body.data).toBe('aGk=');

  const control = await rig.call('POST', `/api/clusters/${id}/servers/1/kill`);
  expect(control).toMatchObject({ status: 409, body: { error: { code: 'notCapable' } } });
  const again = await rig.call('POST', '/api/clusters', { connect: connect.split(',').reverse().join() });
  expect(again).toMatchObject({ status: 409, body: { error: { code: 'alreadyAttached' } } });

  const gone = next(viewer, 'fault');
  viewer.emit('join', { cluster: id, topics: ['cluster'] }, () => {});
  await next(viewer, 'snapshot');
  expect((await rig.call('DELETE', `/api/clusters/${id}`)).status).toBe(200);
  expect(await gone).toMatchObject({ code: 'unknownCluster' });
  expect(await infoOf(rig, id)).toBeUndefined();
  expect((await rig.call('GET', `${url}?path=/`)).status).toBe(404);
  expect(fileOf(rig)).not.toContain(id);
  viewer.disconnect();
});

test.each([
  ['10.0.0.1:2181', 403, 'hostNotPermitted'],
  ['169.254.169.254:2181', 403, 'hostNotPermitted'],
  ['127.0.0.1:22', 403, 'hostNotPermitted'],
  ['127.0.0.1:2181,10.0.0.1:2181', 403, 'hostNotPermitted'],
  ['[::ffff:10.0.0.1]:2181', 403, 'hostNotPermitted'],
  ['0.0.0.0:2181', 403, 'hostNotPermitted'],
  [',', 400, 'connectNoServer'],
  ['127.0.0.1:2181;reboot', 400, 'connectBadPort'],
  ['a b:2181', 400, 'connectBadServer'],
  ['http://127.0.0.1:2181', 400, 'connectBadChroot'],
  ['127.0.0.1:0', 400, 'connectBadPort'],
  ['127.0.0.1:2181/../x', 400, 'connectBadChroot'],
  [Array.from({ length: 33 }, (_, port) => `127.0.0.1:${3000 + port}`).join(), 400, 'connectTooMany'],
])('%s is refused', async (hosts, status, code) => {
  const before = existsSync(path.join(rig.dataDir, 'clusters.json')) ? fileOf(rig) : null;
  expect(await rig.call('POST', '/api/clusters', { connect: hosts })).toMatchObject({
    status,
    body: { error: { code } },
  });
  expect(existsSync(path.join(rig.dataDir, 'clusters.json')) ? fileOf(rig) : null).toBe(before);
});

test('what is hosted cannot be let go, and unknown fields are refused', async () => {
  expect(await rig.call('DELETE', '/api/clusters/local')).toMatchObject({
    status: 409,
    body: { error: { code: 'notCapable' } },
  });
  expect((await rig.call('PUT', '/api/clusters/local/read-only', { readOnly: true })).status).toBe(409);
  expect((await rig.call('DELETE', '/api/clusters/none')).status).toBe(404);
  const body = { connect: '127.0.0.1:2181', credentials: 'user:password' };
  expect((await rig.call('POST', '/api/clusters', body)).status).toBe(400);
});

test('a file with faults is said so, keeps what is good and is not overwritten; no secret leaves', async () => {
  const directory = newDirectory();
  const file = path.join(directory, 'clusters.json');
  writeFileSync(path.join(directory, 'digest'), `${SECRET}\n`);
  const written = `{ "clusters": [
  { "id": "good", "connect": ${JSON.stringify(connect)}, "credentials": [{ "file": "digest" }] },
  { "id": "lost", "connect": ${JSON.stringify(`${connect}/lost`)}, "credentials": [{ "file": "nowhere" }] },
  { "id": "bad", "conect": "x" }
] }`;
  writeFileSync(file, written);
  const other = await VivariumRig.start(['--attach', '127.0.0.1:1'], directory);
  try {
    expect(other.vivarium.hosted).toBeNull();
    expect(other.printed.join('\n')).toContain(`${file}, line 4: clusters[2].connect is missing`);
    await untilOpen(other, 'good');
    const answer = await other.call<{ clusters: ClusterInfo[] }>('GET', '/api/clusters');
    expect(answer.body.clusters.map(({ id }) => id).slice(0, 2)).toEqual(['good', 'lost']);
    const lost = answer.body.clusters[1]?.attached?.ways.find(({ way }) => way === 'client');
    expect(lost).toMatchObject({ state: 'closed', reason: { code: 'credentials', params: {} } });
    expect((await other.call('PUT', '/api/clusters/good/read-only', { readOnly: true })).status).toBe(200);
    expect(readFileSync(file, 'utf8')).toContain('{ "id": "bad", "conect": "x" }');
    const log = readFileSync(path.join(directory, 'vivarium.log'), 'utf8');
    for (const text of [answer.text, log, other.printed.join('\n')]) expect(text).not.toContain('correct-horse');
    expect(log).toContain('nowhere');
    expect(answer.text).not.toContain('nowhere');
    writeFileSync(file, '{ "clusters": [ ');
    const refused = await other.call('POST', '/api/clusters', { connect: '127.0.0.1:2999' });
    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'clustersFileFaulty' } } });
    expect(readFileSync(file, 'utf8')).toBe('{ "clusters": [ ');
  } finally {
    await other.stop();
  }
});

test('a cluster that is down at the start is there, says why, and is found when it comes up', async () => {
  const sids = [1, 2, 3];
  for (const sid of sids) await rig.source.act(sid, 'stop', 'test');
  const other = await VivariumRig.start(['--attach', connect], newDirectory());
  try {
    const { body } = await other.call<{ clusters: ClusterInfo[] }>('GET', '/api/clusters');
    const id = body.clusters[0]?.id ?? '';
    const closed = await pollUntil(
      async () => {
        const way = (await infoOf(other, id))?.attached?.ways.find((candidate) => candidate.way === 'client');
        return way?.state === 'closed' ? way : undefined;
      },
      { deadlineMs: 10_000, describe: () => 'the way is closed' },
    );
    expect(closed.reason).toMatchObject({ code: 'refused' });
    for (const sid of sids) await rig.source.act(sid, 'start', 'test');
    await untilOpen(other, id);
    expect((await other.call('GET', `/api/clusters/${id}/znodes?path=/zookeeper`)).status).toBe(200);
    for (const sid of sids) await rig.source.act(sid, 'kill', 'test');
    await pollUntil(
      async () => {
        const way = (await infoOf(other, id))?.attached?.ways.find((candidate) => candidate.way === 'client');
        return way?.state !== 'open' ? way : undefined;
      },
      { deadlineMs: 10_000, describe: () => 'the way is closed again' },
    );
    for (const sid of sids) await rig.source.act(sid, 'start', 'test');
    await untilOpen(other, id);
  } finally {
    await other.stop();
  }
});
