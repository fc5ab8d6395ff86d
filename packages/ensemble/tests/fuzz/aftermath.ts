/** What must be true of the ensemble when the fuzzer has paused, and when it has ended. */
import { OpCode } from '@vivarium/wire/op-code';
import { pollUntil } from '../harness/poll.ts';
import { Bytes, createBody, op, RawConnection } from '../harness/raw-connection.ts';
import type { TestEnsemble } from '../harness/test-ensemble.ts';
import type { TestServer } from '../harness/test-server.ts';
import type { WriteLoad } from '../integration/load/write-load.ts';
import { describeFootprint, type Footprint, footprintOf, rssMib } from './footprint.ts';
import { FUZZ_ROOT } from './requests.ts';
import { openAsSuper, readTree } from './tree-reading.ts';

/** How long the ensemble may take until it serves when the fuzzer has paused. */
const RECOVERY_LIMIT_MS = 30_000;
/** Far above what a server of so few znodes needs, and far below what unbounded buffers would take. */
const MAX_RSS_MIB = 768;
/** More than this the fuzzer's own znodes never are for long: a run of any length leaves a tree of the same size. */
const MAX_CHILDREN = 400;
/**
 * What a process may hold more than before. Numbers: what measuring itself holds. Memory: what is kept of compiled code, and
 * of the last transactions for learners (64 MiB at most), whatever was sent.
 */
const MAX_GROWTH: Readonly<Partial<Record<keyof Footprint, number>>> = {
  heap: 32,
  external: 96,
  descriptors: 8,
  timers: 8,
  sockets: 4,
  connections: 2,
  sessions: 2,
  watches: 0,
  ephemerals: 1,
};
/** What requests that peers forward leave behind: sessions of any length. */
const OF_FORWARDED = new Set(['sessions', 'ephemerals']);
/** Lines that no input may bring about. */
const UNEXPECTED = /differs from the leader's|the admin server: |\b\w*(Error|Exception)\b|\n\s+at .+:\d+:\d+/;

/** What the ensemble did wrong. */
export class Finding extends Error {}

export class Aftermath {
  private readonly ensemble: TestEnsemble;
  private readonly load: WriteLoad;
  private readonly log: (line: string) => void;
  private readonly pids = new Map<number, number | undefined>();
  /** By process: a server that was killed and started again begins anew. */
  private readonly baselines = new Map<number | undefined, Footprint>();
  private readonly lines: string[] = [];
  private peakRssMib = 0;

  constructor(ensemble: TestEnsemble, load: WriteLoad, log: (line: string) => void) {
    this.ensemble = ensemble;
    this.load = load;
    this.log = log;
  }

  async begin(): Promise<void> {
    for (const server of this.ensemble.servers) this.restarted(server);
    await this.write(0, FUZZ_ROOT, 0);
    await this.measureNew();
  }

  /** The fuzzer has started a server that it had killed. */
  restarted(server: TestServer): void {
    this.pids.set(server.clientPort, server.pid);
  }

  /** With the fuzzer silent: no process has ended, all serve, and honest clients go on. */
  async recover(tidies: boolean): Promise<void> {
    this.checkProcesses();
    await this.ensemble.waitUntilServing(this.ensemble.servers, RECOVERY_LIMIT_MS);
    await this.load.progressAfter(Date.now(), RECOVERY_LIMIT_MS);
    if (tidies) await this.tidy();
    await this.measureNew();
    this.checkProcesses();
  }

  /** All is as it was but for what was written: nothing is left over, trees are equal, and on disk is what is in memory. */
  async finish(ofPeers: boolean): Promise<void> {
    const { ensemble, load } = this;
    await this.checkFootprints(ofPeers ? OF_FORWARDED : new Set());
    for (const index of ensemble.servers.keys()) await this.write(index, '/after-', 2);
    const killed = await ensemble.killLeader();
    await ensemble.waitForLeader(RECOVERY_LIMIT_MS);
    await load.progressAfter(Date.now(), RECOVERY_LIMIT_MS);
    killed.start();
    this.restarted(killed);
    await ensemble.waitUntilServing(ensemble.servers, RECOVERY_LIMIT_MS);
    for (const index of ensemble.servers.keys()) await this.write(index, '/after-', 2);
    await load.stop();
    await this.compareTrees();
    for (const { clientPort } of ensemble.servers) {
      const { missing, stale } = await load.verify(clientPort);
      if (missing.length + stale.length > 0) {
        const lost = JSON.stringify({ missing, stale }).slice(0, 2_000);
        throw new Finding(`acknowledged writes are lost on ${clientPort}: ${lost}`);
      }
    }
    this.checkProcesses();
    await this.restartEach();
  }

  report(): string[] {
    return [...this.lines, `most memory: ${this.peakRssMib} MiB`];
  }

  private async measureNew(): Promise<void> {
    for (const server of this.ensemble.servers) {
      if (!this.baselines.has(server.pid)) this.baselines.set(server.pid, await footprintOf(server));
    }
  }

  private checkProcesses(): void {
    for (const server of this.ensemble.servers) {
      if (!server.running || server.pid !== this.pids.get(server.clientPort)) {
        throw new Finding(`the server on client port ${server.clientPort} has ended`);
      }
      for (const { text } of [server.stdout, server.stderr]) {
        const line = UNEXPECTED.exec(text)?.[0];
        if (line !== undefined) throw new Finding(`the server on client port ${server.clientPort} says: ${line}`);
      }
    }
    const rss = Math.max(...this.ensemble.servers.map(rssMib));
    this.peakRssMib = Math.max(this.peakRssMib, rss);
    if (rss > MAX_RSS_MIB) throw new Finding(`a server has ${rss} MiB of memory`);
  }

  /** Once the fuzzer's sessions have expired, each server holds about what it held before. */
  private async checkFootprints(except: ReadonlySet<string>): Promise<void> {
    await this.tidy();
    for (const server of this.ensemble.servers) {
      const before = this.baselines.get(server.pid);
      if (before === undefined) throw new Error('a server was never measured');
      let after = before;
      const grown = (): string[] =>
        Object.entries(MAX_GROWTH)
          .filter(([name]) => !except.has(name))
          .filter(([name, most]) => !(after[name as keyof Footprint] - before[name as keyof Footprint] <= most))
          .map(([name]) => name);
      try {
        await pollUntil(
          async () => {
            after = await footprintOf(server);
            return grown().length === 0 ? true : undefined;
          },
          { deadlineMs: RECOVERY_LIMIT_MS, intervalMs: 1_000, describe: () => `less ${grown().join(', ')}` },
        );
      } catch (error) {
        throw new Finding(
          `${String(error)}\nbefore: ${describeFootprint(before)}\nafter:  ${describeFootprint(after)}`,
        );
      }
      this.lines.push(`port ${server.clientPort} before: ${describeFootprint(before)}`);
      this.lines.push(`port ${server.clientPort} after:  ${describeFootprint(after)}`);
    }
  }

  /** Opens the fuzzer's own part of the tree to all again, and keeps it small. */
  private async tidy(): Promise<void> {
    const connection = await openAsSuper(this.ensemble.server(0).clientPort);
    try {
      // All may change the ACL of the root, too.
      for (const path of ['/', '/zookeeper', '/zookeeper/quota', FUZZ_ROOT]) {
        const open = new Bytes().field(path).int(1).int(31).field('world').field('anyone').int(-1);
        await connection.request(OpCode.setACL, open.buffer);
      }
      const reply = await connection.request(OpCode.getChildren, new Bytes().field(FUZZ_ROOT).byte(0).buffer);
      const names = reply?.error === 0 ? childrenIn(reply.body) : [];
      const surplus = names.length > MAX_CHILDREN ? names : names.filter((name) => !/^\d{1,3}$/.test(name));
      for (const name of surplus) await connection.request(op.delete, deletion(`${FUZZ_ROOT}/${name}`));
      for (const name of ['/zookeeper_limits', '/zookeeper_stats', '']) {
        await connection.request(op.delete, deletion(`/zookeeper/quota${FUZZ_ROOT}${name}`));
      }
      await connection.request(op.closeSession);
    } finally {
      connection.destroy();
    }
  }

  /** Sessions of the fuzzer still expire, so the trees are read until they agree, for a while. */
  private async compareTrees(): Promise<void> {
    let digests: string[] = [];
    await pollUntil(
      async () => {
        digests = await Promise.all(this.ensemble.servers.map((server) => this.digestOf(server)));
        return new Set(digests).size === 1 ? true : undefined;
      },
      { deadlineMs: RECOVERY_LIMIT_MS, intervalMs: 500, describe: () => `equal trees: ${digests.join(' ')}` },
    );
    this.log(`trees are equal: ${digests[0]}`);
  }

  private async digestOf({ clientPort }: TestServer): Promise<string> {
    const { digest, znodes } = await readTree(clientPort);
    return `${digest} (${znodes} znodes)`;
  }

  /** What each server has on its disk, and has from there after a restart, is what the others have in memory. */
  private async restartEach(): Promise<void> {
    for (const server of this.ensemble.servers) {
      await server.restart();
      this.restarted(server);
      await this.ensemble.waitUntilServing(this.ensemble.servers, RECOVERY_LIMIT_MS);
      await this.compareTrees();
    }
    this.checkProcesses();
  }

  private async write(index: number, path: string, flags: number): Promise<void> {
    const server = this.ensemble.server(index);
    const connection = await RawConnection.openSession(server.clientPort);
    const reply = await connection.request(op.create, createBody(path, '', flags));
    await connection.request(op.closeSession);
    connection.destroy();
    if (reply?.error !== 0) throw new Finding(`a write through port ${server.clientPort} was answered ${reply?.error}`);
  }
}

function deletion(path: string): Buffer {
  return new Bytes().field(path).int(-1).buffer;
}

function childrenIn(body: Buffer): string[] {
  const names: string[] = [];
  let at = 4;
  for (let left = body.readInt32BE(0); left > 0; left--) {
    const end = at + 4 + body.readInt32BE(at);
    names.push(body.toString('utf8', at + 4, end));
    at = end;
  }
  return names;
}
