/** One nemesis run: real servers under faults and load, a last look at everything, and the check of the history. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ErrorCode } from '@vivarium/shared/error-code';
import { Random } from '@vivarium/shared/random';
import { buildFaultLibrary } from '../harness/fault-library.ts';
import { pollUntil } from '../harness/poll.ts';
import { freePorts } from '../harness/ports.ts';
import { writeZooCfg } from '../harness/zoo-cfg.ts';
import { checkHistory } from './check-history.ts';
import { isWrite } from './check-state.ts';
import { drawFault, type StandingFault } from './fault-menu.ts';
import { Findings } from './findings.ts';
import { HistoryFile, HistoryWriter, type Operation } from './history.ts';
import { Load, prepareNodes, readAll, writeLast } from './load.ts';
import { LogArchive } from './log-archive.ts';
import { NemesisServer } from './nemesis-server.ts';
import { LinkNetwork, NamespaceNetwork, type Network } from './network.ts';
import type { Recorder, ServerPlace } from './recorded-session.ts';
import type { Summary } from './summary.ts';

export interface RunOptions {
  readonly servers: number;
  /** How long faults come. */
  readonly seconds: number;
  readonly seed: number;
  /** Operations a second. */
  readonly rate: number;
  readonly network: Network['kind'];
  /** Made if it is missing; holds all evidence, which `removeEvidence` takes away. */
  readonly directory: string;
  readonly log: (line: string) => void;
}

const TICK_MS = 500;
const SYNC_LIMIT = 4;
const CLIENTS = 12;
const SESSION_TIMEOUTS_MS = [2_500, 4_000, 6_000] as const;
const MAX_SESSION_TIMEOUT_MS = Math.max(...SESSION_TIMEOUTS_MS);
const SERVING_LIMIT_MS = 60_000;
const MINUTE_MS = 60_000;

/** Ends with all processes ended. `signal` ends it early: no check, and what it throws is the signal's reason. */
export async function runNemesis(options: RunOptions, signal: AbortSignal): Promise<Summary> {
  const run = new NemesisRun(options, signal);
  try {
    return await run.run();
  } finally {
    await run.close();
  }
}

/** Removes what a run has left in its directory. */
export function removeEvidence(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

class NemesisRun {
  private readonly options: RunOptions;
  private readonly signal: AbortSignal;
  private readonly aborted: Promise<never>;
  private readonly random: Random;
  private readonly findings = new Findings();
  private readonly servers = new Map<number, NemesisServer>();
  private readonly writer: HistoryWriter;
  private readonly archive: LogArchive;
  private readonly historyPath: string;
  private network: Network | null = null;
  private readonly recorder: Recorder;
  private readonly startMs = performance.now();
  private connections = 0;
  private readonly operations = new Map<string, number>();
  private readonly faults = new Map<string, { count: number; longestMs: number }>();
  private readonly epochs = new Set<number>();
  private answered = 0;
  private lastWriteMs = 0;
  private longestMs = 0;
  private longestDuring = '';
  private current = 'nothing';
  private measuring = false;

  constructor(options: RunOptions, signal: AbortSignal) {
    this.options = options;
    this.signal = signal;
    this.aborted = new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    // Whoever waits at that moment is told; there may be nobody.
    this.aborted.catch(() => {});
    this.random = new Random(options.seed);
    mkdirSync(options.directory, { recursive: true });
    this.historyPath = join(options.directory, 'history.jsonl');
    this.writer = new HistoryWriter(this.historyPath);
    this.archive = new LogArchive(join(options.directory, 'logs'));
    this.recorder = {
      add: (entry) => this.writer.add(entry),
      nowMs: () => this.nowMs(),
      takeConnection: () => ++this.connections,
      onDisorder: (detail) => this.findings.add('SessionOrder', detail),
    };
  }

  /** Rejects at once where the signal comes, whatever it waits for. */
  run(): Promise<Summary> {
    return Promise.race([this.lead(), this.aborted]);
  }

  private async lead(): Promise<Summary> {
    await this.startServers();
    const places = this.places();
    const [first] = places;
    if (first === undefined) throw new Error('no servers');
    await this.waitUntilServing('at the start');
    await prepareNodes(this.recorder, first);
    const load = new Load({
      places,
      clients: CLIENTS,
      rate: this.options.rate,
      seed: this.options.seed,
      recorder: this.recorder,
      timeoutsMs: SESSION_TIMEOUTS_MS,
      onAnswer: (operation) => this.count(operation),
    });
    load.start();
    this.lastWriteMs = this.nowMs();
    this.measuring = true;
    await this.disturb();
    await this.waitUntilServing('after the last fault');
    this.measuring = false;
    await load.stop();
    // Sessions that were left without a word expire now, the last of them after this.
    await delay(MAX_SESSION_TIMEOUT_MS + 3 * TICK_MS, undefined, { signal: this.signal });
    await this.lastLook(first);
    return this.check();
  }

  /** Ends whatever runs. */
  async close(): Promise<void> {
    await Promise.all([...this.servers.values()].map((server) => server.kill()));
    for (const server of this.servers.values()) server.close();
    this.network?.close();
    this.servers.clear();
  }

  private nowMs(): number {
    return Math.round((performance.now() - this.startMs) * 100) / 100;
  }

  private places(): ServerPlace[] {
    return [...this.servers.values()].map(({ sid, options: { host, clientPort } }) => ({ sid, host, clientPort }));
  }

  private async startServers(): Promise<void> {
    const { directory } = this.options;
    const library = buildFaultLibrary(directory);
    const sids = Array.from({ length: this.options.servers }, (_, index) => index + 1);
    const network = this.options.network === 'links' ? new LinkNetwork(this.servers) : new NamespaceNetwork(sids);
    this.network = network;
    const ports = await freePorts(sids.length * 3);
    const portOf = (sid: number, which: number): number => ports[(sid - 1) * 3 + which] ?? 0;
    const lines = sids.map((sid) => ({
      sid,
      quorumPort: portOf(sid, 1),
      electionPort: portOf(sid, 2),
      observer: false,
    }));
    const addresses = lines.map(({ sid, quorumPort, electionPort }) => {
      return [`server.${sid}`, `${network.hostOf(sid)}:${quorumPort}:${electionPort}:participant`];
    });
    for (const sid of sids) {
      const own = join(directory, `server-${sid}`);
      mkdirSync(own, { recursive: true });
      const extra = {
        syncLimit: SYNC_LIMIT,
        snapCount: 3_000,
        preAllocSize: 256,
        ...Object.fromEntries(addresses),
      };
      const clientPort = portOf(sid, 0);
      const zooCfgPath = writeZooCfg({ directory: own, clientPort, sid, servers: lines, tickTimeMs: TICK_MS, extra });
      this.archive.follow(sid, join(own, 'data', 'version-2'));
      const server = new NemesisServer({
        sid,
        host: network.hostOf(sid),
        clientPort,
        directory: own,
        zooCfgPath,
        library,
        prefix: network.prefixOf(sid),
        onMode: (_, mode, epoch) => {
          if (mode === 'leader') this.epochs.add(epoch);
        },
        onDeath: (dead, how) => {
          this.findings.add('Recoverability', `server ${dead} ended by itself at ${this.nowMs()} ms: ${how}`);
          // It is to go on, so that one death is one finding.
          setTimeout(() => this.servers.get(dead)?.start(), 1_000).unref();
        },
      });
      this.servers.set(sid, server);
      server.start();
    }
  }

  /** One fault after the other until the time is over. */
  private async disturb(): Promise<void> {
    const endMs = this.nowMs() + this.options.seconds * 1000;
    let reportMs = this.nowMs() + MINUTE_MS;
    while (this.nowMs() < endMs) {
      await delay(this.random.between(200, 1_500), undefined, { signal: this.signal });
      await this.oneFault();
      if (this.nowMs() < reportMs) continue;
      reportMs += MINUTE_MS;
      this.options.log(this.progress());
    }
  }

  private async oneFault(): Promise<void> {
    const { network, random } = this;
    if (network === null) return;
    const servers = [...this.servers.values()];
    const sentMs = this.nowMs();
    const victims = { servers, network, random, maxSessionTimeoutMs: MAX_SESSION_TIMEOUT_MS };
    const fault = await drawFault(victims, (name) => {
      this.current = name;
      this.outageOf(name);
    });
    if (fault === null) {
      // This network has no such fault.
      this.faults.delete(this.current);
      network.heal();
      return;
    }
    try {
      await delay(fault.holdMs, undefined, { signal: this.signal });
    } finally {
      await fault.heal();
    }
    await this.noteFault(fault, sentMs);
  }

  /** A fault is over for its servers, and the next one may come, when all serve again; now and then it comes before. */
  private async noteFault(fault: StandingFault, sentMs: number): Promise<void> {
    this.outageOf(fault.name).count++;
    if (this.random.chance(0.8)) await this.waitUntilServing(`after ${fault.name}`);
    // Clients may still be on their way back to a leader that has just begun.
    if (this.random.chance(0.8)) await this.waitForWrite(fault.name);
    this.recorder.add({ kind: 'fault', name: fault.name, servers: fault.servers, sentMs, doneMs: this.nowMs() });
  }

  private outageOf(name: string): { count: number; longestMs: number } {
    const known = this.faults.get(name) ?? { count: 0, longestMs: 0 };
    this.faults.set(name, known);
    return known;
  }

  private async waitForWrite(name: string): Promise<void> {
    const fromMs = this.nowMs();
    const written = async (): Promise<true | undefined> => (this.lastWriteMs > fromMs ? true : undefined);
    await this.patiently(`no write is acknowledged after ${name}`, written);
  }

  private async waitUntilServing(when: string): Promise<void> {
    const all = [...this.servers.values()];
    await this.patiently(`not all servers serve ${when}`, async () => {
      return all.every(({ mode }) => mode !== null) && all.some(({ mode }) => mode === 'leader') ? true : undefined;
    });
  }

  /** What does not come in time is a broken promise, and the run goes on. */
  private async patiently(detail: string, ask: () => Promise<true | undefined>): Promise<void> {
    this.signal.throwIfAborted();
    const polled = pollUntil(ask, { deadlineMs: SERVING_LIMIT_MS, describe: () => detail }).catch(() => {
      const modes = [...this.servers.values()].map(({ sid, mode }) => `${sid}: ${mode}`).join(', ');
      this.findings.add('Liveness', `${detail} within ${SERVING_LIMIT_MS} ms (${modes}) at ${this.nowMs()} ms`);
    });
    await Promise.race([polled, this.aborted]);
  }

  /** All servers start from their disks once more, take a write together, and each shows all that it has. */
  private async lastLook(first: ServerPlace): Promise<void> {
    const servers = [...this.servers.values()];
    await Promise.all(servers.map((server) => server.kill()));
    for (const server of servers) server.start();
    await this.waitUntilServing('at the end');
    try {
      await writeLast(this.recorder, first);
      for (const place of this.places()) await readAll(this.recorder, place);
    } catch (error) {
      // What was seen before is checked all the same.
      this.findings.add('Liveness', `the last look fails: ${error instanceof Error ? error.message : error}`);
    }
    await Promise.all(servers.map((server) => server.stop()));
  }

  private check(): Summary {
    this.writer.close();
    const synchronisations = this.readServerLogs();
    const logs = this.archive.finish();
    const history = new HistoryFile(this.historyPath);
    const { txns } = checkHistory(
      history,
      { logs, read: (path) => readFileSync(path), tickTimeMs: TICK_MS, aftermathMs: (SYNC_LIMIT + 2) * TICK_MS },
      this.findings,
    );
    history.close();
    const { findings, operations, faults, epochs, longestMs, longestDuring } = this;
    return {
      options: this.options,
      operations,
      faults,
      elections: epochs.size,
      synchronisations,
      txns,
      longestMs,
      longestDuring,
      findings,
    };
  }

  /** How often leaders have sent what; and a server that notices that it has diverged says so in its log. */
  private readServerLogs(): Map<string, number> {
    const synchronisations = new Map<string, number>();
    for (const { sid, options } of this.servers.values()) {
      const text = readFileSync(join(options.directory, 'server.log'), 'utf8');
      for (const line of text.split('\n')) {
        if (/digest|diverge/i.test(line)) this.findings.add('StateEquality', `server ${sid} says: ${line}`);
        const mode = / synchronising server \d+ by (\w+) /.exec(line)?.[1];
        if (mode !== undefined) synchronisations.set(mode, (synchronisations.get(mode) ?? 0) + 1);
      }
    }
    return synchronisations;
  }

  private count(operation: Operation): void {
    const { asked, err } = operation;
    const outcome = err === null ? 'unknown' : err === ErrorCode.OK ? 'ok' : 'refused';
    const key = `${asked.op} ${outcome}`;
    this.operations.set(key, (this.operations.get(key) ?? 0) + 1);
    this.answered++;
    if (err === null || !isWrite(operation)) return;
    const gapMs = operation.doneMs - this.lastWriteMs;
    this.lastWriteMs = operation.doneMs;
    if (!this.measuring) return;
    const outage = this.faults.get(this.current);
    if (outage !== undefined) outage.longestMs = Math.max(outage.longestMs, gapMs);
    if (gapMs <= this.longestMs) return;
    this.longestMs = gapMs;
    this.longestDuring = this.current;
  }

  private progress(): string {
    const faults = [...this.faults.values()].reduce((sum, { count }) => sum + count, 0);
    const megabytes = Math.round(process.memoryUsage().rss / 2 ** 20);
    const minutes = (this.nowMs() / MINUTE_MS).toFixed(1);
    return (
      `${minutes} min: ${this.answered} operations, ${faults} faults, ${this.epochs.size} elections, ` +
      `longest outage ${Math.round(this.longestMs)} ms, ${this.findings.count} violations, ${megabytes} MB`
    );
  }
}
