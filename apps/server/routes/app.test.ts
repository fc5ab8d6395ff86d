import { Writable } from 'node:stream';
import type { ApiError } from '@vivarium/shared/contract/errors';
import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { Authenticator } from '../auth/authenticator.ts';
import { OriginPolicy } from '../auth/origin-policy.ts';
import { Clusters } from '../sources/clusters.ts';
import { ZnodeStores } from '../znodes/znode-stores.ts';
import { createApp } from './app.ts';
import type { App, AppParts } from './parts.ts';

const apps: App[] = [];

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

async function unused(): Promise<never> {
  throw new Error('nothing is attached here');
}

async function open(parts: Partial<AppParts> = {}): Promise<App> {
  const clusters = parts.clusters ?? new Clusters();
  const app = await createApp({
    clusters,
    attached: { add: unused, remove: unused, setReadOnly: unused },
    stores: new ZnodeStores(clusters),
    authenticator: new Authenticator('token', ''),
    origins: new OriginPolicy(null, []),
    basePath: '',
    overTls: false,
    webRoot: '/there/is/none',
    log: pino({ level: 'silent' }),
    ...parts,
  });
  apps.push(app);
  return app;
}

async function call(app: App, url: string, headers: Record<string, string> = {}) {
  const answer = await app.inject({ url, headers: { authorization: 'Bearer token', ...headers } });
  const error = (text: string): ApiError => JSON.parse(text).error;
  return { status: answer.statusCode, text: answer.body, error: () => error(answer.body) };
}

test('who sends too much is told when to go on', async () => {
  const app = await open({ maxRequests: 3 });
  for (let count = 0; count < 3; count++) expect((await call(app, '/api/clusters')).status).toBe(200);
  const refused = await call(app, '/api/clusters');
  expect(refused.status).toBe(429);
  expect(refused.error()).toMatchObject({ code: 'tooManyRequests', params: { seconds: expect.any(Number) } });
});

test('what went wrong inside stays in the log, under the id that the answer names', async () => {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const clusters = new Clusters();
  vi.spyOn(clusters, 'list').mockRejectedValue(new Error('the secret reason'));
  const answer = await call(await open({ clusters, log: pino(stream) }), '/api/clusters');
  expect(answer.status).toBe(500);
  expect(answer.error().code).toBe('internal');
  expect(answer.text).not.toContain('secret');
  const line = lines.find((text) => text.includes('the secret reason'));
  expect(line).toContain(String(answer.error().params.id));
});

test('without a build a person is told so, and scripts go on', async () => {
  const app = await open();
  const page = await call(app, '/', { accept: 'text/html' });
  expect(page.status).toBe(503);
  expect(page.text).toContain('The pages are not built');
  expect((await call(app, '/api/clusters')).status).toBe(200);
});

test('the tree in memory is asked where there is one, with what was not said filled in', async () => {
  const clusters = new Clusters();
  const asked: unknown[] = [];
  const mirror = { ask: async (...question: unknown[]) => asked.push(question) };
  const get = vi.spyOn(clusters, 'get').mockResolvedValue({ mirror } as never);
  const app = await open({ clusters });
  expect((await call(app, '/api/clusters/far/search?text=lock&in=name')).status).toBe(200);
  expect((await call(app, '/api/clusters/far/subtree?path=/a&by=writes&depth=1')).status).toBe(200);
  expect(asked).toEqual([
    ['search', { text: 'lock', in: 'name', below: '/', limit: 100 }],
    ['subtree', { path: '/a', by: 'writes', depth: 1, limit: 24 }],
  ]);
  expect((await call(app, '/api/clusters/far/search?text=lock&in=anywhere')).status).toBe(400);
  expect((await call(app, '/api/clusters/far/subtree?path=a//b')).error().code).toBe('badPath');
  get.mockResolvedValue({ mirror: null, info: () => ({ kind: 'attached' }) } as never);
  expect((await call(app, '/api/clusters/far/search?text=lock&in=name')).error().code).toBe('notCapable');
});
