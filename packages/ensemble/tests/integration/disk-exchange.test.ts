/**
 * One data directory, served by turns by Apache and by ours: each writes a history, is killed, and leaves it to the other,
 * which must have the same tree, node for node, and the same sessions.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fourLetterWord } from '../harness/four-letter-word.ts';
import { Bytes, RawConnection } from '../harness/raw-connection.ts';
import type { Flavour } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import { TestServer } from '../harness/test-server.ts';
import { Player, resumeFrame, type SessionKey } from './differential/player.ts';
import { digestId, RequestGenerator, SESSION_TIMEOUT_KEYS } from './differential/request-generator.ts';
import { readTree, SUPERUSER } from './differential/tree-text.ts';

const STEPS = 400;
/** Small enough for several snapshots in one history, with transactions behind the last. */
const SNAP_COUNT = 300;
const END_OF_SNAPSHOT = new Bytes().field('/').buffer;
const JAVA_CLASS_PATH = ['zookeeper', 'slf4j-simple', 'commons-cli'].map((name) => `/usr/share/java/${name}.jar`);
const execute = promisify(execFile);

/** Sessions that a history has left behind. */
interface Sessions {
  live: SessionKey[];
  ended: SessionKey[];
}

/** Sequences of requests, as the comparison of answers plays them; in between the server is killed and started again. */
async function writeHistory(server: TestServer, seed: number): Promise<Sessions> {
  const sessions: Sessions = { live: [], ended: [] };
  for (const part of [0, 1]) {
    if (part > 0) {
      await server.crash();
      server.start();
      await server.waitUntilServing();
    }
    const generator = new RequestGenerator(seed + part);
    const player = new Player(server.clientPort);
    for (const step of generator.prelude()) await player.play(step);
    for (let count = 0; count < STEPS; count++) {
      const { paths, zxid } = await player.play(generator.next(player.state));
      generator.learn(paths, zxid);
    }
    player.destroy();
    sessions.live.push(...player.liveSessions);
    sessions.ended.push(...player.endedSessions);
  }
  return sessions;
}

/** Whether a client may go on with a session. */
async function isAlive(port: number, { sessionId, password }: SessionKey): Promise<boolean> {
  const connection = await RawConnection.open(port);
  connection.send(resumeFrame(0, sessionId, password));
  const answer = await connection.nextFrame();
  connection.destroy();
  return answer?.readBigInt64BE(8) === sessionId;
}

function countEphemerals(tree: ReadonlyMap<string, string>): number {
  return [...tree.values()].filter((text) => text.includes('owner 0x')).length;
}

describe.each<{ flavours: readonly Flavour[]; seed: number }>([
  { flavours: ['apache', 'vivarium', 'apache'], seed: 9_001 },
  { flavours: ['vivarium', 'apache', 'vivarium'], seed: 9_101 },
])('a data directory of $flavours', ({ flavours, seed }) => {
  let ensemble: TestEnsemble;
  let server: TestServer;
  /** What the last server has left. */
  let tree: Map<string, string>;
  let sessions: Sessions;
  let zxid: bigint | undefined;

  /** Leaves the data directory to a server of the flavour. */
  async function handOver(flavour: Flavour): Promise<void> {
    await server?.crash();
    server = new TestServer({ ...ensemble.server(0).options, flavour });
    server.start();
    await server.waitUntilServing();
  }

  beforeAll(async () => {
    ensemble = await TestEnsemble.create({
      servers: 1,
      extra: {
        ...SESSION_TIMEOUT_KEYS,
        snapCount: SNAP_COUNT,
        preAllocSize: 64,
        'DigestAuthenticationProvider.superDigest': digestId(SUPERUSER),
      },
    });
  });

  afterAll(async () => {
    await server?.crash();
    await ensemble?.stop();
  });

  test.each(flavours.map((flavour, turn) => ({ flavour, turn })))('turn $turn: $flavour', async ({ flavour, turn }) => {
    await handOver(flavour);
    const { clientPort } = server;
    if (turn > 0) {
      expect((await server.status())?.zxid).toBe(zxid);
      expect(await readTree(clientPort)).toEqual(tree);
      // Only of what it has loaded: over some of its own writes 3.8.0 counts one itself.
      if (flavour === 'apache') {
        expect(await fourLetterWord(clientPort, 'mntr')).toMatch(/^zk_digest_mismatches_count\t0$/m);
      }
      for (const session of sessions.live) expect(await isAlive(clientPort, session)).toBe(true);
      for (const session of sessions.ended) expect(await isAlive(clientPort, session)).toBe(false);
    }
    sessions = await writeHistory(server, seed + 10 * turn);
    expect(sessions.ended.length).toBeGreaterThan(0);
    tree = await readTree(clientPort);
    expect(countEphemerals(tree)).toBeGreaterThan(3);
    zxid = (await server.status())?.zxid;
  });

  test('Apache’s tools read every file', async () => {
    await server.crash();
    const folder = join(server.options.directory, 'data', 'version-2');
    const read = { log: 0, snapshot: 0 };
    for (const name of readdirSync(folder)) {
      const kind = /^(log|snapshot)\.[0-9a-f]+$/.exec(name)?.[1];
      if (kind !== 'log' && kind !== 'snapshot') continue;
      const path = join(folder, name);
      // An Apache server that was killed may have left half of one.
      if (kind === 'snapshot' && !readFileSync(path).subarray(-END_OF_SNAPSHOT.length).equals(END_OF_SNAPSHOT))
        continue;
      const tool = kind === 'log' ? 'persistence.TxnLogToolkit' : 'SnapshotFormatter';
      const command = ['-cp', JAVA_CLASS_PATH.join(':'), `org.apache.zookeeper.server.${tool}`, path];
      const { stdout } = await execute('java', command, { maxBuffer: 1 << 26 });
      expect(stdout).toMatch(kind === 'log' ? /^EOF reached after \d+ txns\.$/m : /^Last zxid: 0x[0-9a-f]+$/m);
      expect(stdout).not.toMatch(/crc error/i);
      read[kind]++;
    }
    // Each turn has two lives, in which a log begins and a snapshot is due.
    expect(read.log).toBeGreaterThanOrEqual(2 * flavours.length);
    expect(read.snapshot).toBeGreaterThan(flavours.length);
  });
});
