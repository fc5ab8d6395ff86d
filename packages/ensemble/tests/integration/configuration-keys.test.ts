import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { fourLetterWord } from '../harness/four-letter-word.ts';
import { pollUntil } from '../harness/poll.ts';
import { Bytes, createBody, op, RawConnection } from '../harness/raw-connection.ts';
import type { Flavour } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import type { TestServer } from '../harness/test-server.ts';

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0)) await clean();
});

async function create(options: Parameters<typeof TestEnsemble.create>[0]): Promise<TestEnsemble> {
  const ensemble = await TestEnsemble.create(options);
  cleanUp.push(() => ensemble.stop());
  return ensemble;
}

function readBody(path: string): Buffer {
  return new Bytes().field(path).byte(0).buffer;
}

/** Starts a server that cannot run, and returns what it says. */
async function refusal(server: TestServer): Promise<string> {
  server.start();
  expect(await server.exited).toMatchObject({ code: 1 });
  return server.stderr.text;
}

describe('keys of zoo.cfg', () => {
  test.each(['vivarium', 'apache'] as const)(
    'leaderServes=no: only followers of %s serve clients',
    async (flavour: Flavour) => {
      const ensemble = await create({ flavours: flavour, extra: { leaderServes: 'no' } });
      ensemble.startAll();
      const serving = async (): Promise<TestServer[]> => {
        const modes = await Promise.all(ensemble.servers.map((server) => server.status()));
        return ensemble.servers.filter((_, index) => modes[index]?.mode === 'follower');
      };
      const followers = await pollUntil(
        async () => {
          const found = await serving();
          return found.length === 2 ? found : undefined;
        },
        { deadlineMs: 30_000, describe: () => ensemble.report() },
      );
      const [first, second] = followers;
      const leader = ensemble.servers.find((server) => !followers.includes(server));
      if (first === undefined || second === undefined || leader === undefined) throw new Error('not three servers');
      expect(await fourLetterWord(leader.clientPort, 'srvr')).toContain('not currently serving requests');
      await expect(RawConnection.openSession(leader.clientPort)).rejects.toThrow('no session');
      const writer = await RawConnection.openSession(first.clientPort);
      expect((await writer.request(op.create, createBody('/a', '')))?.error).toBe(0);
      const reader = await RawConnection.openSession(second.clientPort);
      await reader.request(9, new Bytes().field('/a').buffer);
      expect((await reader.request(op.exists, readBody('/a')))?.error).toBe(0);
      for (const connection of [writer, reader]) connection.destroy();
    },
  );

  test('jute.maxbuffer: larger znodes reach every server, and its disk', async () => {
    const ensemble = await create({ flavours: 'vivarium', extra: { 'jute.maxbuffer': 6_000_000 } });
    ensemble.startAll();
    await ensemble.waitUntilServing();
    const data = Buffer.alloc(5_900_000, 'x');
    const writer = await RawConnection.openSession(ensemble.server(0).clientPort);
    expect((await writer.request(op.create, createBody('/large', data)))?.error).toBe(0);
    writer.destroy();
    const last = ensemble.server(2);
    await last.crash();
    last.start();
    await ensemble.waitUntilServing();
    for (const { clientPort } of ensemble.servers) {
      const reader = await RawConnection.openSession(clientPort);
      await reader.request(9, new Bytes().field('/large').buffer);
      expect((await reader.request(op.getData, readBody('/large')))?.body.length).toBe(data.length + 4 + 68);
      // One byte more than a frame may have.
      reader.send(new Bytes().int(6_000_001).buffer);
      expect(await reader.nextFrame()).toBeUndefined();
    }
  });

  test('datadir.autocreate=false: a directory that has gone is not made anew', async () => {
    const ensemble = await create({ servers: 1, flavours: 'vivarium', extra: { 'datadir.autocreate': false } });
    const server = ensemble.server(0);
    expect(await refusal(server)).toMatch(
      /version-2: there is no such directory, and .*zoo\.cfg says datadir\.autocreate=false/,
    );
    mkdirSync(join(server.options.directory, 'data', 'version-2'));
    server.start();
    await server.waitUntilServing();
  });
});
