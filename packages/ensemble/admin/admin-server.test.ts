import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import type { ServerStatus } from '../core/io.ts';
import { testFacts } from '../tests/harness/server-facts.ts';
import { type AdminActions, AdminServer, type AdminServerOptions, type TakenSnapshot } from './admin-server.ts';
import { COMMAND_NAMES } from './commands.ts';

const OPTIONS: AdminServerOptions = {
  host: '127.0.0.1',
  port: 0,
  setting: 'zoo.cfg: admin.serverPort',
  commandUrl: '/commands',
  idleTimeoutMs: 500,
  snapshotEnabled: true,
  snapshotIntervalMs: 300_000,
};
const NOT_SERVING = { mode: null, quorum: null, proposalBytes: null } as const;
const ROOT = { authorization: 'digest root:secret' };

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const servers: AdminServer[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Who is asked for whom: `root` may everything, `other` is somebody. */
async function start(given: Partial<AdminServerOptions> = {}, status: Partial<ServerStatus> = {}) {
  const asked: string[] = [];
  const facts = testFacts(status);
  const actions: AdminActions = {
    authorise: (authorization, host) => {
      asked.push(`${authorization} from ${host}`);
      if (authorization === ROOT.authorization) return 'allowed';
      return authorization === 'digest other:secret' ? 'refused' : 'unknown';
    },
    takeSnapshot: () => Promise.resolve({ zxid: 0x2cn, bytes: 3, open: () => Readable.from([Buffer.from('abc')]) }),
    warn: (message) => {
      throw new Error(message);
    },
  };
  const server = new AdminServer({ ...OPTIONS, ...given }, facts, actions);
  servers.push(server);
  await server.listen();
  const ask = (path: string, method = 'GET', headers: Record<string, string> = {}, body = ''): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const sent = httpRequest({ port: server.port, host: '127.0.0.1', path, method, headers }, (response) => {
        const { statusCode = 0, headers: received } = response;
        text(response).then((read) => resolve({ status: statusCode, headers: received, body: read }), reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  return { server, facts, asked, ask };
}

describe('the admin server', () => {
  test('lists its commands', async () => {
    const { ask } = await start();
    for (const path of ['/commands', '/commands/']) {
      const { status, headers, body } = await ask(path);
      expect([status, headers['content-type']]).toEqual([200, 'text/html']);
      for (const name of COMMAND_NAMES) expect(body).toContain(`<a href="/commands/${name}">${name}</a>\n<br/>\n`);
    }
    expect((await ask('/')).status).toBe(404);
    expect((await ask('http://elsewhere:1/commands/ruok?x')).status).toBe(200);
    expect((await ask('http://elsewhere/')).status).toBe(404);
    expect((await ask('/commandsx')).status).toBe(404);
    expect((await ask('/commands/%zz')).status).toBe(404);
  });

  test('answers by name and by alias, and says what it does not know', async () => {
    const { ask } = await start();
    for (const name of ['server_stats', 'srvr', 'srvr?x=1']) {
      const { status, headers, body } = await ask(`/commands/${name}`);
      expect([status, headers['content-type'], headers['x-content-type-options']]).toEqual([
        200,
        'application/json',
        'nosniff',
      ]);
      expect(JSON.parse(body)).toMatchObject({ command: 'server_stats', error: null, node_count: 5 });
    }
    expect((await ask('/commands/a%22%0Ab')).body).toBe(
      '{\n  "command" : "a\\"\\nb",\n  "error" : "Unknown command: a\\"\\nb"\n}',
    );
    expect((await ask('/commands/ruok/')).body).toContain('"Unknown command: ruok/"');
    expect((await ask('/commands/constructor')).body).toContain('"Unknown command: constructor"');
  });

  test('another path in front of the commands', async () => {
    const { ask } = await start({ commandUrl: '/zk/admin' });
    expect((await ask('/zk/admin/ruok')).body).toBe('{\n  "command" : "ruok",\n  "error" : null\n}');
    expect((await ask('/zk/admin')).body).toContain('"/zk/admin/ruok"');
    expect((await ask('/commands/ruok')).status).toBe(404);
  });

  test('a trace mask is set where it is one', async () => {
    const { ask, facts } = await start();
    const set = async (query: string): Promise<unknown> => JSON.parse((await ask(`/commands/stmk${query}`)).body);
    const needed = 'setTraceMask requires long traceMask argument';
    expect(await set('')).toEqual({ error: needed, command: 'set_trace_mask' });
    for (const bad of ['zz', '', '9223372036854775808', '1.5']) {
      expect(await set(`?traceMask=${bad}`)).toEqual({ error: `${needed}, got ${bad}`, command: 'set_trace_mask' });
    }
    expect(await set('?traceMask=-9223372036854775808&traceMask=1')).toMatchObject({ command: 'set_trace_mask' });
    expect(facts.traceMask).toBe(-(2n ** 63n));
  });

  test('what changes something does so', async () => {
    const { ask, facts } = await start();
    for (const name of ['srst', 'crst', 'orst']) await ask(`/commands/${name}`);
    expect(facts.resets).toEqual(['server', 'connections', 'observers']);
  });

  test('a server that does not serve', async () => {
    const { ask } = await start({}, NOT_SERVING);
    for (const name of ['ruok', 'mntr', 'cons', 'snapshot']) {
      const { status, body } = await ask(`/commands/${name}`, 'GET', ROOT);
      expect([status, JSON.parse(body)]).toEqual([
        200,
        { command: name, error: 'This ZooKeeper instance is not currently serving requests' },
      ]);
    }
    expect((await ask('/commands/envi')).body).toContain('"host.name" : "h"');
    expect(JSON.parse((await ask('/commands/zabstate')).body)).toMatchObject({ voting: false, zabstate: '' });
  });

  test('security 20: a forged X-Forwarded-For changes nothing', async () => {
    const { ask, asked } = await start();
    const forged = {
      'X-Forwarded-For': '10.0.0.1',
      Forwarded: 'for=10.0.0.1',
      'X-Real-IP': '10.0.0.1',
      authorization: 'ip',
    };
    expect((await ask('/commands/snapshot', 'GET', forged)).status).toBe(401);
    expect(asked).toEqual(['ip from 127.0.0.1']);
  });

  test('security 21: snapshot and restore take ALL on the root, and a snapshot comes once in five minutes', async () => {
    const { ask } = await start();
    for (const [path, method] of [
      ['/commands/snapshot', 'GET'],
      ['/commands/snap', 'GET'],
      ['/commands/restore', 'POST'],
      ['/commands/rest', 'POST'],
    ] as const) {
      const none = await ask(path, method);
      expect([none.status, JSON.parse(none.body).error]).toEqual([401, 'Auth info is missing for the command']);
      expect((await ask(path, method, { authorization: 'Basic x' })).status).toBe(401);
      const other = await ask(path, method, { authorization: 'digest other:secret' });
      expect([other.status, JSON.parse(other.body).error]).toEqual([403, 'Not authorized']);
    }
    expect((await ask('/commands/snapshot', 'POST', ROOT)).status).toBe(405);
    const first = await ask('/commands/snapshot?streaming=true', 'GET', ROOT);
    expect([first.status, first.body, first.headers.last_zxid, first.headers.snapshot_size]).toEqual([
      200,
      'abc',
      '0x2c',
      '3',
    ]);
    for (let i = 0; i < 3; i++) {
      const burst = await ask('/commands/snapshot', 'GET', ROOT);
      expect([burst.status, burst.headers['retry-after']]).toEqual([429, '300']);
    }
    const restore = await ask('/commands/restore', 'POST', ROOT, 'x'.repeat(1000));
    expect([restore.status, JSON.parse(restore.body).error]).toEqual([
      503,
      'restore is not served: stop the servers, put the snapshot into an empty dataDir, and start them',
    ]);
  });

  test('a snapshot whose client has gone meanwhile opens no file', async () => {
    const begun = Promise.withResolvers<void>();
    const taken = Promise.withResolvers<TakenSnapshot>();
    let opened = 0;
    const warnings: string[] = [];
    const server = new AdminServer(OPTIONS, testFacts({}), {
      authorise: () => 'allowed',
      takeSnapshot: () => {
        begun.resolve();
        return taken.promise;
      },
      warn: (message) => warnings.push(message),
    });
    servers.push(server);
    await server.listen();
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET /commands/snapshot HTTP/1.1\r\nHost: x\r\nAuthorization: ip\r\n\r\n');
    await begun.promise;
    socket.resetAndDestroy();
    // The reset has come when a second connection has been answered.
    await expect.poll(async () => (await fetch(`http://127.0.0.1:${server.port}/commands/ruok`)).status).toBe(200);
    const open = (): Readable => {
      opened++;
      return Readable.from([]);
    };
    taken.resolve({ zxid: 1n, bytes: 0, open });
    await taken.promise;
    await new Promise((resolve) => setImmediate(resolve));
    expect({ opened, warnings }).toEqual({ opened: 0, warnings: [] });
  });

  test('a snapshot that is only to be written, and one that is not wanted', async () => {
    const written = await (await start()).ask('/commands/snapshot?streaming=false', 'GET', ROOT);
    expect([written.status, written.headers.last_zxid, JSON.parse(written.body)]).toEqual([
      200,
      '0x2c',
      { command: 'snapshot', error: null },
    ]);
    const off = await start({ snapshotEnabled: false });
    expect((await off.ask('/commands/snapshot', 'GET', ROOT)).status).toBe(503);
  });

  test('security 22: TRACE is not allowed, nor is what else nobody needs', async () => {
    const { ask } = await start();
    for (const method of ['TRACE', 'PUT', 'DELETE', 'PATCH']) {
      const { status, headers, body } = await ask('/commands/ruok', method, { 'X-Secret': 'hush' });
      expect([status, headers.allow, body]).toEqual([405, 'GET, HEAD, POST, OPTIONS', '']);
    }
    expect((await ask('/commands/ruok', 'POST')).status).toBe(405);
    const head = await ask('/commands/ruok', 'HEAD');
    expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '42', '']);
    expect((await ask('/commands/ruok', 'OPTIONS')).headers.allow).toBe('GET, HEAD, POST, OPTIONS');
  });

  test('whoever holds it up, or sends too much, is cut off', async () => {
    const { server, ask } = await start();
    const ends = (bytes: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(server.port, '127.0.0.1', () => socket.write(bytes));
        let received = '';
        socket.on('data', (chunk) => {
          received += String(chunk);
        });
        socket.on('error', () => {});
        socket.on('close', () => resolve(received));
      });
    expect(await ends('')).not.toContain('200 OK');
    expect(await ends('GET /commands/ruok HTTP/1.1\r\nHost: x\r\n')).not.toContain('200 OK');
    expect(await ends(`GET /commands/ruok HTTP/1.1\r\nHost: x\r\nA: ${'b'.repeat(20_000)}\r\n\r\n`)).toContain('431');
    expect(await ends('nonsense\r\n\r\n')).toContain('400');
    const flood = `POST /commands/restore HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n${'x'.repeat(200_000)}`;
    expect(await ends(flood)).not.toContain('200 OK');
    expect((await ask('/commands/ruok')).status).toBe(200);
  });
});
