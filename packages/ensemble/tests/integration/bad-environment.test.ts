import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pollUntil } from '../harness/poll.ts';
import { freePorts } from '../harness/ports.ts';
import { Bytes, createBody, op, RawConnection, requestFrame } from '../harness/raw-connection.ts';
import { flavourUnderTest } from '../harness/server-command.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import { TestServer } from '../harness/test-server.ts';
import { usedBytes } from '../harness/used-bytes.ts';
import { type ServerLine, writeZooCfg } from '../harness/zoo-cfg.ts';

const isRoot = process.getuid?.() === 0;
let directory: string;
let ports: number[];
/** What the test has to undo, last thing first: processes end before their disk is unmounted, then its folder goes. */
let cleanups: (() => unknown)[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'vivarium-bad-'));
  cleanups = [() => rmSync(directory, { recursive: true, force: true })];
  ports = await freePorts(4);
});

afterEach(async () => {
  for (const cleanup of cleanups.toReversed()) {
    await cleanup();
  }
});

function portAt(index: number): number {
  const port = ports[index];
  if (port === undefined) {
    throw new Error(`no port ${index}`);
  }
  return port;
}

/** The lines of an ensemble of this server and one that never starts. */
function twoServers(): ServerLine[] {
  return [
    { sid: 1, quorumPort: portAt(1), electionPort: portAt(2), observer: false },
    { sid: 2, quorumPort: 1, electionPort: 2, observer: false },
  ];
}

interface ServerSetup {
  extra?: Record<string, string | number | boolean>;
  ensemble?: boolean;
}

/** A server in the test's folder, not started yet; it is killed when the test is over. */
function makeServer(setup: ServerSetup = {}): TestServer {
  const zooCfgPath = writeZooCfg({
    directory,
    clientPort: portAt(0),
    sid: 1,
    servers: setup.ensemble === true ? twoServers() : [],
    tickTimeMs: 500,
    ...(setup.extra === undefined ? {} : { extra: setup.extra }),
  });
  const server = new TestServer({ flavour: flavourUnderTest, zooCfgPath, clientPort: portAt(0), directory });
  cleanups.push(() => server.crash());
  return server;
}

/** The number of the line of zoo.cfg that sets a key. */
function lineOf(key: string): number {
  const lines = readFileSync(join(directory, 'zoo.cfg'), 'utf8').split('\n');
  return lines.findIndex((line) => line.startsWith(`${key}=`)) + 1;
}

/** Starts the server and expects that it ends with code 1 and one line, without a stack, that has all of the texts. */
async function expectRefusal(server: TestServer, ...texts: (string | RegExp)[]): Promise<void> {
  server.start();
  const exit = await server.exited;
  expect(exit, server.report()).toEqual({ code: 1, signal: null });
  const { lines } = server.stderr;
  expect(lines, 'lines on standard error').toHaveLength(1);
  for (const text of texts) {
    expect(lines[0]).toMatch(text);
  }
}

// Apache prints stacks and uses other codes; how it fails is not what these tests are about.
describe.runIf(flavourUnderTest === 'vivarium')(
  'a server that cannot run says why in one line and exits with 1',
  () => {
    test('no zoo.cfg', async () => {
      const server = makeServer();
      rmSync(join(directory, 'zoo.cfg'));
      await expectRefusal(server, 'zoo.cfg');
    });

    test.each([
      { key: 'clientPort', value: 'abc' },
      { key: 'clientPort', value: 70_000 },
      { key: 'tickTime', value: -1 },
      { key: 'tickTime', value: '2s' },
      { key: 'initLimit', value: 'many' },
      { key: 'maxClientCnxns', value: 'x' },
      { key: 'snapCount', value: 'x' },
      { key: 'standaloneEnabled', value: 'perhaps' },
      { key: 'peerType', value: 'leader' },
      { key: 'clientPortAddress', value: 'no such host' },
      { key: 'server.2', value: 'nonsense' },
      { key: 'server.2', value: '127.0.0.1:1:2:king' },
      { key: 'server.x', value: '127.0.0.1:1:2' },
    ])('a wrong value: $key=$value', async ({ key, value }) => {
      const server = makeServer({ ensemble: true, extra: { [key]: value } });
      await expectRefusal(server, 'zoo.cfg', new RegExp(`\\b${lineOf(key)}\\b`), key, String(value));
    });

    test('minSessionTimeout above maxSessionTimeout', async () => {
      const server = makeServer({ extra: { minSessionTimeout: 90_000 } });
      await expectRefusal(server, 'zoo.cfg', 'minSessionTimeout', 'maxSessionTimeout');
    });

    test('a missing key: dataDir', async () => {
      const server = makeServer();
      const path = join(directory, 'zoo.cfg');
      writeFileSync(path, readFileSync(path, 'utf8').replace(/^dataDir=.*\n/m, ''));
      await expectRefusal(server, 'zoo.cfg', 'dataDir');
    });

    test.each(['', 'one', '7', '-1'])('a wrong myid: "%s"', async (text) => {
      const server = makeServer({ ensemble: true });
      writeFileSync(join(directory, 'data', 'myid'), text);
      await expectRefusal(server, 'myid', text);
    });

    test('no myid', async () => {
      const server = makeServer({ ensemble: true });
      rmSync(join(directory, 'data', 'myid'));
      await expectRefusal(server, 'myid', join(directory, 'data'));
    });

    test.each([
      { what: 'client', index: 0 },
      { what: 'election', index: 2 },
    ])('a used $what port', async ({ index }) => {
      const holder = createServer();
      await new Promise<void>((resolve) => holder.listen(portAt(index), resolve));
      cleanups.push(() => holder.close());
      await expectRefusal(makeServer({ ensemble: true }), String(portAt(index)));
    });

    test('a data folder that is a file', async () => {
      const path = join(directory, 'file');
      writeFileSync(path, '');
      await expectRefusal(makeServer({ extra: { dataDir: path } }), path);
    });

    test('a data folder that cannot be made', async () => {
      await expectRefusal(makeServer({ extra: { dataDir: '/proc/vivarium' } }), '/proc/vivarium');
    });

    test('a log folder that is a file', async () => {
      const path = join(directory, 'file');
      writeFileSync(path, '');
      await expectRefusal(makeServer({ extra: { dataLogDir: path } }), path);
    });

    /** Runs a server, writes 200 nodes (snapshots every few), and ends it. */
    async function writtenServer(): Promise<TestServer> {
      const server = makeServer({ extra: { snapCount: 20, preAllocSize: 64 } });
      server.start();
      await server.waitUntilServing();
      const connection = await RawConnection.openSession(server.clientPort);
      for (let number = 0; number < 200; number++) {
        expect((await connection.request(op.create, createBody(`/n${number}`, 'x'.repeat(100))))?.error).toBe(0);
      }
      connection.destroy();
      await server.stop();
      return server;
    }

    /** Overwrites 16 bytes in the middle of each of the server's files with the given prefix; returns their names. */
    function spoil(prefix: string): string[] {
      const folder = join(directory, 'data', 'version-2');
      const names = readdirSync(folder).filter((name) => name.startsWith(prefix));
      for (const name of names) {
        const path = join(folder, name);
        const used = usedBytes(readFileSync(path)) - 1;
        const file = openSync(path, 'r+');
        writeSync(file, Buffer.alloc(16, 0xa5), 0, 16, Math.floor(used / 2));
      }
      return names;
    }

    test('every snapshot is corrupt', async () => {
      const server = await writtenServer();
      const names = spoil('snapshot.');
      expect(names.length).toBeGreaterThan(0);
      await expectRefusal(server, join(directory, 'data', 'version-2'), 'snapshot');
    });

    test('a transaction in the middle of a log is corrupt', async () => {
      const server = await writtenServer();
      const names = spoil('log.');
      expect(names.length).toBeGreaterThan(0);
      await expectRefusal(server, /log\.[0-9a-f]+/);
    });

    /** Names of the server's files with the given prefix, oldest first; zxids of one epoch, which are of one length. */
    function filesOf(prefix: string): string[] {
      const names = readdirSync(join(directory, 'data', 'version-2')).filter((name) => name.startsWith(prefix));
      return names.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
    }

    test('the last transaction of the last log is corrupt: it may have been acknowledged', async () => {
      const server = await writtenServer();
      const name = filesOf('log.').at(-1) ?? '';
      const path = join(directory, 'data', 'version-2', name);
      const bytes = readFileSync(path);
      const at = usedBytes(bytes) - 20;
      bytes[at] = (bytes[at] ?? 0) ^ 4;
      writeFileSync(path, bytes);
      await expectRefusal(server, /log\.[0-9a-f]+ is damaged at offset \d+/);
    });

    test('a log between two is gone', async () => {
      const server = await writtenServer();
      const folder = join(directory, 'data', 'version-2');
      for (const name of filesOf('snapshot.').slice(1)) rmSync(join(folder, name));
      const logs = filesOf('log.');
      expect(logs.length).toBeGreaterThan(4);
      rmSync(join(folder, logs[2] ?? ''));
      await expectRefusal(server, logs[3] ?? '', 'missing');
    });

    test('every snapshot is empty, and snapshot.trust.empty', async () => {
      const server = await writtenServer();
      const folder = join(directory, 'data', 'version-2');
      for (const name of filesOf('snapshot.')) truncateSync(join(folder, name));
      await expectRefusal(server, /snapshot\.[0-9a-f]+ is corrupt/);
      appendFileSync(join(directory, 'zoo.cfg'), 'snapshot.trust.empty=true\n');
      server.start();
      await server.waitUntilServing();
      expect(await missingOn(server.clientPort, '/n', range(200))).toEqual([]);
    });

    test('epoch files that contradict one another', async () => {
      const server = makeServer({ ensemble: true });
      const folder = join(directory, 'data', 'version-2');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'currentEpoch'), '5');
      writeFileSync(join(folder, 'acceptedEpoch'), '3');
      await expectRefusal(server, 'currentEpoch', 'acceptedEpoch');
    });
  },
);

describe('a server that can run with what it has', () => {
  test.runIf(flavourUnderTest === 'vivarium')('old snapshots and logs are purged, and nothing is missing', async () => {
    // Snapshots by size; and each start begins a log.
    const server = makeServer({ extra: { snapSizeLimitInKb: 8, txnLogSizeLimitInKb: 16, preAllocSize: 64 } });
    server.start();
    await server.waitUntilServing();
    const connection = await RawConnection.openSession(server.clientPort);
    for (const number of range(200)) {
      expect((await connection.request(op.create, createBody(`/n${number}`, 'x'.repeat(500))))?.error).toBe(0);
    }
    await server.crash();
    const folder = join(directory, 'data', 'version-2');
    const before = readdirSync(folder);
    // Not one that the crash has left half written.
    const snapshots = before.filter((name) => /^snapshot\.[0-9a-f]+$/.test(name));
    expect(snapshots.length).toBeGreaterThan(8);
    snapshots.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
    // The newest one is empty, and must not count (ZOOKEEPER-3231).
    truncateSync(join(folder, snapshots.at(-1) ?? ''));
    appendFileSync(join(directory, 'zoo.cfg'), 'autopurge.purgeInterval=1\n');
    server.start();
    await server.waitUntilServing();
    await pollUntil(async () => (/purged \d+ files/.test(server.stdout.text + server.stderr.text) ? true : undefined), {
      deadlineMs: 10_000,
      describe: () => server.report(),
    });
    const left = readdirSync(folder).filter((name) => name.startsWith('snapshot.'));
    expect(left).toHaveLength(4);
    expect(readdirSync(folder).length).toBeLessThan(before.length / 2);
    await server.crash();
    server.start();
    await server.waitUntilServing();
    expect(await missingOn(server.clientPort, '/n', range(200))).toEqual([]);
  });

  test.runIf(flavourUnderTest === 'vivarium')('an unknown key is a warning that names it', async () => {
    const server = makeServer({ extra: { fantasyKey: 'x' } });
    server.start();
    await server.waitUntilServing();
    expect(`${server.stdout.text}${server.stderr.text}`).toMatch(/fantasyKey/);
  });

  test('a torn tail of the newest log is cut off, and everything before it is there', async () => {
    const server = makeServer();
    server.start();
    await server.waitUntilServing();
    const connection = await RawConnection.openSession(server.clientPort);
    for (let number = 0; number < 20; number++) {
      expect((await connection.request(op.create, createBody(`/n${number}`, 'data')))?.error).toBe(0);
    }
    await server.crash();
    const folder = join(directory, 'data', 'version-2');
    const name = readdirSync(folder).find((one) => one.startsWith('log.')) ?? '';
    const bytes = readFileSync(join(folder, name));
    const end = usedBytes(bytes);
    // The start of a record whose rest never reached the disk, then what a preallocated file has: zeros.
    const torn = new Bytes().long(123_456n).int(200).raw(Buffer.alloc(50, 0x11)).buffer;
    writeFileSync(join(folder, name), bytes.subarray(0, end));
    appendFileSync(join(folder, name), torn);
    server.start();
    await server.waitUntilServing();
    const again = await RawConnection.openSession(server.clientPort);
    for (let number = 0; number < 20; number++) {
      expect((await again.request(op.exists, new Bytes().field(`/n${number}`).byte(0).buffer))?.error).toBe(0);
    }
    expect((await again.request(op.create, createBody('/after', '')))?.error).toBe(0);
    await server.crash();
    server.start();
    await server.waitUntilServing();
    const last = await RawConnection.openSession(server.clientPort);
    expect((await last.request(op.exists, new Bytes().field('/after').byte(0).buffer))?.error).toBe(0);
  });
});

/** Creates nodes of 4 KiB, many in flight, until the connection ends; returns the numbers of the acknowledged ones. */
async function createUntilClosed(port: number, prefix: string): Promise<number[]> {
  const connection = await RawConnection.openSession(port, 30_000);
  const acknowledged: number[] = [];
  const data = Buffer.alloc(4_096, 0x61);
  const most = 20_000;
  let sent = 0;
  const send = () => {
    connection.send(requestFrame(sent, op.create, createBody(`${prefix}${sent}`, data)));
    sent++;
  };
  while (sent < 32) {
    send();
  }
  for (let reply = await connection.nextReply(); reply !== undefined; reply = await connection.nextReply()) {
    if (reply.error === 0) {
      acknowledged.push(reply.xid);
    }
    if (sent < most) {
      send();
    } else if (reply.xid === most - 1) {
      throw new Error(`${most} nodes of 4 KiB were written to a disk that should be full`);
    }
  }
  return acknowledged;
}

/** Which of the numbered nodes a server doesn't have. */
async function missingOn(port: number, prefix: string, numbers: readonly number[]): Promise<number[]> {
  const connection = await RawConnection.openSession(port);
  await connection.request(9, new Bytes().field('/').buffer);
  const missing: number[] = [];
  for (const number of numbers) {
    const reply = await connection.request(op.exists, new Bytes().field(`${prefix}${number}`).byte(0).buffer);
    if (reply?.error !== 0) {
      missing.push(number);
    }
  }
  connection.destroy();
  return missing;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

describe.runIf(isRoot)('a full disk', () => {
  /** A file system of its own for the test's data, or false where mounting is not permitted. */
  function mountSmallDisk(path: string, size: string): boolean {
    mkdirSync(path, { recursive: true });
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], { stdio: 'ignore' });
    } catch {
      return false;
    }
    cleanups.push(() => execFileSync('umount', [path]));
    return true;
  }

  test('a server alone stops rather than lose a write, and has all acknowledged ones once there is space', async ({
    skip,
  }) => {
    const disk = join(directory, 'data');
    if (!mountSmallDisk(disk, '3m')) {
      skip('mounting is not permitted');
    }
    const server = makeServer({ extra: { preAllocSize: 64 } });
    server.start();
    await server.waitUntilServing();
    const acknowledged = await createUntilClosed(server.clientPort, '/full-');
    expect(acknowledged.length).toBeGreaterThan(10);
    const exit = await server.exited;
    expect(exit.code === 0, server.report()).toBe(false);
    execFileSync('mount', ['-o', 'remount,size=64m', disk]);
    server.start();
    await server.waitUntilServing();
    expect(await missingOn(server.clientPort, '/full-', acknowledged)).toEqual([]);
  });

  test.runIf(flavourUnderTest === 'vivarium')(
    'a server without space for snapshots says so and goes on, and has everything at its next start',
    async ({ skip }) => {
      const disk = join(directory, 'data');
      if (!mountSmallDisk(disk, '600k')) {
        skip('mounting is not permitted');
      }
      const dataLogDir = join(directory, 'logs');
      const server = makeServer({ extra: { dataLogDir, snapCount: 40, preAllocSize: 64 } });
      server.start();
      await server.waitUntilServing();
      const connection = await RawConnection.openSession(server.clientPort);
      for (const number of range(300)) {
        const reply = await connection.request(op.create, createBody(`/n${number}`, Buffer.alloc(4096, 0x61)));
        expect(reply?.error, server.report()).toBe(0);
      }
      await server.crash();
      expect(server.stderr.text + server.stdout.text).toContain('no snapshot was written');
      server.start();
      await server.waitUntilServing();
      expect(await missingOn(server.clientPort, '/n', range(300))).toEqual([]);
    },
  );

  // Apache's leader of 3.8 does not end when its disk is full.
  test.runIf(flavourUnderTest === 'vivarium')(
    'the leader of three stops, the others go on, and every acknowledged write is on each of them',
    async ({ skip }) => {
      const ensemble = await TestEnsemble.create({ servers: 3, extra: { preAllocSize: 64 } });
      cleanups.push(() => ensemble.removeFiles());
      // The last server has the largest id: with equal logs it is elected first.
      const leader = ensemble.server(2);
      const disk = join(leader.options.directory, 'data');
      const myid = readFileSync(join(disk, 'myid'));
      if (!mountSmallDisk(disk, '3m')) {
        skip('mounting is not permitted');
      }
      writeFileSync(join(disk, 'myid'), myid);
      cleanups.push(() => ensemble.killAll());
      ensemble.startAll();
      await ensemble.waitUntilServing();
      expect((await leader.status())?.mode).toBe('leader');
      const acknowledged = await createUntilClosed(leader.clientPort, '/full-');
      expect(acknowledged.length).toBeGreaterThan(10);
      const exit = await leader.exited;
      expect(exit.code === 0, leader.report()).toBe(false);
      expect(await ensemble.waitForLeader()).not.toBe(leader);
      execFileSync('mount', ['-o', 'remount,size=64m', disk]);
      leader.start();
      await ensemble.waitUntilServing();
      for (const server of ensemble.servers) {
        expect(await missingOn(server.clientPort, '/full-', acknowledged), server.report()).toEqual([]);
      }
    },
  );
});
