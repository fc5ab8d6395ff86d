import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { ClusterInfo } from '@vivarium/shared/contract/source';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TOKEN, VivariumRig } from '../harness/vivarium-rig.ts';

let rig: VivariumRig;
let webRoot: string;

beforeAll(async () => {
  webRoot = mkdtempSync(path.join(tmpdir(), 'vivarium-web-'));
  mkdirSync(path.join(webRoot, 'assets'));
  writeFileSync(path.join(webRoot, 'index.html'), '<!doctype html><head><!--base--></head><body>the page</body>');
  writeFileSync(path.join(webRoot, 'assets', 'main-abc.js'), 'export {};');
  rig = await VivariumRig.start(['--servers', '1', '--base-path', '/zoo', '--web-root', webRoot]);
});

afterAll(async () => {
  await rig?.remove();
  rmSync(webRoot, { recursive: true, force: true });
});

const PAGE = { accept: 'text/html,*/*' };
const NOBODY = { authorization: '' };

/** Signs in as a browser does, and gives its cookie. */
async function signIn(): Promise<string> {
  const answer = await rig.call('GET', `/?token=${TOKEN}`, undefined, { ...PAGE, ...NOBODY });
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

/** A request with a Host of its own, which fetch does not allow. Answers with the status and the body. */
function callAs(
  host: string,
  pathname: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const all = { authorization: `Bearer ${TOKEN}`, ...headers, host };
  request(new URL(rig.url + pathname), { headers: all }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
  })
    .on('error', reject)
    .end();
  return promise;
}

test('scripts come in with the token, and with nothing else', async () => {
  const answer = await rig.call<{ clusters: ClusterInfo[] }>('GET', '/api/clusters');
  expect(answer.status).toBe(200);
  expect(answer.body.clusters.map(({ id }) => id)).toEqual(['local']);
  for (const authorization of ['', 'Bearer wrong', `Basic ${TOKEN}`, `Bearer ${TOKEN}x`]) {
    const refused = await rig.call('GET', '/api/clusters', undefined, { authorization });
    expect(refused).toMatchObject({ status: 401, body: { error: { code: 'unauthorised' } } });
  }
  const unknown = await rig.call('GET', '/api/none', undefined, NOBODY);
  expect(unknown.status).toBe(401);
});

test('the first visit trades the token for a cookie that is not the token, and goes on to the clean address', async () => {
  const headers = { ...PAGE, ...NOBODY };
  const answer = await rig.call('GET', `/clusters/local?token=${TOKEN}&view=tree`, undefined, headers);
  expect(answer.status).toBe(303);
  expect(answer.headers.get('location')).toBe('/zoo/clusters/local?view=tree');
  const cookie = answer.headers.get('set-cookie') ?? '';
  const { port } = new URL(rig.url);
  expect(cookie).toMatch(
    new RegExp(`^__Host-vivarium-${port}\\.zoo=[\\w-]{43}; Path=/; HttpOnly; Secure; SameSite=Strict$`),
  );
  expect(cookie).not.toContain(TOKEN);
  const [pair = ''] = cookie.split(';');
  expect((await rig.call('GET', '/api/clusters', undefined, { ...NOBODY, cookie: pair })).status).toBe(200);
  expect((await rig.call('GET', '/api/clusters', undefined, { ...NOBODY, cookie: `${pair}x` })).status).toBe(401);
});

test('a browser that takes no Secure cookie on loopback gets a plain one', async () => {
  const agent = 'Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15';
  const headers = { ...PAGE, ...NOBODY, 'user-agent': agent };
  const answer = await rig.call('GET', `/?token=${TOKEN}`, undefined, headers);
  expect(answer.headers.get('set-cookie')).toMatch(/^vivarium-\d+\.zoo=[\w-]+; Path=\/; HttpOnly; SameSite=Strict$/);
});

test('the token never leads to another host', async () => {
  const { status } = await callAs('127.0.0.1', `//evil.example/?token=${TOKEN}`, PAGE);
  expect(status).toBe(303);
  const answer = await rig.call('GET', `//evil.example/?token=${TOKEN}`, undefined, PAGE);
  expect(answer.headers.get('location')).toBe('/zoo/evil.example/');
});

test('who is not signed in is told where the address is, in both languages', async () => {
  for (const pathname of ['/', '/clusters/local', '/?token=wrong']) {
    const answer = await rig.call('GET', pathname, undefined, { ...PAGE, ...NOBODY });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.text).toContain('Open the address with the token');
    expect(answer.text).toContain('请打开服务器启动时');
    expect(answer.text).not.toContain('http-equiv');
  }
  const file = await rig.call('GET', '/assets/main-abc.js', undefined, { ...NOBODY, accept: '*/*' });
  expect(file).toMatchObject({ status: 401, body: { error: { code: 'unauthorised' } } });
});

test('who follows a link of another site, so that the cookie stays away, is loaded once more', async () => {
  const headers = { ...PAGE, ...NOBODY, 'sec-fetch-site': 'cross-site' };
  expect((await rig.call('GET', '/', undefined, headers)).text).toContain('http-equiv="refresh"');
});

test('the page stands at every path of the application, with the base path in it', async () => {
  const cookie = await signIn();
  for (const pathname of ['/', '/clusters/local/tree', '/clusters/local/tree/some.file.json']) {
    const answer = await rig.call('GET', pathname, undefined, { ...PAGE, ...NOBODY, cookie });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('<base href="/zoo/">');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    expect(answer.headers.get('content-security-policy')).toContain("script-src 'self';");
  }
  const script = await rig.call('GET', '/assets/main-abc.js', undefined, { ...NOBODY, cookie });
  expect(script).toMatchObject({ status: 200, text: 'export {};' });
  expect(script.headers.get('cache-control')).toContain('immutable');
  expect(script.headers.get('x-content-type-options')).toBe('nosniff');
});

test('what is not there is not there', async () => {
  for (const pathname of ['/assets/other.js', '/api/none', '/robots.txt', '/../package.json', '/%2e%2e/package.json']) {
    const answer = await rig.call('GET', pathname, undefined, PAGE);
    expect(answer, pathname).toMatchObject({ status: 404, body: { error: { code: 'notFound' } } });
  }
  expect(await rig.call('POST', '/clusters', {})).toMatchObject({ status: 404, body: { error: { code: 'notFound' } } });
  expect(await rig.call('GET', '/api/%zz')).toMatchObject({ status: 400, body: { error: { code: 'badRequest' } } });
});

test('a proxy may pass the base path on or take it off', async () => {
  const { origin } = new URL(rig.url);
  const headers = { authorization: `Bearer ${TOKEN}` };
  expect((await fetch(`${origin}/api/clusters`, { headers })).status).toBe(200);
  expect((await fetch(`${origin}/zoo/api/clusters`, { headers })).status).toBe(200);
  expect((await fetch(`${origin}/zoological/api/clusters`, { headers })).status).toBe(404);
});

test('so it is with the socket', async () => {
  const { origin } = new URL(rig.url);
  for (const socketPath of ['/zoo/socket.io', '/socket.io']) {
    const socket = io(origin, {
      path: socketPath,
      auth: { viewer: 'behind-a-proxy', token: TOKEN },
      reconnection: false,
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    socket.disconnect();
  }
});

test.each([
  ['nonsense\r\n\r\n', '400 Bad Request', 'is not HTTP'],
  [`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`, '431 Request Header', 'too long'],
])('bytes that are no request are answered, and harm nobody', async (bytes, status, what) => {
  const socket = connect(Number(new URL(rig.url).port), '127.0.0.1');
  const answer = text(socket);
  socket.write(bytes);
  expect(await answer).toContain(`HTTP/1.1 ${status}`);
  expect(await answer).toContain(what);
  expect((await rig.call('GET', '/api/clusters')).status).toBe(200);
});

test('a foreign Origin is refused, also with the cookie', async () => {
  const cookie = await signIn();
  for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:1', 'file://']) {
    const answer = await rig.call('POST', '/api/clusters/local/servers/1/kill', undefined, {
      ...NOBODY,
      cookie,
      origin,
    });
    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'foreignOrigin', params: { origin } } } });
  }
  const { origin } = new URL(rig.url);
  expect((await rig.call('GET', '/api/clusters', undefined, { ...NOBODY, cookie, origin })).status).toBe(200);
});

test('a foreign Host is refused: a name that was made to point here', async () => {
  for (const host of ['evil.example', 'evil.example:80', '127.0.0.1.evil.example', 'localhost.evil.example']) {
    const answer = await callAs(host, '/api/clusters');
    expect(answer.status).toBe(403);
  }
  expect((await callAs('evil.example', '/', PAGE)).text).toContain('evil.example');
  for (const host of ['localhost', 'localhost:9999', '127.0.0.1', '[::1]:80', '192.168.1.7']) {
    expect((await callAs(host, '/api/clusters')).status).toBe(200);
  }
});

test('the interface describes itself: each request has a summary, and says what its errors are', async () => {
  interface Operation {
    readonly summary?: string;
    readonly responses: Readonly<Record<string, { readonly description: string }>>;
  }
  const { body } = await rig.call<{
    openapi: string;
    servers: { url: string }[];
    paths: Record<string, Record<string, Operation>>;
  }>('GET', '/api/openapi.json');
  expect(body.openapi).toBe('3.1.0');
  expect(body.servers).toEqual([{ url: '/zoo' }]);
  const operations = Object.entries(body.paths).flatMap(([route, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${route}`, operation })),
  );
  expect(operations.map(({ name }) => name).sort()).toEqual([
    'DELETE /api/clusters/{cluster}',
    'DELETE /api/clusters/{cluster}/links/{from}/{to}',
    'DELETE /api/clusters/{cluster}/znodes',
    'GET /api/clusters',
    'GET /api/clusters/{cluster}/events',
    'GET /api/clusters/{cluster}/health',
    'GET /api/clusters/{cluster}/links',
    'GET /api/clusters/{cluster}/search',
    'GET /api/clusters/{cluster}/servers',
    'GET /api/clusters/{cluster}/subtree',
    'GET /api/clusters/{cluster}/transactions',
    'GET /api/clusters/{cluster}/transactions/{zxid}',
    'GET /api/clusters/{cluster}/words/{word}',
    'GET /api/clusters/{cluster}/znodes',
    'GET /api/clusters/{cluster}/znodes/children',
    'POST /api/clusters',
    'POST /api/clusters/{cluster}/observers',
    'POST /api/clusters/{cluster}/servers/{sid}/{action}',
    'POST /api/clusters/{cluster}/znodes',
    'PUT /api/clusters/{cluster}/links/{from}/{to}',
    'PUT /api/clusters/{cluster}/read-only',
    'PUT /api/clusters/{cluster}/znodes',
  ]);
  for (const { name, operation } of operations) {
    expect(operation.summary, name).toBeTruthy();
    expect(Object.keys(operation.responses).sort(), name).toEqual([expect.stringMatching(/^20[01]$/), '4XX', '5XX']);
  }
});
