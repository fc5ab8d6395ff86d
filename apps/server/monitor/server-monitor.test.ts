import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import type { WayState } from '@vivarium/shared/contract/source';
import { afterEach, expect, test } from 'vitest';
import { Monitor } from './monitor.ts';
import { delayMs, PACE } from './pace.ts';

const SRVR = readFileSync(path.join(import.meta.dirname, 'testdata', 'apache-3.8.0', 'srvr-leader.txt'), 'utf8');

let server: Server | null = null;
let monitor: Monitor | null = null;
const sockets = new Set<Socket>();

afterEach(async () => {
  monitor?.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server?.close(resolve));
});

test('a server that answers srvr is there, however long its mntr takes', async () => {
  let looks = 0;
  const looked = Promise.withResolvers<void>();
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', (word) => {
      if (word.toString() !== 'srvr') return;
      socket.end(SRVR);
      looks++;
      if (looks === 3) looked.resolve();
    });
  });
  const { port } = await new Promise<{ port: number }>((resolve) => {
    const listening = server?.listen(0, '127.0.0.1', () => {
      const address = listening?.address();
      if (typeof address === 'object' && address) resolve(address);
    });
  });
  const states: WayState['state'][] = [];
  monitor = new Monitor(
    {
      members: [{ sid: 1, client: { host: '127.0.0.1', port } }],
      tls: null,
      words: true,
      admin: false,
      pace: { lookMs: 10, slowMs: 10, timeoutMs: 30, digestsMs: 1e6, clientsMs: 1e6, seldomMs: 1e6 },
    },
    { sample: () => {}, wayChanged: (_way, _sid, { state }) => void states.push(state) },
  );
  await looked.promise;
  expect(states).toEqual(['open']);
});

test('a slow server is looked at less often, a silent one seldom, one that refuses soon again', () => {
  const middle = 0.5;
  expect(delayMs(PACE, { tookMs: 5, failures: 0 }, middle)).toBe(2_000);
  expect(delayMs(PACE, { tookMs: 600, failures: 0 }, middle)).toBe(3_000);
  expect(delayMs(PACE, { tookMs: 3_000, failures: 0 }, middle)).toBe(5_000);
  expect(delayMs(PACE, { tookMs: 3_000, failures: 1 }, middle)).toBe(2_000);
  expect(delayMs(PACE, { tookMs: 3_000, failures: 9 }, middle)).toBe(15_000);
  expect(delayMs(PACE, { tookMs: 2, failures: 9 }, middle)).toBe(4_000);
});
