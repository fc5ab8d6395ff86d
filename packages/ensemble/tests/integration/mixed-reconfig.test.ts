/** Ensembles of Apache's servers and ours that change while they run, led by either; and Apache's command line asks for it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pollUntil } from '../harness/poll.ts';
import { freePorts } from '../harness/ports.ts';
import { createBody, op, RawConnection } from '../harness/raw-connection.ts';
import { type Flavour, flavourUnderTest } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import type { TestServer } from '../harness/test-server.ts';
import { CHANGEABLE, type Joiner, makeJoiner, reconfigure, waitForMembers } from './reconfig/changing-ensemble.ts';

const ZK_CLI = '/usr/share/zookeeper/bin/zkCli.sh';
const ours = flavourUnderTest;
const theirs: Flavour = 'apache';

async function zkCli(server: TestServer, ...command: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(ZK_CLI, ['-server', `127.0.0.1:${server.clientPort}`, ...command]);
  return stdout;
}

async function create(server: TestServer, path: string): Promise<void> {
  const connection = await RawConnection.openSession(server.clientPort);
  const reply = await connection.request(op.create, createBody(path, 'x'));
  connection.destroy();
  expect(reply?.error, `create ${path}\n${server.report()}`).toBe(0);
}

/** The third server leads at first, since it has the largest sid. */
describe.each<{ leader: string; flavours: readonly Flavour[]; joins: Flavour }>([
  { leader: 'ours', flavours: [theirs, ours, ours], joins: theirs },
  { leader: "Apache's", flavours: [ours, theirs, theirs], joins: ours },
])('led by $leader', ({ flavours, joins }) => {
  let ensemble: TestEnsemble;
  let joiner: Joiner;

  beforeAll(async () => {
    ensemble = await TestEnsemble.start({ servers: 3, flavours, extra: CHANGEABLE });
    joiner = await makeJoiner(ensemble, 4, joins);
  }, 60_000);

  afterAll(async () => {
    await joiner?.server.crash();
    await ensemble?.stop();
  });

  test('a server of the other kind joins, and all show the same configuration', async () => {
    expect((await ensemble.server(2).status())?.mode).toBe('leader');
    joiner.server.start();
    const asked = await zkCli(ensemble.server(0), 'reconfig', '-add', joiner.line('participant'));
    expect(asked).toContain('Committed new configuration');
    expect(asked).toContain(joiner.line('participant'));
    const lines = await waitForMembers([...ensemble.servers, joiner.server], [1, 2, 3, 4]);
    expect(lines.at(-1)).toMatch(/^version=1000000[0-9a-f]{2}$/);
    for (const [index, server] of [...ensemble.servers, joiner.server].entries())
      await create(server, `/with-4-${index}`);
  });

  test('the leader leaves: one of the others leads, and all of them serve', async () => {
    const staying = [ensemble.server(0), ensemble.server(1), joiner.server];
    expect([0, null]).toContain(await reconfigure(ensemble.server(1), { leaving: '3' }));
    await waitForMembers(staying, [1, 2, 4]);
    await ensemble.server(2).crash();
    for (const [index, server] of staying.entries()) await create(server, `/without-3-${index}`);
  });

  test('both kinds start again from what they have written down', async () => {
    const staying = [ensemble.server(0), ensemble.server(1), joiner.server];
    await Promise.all(staying.map((server) => server.crash()));
    for (const server of staying) server.start();
    await waitForMembers(staying, [1, 2, 4]);
    expect(await zkCli(ensemble.server(1), 'reconfig', '-remove', '1')).toContain('Committed new configuration');
    await waitForMembers(staying.slice(1), [2, 4]);
    expect(await zkCli(joiner.server, 'config')).toContain('server.2=');
    await create(joiner.server, '/without-1');
  }, 60_000);
});

test("a server of ours that Apache's leader moves says so, and is where it was moved to once it is started again", async () => {
  const ensemble = await TestEnsemble.start({ servers: 3, flavours: ['vivarium', theirs, theirs], extra: CHANGEABLE });
  try {
    const moved = ensemble.server(0);
    expect((await moved.status())?.mode).toBe('follower');
    const [quorumPort = 0, electionPort = 0] = await freePorts(2);
    const addresses = `127.0.0.1:${quorumPort}:${electionPort}:participant;127.0.0.1:${moved.clientPort}`;
    expect(await reconfigure(moved, { joining: `server.1=${addresses}` })).toBe(0);
    const warning = `the ensemble looks for this server at ${addresses} now`;
    const said = () => [...moved.stdout.lines, ...moved.stderr.lines].some((line) => line.includes(warning));
    await pollUntil(async () => said(), { deadlineMs: 10_000, describe: () => `${warning}\n${moved.report()}` });
    await moved.restart();
    await ensemble.waitUntilServing();
    await waitForMembers(ensemble.servers, [1, 2, 3]);
    const connection = await RawConnection.open(electionPort);
    connection.destroy();
    await create(moved, '/from-there');
  } finally {
    await ensemble.stop();
  }
}, 60_000);
