/**
 * One data directory, served by turns by Apache and by ours: each writes a history, is killed, and leaves it to the other,
 * which must have the same tree, node for node, and the same sessions. With snapshots of every kind, and logs in a
 * directory of their own.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, gunzipSync } from 'node:zlib';
import { decodeSnappyStream } from '@vivarium/wire/snappy';
import { readSnapshotFile } from '@vivarium/wire/snapshot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fourLetterWord } from '../harness/four-letter-word.ts';
import { Bytes, RawConnection } from '../harness/raw-connection.ts';
import type { Flavour } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import { TestServer } from '../harness/test-server.ts';
import { Player, resumeFrame, type SessionKey } from './differential/player.ts';
import { digestId, RequestGenerator, SESSION_TIMEOUT_KEYS, SUPERUSER } from './differential/request-generator.ts';
import { readTree } from './differential/tree-text.ts';

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
async function writeHistory(server: TestServer, seed: number, steps: number): Promise<Sessions> {
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
    for (let count = 0; count < steps; count++) {
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

function filesIn(folder: string, pattern: RegExp): string[] {
  return readdirSync(folder)
    .filter((name) => pattern.test(name))
    .map((name) => join(folder, name));
}

function isWhole(path: string): boolean {
  const bytes = readFileSync(path);
  if (path.endsWith('.snappy')) return readSnapshotFile(decodeSnappyStream([bytes]), () => {}).ok;
  const plain = path.endsWith('.gz') ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }) : bytes;
  return plain.subarray(-END_OF_SNAPSHOT.length).equals(END_OF_SNAPSHOT);
}

async function runTool(tool: string, path: string): Promise<string> {
  const command = ['-XX:TieredStopAtLevel=1', '-Xshare:auto', '-cp', JAVA_CLASS_PATH.join(':')];
  const { stdout } = await execute('java', [...command, `org.apache.zookeeper.server.${tool}`, path], {
    maxBuffer: 1 << 26,
  });
  return stdout;
}

function countEphemerals(tree: ReadonlyMap<string, string>): number {
  return [...tree.values()].filter((text) => text.includes('owner 0x')).length;
}

/** A history of one data directory. */
interface Exchange {
  readonly flavours: readonly Flavour[];
  readonly seed: number;
  /** Of each of the two lives that a turn has. */
  readonly steps: number;
  /** `snapshot.compression.method`. */
  readonly compression: '' | 'gz' | 'snappy';
  /** A dataLogDir of its own. */
  readonly separateLogs: boolean;
}

describe.each<Exchange>([
  { flavours: ['apache', 'vivarium', 'apache'], seed: 9_001, steps: 400, compression: '', separateLogs: false },
  { flavours: ['vivarium', 'apache', 'vivarium'], seed: 9_101, steps: 400, compression: 'gz', separateLogs: true },
  { flavours: ['apache', 'vivarium', 'apache'], seed: 9_201, steps: 200, compression: 'snappy', separateLogs: false },
])('a data directory of $flavours $compression', ({ flavours, seed, steps, compression, separateLogs }) => {
  let ensemble: TestEnsemble;
  let server: TestServer;
  let logDirectory: string | undefined;
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
    if (separateLogs) logDirectory = mkdtempSync(join(tmpdir(), 'vivarium-logs-'));
    ensemble = await TestEnsemble.create({
      servers: 1,
      extra: {
        ...SESSION_TIMEOUT_KEYS,
        snapCount: (SNAP_COUNT * steps) / 400,
        'snapshot.compression.method': compression,
        preAllocSize: 64,
        'DigestAuthenticationProvider.superDigest': digestId(SUPERUSER),
        // Sessions go on at servers of both kinds.
        'vivarium.sessionPasswords': 'apache',
        ...(logDirectory === undefined ? {} : { dataLogDir: logDirectory }),
      },
    });
  });

  afterAll(async () => {
    await server?.crash();
    await ensemble?.stop();
    if (logDirectory !== undefined) rmSync(logDirectory, { recursive: true });
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
    sessions = await writeHistory(server, seed + 10 * turn, steps);
    expect(sessions.ended.length).toBeGreaterThan(0);
    tree = await readTree(clientPort);
    expect(countEphemerals(tree)).toBeGreaterThan(1);
    zxid = (await server.status())?.zxid;
  });

  test('Apache’s tools read every file', async () => {
    await server.crash();
    const snapshots = join(server.options.directory, 'data', 'version-2');
    const logs = logDirectory === undefined ? snapshots : join(logDirectory, 'version-2');
    const read = { log: 0, snapshot: 0 };
    const suffix = compression === '' ? '' : `.${compression}`;
    // How snapshots are compressed makes no difference to the logs: to have them read twice is enough.
    for (const path of compression === 'snappy' ? [] : filesIn(logs, /^log\.[0-9a-f]+$/)) {
      const stdout = await runTool('persistence.TxnLogToolkit', path);
      expect(stdout).toMatch(/^EOF reached after \d+ txns\.$/m);
      expect(stdout).not.toMatch(/crc error/i);
      read.log++;
    }
    // Of the first start there is an empty one of ours, which is not compressed.
    for (const path of filesIn(snapshots, new RegExp(`^snapshot\\.(0|[0-9a-f]+${suffix})$`))) {
      // An Apache server that was killed may have left half of one.
      if (!isWhole(path)) continue;
      expect(await runTool('SnapshotFormatter', path)).toMatch(/^Last zxid: 0x[0-9a-f]+$/m);
      read.snapshot++;
    }
    expect(filesIn(snapshots, /^snapshot/).filter((path) => path.endsWith(suffix)).length).toBeGreaterThan(2);
    // Each turn has two lives, in which a log begins and a snapshot is due.
    if (compression !== 'snappy') expect(read.log).toBeGreaterThanOrEqual(2 * flavours.length);
    expect(read.snapshot).toBeGreaterThan(flavours.length);
  });
});
