import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { askCommand } from './admin-command.ts';
import { askWord, refusedWord } from './four-letter-word.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function serve(talk: (socket: Socket) => void): Promise<{ host: string; port: number }> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    talk(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { host: '127.0.0.1', port: address.port };
}

const limits = { timeoutMs: 5_000, maxBytes: 1_000, tls: null };

test('an answer is all that comes until the server closes', async () => {
  const address = await serve((socket) => socket.once('data', (word) => socket.end(`said ${word}`)));
  expect(await askWord('ruok', { ...limits, address })).toEqual({ ok: true, text: 'said ruok', cut: false });
});

test('a server that takes the connection and says nothing is silent', async () => {
  const address = await serve(() => {});
  expect(await askWord('srvr', { ...limits, timeoutMs: 60, address })).toMatchObject({ ok: false, fault: 'silent' });
});

test('what came without an end is handed over as cut', async () => {
  const address = await serve((socket) => socket.write('SSH-2.0-nothing\r\n'));
  const answer = await askWord('srvr', { ...limits, timeoutMs: 60, address });
  expect(answer).toEqual({ ok: true, text: 'SSH-2.0-nothing\r\n', cut: true });
});

test('where nobody listens the connection is refused, and a name without an address is an unknown host', async () => {
  const address = await serve(() => {});
  await new Promise((resolve) => servers.pop()?.close(resolve));
  expect(await askWord('srvr', { ...limits, address })).toMatchObject({ ok: false, fault: 'refused' });
  const nowhere = { host: 'nowhere.invalid', port: 2181 };
  expect(await askWord('srvr', { ...limits, address: nowhere })).toMatchObject({ ok: false, fault: 'unknownHost' });
});

test('an answer without an end is cut', async () => {
  const address = await serve((socket) => socket.on('drain', () => socket.write('x'.repeat(100_000))).emit('drain'));
  const answer = await askWord('cons', { ...limits, address });
  expect(answer).toMatchObject({ ok: true, cut: true });
  expect(answer.ok && answer.text.length).toBe(1_000);
});

test('a port that does not speak TLS fails the handshake', async () => {
  const address = await serve((socket) => socket.once('data', () => socket.end('hello there')));
  expect(await askWord('srvr', { ...limits, tls: {}, address })).toMatchObject({ ok: false, fault: 'tls' });
});

test('the sentence of the whitelist names the word', () => {
  expect(refusedWord('wchp is not executed because it is not in the whitelist.\n')).toBe('wchp');
  expect(refusedWord('Zookeeper version: 3.8.0')).toBeNull();
});

test('a command is asked over HTTP, with the clock of the server', async () => {
  const body = '{"command": "monitor"}';
  const head = `HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 16:33:38 GMT\r\nContent-Length: ${body.length}\r\n\r\n`;
  const address = await serve((socket) => socket.once('data', () => socket.end(`${head}${body}`)));
  const dateMs = Date.UTC(2026, 10, 21, 16, 33, 38);
  const answer = await askCommand('monitor', { ...limits, address });
  expect(answer).toEqual({ ok: true, status: 200, text: body, cut: false, dateMs });
});

test('what is not HTTP, breaks off or has no end is a failure or cut', async () => {
  const garbage = await serve((socket) => socket.end('SSH-2.0-nothing\r\n'));
  expect(await askCommand('monitor', { ...limits, address: garbage })).toMatchObject({ ok: false });
  const broken = await serve((socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort')),
  );
  expect(await askCommand('monitor', { ...limits, address: broken })).toMatchObject({ fault: 'unreachable' });
  const endless = await serve((socket) =>
    socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(10_000)}`)),
  );
  expect(await askCommand('monitor', { ...limits, address: endless })).toMatchObject({ ok: true, cut: true });
  const silent = await serve(() => {});
  expect(await askCommand('monitor', { ...limits, timeoutMs: 60, address: silent })).toMatchObject({ fault: 'silent' });
});
