/**
 * Where the historic bugs are played: a simulated ensemble whose faults come on cue and not by chance. What chance is left
 * (delays, what a lost power leaves of unsynced writes) comes from a seed, and every scenario is played with several.
 */
import { strict as assert } from 'node:assert';
import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import { Random } from '@vivarium/shared/random';
import { formatHex } from '@vivarium/shared/zxid';
import { World, type WorldNode } from '@vivarium/simulation/world';
import type { PacketType } from '@vivarium/wire/quorum-packet';
import type { Database } from '../../../core/database.ts';
import type { Output, Recovered } from '../../../core/io.ts';
import type { DataTree } from '../../../core/tree/data-tree.ts';
import type { Znode } from '../../../core/tree/znode.ts';
import { ClientChecker } from '../../../simulated/client-checker.ts';
import { HistoryChecker } from '../../../simulated/history-checker.ts';
import { serverName } from '../../../simulated/messages.ts';
import {
  type ServerWatcher,
  type Machine as SimulatedMachine,
  SimulatedServer,
} from '../../../simulated/simulated-server.ts';
import { Violations } from '../../../simulated/violations.ts';
import { recoverDirectory } from '../../../storage/recovery.ts';
import type { RecoveryError } from '../../../storage/recovery-error.ts';
import { HeldDisk } from './held-disk.ts';
import { Hold, heldHost, type MessageRule } from './held-messages.ts';
import { BrokenPromise } from './scenario.ts';
import { type Call, ScriptedClient } from './scripted-client.ts';
import { serverConfig } from './server-config.ts';

export interface StageOptions {
  readonly seed: number;
  readonly voters?: number;
  readonly observers?: number;
  /** Servers that may be named by a reconfiguration; with any, clients may change the ensemble. */
  readonly spares?: number;
  /** Transactions between two snapshots, about. */
  readonly snapCount?: number;
  /** Transactions that a server has at hand after a restart; 0 makes it send snapshots. */
  readonly recentTxns?: number;
  /** Whether logs have a disk of their own. */
  readonly separateLogDisk?: boolean;
  readonly sessionTimeoutMs?: number;
}

/** Longer than any wait that is not a failure. */
const PATIENCE_MS = 20_000;
const SETTLING_MS = 2000;

/** A disk whose crash leaves nothing that was not synced. */
class Harshness extends Random {
  override below(): number {
    return 0;
  }
  override chance(): boolean {
    return false;
  }
}

interface Machine {
  readonly sid: number;
  readonly node: WorldNode;
  readonly data: HeldDisk;
  readonly log: HeldDisk;
}

export class Stage implements ServerWatcher {
  readonly world: World;
  readonly violations: Violations;
  readonly history: HistoryChecker;
  readonly clientChecker: ClientChecker;
  /** All trace events, with the server that had them. */
  readonly events: { readonly sid: number; readonly body: ClusterEventBody }[] = [];
  /** Warnings of all servers. */
  readonly warnings: string[] = [];
  /** Why servers have ended by themselves. */
  readonly exits: string[] = [];
  private readonly options: StageOptions;
  private readonly machines = new Map<number, Machine>();
  private readonly running = new Map<number, SimulatedServer>();
  private readonly holds = new Set<Hold>();

  constructor(options: StageOptions) {
    this.options = options;
    const network = { minDelayMs: 0.1, maxDelayMs: 2, slowRate: 0, lossRate: 0, breakNoticeMs: 5, dialTimeoutMs: 200 };
    this.world = new World(options.seed, network);
    this.violations = new Violations(() => this.world.clock.nowMs);
    const count = (options.voters ?? 3) + (options.observers ?? 0) + (options.spares ?? 0);
    this.history = new HistoryChecker(this.violations, count === 1);
    this.clientChecker = new ClientChecker(this.violations);
    for (let sid = 1; sid <= count; sid++) this.addMachine(sid);
  }

  private addMachine(sid: number): void {
    const { options, world } = this;
    // Every second seed loses all that a lost power can take, the others what chance takes.
    const random = (): Random => (options.seed % 2 === 0 ? world.fork() : new Harshness(0));
    const data = new HeldDisk(random());
    const log = options.separateLogDisk === true ? new HeldDisk(random()) : data;
    const { recentTxns = 500 } = options;
    const limits = { preAllocBytes: 1024, txnLogSizeLimitBytes: 0, recentTxns };
    const { voters = 3, observers = 0, spares = 0, snapCount = 1000, seed } = options;
    const config = serverConfig({ sid, voters, observers, changes: spares > 0, snapCount, seed });
    const machine: SimulatedMachine = {
      config,
      data,
      log,
      ...limits,
      purges: false,
      compresses: false,
      autocreate: true,
    };
    const node = world.addNode(serverName(sid), (host) => {
      const started = SimulatedServer.start(heldHost(host, this.holds), machine, this);
      if (started !== null) this.running.set(sid, started);
    });
    node.onDeath = (reason) => {
      this.running.delete(sid);
      if (reason !== null) this.exits.push(`s${sid}: ${reason}`);
    };
    this.machines.set(sid, { sid, node, data, log });
  }

  // --- what the checkers and the scenario see -----------------------------------------------------------------------

  started(server: SimulatedServer, recovered: Recovered): void {
    this.history.started(server, recovered);
  }

  output(server: SimulatedServer, output: Output): void {
    this.history.output(server, output);
    if (output.kind === 'trace') this.events.push({ sid: server.sid, body: output.body });
    if (output.kind === 'log' && output.level === 'warn') this.warnings.push(`s${server.sid}: ${output.message}`);
  }

  truncated(server: SimulatedServer, recovered: Recovered): void {
    this.history.truncated(server, recovered);
  }

  stepped(server: SimulatedServer): void {
    this.history.stepped(server);
  }

  refused(sid: number, error: RecoveryError): void {
    this.history.refused(sid, error);
  }

  /** The running server with this sid. */
  server(sid: number): SimulatedServer {
    const running = this.running.get(sid);
    assert(running !== undefined, `s${sid} runs (${this.exits.join('; ')})`);
    return running;
  }

  isRunning(sid: number): boolean {
    return this.running.has(sid);
  }

  private machine(sid: number): Machine {
    const machine = this.machines.get(sid);
    assert(machine !== undefined, `there is a server ${sid}`);
    return machine;
  }

  /** The disk of a server's snapshots and epochs, and that of its logs. */
  disks(sid: number): { readonly data: HeldDisk; readonly log: HeldDisk } {
    return this.machine(sid);
  }

  /** What a server that is down would start from. */
  recoverFrom(sid: number): Database {
    const { data, log } = this.machine(sid);
    return recoverDirectory({ data, log, recentTxns: 0, gzip: null, onWarning: () => {} }).database;
  }

  /** How often a server has had such an event. */
  count(sid: number, matches: (body: ClusterEventBody) => boolean): number {
    return this.events.filter((event) => event.sid === sid && matches(event.body)).length;
  }

  /** How a server was synchronised, each time, oldest first. */
  synchronisations(sid: number): string[] {
    return this.events.flatMap(({ sid: by, body }) =>
      by === sid && body.kind === 'synchronised' && body.learner === sid ? [body.mode] : [],
    );
  }

  /** Packets of this type that a server has received. */
  received(sid: number, packet: string): number {
    return this.count(sid, (body) => body.kind === 'packetReceived' && body.packet === packet);
  }

  // --- what the scenario does ---------------------------------------------------------------------------------------

  /** Lets the world go on, event by event, until something holds; fails where it does not come about, or a promise breaks. */
  until(what: string, condition: () => boolean, patienceMs = PATIENCE_MS): void {
    const { clock } = this.world;
    const deadlineMs = clock.nowMs + patienceMs;
    while (!condition()) {
      const happened = clock.step(deadlineMs);
      this.assertSound();
      if (!happened) throw new BrokenPromise('Convergence', `${what}, but: ${this.describe()}`);
    }
  }

  /** Lets time pass. */
  pass(ms: number): void {
    const untilMs = this.world.clock.nowMs + ms;
    while (this.world.clock.step(untilMs)) this.assertSound();
  }

  /** No invariant is broken so far. */
  assertSound(): void {
    const [violation] = this.violations.list;
    if (violation !== undefined) throw new BrokenPromise(violation.invariant, violation.detail);
  }

  start(...sids: number[]): void {
    for (const sid of sids) this.machine(sid).node.start();
  }

  /** SIGKILL: what was written stays. */
  kill(...sids: number[]): void {
    for (const sid of sids) this.machine(sid).node.kill();
  }

  /** From now on nothing gets from one side to the other; whoever is on neither hears both. */
  separate(one: readonly number[], other: readonly number[]): void {
    for (const [a, b] of one.flatMap((left) => other.map((right) => [serverName(left), serverName(right)] as const))) {
      this.world.network.block(a, b);
      this.world.network.block(b, a);
    }
  }

  /** SIGSTOP. */
  pause(sid: number): void {
    this.machine(sid).node.pause();
  }

  /** SIGCONT. */
  resume(sid: number): void {
    this.machine(sid).node.resume();
  }

  /** What was not synced is lost. */
  losePower(...sids: number[]): void {
    for (const sid of sids) {
      const { node, data, log } = this.machine(sid);
      node.kill();
      data.release();
      log.release();
      data.crash();
      if (log !== data) log.crash();
    }
  }

  /** Messages that match the rule wait from now on. */
  hold(rule: MessageRule): Hold {
    const hold = new Hold(rule);
    this.holds.add(hold);
    return hold;
  }

  /** Starts servers, and waits until one of them leads and all serve. */
  boot(leader: number, ...others: number[]): void {
    this.start(leader, ...others);
    this.untilServing(leader, ...others);
    assert.equal(this.server(leader).server.peerState, 'LEADING', `s${leader} leads`);
  }

  untilServing(...sids: number[]): void {
    this.until(`${sids.map(serverName)} serve`, () =>
      sids.every((sid) => this.running.get(sid)?.server.serving === true),
    );
  }

  untilFollowing(...sids: number[]): void {
    this.until(`${sids.map(serverName)} follow`, () => {
      return sids.every((sid) => {
        const server = this.running.get(sid)?.server;
        return server?.serving === true && server.peerState === 'FOLLOWING';
      });
    });
  }

  /** Waits until a server gets one more packet of this type than it has got by now. */
  untilReceived(sid: number, packet: keyof typeof PacketType): void {
    const before = this.received(sid, packet);
    this.until(`s${sid} gets ${packet}`, () => this.received(sid, packet) > before);
  }

  untilLeading(sid: number): void {
    this.until(`s${sid} leads`, () => {
      const server = this.running.get(sid)?.server;
      return server?.serving === true && server.peerState === 'LEADING';
    });
  }

  /** A client with a session at a server. */
  client(name: string, sid: number, timeoutMs = this.options.sessionTimeoutMs ?? 30_000): ScriptedClient {
    const made: ScriptedClient[] = [];
    const node = this.world.addNode(name, (host) => {
      made.push(new ScriptedClient(host, timeoutMs, this.clientChecker, this.violations));
    });
    node.start();
    const [client] = made;
    assert(client !== undefined, 'a node starts its program');
    this.connect(client, sid);
    return client;
  }

  /** Moves a client to another server. */
  connect(client: ScriptedClient, sid: number): void {
    client.connect(sid);
    this.until(`${client.name} is taken by s${sid}`, () => client.connected);
  }

  /** Waits for the answer to a request; a successful one where nothing else is said. */
  answered(call: Call, err = 0): NonNullable<Call['reply']> {
    this.until(`request ${call.xid} is answered`, () => call.reply !== null);
    assert(call.reply !== null);
    assert.equal(call.reply.err, err, `the error of request ${call.xid}`);
    return call.reply;
  }

  /** Creates nodes one after the other, each answered before the next. */
  createAll(client: ScriptedClient, ...paths: string[]): void {
    for (const path of paths) this.answered(client.create(path));
  }

  /** Whether a server's tree has a node. */
  has(sid: number, path: string): boolean {
    return this.server(sid).server.database.tree.get(path) !== undefined;
  }

  /**
   * A transaction that this leader alone has in its log: no PROPOSAL of it leaves the server. Returns its zxid; the
   * connections with what was not sent are gone with the server, or with `hold.drop`.
   */
  ghost(leader: number, client: ScriptedClient, path: string): { readonly zxid: bigint; readonly hold: Hold } {
    const hold = this.hold({ from: serverName(leader), packets: ['PROPOSAL'] });
    const before = this.server(leader).server.database.lastZxid;
    client.create(path);
    const zxid = before + 1n;
    this.until(`${path} is in the log of s${leader}`, () => {
      return this.count(leader, (body) => body.kind === 'logged' && body.zxid === formatHex(zxid)) > 0;
    });
    assert(hold.caught, `the proposal of ${path} has not left`);
    return { zxid, hold };
  }

  // --- the end ------------------------------------------------------------------------------------------------------

  /**
   * All is well in the end: healed, every server serves, all have the same tree, ACLs and sessions, nothing that a client was told is
   * lost, and the same again from what is on the disks after a lost power of all.
   */
  finish(): void {
    this.heal();
    this.converge();
    this.losePower(...this.machines.keys());
    this.start(...this.machines.keys());
    this.converge();
  }

  /** Ends all faults and starts whoever is down. */
  heal(): void {
    for (const hold of this.holds) hold.release();
    this.holds.clear();
    this.world.network.heal();
    for (const { node, data, log } of this.machines.values()) {
      for (const disk of [data, log]) {
        disk.condition = 'good';
        disk.release();
      }
      if (node.state === 'paused') node.resume();
      if (node.state === 'down') node.start();
    }
  }

  /** Every server serves and has the same state, which is the one that the clients were told of. */
  converge(): void {
    const sids = [...this.machines.keys()];
    this.untilServing(...sids);
    this.pass(SETTLING_MS);
    const states = (): Set<string> => new Set(sids.map((sid) => this.stateOf(sid)));
    for (let waits = 0; waits < 5 && states().size > 1; waits++) this.pass(SETTLING_MS);
    if (states().size > 1) throw new BrokenPromise('StateEquality', [...states()].join('\nbut\n'));
    this.clientChecker.finish(this.history, this.server(1).server.database);
    this.assertSound();
  }

  /** All that must be the same everywhere: every node with its stat, data and ACL, and the sessions. */
  private stateOf(sid: number): string {
    const running = this.running.get(sid);
    if (running === undefined) return `s${sid} is down`;
    const { tree, sessions } = running.server.database;
    const nodes = [...tree.paths()].sort().map((path) => {
      const node = tree.get(path);
      assert(node !== undefined);
      return `${path} ${node.czxid} ${node.mzxid} ${node.pzxid} ${node.version} ${node.cversion} ${node.aversion} ${node.ephemeralOwner} ${node.data?.length} ${aclText(tree, node)}`;
    });
    return [...nodes, formatHex(tree.digest), ...[...sessions].map(([id, ms]) => `${id}:${ms}`).sort()].join('\n');
  }

  private describe(): string {
    return [...this.machines.keys()]
      .map((sid) => {
        const server = this.running.get(sid)?.server;
        if (server === undefined) return `s${sid} is down`;
        return `s${sid} is ${server.peerState} in ${server.phase} at ${formatHex(server.database.lastZxid)}`;
      })
      .concat(this.exits, this.warnings.slice(-5))
      .join(', ');
  }
}

/** An ACL, or why there is none: a table of ACLs that is wrong is a difference like others. */
function aclText(tree: DataTree, node: Znode): string {
  try {
    return JSON.stringify(tree.aclOf(node));
  } catch (error) {
    return String(error);
  }
}
