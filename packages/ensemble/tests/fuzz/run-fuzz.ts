/** Leads mutated conversations with three servers, and looks after each burst, and thoroughly at the end, what became of them. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '@vivarium/shared/random';
import { fourLetterWord } from '../harness/four-letter-word.ts';
import { TestEnsemble } from '../harness/test-ensemble.ts';
import { WriteLoad } from '../integration/load/write-load.ts';
import { Aftermath, Finding } from './aftermath.ts';
import { dialledBack } from './election-conversation.ts';
import { INSPECTED } from './footprint.ts';
import { type FuzzPort, portNamed } from './ports.ts';
import { type Counts, converse, type Line, speak } from './speaker.ts';
import { Tally } from './tally.ts';
import { Trace } from './trace.ts';
import { SUPER_DIGEST } from './tree-reading.ts';
import type { Conversation, Credential, World } from './world.ts';

export interface FuzzOptions {
  /** One after the other, a burst each. */
  readonly ports: readonly FuzzPort[];
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

const BURST_MS = 2_500;
/** How long the ensemble may take until it serves when the fuzzer has paused. */
const RECOVERY_LIMIT_MS = 30_000;
const SESSIONS = 2;
/** So many of the fuzzer's last sessions may be taken over. */
const CREDENTIALS = 32;

/** Runs it; a failure of the ensemble is a result, one of the fuzzer itself rejects. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzResult> {
  const directory = mkdtempSync(join(tmpdir(), 'vivarium-fuzz-'));
  const keyFile = join(directory, 'session.key');
  writeFileSync(keyFile, `${'5e'.repeat(16)}\n`, { mode: 0o600 });
  const ensemble = await TestEnsemble.start({
    servers: 3,
    flavours: 'vivarium',
    extra: {
      'DigestAuthenticationProvider.superDigest': SUPER_DIGEST,
      extendedTypesEnabled: true,
      enforceQuota: true,
      'znode.container.checkIntervalMs': 1_000,
      'nio.sessionlessCnxnTimeout': 3_000,
      'vivarium.sessionKeyFile': keyFile,
      preAllocSize: 4_096,
    },
    admin: options.ports.includes('admin'),
    environment: INSPECTED,
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
    rmSync(directory, { recursive: true });
  }
}

/** Of one port. */
interface PortCounts extends Counts {
  burstMs: number;
}

class Run {
  private readonly options: FuzzOptions;
  private readonly ensemble: TestEnsemble;
  private readonly aftermath: Aftermath;
  private readonly random: Random;
  private readonly trace = new Trace();
  private readonly counts = new Map<FuzzPort, PortCounts>();
  private readonly dialledBack: Server;
  private readonly sockets = new Set<Socket>();
  private readonly credentials: Credential[] = [];
  private world: World = {
    voters: [1, 2, 3],
    leader: 3,
    epoch: 1,
    zxid: 0n,
    sessions: [],
    credentials: this.credentials,
    ownPort: 0,
    impersonate: false,
  };
  private port: FuzzPort;
  private burstEndMs = 0;
  private bursts = 0;
  private kills = 0;
  private elections = 0;

  constructor(options: FuzzOptions, ensemble: TestEnsemble, load: WriteLoad) {
    this.options = options;
    this.ensemble = ensemble;
    this.aftermath = new Aftermath(ensemble, load, options.log);
    this.random = new Random(options.seed);
    this.port = options.ports[0] ?? 'quorum';
    for (const port of options.ports) {
      const tallies = {
        mutations: new Tally(),
        conversations: new Tally(),
        endings: new Tally(),
        answers: new Tally(),
      };
      this.counts.set(port, { frames: new Tally(), ...tallies, burstMs: 0 });
    }
    this.dialledBack = createServer((socket) => {
      this.keep(socket);
      socket.resume();
      const chunks = dialledBack(this.random, this.world);
      this.present.conversations.add('dialled back');
      const closed = once(socket, 'close').then(() => undefined);
      closed.catch(() => undefined);
      speak(socket, chunks, this.present, closed).then(
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
    const { ensemble, aftermath, options } = this;
    this.dialledBack.listen(0, '127.0.0.1');
    await once(this.dialledBack, 'listening');
    let failure: string | null = null;
    try {
      await aftermath.begin();
      await this.fuzz();
      await aftermath.finish(options.ports.some((port) => portNamed(port).ofPeers));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      failure = `${error.message}\n${ensemble.report()}`;
    }
    const report = [
      `seed ${options.seed}: ${this.bursts} bursts, ${this.kills} servers killed, ${this.elections} elections without a kill`,
      ...options.ports.flatMap((port) => reportOf(port, this.countsOf(port))),
      ...aftermath.report(),
    ];
    return { failure, frames: this.totalFrames, trace: this.trace, report };
  }

  private get present(): PortCounts {
    return this.countsOf(this.port);
  }

  private countsOf(port: FuzzPort): PortCounts {
    const counts = this.counts.get(port);
    if (counts === undefined) throw new Error(`the ${port} port is not fuzzed`);
    return counts;
  }

  private get totalFrames(): number {
    return this.options.ports.reduce((sum, port) => sum + this.countsOf(port).frames.total, 0);
  }

  private get hasFramesLeft(): boolean {
    return this.present.frames.total < this.options.frames;
  }

  private async fuzz(): Promise<void> {
    const { options } = this;
    const endMs = performance.now() + options.seconds * 1_000;
    for (let turn = 0; performance.now() < endMs && this.totalFrames < options.frames * options.ports.length; turn++) {
      this.port = options.ports[turn % options.ports.length] ?? this.port;
      if (!this.hasFramesLeft) continue;
      await this.observe();
      const startMs = performance.now();
      if (options.replay !== null) for (const conversation of options.replay) await this.lead(conversation);
      else await this.burst(Math.min(endMs, startMs + BURST_MS));
      this.present.burstMs += performance.now() - startMs;
      await this.aftermath.recover(!portNamed(this.port).ofPeers);
      if (options.replay !== null) return;
    }
  }

  /** Keeps what is known of the ensemble fresh while a burst goes on, as far as it answers. */
  private async watch(): Promise<void> {
    while (performance.now() < this.burstEndMs && this.hasFramesLeft) {
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
    const { lanes, ofPeers } = portNamed(this.port);
    this.bursts++;
    this.world = { ...this.world, impersonate: ofPeers && this.bursts % 2 === 0 };
    const before = this.world;
    this.burstEndMs = endMs;
    const speaking = Array.from({ length: lanes }, (_, lane) => this.lane(lane));
    const watch = this.watch();
    const crowd = random.chance(0.3) ? this.crowd() : null;
    const killing = this.bursts % 4 === 0;
    if (killing) {
      const victim = ensemble.server(random.chance(0.5) ? before.leader - 1 : random.below(3));
      this.kills++;
      await victim.crash();
      await delay(Math.max(0, (endMs - performance.now()) / 2));
      victim.start();
      this.aftermath.restarted(victim);
    }
    await Promise.all([...speaking, watch]);
    await crowd;
    if (!killing) {
      await this.observe();
      if (this.world.epoch !== before.epoch && !before.impersonate) {
        throw new Finding(`strangers made the ensemble elect anew: epoch ${before.epoch} became ${this.world.epoch}`);
      }
      if (this.world.epoch !== before.epoch) this.elections++;
    }
  }

  private async lane(number: number): Promise<void> {
    const random = new Random(this.options.seed * 1_000_003 + this.bursts * 101 + number);
    while (performance.now() < this.burstEndMs && this.hasFramesLeft) {
      await this.lead(portNamed(this.port).conversation(random, this.world));
    }
  }

  private async lead(conversation: Conversation): Promise<void> {
    this.trace.add(conversation);
    const read = portNamed(this.port).answers(this.present.answers, (credential) => this.learn(credential));
    await converse(this.lineTo(conversation.target), conversation, this.present, read);
  }

  private learn(credential: Credential): void {
    this.credentials.push(credential);
    if (this.credentials.length > CREDENTIALS) this.credentials.shift();
  }

  private lineTo(sid: number): Line {
    const { ofPeers, numberOf } = portNamed(this.port);
    // Of one address a port takes no more than some ten thousand connections a minute: for so long each number is waited for.
    const from = ofPeers ? null : `127.0.${this.random.between(1, 250)}.${this.random.between(1, 250)}`;
    return { port: numberOf(this.ensemble, sid), from };
  }

  /** Hundreds of connections that say nothing, and stay until the burst is over. */
  private async crowd(): Promise<void> {
    const { port } = this.lineTo(this.world.leader);
    this.present.conversations.add('silent', 300);
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
}

function reportOf(
  port: FuzzPort,
  { frames, conversations, mutations, answers, endings, burstMs }: PortCounts,
): string[] {
  const { total } = frames;
  const seconds = burstMs / 1_000;
  return [
    `${port} port: ${total} frames in ${seconds.toFixed(1)} s of bursts, ${Math.round(total / seconds)} frames/s`,
    `connections ${conversations.total}: ${conversations}`,
    `frames: ${frames}`,
    `mutations: ${mutations}`,
    `answers ${answers.total}: ${answers}`,
    ...takenOf(port, { frames, answers }),
    `endings: ${endings}`,
  ];
}

/** A conversation ends with its first wrong frame, but what was sent behind it counts as sent: how much was looked at. */
function takenOf(port: FuzzPort, { frames, answers }: Pick<Counts, 'frames' | 'answers'>): string[] {
  switch (port) {
    case 'quorum': {
      const share = answers.of('REVALIDATE') / frames.of('REVALIDATE');
      return [
        `of the REVALIDATEs ${(share * 100).toFixed(0)} % were answered, so about ${Math.round(share * frames.total)} frames were taken`,
      ];
    }
    case 'client': {
      const accepted = answers.of('ok') + answers.of('session');
      const refused = answers.total - accepted - answers.of('event') - answers.of('text');
      return [
        `accepted ${accepted}, refused ${refused}, without an answer that was read ${frames.total - accepted - refused}`,
      ];
    }
    case 'admin': {
      const accepted = answers.of('200');
      return [`accepted ${accepted}, refused ${answers.total - accepted}`];
    }
    default:
      return [];
  }
}
