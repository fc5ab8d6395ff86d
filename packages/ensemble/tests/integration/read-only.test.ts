import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fourLetterWord } from '../harness/four-letter-word.ts';
import { pollUntil } from '../harness/poll.ts';
import { Bytes, createBody, op, RawConnection } from '../harness/raw-connection.ts';
import { type Flavour, quietJvmArguments } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import type { TestServer } from '../harness/test-server.ts';
import { SessionClient } from './sessions/session-client.ts';

const NOT_READ_ONLY = -119;
const CHILDREN = 8;
const SYNC = 9;
const WHO_AM_I = 107;

/** The answer to a ConnectRequest: 37 bytes, or undefined where the connection is closed instead. */
async function ask(connection: RawConnection, readOnly: boolean, sessionId = 0n): Promise<Buffer | undefined> {
  const request = new Bytes().int(0).long(0n).int(10_000).long(sessionId).field(new Uint8Array(16));
  connection.send(request.byte(readOnly ? 1 : 0).frame);
  return connection.nextFrame();
}

describe.each<Flavour>(['vivarium', 'apache'])('of three %s servers one is left', (flavour) => {
  let ensemble: TestEnsemble;
  let left: TestServer;
  let others: readonly TestServer[];
  const clients: SessionClient[] = [];

  beforeAll(async () => {
    ensemble = await TestEnsemble.start({
      servers: 3,
      flavours: flavour,
      // Without local sessions 3.8.0 answers the ConnectRequest of a reader with an error that no client understands.
      extra:
        flavour === 'vivarium'
          ? { 'readonlymode.enabled': true }
          : { localSessionsEnabled: true, localSessionsUpgradingEnabled: true },
      // Apache reads this one without the prefix that a key of zoo.cfg gets.
      jvmArguments: ['-Dreadonlymode.enabled=true', ...quietJvmArguments],
    });
    const leader = await ensemble.waitForLeader();
    const writer = await RawConnection.openSession(leader.clientPort);
    expect((await writer.request(op.create, createBody('/kept', 'x')))?.error).toBe(0);
    left = leader;
    others = ensemble.servers.filter((server) => server !== leader);
    await Promise.all(others.map((server) => server.crash()));
    // On a busy machine a word may go unanswered.
    const isro = (): Promise<string> => fourLetterWord(left.clientPort, 'isro').catch(() => '');
    await pollUntil(async () => ((await isro()) === 'ro' ? true : undefined), {
      deadlineMs: 30_000,
      describe: () => left.report(),
    });
  }, 60_000);

  afterEach(() => Promise.all(clients.splice(0).map((client) => client.kill())));
  afterAll(() => ensemble?.stop());

  test('srvr says that it is read-only', async () => {
    expect(await fourLetterWord(left.clientPort, 'srvr')).toMatch(/\nMode: read-only\n/);
  });

  test('who does not only want to read is closed without an answer, and so is a session that it cannot know', async () => {
    expect(await ask(await RawConnection.open(left.clientPort), false)).toBeUndefined();
    const old = await RawConnection.open(left.clientPort);
    old.send(new Bytes().int(0).long(0n).int(10_000).long(0n).field(new Uint8Array(16)).frame);
    expect(await old.nextFrame()).toBeUndefined();
  });

  test('a reader reads, and is answered NOTREADONLY where it writes or syncs', async () => {
    const reader = await RawConnection.open(left.clientPort);
    const answer = await ask(reader, true);
    expect(answer).toHaveLength(37);
    expect(answer?.readInt32BE(4)).toBe(10_000);
    expect(answer?.[36]).toBe(1);
    const path = new Bytes().field('/kept').byte(1).buffer;
    expect((await reader.request(op.getData, path))?.error).toBe(0);
    expect((await reader.request(CHILDREN, path))?.error).toBe(0);
    expect((await reader.request(WHO_AM_I))?.error).toBe(0);
    expect((await reader.request(op.create, createBody('/never', '')))?.error).toBe(NOT_READ_ONLY);
    expect((await reader.request(op.setData, new Bytes().field('/kept').field('y').int(-1).buffer))?.error).toBe(
      NOT_READ_ONLY,
    );
    expect((await reader.request(SYNC, new Bytes().field('/').buffer))?.error).toBe(NOT_READ_ONLY);
    // Whatever they say, and also those that are no requests of a client.
    for (const type of [14, 16, op.check, op.deleteContainer, op.createContainer, op.createTtl]) {
      expect((await reader.request(type))?.error).toBe(NOT_READ_ONLY);
    }
    expect((await reader.request(op.ping))?.error).toBe(0);
    expect((await reader.request(op.closeSession))?.error).toBe(0);
    expect(await reader.nextFrame()).toBeUndefined();
  });

  // Last: others come back in it.
  test("Apache's client and kazoo read, may not write, and write as soon as there is a leader again", async () => {
    const options = { connectString: ensemble.connectString, timeoutMs: 10_000, readOnly: true };
    const java = SessionClient.java(options);
    const kazoo = SessionClient.kazoo(options);
    clients.push(java, kazoo);
    await Promise.all([java.reached('ConnectedReadOnly'), kazoo.reached('CONNECTED_RO')]);
    expect(await java.ask('children /')).toContain('kept');
    expect(await kazoo.ask('children /')).toContain('kept');
    expect(await java.ask('ephemeral /java')).toBe('NOTREADONLY');
    expect(await kazoo.ask('ephemeral /kazoo')).toBe('NotReadOnlyCallError');
    const reader = await RawConnection.open(left.clientPort);
    expect((await ask(reader, true))?.[36]).toBe(1);

    for (const server of others) server.start();
    await ensemble.waitUntilServing();
    expect(await reader.nextFrame()).toBeUndefined();
    await Promise.all([java.reached('SyncConnected'), kazoo.reached('CONNECTED')]);
    expect(await java.ask('ephemeral /java')).toBe('/java');
    expect(await kazoo.ask('ephemeral /kazoo')).toBe('/kazoo');
    expect(await java.ask('owner /java')).toBe(await java.ask('session'));
    await Promise.all([java.close(), kazoo.close()]);
  }, 90_000);
});
