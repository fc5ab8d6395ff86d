import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { pollUntil } from '../harness/poll.ts';
import { freePorts } from '../harness/ports.ts';
import { createBody, op, RawConnection } from '../harness/raw-connection.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import { TestServer } from '../harness/test-server.ts';
import { writeZooCfg } from '../harness/zoo-cfg.ts';
import { HostingRig } from './hosting-rig.ts';

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0)) await clean();
});

async function startEnsemble(extra: Readonly<Record<string, string | boolean>>): Promise<TestEnsemble> {
  const ensemble = await TestEnsemble.create({ flavours: 'vivarium', extra });
  cleanUp.push(() => ensemble.stop());
  ensemble.startAll();
  await ensemble.waitUntilServing();
  return ensemble;
}

/** An observer with sid 9 that only its own configuration lists. */
async function startStranger(ensemble: TestEnsemble): Promise<TestServer> {
  const [clientPort = 0, quorumPort = 0, electionPort = 0] = await freePorts(3);
  const directory = join(ensemble.directory, 'stranger');
  mkdirSync(directory);
  const servers = [...ensemble.lines, { sid: 9, quorumPort, electionPort, observer: true }];
  const zooCfgPath = writeZooCfg({ directory, clientPort, sid: 9, servers, tickTimeMs: 500 });
  const stranger = new TestServer({ flavour: 'vivarium', zooCfgPath, clientPort, directory });
  cleanUp.unshift(() => stranger.crash());
  stranger.start();
  return stranger;
}

function linesWith(server: TestServer, text: string): string[] {
  return server.stdout.lines.filter((line) => line.includes(text));
}

test('ports for peers that are open beyond loopback are told of once; an observer nobody lists is refused there', async () => {
  const ensemble = await startEnsemble({ quorumListenOnAllIPs: true });
  const leader = await ensemble.waitForLeader();
  const { quorumPort, electionPort } = ensemble.lines[ensemble.servers.indexOf(leader)] ?? {
    quorumPort: 0,
    electionPort: 0,
  };
  const [reminder = '', ...more] = linesWith(leader, 'without TLS');
  expect(more).toEqual([]);
  expect(reminder).toContain(' WARN ');
  for (const port of [quorumPort, electionPort]) expect(reminder).toContain(`every address, port ${port}`);

  const stranger = await startStranger(ensemble);
  const refusal = await pollUntil(async () => linesWith(leader, 'no configuration lists this observer')[0], {
    deadlineMs: 20_000,
    describe: () => `a refusal\n${ensemble.report()}\n${stranger.report()}`,
  });
  expect(refusal).toMatch(/ WARN .*server 9: .*127\.0\.0\.1:\d+/);
  expect(await stranger.status()).toBeUndefined();
});

test.each([
  { name: 'on loopback, which is not told of', extra: {} },
  {
    name: 'elsewhere where the configuration allows it',
    extra: { quorumListenOnAllIPs: true, 'vivarium.unlistedObservers': true },
  },
])('an observer nobody lists may join $name', async ({ extra }) => {
  const ensemble = await startEnsemble(extra);
  const stranger = await startStranger(ensemble);
  expect((await stranger.waitUntilServing()).mode).toBe('observer');
  expect(linesWith(ensemble.server(0), 'without TLS')).toHaveLength('quorumListenOnAllIPs' in extra ? 1 : 0);
});

test('an observer that the host adds joins, also where strangers may not', async () => {
  const rig = new HostingRig();
  cleanUp.push(() => rig.clean());
  const hosted = rig.host({ participants: 3, settings: { tickTime: 500, quorumListenOnAllIPs: 'true' } });
  await hosted.start();
  await rig.serving(1, 2, 3);
  const added = await hosted.addObserver();
  await rig.serving(1, 2, 3, 4);
  const client = await RawConnection.openSession(added.member.clientPort);
  expect((await client.request(op.create, createBody('/through-it', '')))?.error).toBe(0);
  client.destroy();
});
