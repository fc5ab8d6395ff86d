import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { ListenError, listen, stopListening } from './listen.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) stopListening(server);
});

function server(): Server {
  const made = createServer();
  servers.push(made);
  return made;
}

async function takenPort(): Promise<number> {
  const holder = server().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const address = holder.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('a port that is taken is left for the next free one, and said, unless it was asked for', async () => {
  const taken = await takenPort();
  const other = await listen(server(), { host: '127.0.0.1', port: taken, portChosen: false });
  expect(other.port).toBeGreaterThan(taken);
  expect(other.note).toBe(`Port ${taken} is taken by another program: using ${other.port}.`);
  const asked = listen(server(), { host: '127.0.0.1', port: taken, portChosen: true });
  await expect(asked).rejects.toThrow(`--port ${taken} is taken by another program`);
});

test('port 0 is any', async () => {
  const { port, note } = await listen(server(), { host: '127.0.0.1', port: 0, portChosen: true });
  expect(port).toBeGreaterThan(0);
  expect(note).toBeNull();
});

test('an address of another machine is named', async () => {
  const elsewhere = listen(server(), { host: '192.0.2.1', port: 0, portChosen: true });
  await expect(elsewhere).rejects.toThrow(new ListenError('--host 192.0.2.1 is not an address of this machine.'));
});
