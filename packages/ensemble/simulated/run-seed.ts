/** One simulated run: an ensemble, clients and faults, all from one seed; pure, so that it runs in a browser as well. */
import { encodeBase64 } from '@vivarium/shared/base64';
import { sha1 } from '@vivarium/shared/sha1';
import { formatHex } from '@vivarium/shared/zxid';
import { SimulatedDisk } from '@vivarium/simulation/disk';
import { World } from '@vivarium/simulation/world';
import { PacketType } from '@vivarium/wire/quorum-packet';
import { capture } from '../core/capture.ts';

import type { Member, Output, ServerConfig, Write } from '../core/io.ts';
import type { Configuration, Groups } from '../core/membership/configuration.ts';
import { Quorum } from '../core/membership/quorum.ts';
import type { SessionPasswordRule } from '../core/session/session-password.ts';

import { DiskError } from '../storage/disk.ts';
import { INITIALIZE } from '../storage/file-names.ts';
import { type Action, drawActions } from './actions.ts';
import { ClientChecker } from './client-checker.ts';
import { DurabilityChecker } from './durability-checker.ts';
import { HistoryChecker } from './history-checker.ts';
import { serverName } from './messages.ts';
import { Nemesis, type Victim } from './nemesis.ts';
import { memberOf, Reconfigurer } from './reconfigurer.ts';
import { SessionChecker } from './session-checker.ts';
import { SimulatedClient } from './simulated-client.ts';
import { type Machine, type PointWatcher, type ServerWatcher, SimulatedServer } from './simulated-server.ts';
import { drawSwarmOptions, type SwarmOptions } from './swarm-options.ts';
import { type Violation, Violations } from './violations.ts';

/**
 * How long a healed ensemble may take until all of it serves and all clients are answered again, in ms: the last end of a dead
 * connection may be noticed after 30 s, and some clients ask for something every two seconds only.
 */
const CONVERGENCE_MS = 60_000;
/** How long it is left alone after that, so that all servers have applied all there is. */
const SETTLING_MS = 2000;

/** What a run came to. */
export interface SeedResult {
  readonly options: SwarmOptions;
  /** Empty where all is as it should be. */
  readonly violations: readonly Violation[];
  /** What was done to the ensemble: the seed, the options and this are the run. */
  readonly actions: readonly Action[];
  /** Over the whole state of every server at the end: the same wherever the same seed is run. Empty where it is not wanted. */
  readonly hash: string;
  /** Events that happened in the world. */
  readonly events: number;
  readonly committedTxns: number;
  readonly ackedWrites: number;
  readonly leaders: number;
  /** How often each kind of synchronisation brought a learner up to date. */
  readonly synchronisations: { readonly DIFF: number; readonly TRUNC: number; readonly SNAP: number };
  readonly convergedAfterMs: number | null;
}

export interface RunOptions {
  /** In place of those that the seed draws. */
  readonly options?: SwarmOptions;
  /** In place of those that the seed draws; any of those may be left out. */
  readonly actions?: readonly Action[];
  /** False saves the time that the hash of the final state takes. */
  readonly hash?: boolean;
  /** A further check: told of each action when it is done. */
  readonly struck?: (action: Action, violations: Violations) => void;
  /** Told of each crash point that a server reaches, and of those at which one was stopped. */
  readonly reached?: (point: string, stopped: boolean) => void;
  /** Told of everything that happens, in lines for people, at the given time. */
  readonly trace?: (atMs: number, who: string, text: string) => void;
}

/** Runs a seed. A thrown error of the program under test is a violation like others. */
export function runSeed(seed: number, runOptions: RunOptions = {}): SeedResult {
  const options = runOptions.options ?? drawSwarmOptions(seed);
  return new Run(options, runOptions.actions ?? drawActions(options), runOptions).run();
}

/** A configuration of ours, whose trace is switched off before its server's state is compared. */
type OwnConfig = { -readonly [Key in keyof ServerConfig]: ServerConfig[Key] };

class Run {
  private readonly options: SwarmOptions;
  private readonly actions: readonly Action[];
  private readonly runOptions: RunOptions;
  private readonly configs: OwnConfig[] = [];
  private readonly world: World;
  private readonly violations: Violations;
  private readonly history: HistoryChecker;
  private readonly sessions: SessionChecker;
  private readonly durability = new Map<number, DurabilityChecker>();
  private readonly clientChecker: ClientChecker;
  private readonly victims: Victim[] = [];
  private readonly clients: SimulatedClient[] = [];
  private readonly servers = new Map<number, SimulatedServer>();
  private reconfigurer: Reconfigurer | null = null;
  /** The newest reconfiguration that was answered. */
  private reconfigured = 0n;
  private readonly synchronisations = { DIFF: 0, TRUNC: 0, SNAP: 0 };
  private readonly trace: (who: string, text: string) => void;
  private readonly tracing: boolean;

  constructor(options: SwarmOptions, actions: readonly Action[], runOptions: RunOptions) {
    this.options = options;
    this.actions = actions;
    this.runOptions = runOptions;
    this.world = new World(options.seed, options.network);
    this.violations = new Violations(() => this.world.clock.nowMs);
    this.history = new HistoryChecker(this.violations, options.voters + options.observers === 1);
    this.sessions = new SessionChecker(this.violations, options.reconfigureEveryMs === 0);
    this.clientChecker = new ClientChecker(this.violations);
    const { trace } = runOptions;
    this.tracing = trace !== undefined;
    this.trace = trace === undefined ? () => {} : (who, text) => trace(this.world.clock.nowMs, who, text);
  }

  run(): SeedResult {
    let convergedAfterMs: number | null = null;
    try {
      convergedAfterMs = this.runPhases();
    } catch (error) {
      this.violations.add('NoCrash', error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    for (const { invariant, detail } of this.violations.list) this.trace('checker', `${invariant}: ${detail}`);
    return {
      options: this.options,
      violations: this.violations.list,
      actions: this.actions,
      hash: this.runOptions.hash === false ? '' : this.hash(),
      events: this.world.clock.eventsDone,
      committedTxns: this.history.committedCount,
      ackedWrites: this.clientChecker.acked.length,
      leaders: this.history.leaderCount,
      synchronisations: this.synchronisations,
      convergedAfterMs,
    };
  }

  private runPhases(): number | null {
    const { options, world } = this;
    const nemesis = this.build();
    for (const victim of this.victims) {
      const late = options.lateVoter && victim.sid === 1;
      if (late) world.clock.after(options.chaosMs / 2, () => this.startIfDown(victim));
      else this.startIfDown(victim);
    }
    for (let i = 1; i <= options.clients; i++) this.addClient(`c${i}`);
    if (options.reconfigureEveryMs > 0) this.addReconfigurer(options.reconfigureEveryMs);
    nemesis.start();
    this.runUntil(options.chaosMs);
    nemesis.stop();
    this.reconfigurer?.stop();
    // Somebody new, so that there is a transaction after the healing whatever the others do.
    const convergedAfterMs = this.converge(this.addClient('probe'));
    for (const client of this.clients) client.active = false;
    if (convergedAfterMs !== null && this.settle()) {
      const { version } = this.configuration();
      this.violations.expect(version >= this.reconfigured, 'Durability', () => {
        return `reconfiguration ${formatHex(this.reconfigured)} was acknowledged and is lost`;
      });
      const first = this.servers.get(this.members()[0]?.sid ?? -1);
      if (first !== undefined) {
        this.clientChecker.finish(this.history, first.server.database);
        for (const client of this.clients) client.finish(first.server.database);
      }
    }
    return convergedAfterMs;
  }

  private runUntil(untilMs: number): void {
    const { clock } = this.world;
    while (this.violations.list.length === 0 && clock.step(untilMs));
  }

  // --- the world ----------------------------------------------------------------------------------------------------

  private build(): Nemesis {
    const { options, world } = this;
    const count = options.voters + options.observers + options.spares;
    const quorum = new Quorum(serverConfig(options, 1));
    // Where the ensemble changes, so does what a quorum of it is.
    if (options.voters + options.observers > 1 && options.reconfigureEveryMs === 0) {
      this.history.hasQuorum = (zxid, exceptSid) => {
        // What was wiped had been told to be durable, and rightly.
        if (nemesis.hasSpoiled) return true;
        const holders = [...this.durability].filter(([sid, each]) => sid !== exceptSid && each.durableTip() >= zxid);
        return quorum.isQuorum(holders.map(([sid]) => sid));
      };
    }
    const nemesis = new Nemesis(world, options, this.actions, this.victims, {
      leader: () => this.leader(),
      isQuorum: (sids) => quorum.isQuorum(sids),
      struck: (action) => this.runOptions.struck?.(action, this.violations),
      note: (text) => this.trace('nemesis', text),
    });
    for (let sid = 1; sid <= count; sid++) this.victims.push(this.addServer(sid, nemesis));
    return nemesis;
  }

  private addServer(sid: number, nemesis: Nemesis): Victim {
    const { options, world } = this;
    const name = serverName(sid);
    const makeDisk = (): SimulatedDisk<DiskError> =>
      new SimulatedDisk({
        random: world.fork(),
        minSyncMs: options.minSyncMs,
        maxSyncMs: options.maxSyncMs,
        makeFault: (code, path, message) => new DiskError(code, path, message),
      });
    const data = makeDisk();
    const log = options.separateLogDisk ? makeDisk() : data;
    const { preAllocBytes, txnLogSizeLimitBytes, recentTxns, purges, compresses, autocreate } = options;
    if (!autocreate) {
      log.create(INITIALIZE);
      log.syncDirectory('', () => {});
    }
    const config: OwnConfig = { ...serverConfig(options, sid), trace: this.tracing };
    this.configs.push(config);
    const sizes = { preAllocBytes, txnLogSizeLimitBytes, recentTxns };
    const machine: Machine = { config, data, log, ...sizes, purges, compresses, autocreate };
    const durability = new DurabilityChecker(sid, { data, log }, this.violations);
    this.durability.set(sid, durability);
    const watcher = this.watcher(nemesis, durability, () => victim);
    const node = world.addNode(name, (host) => {
      const started = SimulatedServer.start(host, machine, watcher);
      if (started !== null) this.servers.set(sid, started);
    });
    const victim: Victim = { sid, node, data, log, damagedFrom: null, refused: false };
    node.onDeath = (reason) => {
      this.servers.delete(sid);
      this.trace(name, reason === null ? 'dies' : `stops: ${reason}`);
      if (reason !== null) nemesis.stopped(victim);
    };
    return victim;
  }

  private addClient(name: string): SimulatedClient {
    const { options, world } = this;
    const node = world.addNode(name, (host) => {
      const client = new SimulatedClient(
        host,
        {
          servers: this.victims.map(({ sid }) => sid),
          sessionTimeoutMs: options.sessionTimeoutMs,
          thinkMs: options.thinkMs,
          pipeline: options.pipeline,
          acceptsReadOnly: servesReaders(options.seed),
          moves: options.seed % 3 === 2,
          random: world.fork(),
        },
        { checker: this.clientChecker, sessions: this.sessions, violations: this.violations, trace: this.trace },
      );
      this.clients.push(client);
    });
    node.start();
    return this.clients.at(-1) as SimulatedClient;
  }

  private addReconfigurer(everyMs: number): void {
    const random = this.world.fork();
    const options = { servers: this.victims.map(({ sid }) => sid), everyMs, random };
    const node = this.world.addNode('admin', (host) => {
      this.reconfigurer = new Reconfigurer(host, options, {
        state: () => ({ configuration: this.configuration(), leader: this.leader() }),
        acknowledged: (zxid) => {
          if (zxid > this.reconfigured) this.reconfigured = zxid;
          if (this.reconfigurer?.active && random.chance(0.5)) this.stopOthers();
        },
        note: (text) => this.trace('admin', text),
      });
    });
    node.start();
  }

  /** Whoever has left the ensemble may be switched off at once, with all that it knows. */
  private stopOthers(): void {
    const { members } = this.configuration();
    for (const { sid, node } of this.victims) {
      if (node.state === 'down' || members.some((member) => member.sid === sid)) continue;
      this.trace('admin', `switches s${sid} off`);
      node.kill();
    }
  }

  /** The newest configuration that a running server knows to be in force. */
  private configuration(): Configuration {
    const known = [...this.servers.values()].map(({ server }) => server.configuration);
    const [first = { version: 0n, members: [], groups: null }, ...others] = known;
    return others.reduce((newest, each) => (each.version > newest.version ? each : newest), first);
  }

  /** Who has to serve in the end: the servers of the configuration. */
  private members(): Victim[] {
    const { members } = this.configuration();
    const alone = this.victims.length === 1;
    return this.victims.filter(({ sid }) => alone || members.some((member) => member.sid === sid));
  }

  private startIfDown(victim: Victim): void {
    if (victim.node.state === 'down') victim.node.start();
  }

  private leader(): number | null {
    for (const [sid, { server }] of this.servers) if (server.peerState === 'LEADING' && server.serving) return sid;
    return null;
  }

  private watcher(nemesis: Nemesis, durability: DurabilityChecker, victim: () => Victim): ServerWatcher {
    const { history, sessions } = this;
    const { reached } = this.runOptions;
    const points: PointWatcher = {
      get wanted() {
        return reached !== undefined || nemesis.isArmed;
      },
      reach: (sid, point) => {
        reached?.(point, false);
        if (!nemesis.isArmed) return;
        try {
          nemesis.reach(sid, point);
        } catch (error) {
          reached?.(point, true);
          throw error;
        }
      },
    };
    return {
      points,
      started: (server, recovered) => {
        durability.forget();
        history.started(server, recovered);
      },
      truncated: (server, recovered) => {
        durability.forget();
        history.truncated(server, recovered);
      },
      input: (server, input) => sessions.input(server, server.monotonicMs, input),
      stepped: (server) => {
        history.stepped(server);
        sessions.stepped(server, server.monotonicMs);
      },
      refused: (sid, error) => {
        this.trace(serverName(sid), `refuses to start: ${error.message}`);
        if (!nemesis.refusedToStart(victim())) history.refused(sid, error);
      },
      output: (server, output) => {
        history.output(server, output);
        sessions.output(server, server.monotonicMs, output);
        durability.output(output, history.lastLogged(server));
        if (output.kind === 'sendPacket') this.countSynchronisation(output.packet.type);
        if (this.tracing) this.traceOutput(server, output);
      },
    };
  }

  private countSynchronisation(packetType: number): void {
    if (packetType === PacketType.DIFF) this.synchronisations.DIFF++;
    else if (packetType === PacketType.TRUNC) this.synchronisations.TRUNC++;
    else if (packetType === PacketType.SNAP) this.synchronisations.SNAP++;
  }

  private traceOutput(server: SimulatedServer, output: Output): void {
    if (output.kind === 'trace') {
      const { kind, ...rest } = output.body;
      this.trace(serverName(server.sid), `${kind} ${JSON.stringify(rest)}`);
    } else if (output.kind === 'log') {
      this.trace(serverName(server.sid), `${output.level}: ${output.message}`);
    } else if (output.kind === 'persist') {
      this.trace(serverName(server.sid), `persist ${output.writeId}: ${writeText(output.write)}`);
    } else if (output.kind === 'truncate' || output.kind === 'takeSnapshot') {
      const zxid = output.kind === 'truncate' ? output.zxid : output.snapshot.zxid;
      this.trace(serverName(server.sid), `${output.kind} ${formatHex(zxid)}`);
    }
  }

  // --- the end ------------------------------------------------------------------------------------------------------

  /** Liveness: a healed ensemble serves on every server, answers every client, and writes for a new one. Null where it does not. */
  private converge(probe: SimulatedClient): number | null {
    const { clock } = this.world;
    const healedMs = clock.nowMs;
    const before = new Map(this.clients.map((client) => [client, client.answers]));
    const converged = (): boolean =>
      this.victims.every(({ sid }) => this.servers.has(sid)) &&
      this.members().every(({ sid }) => this.servers.get(sid)?.server.serving === true) &&
      this.clients.every((client) => client.answers > (before.get(client) ?? 0) + 3) &&
      probe.ackedWrites > 0;
    while (!converged()) {
      const nextMs = clock.nowMs + 100;
      this.runUntil(nextMs);
      if (this.violations.list.length > 0) return null;
      if (clock.nowMs - healedMs <= CONVERGENCE_MS) continue;
      const states = this.victims.map(({ sid }) => describeServer(sid, this.servers.get(sid)));
      const answers = this.clients.map((client) => `${client.name} +${client.answers - (before.get(client) ?? 0)}`);
      this.violations.add('Convergence', `not after ${CONVERGENCE_MS} ms: ${[...states, ...answers].join(', ')}`);
      return null;
    }
    return Math.round(clock.nowMs - healedMs);
  }

  /** StateEquality: left alone, all servers come to the same state. False where they do not. */
  private settle(): boolean {
    const { clock } = this.world;
    const deadlineMs = clock.nowMs + CONVERGENCE_MS;
    let states: string[] = [];
    do {
      this.runUntil(clock.nowMs + SETTLING_MS);
      if (this.violations.list.length > 0) return false;
      states = this.members().map(({ sid }) => this.stateOf(this.servers.get(sid)));
    } while (new Set(states).size > 1 && clock.nowMs < deadlineMs);
    this.violations.expect(new Set(states).size === 1, 'StateEquality', () => `at the end: ${states.join('; ')}`);
    return new Set(states).size === 1;
  }

  /** What must be the same on all servers in the end. */
  private stateOf(running: SimulatedServer | undefined): string {
    if (running === undefined || !running.server.serving) return describeServer(0, running);
    const { lastZxid, tree, sessions } = running.server.database;
    const ids = [...sessions].map(([id, timeoutMs]) => `${formatHex(id)}:${timeoutMs}`).sort();
    const last = formatHex(this.history.resolve(lastZxid) ?? lastZxid);
    const version = formatHex(running.server.configuration.version);
    return `${last} config ${version} ${formatHex(tree.digest)} ${tree.nodeCount} nodes, sessions ${ids.join(' ')}`;
  }

  private hash(): string {
    // Whether somebody looks on is part of the configuration, and so of the state.
    for (const config of this.configs) config.trace = false;
    const captures = [...this.servers].sort(([a], [b]) => a - b).map(([, { server }]) => sha1(capture(server)));
    const all = new Uint8Array(captures.length * 20);
    captures.forEach((digest, index) => {
      all.set(digest, index * 20);
    });
    return encodeBase64(sha1(all));
  }
}

function describeServer(sid: number, running: SimulatedServer | undefined): string {
  if (running === undefined) return `s${sid} down`;
  const { server } = running;
  return `s${sid} ${server.peerState} ${server.phase} ${formatHex(server.database.lastZxid)}`;
}

/** Of five voters: 1 and 4 decide together, or one of them with both 2 and 3. The fifth has no weight. */
const HIERARCHY: Groups = {
  members: new Map([
    [1, [1]],
    [2, [2, 3]],
    [3, [4, 5]],
  ]),
  weights: new Map([1, 2, 3, 4, 5].map((sid) => [sid, sid === 5 ? 0 : 1])),
};

function serverConfig(options: SwarmOptions, sid: number): ServerConfig {
  const { voters, observers, tickTimeMs } = options;
  const members: Member[] = Array.from({ length: voters + observers }, (_, index) =>
    memberOf(index + 1, index < voters ? 'participant' : 'observer'),
  );
  // Who is to join lists itself beside the others.
  const isSpare = sid > voters + observers;
  if (isSpare) members.push(memberOf(sid, 'participant'));
  return {
    sid,
    peerType: sid <= voters || isSpare ? 'participant' : 'observer',
    members: voters + observers === 1 ? [] : members,
    groups: options.hierarchical ? HIERARCHY : null,
    unlistedObservers: [],
    configVersion: 0n,
    proposed: null,
    reconfigEnabled: options.reconfigureEveryMs > 0,
    standaloneEnabled: true,
    tickTimeMs,
    initLimit: options.initLimit,
    syncLimit: options.syncLimit,
    minSessionTimeoutMs: 2 * tickTimeMs,
    maxSessionTimeoutMs: 20 * tickTimeMs,
    sessionPasswords: passwordRule(options.seed, sid),
    snapCount: options.snapCount,
    snapSizeLimitBytes: options.snapSizeLimitBytes,
    readOnlyMode: servesReaders(options.seed),
    globalOutstandingLimit: 1000,
    maxWatchBytes: 2 ** 30,
    maxTxnBytes: 2 * 0xfffff,
    recentTxns: 500,
    notificationIntervalMs: { min: 200, max: 3200 },
    leaderServes: true,
    superDigest: null,
    x509SuperUser: null,
    // Nobody but a superuser may change the ensemble otherwise.
    skipAcl: options.reconfigureEveryMs > 0,
    enforceQuota: false,
    digestEnabled: true,
    extendedTypesEnabled: true,
    containerCheckIntervalMs: 60_000,
    containerMaxPerMinute: 10_000,
    containerMaxNeverUsedMs: 0,
    trace: true,
    seed: (options.seed * 16 + sid) >>> 0,
  };
}

/** Whether servers without a leader serve those of the clients that have no session yet. */
function servesReaders(seed: number): boolean {
  return seed % 4 === 1;
}

/** Every step of the way from Apache's passwords to keyed ones, two neighbouring ones at a time. */
function passwordRule(seed: number, sid: number): SessionPasswordRule {
  const key = new Uint8Array(16).fill(seed);
  const steps = ['apache', 'migrating', 'keyed', 'keyed'] as const;
  const at = seed % 3;
  const issue = (sid % 2 === 0 ? steps[at] : steps[at + 1]) ?? 'keyed';
  return { issue, key };
}

/** A write in a word or two. */
function writeText(write: Write): string {
  switch (write.kind) {
    case 'append':
      return `append ${formatHex(write.txn.zxid)}`;
    case 'acceptedEpoch':
    case 'currentEpoch':
      return `${write.kind} ${write.epoch}`;
    case 'installSnapshot':
      return `installSnapshot ${formatHex(write.snapshot.zxid)}`;
    case 'proposedConfiguration':
    case 'committedConfiguration':
      return `${write.kind} ${write.configuration === null ? 'none' : formatHex(write.configuration.version)}`;
    case 'settle':
      return write.kind;
  }
}
