import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterEvent } from '@vivarium/shared/cluster-event';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Ensemble } from '../../hosting/ensemble.ts';
import type { ServerExit } from '../../hosting/hosted-server.ts';
import { pollUntil } from '../harness/poll.ts';
import { createBody, op, RawConnection } from '../harness/raw-connection.ts';

let directory: string;
let ensemble: Ensemble | null;
let events: ClusterEvent[];
let exits: Map<number, ServerExit>;
let modes: Map<number, string | null>;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vivarium-hosted-'));
  ensemble = null;
  events = [];
  exits = new Map();
  modes = new Map();
});

afterEach(async () => {
  await Promise.all(ensemble?.servers.map((server) => server.kill()) ?? []);
  rmSync(directory, { recursive: true, force: true });
});

function host(participants: number, observers: number): Ensemble {
  const basePort = 10_000 + Math.floor(Math.random() * 15_000);
  ensemble = new Ensemble(
    { directory, participants, observers, basePort, host: '127.0.0.1', settings: { tickTime: 500 }, trace: true },
    {
      event: (event) => events.push(event),
      mode: (sid, mode) => modes.set(sid, mode),
      log: () => {},
      exit: (sid, exit) => exits.set(sid, exit),
    },
  );
  return ensemble;
}

/** Waits until exactly these servers serve, one of them as leader. */
function serving(...sids: number[]): Promise<number> {
  return pollUntil(
    async () => {
      const leader = sids.find((sid) => modes.get(sid) === 'leader');
      return sids.every((sid) => (modes.get(sid) ?? null) !== null) ? leader : undefined;
    },
    { deadlineMs: 30_000, describe: () => `servers ${sids} serving, not ${JSON.stringify([...modes])}` },
  );
}

test('an ensemble is started, its servers are killed, paused and restarted, and it tells what happens', async () => {
  const hosted = host(3, 1);
  hosted.start();
  const leader = await serving(1, 2, 3, 4);
  expect(modes.get(4)).toBe('observer');
  const port = hosted.server(4).member.clientPort;
  const client = await RawConnection.openSession(port, 30_000);
  expect((await client.request(op.create, createBody('/traced', 'x')))?.error).toBe(0);
  const wanted = (event: ClusterEvent): boolean => event.body.kind === 'applied' && event.body.path === '/traced';
  await pollUntil(async () => (new Set(events.filter(wanted).map(({ sid }) => sid)).size === 4 ? true : undefined), {
    deadlineMs: 10_000,
    describe: () => 'each server telling that it applied the write',
  });
  for (const sid of [1, 2, 3, 4]) {
    const sequences = events.filter((event) => event.sid === sid).map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.map((_, index) => index));
  }

  await hosted.server(leader).kill();
  modes.delete(leader);
  expect(exits.get(leader)).toMatchObject({ signal: 'SIGKILL', wanted: true });
  expect(hosted.server(leader).state).toBe('stopped');
  const rest = [1, 2, 3].filter((sid) => sid !== leader);
  await pollUntil(async () => rest.find((sid) => modes.get(sid) === 'leader'), {
    deadlineMs: 30_000,
    describe: () => 'a new leader',
  });
  hosted.server(leader).start();
  await serving(1, 2, 3, 4);

  hosted.server(4).pause();
  expect(hosted.server(4).state).toBe('paused');
  hosted.server(4).resume();
  hosted.server(4).pause();
  await hosted.stop();
  expect(hosted.servers.map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped', 'stopped']);
  expect([...exits.values()].map(({ code, wanted: asked }) => ({ code, asked }))).toEqual(
    Array.from({ length: 4 }, () => ({ code: 0, asked: true })),
  );
});

test('a server that cannot start is reported with its last words', async () => {
  const hosted = host(1, 0);
  const { createServer } = await import('node:net');
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(hosted.server(1).member.clientPort, resolve));
  hosted.start();
  await pollUntil(async () => exits.get(1), { deadlineMs: 10_000, describe: () => 'the end of the server' });
  holder.close();
  expect(exits.get(1)).toMatchObject({ code: 1, wanted: false });
  expect(exits.get(1)?.lastLines.at(-1)).toContain('another process uses it');
});
