/**
 * One run of the fuzzer: an ensemble of three server processes under a light load of honest clients, bursts of mutated
 * conversations on one kind of port, and after each burst the question whether all is well.
 */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '@vivarium/shared/random';
import { fourLetterWord } from '../harness/four-letter-word.ts';
import { pollUntil } from '../harness/poll.ts';
import { createBody, op, RawConnection } from '../harness/raw-connection.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import { WriteLoad } from '../integration/load/write-load.ts';
import { type AnswerReader, electionAnswers, quorumAnswers } from './answers.ts';
import { dialledBack, electionConversation } from './election-conversation.ts';
import { quorumConversation } from './quorum-conversation.ts';
import { FUZZ_ROOT } from './requests.ts';
import { type Counts, converse, speak } from './speaker.ts';
import { Tally } from './tally.ts';
import { Trace } from './trace.ts';
import { readTree, SUPER_DIGEST } from './tree-reading.ts';
import type { Conversation, World } from './world.ts';

/** What can be fuzzed. A further port is an entry here, with its conversations and what it answers. */
const PORTS = {
  quorum: { conversation: quorumConversation, answers: quorumAnswers },
  election: { conversation: electionConversation, answers: electionAnswers },
} as const;
export type FuzzPort = keyof typeof PORTS;
export const FUZZ_PORTS = Object.keys(PORTS) as FuzzPort[];

export interface FuzzOptions {
  readonly port: FuzzPort;
  readonly seed: number;
  /** The run ends when either is reached. */
  readonly seconds: number;
  readonly frames: number;
  /** These in place of random ones. */
  readonly replay: readonly Conversation[] | null;
  log(line: string): void;
}

export interface FuzzResult {
  /** What went wrong; null where nothing did. */
  readonly failure: string | null;
  readonly frames: number;
  readonly trace: Trace;
  /** Of the whole run, in lines. */
  readonly report: readonly string[];
}

const LANES = 8;
const BURST_MS = 2_500;
/** How long the ensemble may take until it serves when the fuzzer has paused. */
const RECOVERY_LIMIT_MS = 30_000;
/** Far above what a server of so few znodes needs, and far below what unbounded buffers would take. */
const MAX_RSS_MIB = 768;
const SESSIONS = 2;

/** Runs it; a failure of the ensemble is a result, one of the fuzzer itself rejects. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzResult> {
  const ensemble = await TestEnsemble.start({
    servers: 3,
    flavours: 'vivarium',
    extra: {
      'DigestAuthenticationProvider.superDigest': SUPER_DIGEST,
      extendedTypesEnabled: true,
      preAllocSize: 4_096,
    },
  });
  const load = new WriteLoad(ensemble.connectString, SESSIONS);
  const run = new Run(options, ensemble, load);
  try {
    await load.progressAfter(0);
    return await run.run();
  } finally {
    run.close();
    await load.close();
    await ensemble.stop();
  }
}

/** What the ensemble did wrong. */
class Finding extends Error {}

class Run {
  private readonly options: FuzzOptions;
  private readonly ensemble: TestEnsemble;
  private readonly load: WriteLoad;
  private readonly random: Random;
  private readonly trace = new Trace();
  private readonly counts: Counts = {
    frames: new Tally(),
    mutations: new Tally(),
    conversations: new Tally(),
    endings: new Tally(),
    answers: new Tally(),
  };
  private readonly pids = new Map<number, number | undefined>();
  private readonly dialledBack: Server;
  private readonly sockets = new Set<Socket>();
  private world: World = {
    voters: [1, 2, 3],
    leader: 3,
    epoch: 1,
    zxid: 0n,
    sessions: [],
    ownPort: 0,
    impersonate: false,
  };
  private burstEndMs = 0;
  private burstMs = 0;
  private bursts = 0;
  private kills = 0;
  private elections = 0;
  private peakRssMib = 0;

  constructor(options: FuzzOptions, ensemble: TestEnsemble, load: WriteLoad) {
    this.options = options;
    this.ensemble = ensemble;
    this.load = load;
    this.random = new Random(options.seed);
    this.dialledBack = createServer((socket) => {
      this.keep(socket);
      socket.resume();
      const chunks = dialledBack(this.random, this.world);
      this.counts.conversations.add('dialled back');
      const closed = once(socket, 'close').then(() => undefined);
      closed.catch(() => undefined);
      speak(socket, chunks, this.counts, closed).then(
        () => socket.end(),
        () => socket.destroy(),
      );
    });
  }

  close(): void {
    this.dialledBack.close();
    for (const socket of this.sockets) socket.destroy();
  }

  async run(): Promise<FuzzResult> {
    const { ensemble } = this;
    this.dialledBack.listen(0, '127.0.0.1');
    await once(this.dialledBack, 'listening');
    for (const server of ensemble.servers) this.pids.set(server.clientPort, server.pid);
    await this.write(0, FUZZ_ROOT, 0);
    const rssBefore = this.rssMib();
    let failure: string | null = null;
    try {
      await this.fuzz();
      await this.finalChecks();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      failure = `${error.message}\n${ensemble.report()}`;
    }
    return { failure, frames: this.counts.frames.total, trace: this.trace, report: this.report(rssBefore) };
  }

  private async fuzz(): Promise<void> {
    const { options, counts } = this;
    const endMs = performance.now() + options.seconds * 1_000;
    while (performance.now() < endMs && counts.frames.total < options.frames) {
      await this.observe();
      if (options.replay !== null) {
        const startMs = performance.now();
        for (const conversation of options.replay) await this.lead(conversation);
        this.burstMs = performance.now() - startMs;
      } else {
        await this.burst(Math.min(endMs, performance.now() + BURST_MS));
      }
      await this.recover();
      if (options.replay !== null) return;
    }
  }

  /** Keeps what is known of the ensemble fresh while a burst goes on, as far as it answers. */
  private async watch(): Promise<void> {
    while (performance.now() < this.burstEndMs) {
      await delay(200);
      const leader = await this.ensemble.leader();
      const status = await leader?.status();
      if (leader === undefined || status === undefined) continue;
      const epoch = Number(status.zxid >> 32n);
      this.world = { ...this.world, leader: this.ensemble.servers.indexOf(leader) + 1, epoch, zxid: status.zxid };
    }
  }

  /** Looks at the ensemble, so that frames name epochs, zxids and sessions that mean something. */
  private async observe(): Promise<void> {
    const { servers } = this.ensemble;
    const leader = await this.ensemble.waitForLeader(RECOVERY_LIMIT_MS);
    const status = await leader.waitUntilServing(RECOVERY_LIMIT_MS);
    const sessions: bigint[] = [];
    for (const server of servers.filter(({ running }) => running)) {
      const text = await fourLetterWord(server.clientPort, 'cons').catch(() => '');
      for (const [, sid] of text.matchAll(/sid=(0x[0-9a-f]+)/g)) sessions.push(BigInt(sid ?? 0));
    }
    this.world = {
      ...this.world,
      leader: servers.indexOf(leader) + 1,
      epoch: Number(status.zxid >> 32n),
      zxid: status.zxid,
      sessions,
      ownPort: (this.dialledBack.address() as AddressInfo).port,
    };
  }

  /** All lanes at once until the time is up. Strangers and impostors take turns; now and then a server is killed. */
  private async burst(endMs: number): Promise<void> {
    const { random, ensemble } = this;
    this.bursts++;
    this.world = { ...this.world, impersonate: this.bursts % 2 === 0 };
    const before = this.world;
    const startMs = performance.now();
    this.burstEndMs = endMs;
    const lanes = Array.from({ length: LANES }, (_, lane) => this.lane(lane));
    const watch = this.watch();
    const crowd = random.chance(0.3) ? this.crowd() : null;
    const killing = this.bursts % 4 === 0;
    if (killing) {
      const victim = ensemble.server(random.chance(0.5) ? before.leader - 1 : random.below(3));
      this.kills++;
      await victim.crash();
      await delay(Math.max(0, (endMs - performance.now()) / 2));
      victim.start();
      this.pids.set(victim.clientPort, victim.pid);
    }
    await Promise.all([...lanes, watch]);
    await crowd;
    this.burstMs += performance.now() - startMs;
    if (!killing) {
      await this.observe();
      if (this.world.epoch !== before.epoch && !before.impersonate) {
        throw new Finding(`strangers made the ensemble elect anew: epoch ${before.epoch} became ${this.world.epoch}`);
      }
      if (this.world.epoch !== before.epoch) this.elections++;
    }
  }

  private async lane(number: number): Promise<void> {
    const { port } = this.options;
    const random = new Random(this.options.seed * 1_000_003 + this.bursts * 101 + number);
    while (performance.now() < this.burstEndMs && this.counts.frames.total < this.options.frames) {
      await this.lead(PORTS[port].conversation(random, this.world));
    }
  }

  private async lead(conversation: Conversation): Promise<void> {
    this.trace.add(conversation);
    const read: AnswerReader = PORTS[this.options.port].answers(this.counts.answers);
    await converse(this.portOf(conversation.target), conversation, this.counts, read);
  }

  private portOf(sid: number): number {
    const line = this.ensemble.lines[sid - 1];
    if (line === undefined) throw new Error(`no server ${sid}`);
    return this.options.port === 'quorum' ? line.quorumPort : line.electionPort;
  }

  /** Hundreds of connections that say nothing, and stay until the burst is over. */
  private async crowd(): Promise<void> {
    const port = this.portOf(this.world.leader);
    this.counts.conversations.add('silent', 300);
    const sockets = Array.from({ length: 300 }, () => connect({ port, host: '127.0.0.1' }));
    for (const socket of sockets) this.keep(socket);
    await delay(Math.max(0, this.burstEndMs - performance.now()));
    for (const socket of sockets) socket.destroy();
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.sockets.delete(socket));
  }

  /** With the fuzzer silent: no process has ended, all serve, and honest clients go on. */
  private async recover(): Promise<void> {
    this.checkProcesses();
    await this.ensemble.waitUntilServing(this.ensemble.servers, RECOVERY_LIMIT_MS);
    await this.load.progressAfter(Date.now(), RECOVERY_LIMIT_MS);
    this.checkProcesses();
  }

  private checkProcesses(): void {
    for (const server of this.ensemble.servers) {
      if (!server.running || server.pid !== this.pids.get(server.clientPort)) {
        throw new Finding(`the server on client port ${server.clientPort} has ended`);
      }
      if (/differs from the leader's/.test(server.stdout.text)) throw new Finding('a tree differs from the leader’s');
    }
    const rss = Math.max(...this.rssMib());
    this.peakRssMib = Math.max(this.peakRssMib, rss);
    if (rss > MAX_RSS_MIB) throw new Finding(`a server has ${rss} MiB of memory`);
  }

  private rssMib(): number[] {
    return this.ensemble.servers.map(({ pid }) => {
      const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      return Math.round(Number(line) / 1024);
    });
  }

  private async finalChecks(): Promise<void> {
    const { ensemble, load } = this;
    for (const index of ensemble.servers.keys()) await this.write(index, '/after-', 2);
    const killed = await ensemble.killLeader();
    await ensemble.waitForLeader(RECOVERY_LIMIT_MS);
    await load.progressAfter(Date.now(), RECOVERY_LIMIT_MS);
    killed.start();
    this.pids.set(killed.clientPort, killed.pid);
    await ensemble.waitUntilServing(ensemble.servers, RECOVERY_LIMIT_MS);
    for (const index of ensemble.servers.keys()) await this.write(index, '/after-', 2);
    await load.stop();
    await this.compareTrees();
    for (const { clientPort } of ensemble.servers) {
      const { missing, stale } = await load.verify(clientPort);
      if (missing.length + stale.length > 0) {
        throw new Finding(
          `acknowledged writes are lost on ${clientPort}: ${JSON.stringify({ missing, stale }).slice(0, 2_000)}`,
        );
      }
    }
    this.checkProcesses();
  }

  /** Sessions of the fuzzer still expire, so the trees are read until they agree, for a while. */
  private async compareTrees(): Promise<void> {
    let digests: string[] = [];
    await pollUntil(
      async () => {
        const trees = await Promise.all(this.ensemble.servers.map(({ clientPort }) => readTree(clientPort)));
        digests = trees.map(({ digest, znodes }) => `${digest} (${znodes} znodes)`);
        return new Set(digests).size === 1 ? true : undefined;
      },
      { deadlineMs: RECOVERY_LIMIT_MS, intervalMs: 500, describe: () => `equal trees: ${digests.join(' ')}` },
    );
    this.options.log(`trees are equal: ${digests[0]}`);
  }

  private async write(index: number, path: string, flags: number): Promise<void> {
    const server = this.ensemble.server(index);
    const connection = await RawConnection.openSession(server.clientPort);
    const reply = await connection.request(op.create, createBody(path, '', flags));
    connection.destroy();
    if (reply?.error !== 0) throw new Finding(`a write through port ${server.clientPort} was answered ${reply?.error}`);
  }

  private report(rssBefore: readonly number[]): string[] {
    const { options, counts, burstMs } = this;
    const { total } = counts.frames;
    return [
      `seed ${options.seed}, ${options.port} port: ${total} frames in ${(burstMs / 1_000).toFixed(1)} s of bursts, ${Math.round(total / (burstMs / 1_000))} frames/s`,
      `${this.bursts} bursts, ${this.kills} servers killed, ${this.elections} elections without a kill, ${this.load.acknowledgedPaths} znodes of honest clients`,
      `connections ${counts.conversations.total}: ${counts.conversations}`,
      `frames: ${counts.frames}`,
      `mutations: ${counts.mutations}`,
      `answers: ${counts.answers}`,
      ...takenOf(options.port, counts),
      `endings: ${counts.endings}`,
      `memory in MiB: before ${rssBefore.join(' ')}, after ${this.ensemble.servers.every(({ running }) => running) ? this.rssMib().join(' ') : 'a server has ended'}, most ${this.peakRssMib}`,
    ];
  }
}

/** A conversation ends with its first wrong frame, but what was sent behind it counts as sent: how much was looked at. */
function takenOf(port: FuzzPort, { frames, answers }: Counts): string[] {
  if (port !== 'quorum') return [];
  const share = answers.of('REVALIDATE') / frames.of('REVALIDATE');
  return [
    `of the REVALIDATEs ${(share * 100).toFixed(0)} % were answered, so about ${Math.round(share * frames.total)} frames were taken`,
  ];
}
