/**
 * How a leader of one kind brings a learner of the other up to date: by DIFF, SNAP and TRUNC, each forced, and seen in what
 * both sides log; and the digests in transactions, which the other side computes anew.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pollUntil } from '../harness/poll.ts';
import { Bytes, createBody, op, RawConnection, requestFrame } from '../harness/raw-connection.ts';
import { type Flavour, quietJvmArguments } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import type { TestServer } from '../harness/test-server.ts';
import { digestId, SUPERUSER } from './differential/request-generator.ts';
import { readTree } from './differential/tree-text.ts';
import { REAPING_JVM_ARGUMENTS, REAPING_KEYS, reapContainers } from './mixed/containers.ts';
import { compareDigests, digestMismatches } from './mixed/digests.ts';
import { levelled } from './mixed/levelled.ts';
import { randomLoad } from './mixed/random-load.ts';
import { tamperWith } from './mixed/tampering.ts';

const NO_NODE = -101;
const UNCOMMITTED = 20;
/** More than a leader keeps at hand. */
const FAR_BEHIND = 700;
const JVM_ARGUMENTS = [
  ...quietJvmArguments,
  '-Dorg.slf4j.simpleLogger.log.org.apache.zookeeper.server.quorum.Learner=info',
  '-Dorg.slf4j.simpleLogger.log.org.apache.zookeeper.server.quorum.LearnerHandler=debug',
  // No DIFF out of log files, which comes before a SNAP while they are small.
  '-Dzookeeper.snapshotSizeFactor=-1',
  ...REAPING_JVM_ARGUMENTS,
];

type Mode = 'DIFF' | 'SNAP' | 'TRUNC';

/** What a learner logs, and what its leader does. */
const LEARNER_LINES: Readonly<Record<Flavour, Readonly<Record<Mode, RegExp>>>> = {
  vivarium: {
    DIFF: /synchronised by DIFF from 0x\w+ to 0x\w+/,
    SNAP: /synchronised by SNAP from 0x\w+ to 0x\w+/,
    TRUNC: /synchronised by TRUNC from 0x\w+ to 0x\w+/,
  },
  apache: {
    DIFF: /Getting a diff from the leader 0x\w+/,
    SNAP: /Getting a snapshot from leader 0x\w+/,
    TRUNC: /Truncating log to get in sync with the leader 0x\w+/,
  },
};
const LEADER_LINES: Readonly<Record<Flavour, Readonly<Record<Mode, RegExp>>>> = {
  vivarium: {
    DIFF: /synchronising server 3 by DIFF from 0x\w+/,
    SNAP: /synchronising server 3 by SNAP from 0x\w+/,
    TRUNC: /synchronising server 3 by TRUNC from 0x\w+/,
  },
  apache: {
    DIFF: /(Using committedLog|Sending DIFF zxid=0x\w+) for peer sid: 3/,
    SNAP: /Sending snapshot last zxid of peer is 0x\w+/,
    TRUNC: /Sending TRUNC to follower zxidToSend=0x\w+ for peer sid:3/,
  },
};

function outputOf(server: TestServer): string {
  return `${server.stdout.text}\n${server.stderr.text}`;
}

describe.each<{ leaders: Flavour; learner: Flavour; name: string }>([
  { leaders: 'vivarium', learner: 'apache', name: "our leader and Apache's learner" },
  { leaders: 'apache', learner: 'vivarium', name: "Apache's leader and our learner" },
])('$name', ({ leaders, learner: learnerFlavour }) => {
  let ensemble: TestEnsemble;
  let one: TestServer;
  let two: TestServer;
  let learner: TestServer;

  /** Starts the learner and waits for it; it must have been synchronised in this way. */
  async function synchronisedBy(mode: Mode): Promise<void> {
    const before = outputOf(two);
    learner.start();
    await learner.waitUntilServing();
    expect((await learner.status())?.mode).toBe('follower');
    expect(outputOf(learner)).toMatch(LEARNER_LINES[learnerFlavour][mode]);
    for (const other of ['DIFF', 'SNAP', 'TRUNC'] as const) {
      if (other !== mode) expect(outputOf(learner)).not.toMatch(LEARNER_LINES[learnerFlavour][other]);
    }
    const added = (): string => outputOf(two).slice(before.length);
    await pollUntil(async () => (LEADER_LINES[leaders][mode].test(added()) ? true : undefined), {
      deadlineMs: 5_000,
      describe: () => `${LEADER_LINES[leaders][mode]}\n${added()}`,
    });
  }

  /** So many creates, sent at once and answered. */
  async function write(server: TestServer, prefix: string, count: number): Promise<void> {
    const connection = await RawConnection.openSession(server.clientPort);
    for (let number = 0; number < count; number++) {
      connection.send(requestFrame(number, op.create, createBody(`/${prefix}-${number}`, `${number}`)));
    }
    for (let number = 0; number < count; number++) expect((await connection.nextReply())?.error).toBe(0);
    await connection.request(op.closeSession);
    connection.destroy();
  }

  /** All have what this session wrote, and nobody has these nodes. */
  async function expectNone(prefix: string): Promise<void> {
    for (const { clientPort } of ensemble.servers) {
      const connection = await RawConnection.openSession(clientPort);
      for (let number = 0; number < UNCOMMITTED; number++) {
        const body = new Bytes().field(`/${prefix}-${number}`).byte(0).buffer;
        expect((await connection.request(op.exists, body))?.error, `${prefix}-${number}\n${ensemble.report()}`).toBe(
          NO_NODE,
        );
      }
      await connection.request(op.closeSession);
      connection.destroy();
    }
  }

  async function expectEqualTrees(): Promise<void> {
    expect((await compareDigests(ensemble.servers)).differences).toEqual([]);
    const [first, ...others] = await Promise.all(ensemble.servers.map((server) => readTree(server.clientPort)));
    for (const tree of [first, ...others]) tree?.delete('/zookeeper/config');
    for (const other of others) expect(other).toEqual(first);
  }

  beforeAll(async () => {
    ensemble = await TestEnsemble.create({
      servers: 3,
      flavours: [leaders, leaders, learnerFlavour],
      jvmArguments: JVM_ARGUMENTS,
      extra: {
        ...REAPING_KEYS,
        preAllocSize: 64,
        'DigestAuthenticationProvider.superDigest': digestId(SUPERUSER),
      },
    });
    one = ensemble.server(0);
    two = ensemble.server(1);
    learner = ensemble.server(2);
    one.start();
    two.start();
    await ensemble.waitUntilServing([one, two]);
    expect(await ensemble.leader()).toBe(two);
    await write(one, 'first', 20);
    learner.start();
    await learner.waitUntilServing();
  }, 60_000);

  afterAll(async () => {
    await ensemble?.stop();
  });

  test('DIFF: what it missed is little', async () => {
    await learner.crash();
    await write(one, 'little', 50);
    await synchronisedBy('DIFF');
    await expectEqualTrees();
  });

  test('SNAP: what it missed is more than the leader has at hand', async () => {
    await learner.crash();
    await write(one, 'much', FAR_BEHIND);
    await synchronisedBy('SNAP');
    await expectEqualTrees();
    // What came in the snapshot, and what came after it, is on its disk.
    await write(learner, 'after-snap', 10);
    await learner.crash();
    await synchronisedBy('DIFF');
    await expectEqualTrees();
  });

  test('TRUNC: as a leader it has logged what nobody else has', async () => {
    await ensemble.killAll();
    one.start();
    learner.start();
    await ensemble.waitUntilServing([one, learner]);
    expect(await ensemble.leader()).toBe(learner);
    two.start();
    await two.waitUntilServing();
    await write(two, 'committed', 5);
    const connection = await RawConnection.openSession(learner.clientPort);
    // Their logs are equally long, so that the highest sid will lead them.
    await levelled(ensemble.servers);
    await Promise.all([one.pause(), two.pause()]);
    for (let number = 0; number < UNCOMMITTED; number++) {
      connection.send(requestFrame(number, op.create, createBody(`/uncommitted-${number}`, '')));
    }
    const folder = join(learner.options.directory, 'data', 'version-2');
    const logged = (): boolean =>
      readdirSync(folder).some(
        (name) =>
          name.startsWith('log.') && readFileSync(join(folder, name)).includes(`/uncommitted-${UNCOMMITTED - 1}`),
      );
    await pollUntil(async () => (logged() ? true : undefined), {
      deadlineMs: 20_000,
      describe: () => `uncommitted proposals in the log\n${learner.report()}`,
    });
    // With the proposals that have come to them and that they have not read.
    await ensemble.killAll();
    connection.destroy();
    one.start();
    two.start();
    await ensemble.waitUntilServing([one, two]);
    expect(await ensemble.leader()).toBe(two);
    await synchronisedBy('TRUNC');
    await expectNone('uncommitted');
    await write(learner, 'after-trunc', 10);
    await expectEqualTrees();
    await learner.crash();
    await synchronisedBy('DIFF');
    await expectNone('uncommitted');
    await expectEqualTrees();
  });

  test('under random requests, containers among them, no digest in a transaction is doubted', async () => {
    expect(await ensemble.leader()).toBe(two);
    await Promise.all([
      randomLoad(ensemble.servers, 6_001),
      ...ensemble.servers.map((server, index) => reapContainers(server, `${index}`)),
    ]);
    await expectEqualTrees();
    const mismatches = await Promise.all(ensemble.servers.map(digestMismatches));
    // Into some of its own transactions 3.8.0 writes a digest that its own tree does not have: all see the same of these.
    const expected = leaders === 'apache' ? mismatches[1] : 0;
    expect(mismatches).toEqual([expected, expected, expected]);
  });

  test('a tree that is not the leader’s is noticed at the first transaction', async () => {
    await learner.stop();
    tamperWith(join(learner.options.directory, 'data'), '/first-0');
    learner.start();
    await learner.waitUntilServing();
    // Those that it missed may have been without a digest, since they failed; these are not.
    await write(one, 'after-tampering', 3);
    await pollUntil(async () => ((await digestMismatches(learner)) > 0 ? true : undefined), {
      deadlineMs: 10_000,
      describe: () => `a mismatch\n${learner.report()}`,
    });
    if (learnerFlavour === 'vivarium') expect(outputOf(learner)).toMatch(/the tree differs from the leader's after 0x/);
    expect((await compareDigests(ensemble.servers)).differences).not.toEqual([]);
  });
});
