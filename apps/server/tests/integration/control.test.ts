import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pollUntil } from '@vivarium/ensemble/tests/harness/poll';
import type { LinkView, ServerView } from '@vivarium/shared/cluster-state';
import type { FeedEvent } from '@vivarium/shared/contract/socket';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VivariumRig } from '../harness/vivarium-rig.ts';

let rig: VivariumRig;

beforeAll(async () => {
  rig = await VivariumRig.start();
  // A first write waits until a leader leads.
  await rig.call('POST', '/api/clusters/local/znodes', { path: '/ready' });
});

afterAll(() => rig?.remove());

const CLUSTER = '/api/clusters/local';

async function servers(): Promise<ServerView[]> {
  return (await rig.call<{ servers: ServerView[] }>('GET', `${CLUSTER}/servers`)).body.servers;
}

function act(sid: number | string, action: string) {
  return rig.call<{ server: ServerView }>('POST', `${CLUSTER}/servers/${sid}/${action}`);
}

test('servers and links are told as they were after an event too', async () => {
  const first = await rig.call<{ servers: readonly { readonly sid: number }[] }>(
    'GET',
    '/api/clusters/local/servers?at=1',
  );
  expect(first.body.servers.map(({ sid }) => sid)).toEqual([1]);
  expect(await rig.call('GET', '/api/clusters/local/links?at=1')).toMatchObject({ status: 200, body: { links: [] } });
  expect(await rig.call('GET', '/api/clusters/local/servers?at=99999999')).toMatchObject({
    status: 404,
    body: { error: { code: 'instantUnknown' } },
  });
});

test('the leader is killed, another one takes over, and the dead one comes back', async () => {
  const leader = (await servers()).find(({ state }) => state === 'LEADING')?.sid ?? 0;
  const killed = await act(leader, 'kill');
  expect(killed).toMatchObject({ status: 200, body: { server: { process: { state: 'killed', by: 'token' } } } });
  expect(await act(leader, 'kill')).toMatchObject({
    status: 409,
    body: { error: { code: 'notRunning', params: { sid: leader } } },
  });
  // The first write may fall into the loss of the connection, and then says so.
  await pollUntil(
    async () => {
      const { status, body } = await rig.call('POST', `${CLUSTER}/znodes`, { path: '/after' });
      if (status === 503) return undefined;
      return status === 201 || body.error.code === 'nodeExists' ? true : undefined;
    },
    { deadlineMs: 20_000, describe: () => 'a write under a new leader' },
  );
  expect((await servers()).find(({ state }) => state === 'LEADING')?.sid).not.toBe(leader);
  expect(await act(leader, 'start')).toMatchObject({
    status: 200,
    body: { server: { process: { state: 'starting' } } },
  });
  expect(await act(leader, 'start')).toMatchObject({ status: 409, body: { error: { code: 'alreadyRunning' } } });
  expect((await act(leader, 'restart')).status).toBe(200);
});

test('a server is paused and resumed, stopped and started', async () => {
  expect(await act(1, 'pause')).toMatchObject({ body: { server: { process: { state: 'paused' } } } });
  expect(await act(1, 'pause')).toMatchObject({ status: 409, body: { error: { code: 'alreadyPaused' } } });
  expect((await act(1, 'resume')).status).toBe(200);
  expect(await act(1, 'resume')).toMatchObject({ status: 409, body: { error: { code: 'notPaused' } } });
  expect(await act(1, 'stop')).toMatchObject({ body: { server: { process: { state: 'stopped' } } } });
  expect(await act(1, 'pause')).toMatchObject({ status: 409, body: { error: { code: 'notRunning' } } });
  expect((await act(1, 'start')).status).toBe(200);
});

test('links are disturbed and healed, one by one and around a server', async () => {
  const link = `${CLUSTER}/links/1/2`;
  const slow = await rig.call('PUT', link, { fault: { kind: 'slow', delayMs: 20 } });
  expect(slow).toMatchObject({ status: 200, body: { link: { from: 1, to: 2, fault: { kind: 'slow', delayMs: 20 } } } });
  expect(await rig.call('DELETE', link)).toMatchObject({ status: 200, body: { link: { fault: null } } });
  expect((await act(3, 'isolate')).status).toBe(200);
  const faults = async () => {
    const { body } = await rig.call<{ links: LinkView[] }>('GET', `${CLUSTER}/links`);
    return body.links
      .filter(({ fault }) => fault !== null)
      .map(({ from, to }) => `${from}>${to}`)
      .sort();
  };
  expect(await faults()).toEqual(['1>3', '2>3', '3>1', '3>2']);
  expect((await act(3, 'heal')).status).toBe(200);
  expect(await faults()).toEqual([]);
});

test('an observer is added', async () => {
  const added = await rig.call<{ server: ServerView }>('POST', `${CLUSTER}/observers`);
  expect(added).toMatchObject({ status: 200, body: { server: { sid: 4, member: { role: 'observer' } } } });
  expect((await servers()).map(({ sid }) => sid)).toEqual([1, 2, 3, 4]);
});

test('events are given by number, with the state before them', async () => {
  type Events = { events: FeedEvent[]; state?: { n: number }; kept: { first: number; last: number } };
  const { body } = await rig.call<Events>('GET', `${CLUSTER}/events?after=5&limit=3&state=true`);
  expect(body.events.map(({ n }) => n)).toEqual([6, 7, 8]);
  expect(body.state?.n).toBe(5);
  expect(body.kept.first).toBe(1);
  const bare = await rig.call<Events>('GET', `${CLUSTER}/events?after=0&limit=1`);
  expect(bare.body).not.toHaveProperty('state');
  const unknown = await rig.call('GET', `${CLUSTER}/events?after=99999999`);
  expect(unknown).toMatchObject({ status: 404, body: { error: { code: 'instantUnknown' } } });
});

/** Everything that a person or a script may get wrong. */
const bad: readonly [string, string, unknown, number, string][] = [
  ['POST', '/api/clusters/none/servers/1/kill', undefined, 404, 'unknownCluster'],
  ['GET', '/api/clusters/none/servers', undefined, 404, 'unknownCluster'],
  ['GET', '/api/clusters/none/znodes?path=/', undefined, 404, 'unknownCluster'],
  ['POST', `${CLUSTER}/servers/99/kill`, undefined, 404, 'unknownServer'],
  ['POST', `${CLUSTER}/servers/0/kill`, undefined, 400, 'badRequest'],
  ['POST', `${CLUSTER}/servers/one/kill`, undefined, 400, 'badRequest'],
  ['POST', `${CLUSTER}/servers/1/explode`, undefined, 400, 'badRequest'],
  ['PUT', `${CLUSTER}/links/1/1`, { fault: { kind: 'cut' } }, 400, 'badLink'],
  ['PUT', `${CLUSTER}/links/1/99`, { fault: { kind: 'cut' } }, 404, 'unknownServer'],
  ['PUT', `${CLUSTER}/links/1/2`, { fault: { kind: 'jam' } }, 400, 'badRequest'],
  ['PUT', `${CLUSTER}/links/1/2`, { fault: { kind: 'drop', percent: 101 } }, 400, 'badRequest'],
  ['PUT', `${CLUSTER}/links/1/2`, {}, 400, 'badRequest'],
  ['PUT', `${CLUSTER}/links/1/2`, undefined, 400, 'badRequest'],
  ['GET', `${CLUSTER}/events?after=-1`, undefined, 400, 'badRequest'],
  ['GET', `${CLUSTER}/events?after=0&limit=1000000`, undefined, 400, 'badRequest'],
  ['GET', `${CLUSTER}/znodes`, undefined, 400, 'badRequest'],
  ['GET', `${CLUSTER}/znodes?path=no-slash`, undefined, 400, 'badPath'],
  ['GET', `${CLUSTER}/znodes?path=/a//b`, undefined, 400, 'badPath'],
  ['GET', `${CLUSTER}/znodes?path=/a/../b`, undefined, 400, 'badPath'],
  ['GET', `${CLUSTER}/znodes?path=/%00`, undefined, 400, 'badPath'],
  ['GET', `${CLUSTER}/znodes?path=/none`, undefined, 404, 'noNode'],
  ['GET', `${CLUSTER}/znodes/children?path=/none`, undefined, 404, 'noNode'],
  ['GET', `${CLUSTER}/znodes/children?path=/&limit=0`, undefined, 400, 'badRequest'],
  ['POST', `${CLUSTER}/znodes`, '{"path":', 400, 'badRequest'],
  ['POST', `${CLUSTER}/znodes`, '', 400, 'badRequest'],
  ['POST', `${CLUSTER}/znodes`, '{"__proto__":{"path":"/proto"}}', 400, 'badRequest'],
  ['POST', `${CLUSTER}/znodes`, { path: '/trailing/' }, 400, 'badPath'],
  ['POST', `${CLUSTER}/znodes`, { path: '/x', data: 'not base64!' }, 400, 'badData'],
  ['POST', `${CLUSTER}/znodes`, { path: '/x', mode: 'forever' }, 400, 'badRequest'],
  ['POST', `${CLUSTER}/znodes`, { path: '/x', mode: 'persistentTtl' }, 400, 'badTtl'],
  ['POST', `${CLUSTER}/znodes`, { path: '/x', mode: 'persistentTtl', ttlMs: 0 }, 400, 'badTtl'],
  ['POST', `${CLUSTER}/znodes`, { path: '/x', ttlMs: 5 }, 400, 'badRequest'],
  ['POST', `${CLUSTER}/znodes`, { path: '/x', acl: [] }, 400, 'invalidAcl'],
  ['POST', `${CLUSTER}/znodes`, { path: '/x', acl: [{ scheme: 'nonsense', id: 'x', perms: 31 }] }, 400, 'invalidAcl'],
  ['POST', `${CLUSTER}/znodes`, { path: '/x', acl: [{ scheme: 'world', id: 'anyone', perms: 32 }] }, 400, 'badRequest'],
  ['POST', `${CLUSTER}/znodes`, { path: '/x', mode: 'ephemeral' }, 409, 'ephemeralNeedsViewer'],
  ['POST', `${CLUSTER}/znodes`, { path: '/none/x' }, 404, 'noParent'],
  ['POST', `${CLUSTER}/znodes`, { path: '/ready' }, 409, 'nodeExists'],
  ['POST', `${CLUSTER}/znodes`, { path: '/x', data: 'A'.repeat(10_000_000) }, 413, 'tooLarge'],
  ['PUT', `${CLUSTER}/znodes`, { path: '/ready', data: '', version: 9 }, 409, 'badVersion'],
  ['PUT', `${CLUSTER}/znodes`, { path: '/ready', data: '', version: '0' }, 400, 'badRequest'],
  ['PUT', `${CLUSTER}/znodes`, { path: '/ready', data: '', version: null }, 400, 'badRequest'],
  ['PUT', `${CLUSTER}/znodes`, { path: '/ready', data: '' }, 400, 'badRequest'],
  ['PUT', `${CLUSTER}/znodes`, { path: '/none', data: '', version: -1 }, 404, 'noNode'],
  ['DELETE', `${CLUSTER}/znodes?path=/`, undefined, 409, 'reservedPath'],
  ['DELETE', `${CLUSTER}/znodes?path=/zookeeper&recursive=true`, undefined, 409, 'reservedPath'],
  ['DELETE', `${CLUSTER}/znodes?path=/none`, undefined, 404, 'noNode'],
  ['DELETE', `${CLUSTER}/znodes?path=/none&recursive=true`, undefined, 404, 'noNode'],
  ['DELETE', `${CLUSTER}/znodes?path=/ready&version=3`, undefined, 409, 'badVersion'],
  ['DELETE', `${CLUSTER}/znodes?path=/ready&version=x`, undefined, 400, 'badRequest'],
];

test.each(bad)('%s %s is refused', async (method, pathname, body, status, code) => {
  const before = await rig.call<{ stat: { cversion: number } }>('GET', `${CLUSTER}/znodes?path=/`);
  const answer = await rig.call(method, pathname, body, body === '' ? { 'content-type': 'application/json' } : {});
  expect(answer).toMatchObject({ status, body: { error: { code } } });
  expect(answer.body.error.message).toMatch(/^\S.*\.$/s);
  expect(answer.body.error.message).not.toMatch(/\{\w+\}/);
  const after = await rig.call<{ stat: { cversion: number } }>('GET', `${CLUSTER}/znodes?path=/`);
  expect(after.body.stat).toEqual(before.body.stat);
});

test('without a server that runs, the tree cannot be read live, and still be read as it was', async () => {
  const { servers: running } = await rig.source.stateAt(null);
  const { last } = rig.source.info().kept;
  for (const { sid, process } of Object.values(running)) if (process?.pid != null) await act(sid, 'stop');
  const live = await rig.call('GET', `${CLUSTER}/znodes?path=/ready`);
  expect(live).toMatchObject({ status: 503, body: { error: { code: 'noService' } } });
  const past = await rig.call('GET', `${CLUSTER}/znodes?path=/ready&at=${last}`);
  expect(past).toMatchObject({ status: 200, body: { path: '/ready', at: last } });
});

test('every write stands in the log, with who did it and what came of it', () => {
  const lines = readFileSync(path.join(rig.dataDir, 'vivarium.log'), 'utf8').trim().split('\n');
  const audits = lines.map((line) => JSON.parse(line).audit).filter((audit) => audit !== undefined);
  expect(audits[0]).toEqual({ actor: 'token', cluster: 'local', action: 'create', target: '/ready', result: 'done' });
  expect(audits).toContainEqual(expect.objectContaining({ action: 'kill', result: 'notRunning' }));
  expect(audits).toContainEqual(expect.objectContaining({ action: 'setData', target: '/ready', result: 'badVersion' }));
});
