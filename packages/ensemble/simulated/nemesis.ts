/** Does to the simulated ensemble what the actions of a run say, and undoes all of it at the end. */
import type { Random } from '@vivarium/shared/random';
import { ZXID_UNKNOWN } from '@vivarium/shared/zxid';
import type { SimulatedDisk } from '@vivarium/simulation/disk';
import { ProcessEnded } from '@vivarium/simulation/process';
import type { World, WorldNode } from '@vivarium/simulation/world';
import type { DiskError } from '../storage/disk.ts';
import { VERSION_DIRECTORY } from '../storage/file-names.ts';
import { type Action, type CrashEffect, type CutWay, describeAction, LEADER, type Target } from './actions.ts';
import { currentStanding, durableStanding, isAtLeast, type Standing } from './durable-state.ts';
import { serverName } from './messages.ts';
import type { SwarmOptions } from './swarm-options.ts';

/** A server as the nemesis sees it. */
export interface Victim {
  readonly sid: number;
  readonly node: WorldNode;
  readonly data: SimulatedDisk<DiskError>;
  readonly log: SimulatedDisk<DiskError>;
  /** How far its history reached when its disk was damaged; null while nothing on it is. */
  damagedFrom: Standing | null;
  /** It has refused to start from what is on its disk, and waits until that may be thrown away. */
  refused: boolean;
}

/** A crash point that waits for a server to reach it. */
interface Armed {
  readonly point: string;
  left: number;
  readonly sid: number | null;
  readonly effect: CrashEffect;
  readonly downMs: number;
}

/** What a nemesis sees and is seen by. */
export interface NemesisHost {
  /** The sid of the server that leads at the moment, or null. */
  leader(): number | null;
  /** Whether these servers can decide without the others. */
  isQuorum(sids: readonly number[]): boolean;
  /** Told of each action when it is done. */
  struck(action: Action): void;
  /** Told what happens, in words. */
  note(text: string): void;
}

/** How often a server that must be emptied asks whether that is safe by now. */
/** How much longer than a wiped server those stay down that know as much as it did. */
const HELD_BACK = 4;
const WIPE_RETRY_MS = 300;
/** Servers that stop by themselves are started again after one of these. */
const RESTART_MS = [50, 500, 2500];

export class Nemesis {
  private readonly world: World;
  private readonly options: SwarmOptions;
  private readonly actions: readonly Action[];
  private readonly victims: readonly Victim[];
  private readonly host: NemesisHost;
  private readonly random: Random;
  private armed: Armed[] = [];
  /** Whether durable data were damaged or taken away. */
  hasSpoiled = false;
  private over = false;

  constructor(
    world: World,
    options: SwarmOptions,
    actions: readonly Action[],
    victims: readonly Victim[],
    host: NemesisHost,
  ) {
    this.world = world;
    this.options = options;
    this.actions = actions;
    this.victims = victims;
    this.host = host;
    this.random = world.fork();
  }

  /** Begins: each action is done when it is due, until `stop`. */
  start(): void {
    for (const action of this.actions) {
      this.world.clock.at(action.atMs, () => {
        if (this.over) return;
        this.host.note(describeAction(action));
        this.strike(action);
        this.host.struck(action);
      });
    }
  }

  /** Heals everything: whoever is down starts, and from now on nothing is lost. */
  stop(): void {
    this.over = true;
    this.host.note('all is healed');
    this.armed = [];
    const { network } = this.world;
    network.options = { ...this.options.network, lossRate: 0, slowRate: 0 };
    network.heal();
    for (const victim of this.victims) {
      for (const disk of [victim.data, victim.log]) {
        disk.condition = 'good';
        disk.slowness = 1;
      }
      victim.node.setClockRate(1);
      if (victim.node.state === 'paused') victim.node.resume();
      this.startIfDown(victim);
    }
  }

  private strike({ deed }: Action): void {
    switch (deed.do) {
      case 'crash':
        this.crashRepeatedly(this.victim(deed.target), deed.power, deed.downMs, deed.times);
        return;
      case 'crashAll':
        this.victims.forEach((victim, index) => {
          this.crash(victim, deed.power, deed.downMs[index] ?? 0);
        });
        return;
      case 'pause':
        this.pause(this.victim(deed.target), deed.forMs);
        return;
      case 'cut':
        for (const way of deed.ways) this.cut(way);
        return;
      case 'reset':
        this.reset(this.nodeName(deed.a), this.nodeName(deed.b), deed.silentMs);
        return;
      case 'network': {
        const { network } = this.world;
        const { lossRate, slowRate, delay } = deed;
        const usual = this.options.network;
        network.options = { ...usual, lossRate, slowRate, maxDelayMs: usual.maxDelayMs * delay };
        this.later(deed.forMs, () => {
          network.options = usual;
        });
        return;
      }
      case 'disk': {
        const disk = this.victim(deed.target)[deed.device];
        disk.condition = deed.condition;
        this.later(deed.forMs, () => {
          disk.condition = 'good';
        });
        return;
      }
      case 'slowDisk': {
        const { data, log } = this.victim(deed.target);
        for (const disk of [data, log]) disk.slowness = deed.slowness;
        this.later(deed.forMs, () => {
          for (const disk of [data, log]) disk.slowness = 1;
        });
        return;
      }
      case 'damage':
        this.damage(this.victim(deed.target), deed.how, deed.file, deed.place, deed.downMs);
        return;
      case 'wipe':
        this.wipe(this.victim(deed.target), deed.downMs);
        return;
      case 'clockJump':
        this.victim(deed.target).node.wallOffsetMs = deed.offsetMs;
        return;
      case 'clockStrobe': {
        const { node } = this.victim(deed.target);
        const calm = node.wallOffsetMs;
        for (let i = 0; i < deed.times; i++) {
          this.later(i * deed.everyMs, () => {
            node.wallOffsetMs = i % 2 === 0 ? deed.offsetMs : calm;
          });
        }
        return;
      }
      case 'clockDrift': {
        const { node } = this.victim(deed.target);
        node.setClockRate(deed.rate);
        this.later(deed.forMs, () => node.setClockRate(1));
        return;
      }
      case 'crashAt': {
        const { point, nth, sid, effect, downMs } = deed;
        this.armed.push({ point, left: nth, sid, effect, downMs });
      }
    }
  }

  private victim(target: Target): Victim {
    const sid = target.leader ? (this.host.leader() ?? target.sid) : target.sid;
    return this.victims.find((victim) => victim.sid === sid) ?? this.first;
  }

  private get first(): Victim {
    return this.victims[0] as Victim;
  }

  private nodeName(name: string): string {
    return name === LEADER ? serverName(this.host.leader() ?? this.first.sid) : name;
  }

  private later(delayMs: number, action: () => void): void {
    this.world.clock.after(delayMs, () => {
      if (!this.over) action();
    });
  }

  // --- processes ----------------------------------------------------------------------------------------------------

  private crashRepeatedly(victim: Victim, power: boolean, downMs: number, times: number): void {
    this.crash(victim, power, downMs);
    if (times > 1) this.later(2 * downMs + 1, () => this.crashRepeatedly(victim, power, downMs, times - 1));
  }

  private crash(victim: Victim, power: boolean, downMs: number): void {
    if (victim.node.state === 'down') return;
    victim.node.kill();
    if (power) losePower(victim);
    this.startLater(victim, downMs);
  }

  /** For servers that have stopped by themselves. */
  stopped(victim: Victim): void {
    this.startLater(victim, this.random.pick(RESTART_MS));
  }

  private startLater(victim: Victim, delayMs: number): void {
    this.later(delayMs, () => this.startIfDown(victim));
  }

  private startIfDown(victim: Victim): void {
    if (victim.node.state !== 'down' || victim.refused) return;
    this.host.note(`s${victim.sid} starts`);
    victim.node.start();
  }

  private pause(victim: Victim, forMs: number): void {
    if (victim.node.state !== 'running') return;
    victim.node.pause();
    this.later(forMs, () => victim.node.resume());
  }

  /** A server has reached a point: where that point is armed it dies there, in the middle of what it does. */
  reach(sid: number, point: string): void {
    const armed = this.armed.find((each) => each.point === point && (each.sid === null || each.sid === sid));
    if (armed === undefined) return;
    armed.left--;
    if (armed.left > 0) return;
    this.armed.splice(this.armed.indexOf(armed), 1);
    const victim = this.victims.find((each) => each.sid === sid) ?? this.first;
    this.host.note(`s${sid} has reached "${point}": ${armed.effect}`);
    if (armed.effect === 'pause') {
      this.pause(victim, armed.downMs);
      return;
    }
    this.crash(victim, armed.effect === 'powerLoss', armed.downMs);
    throw new ProcessEnded(point);
  }

  /** Whether any point is armed. */
  get isArmed(): boolean {
    return this.armed.length > 0;
  }

  // --- network ------------------------------------------------------------------------------------------------------

  private cut(way: CutWay): void {
    const { network } = this.world;
    const [from, to] = [this.nodeName(way.from), this.nodeName(way.to)];
    if (from === to) return;
    this.later(way.afterMs, () => {
      network.block(from, to, way.port);
      this.later(way.forMs, () => network.unblock(from, to, way.port));
    });
  }

  private reset(a: string, b: string, silentMs: number | null): void {
    if (a !== b) this.world.network.reset(a, b, silentMs);
  }

  // --- disks --------------------------------------------------------------------------------------------------------

  private damage(victim: Victim, how: 'flip' | 'misdirect', file: number, place: number, downMs: number): void {
    victim.node.kill();
    const standing = currentStanding(victim);
    // One disk at a time: of a server that runs nobody sees that its disk is bad, so it would be counted upon.
    const isOnly = this.victims.every((other) => other === victim || other.damagedFrom === null);
    if (isOnly && standing !== null && this.isSpared(victim, standing)) {
      const target = damagedFile(victim, file);
      if (target !== null) {
        victim.damagedFrom = standing;
        this.hasSpoiled = true;
        this.host.note(`s${victim.sid}: ${target.path} is damaged`);
        const { disk, path, length } = target;
        const offset = Math.floor(place * length);
        if (how === 'flip') disk.flipBit(path, offset);
        else disk.misdirect(path, offset, 1 + Math.floor(place * 300), Math.floor(file * length));
      }
    }
    this.startLater(victim, downMs);
  }

  private wipe(victim: Victim, downMs: number): void {
    victim.node.kill();
    const standing = currentStanding(victim);
    if (standing !== null && this.isSpared(victim, standing)) {
      this.empty(victim);
      if (!this.options.autocreate) this.holdBackEqualsOf(victim, standing, downMs);
    }
    this.startLater(victim, downMs);
  }

  /** Only they could tell a wiped server what it has forgotten: those who know less meet it first. */
  private holdBackEqualsOf(victim: Victim, standing: Standing, downMs: number): void {
    for (const other of this.victims) {
      const known = other === victim ? null : durableStanding(other, true);
      if (known === null || !isAtLeast(known, standing)) continue;
      other.node.kill();
      this.startLater(other, HELD_BACK * downMs);
    }
  }

  private empty(victim: Victim): void {
    this.host.note(`s${victim.sid} is given an empty disk`);
    this.hasSpoiled = true;
    victim.data.wipe();
    victim.log.wipe();
    victim.damagedFrom = null;
    victim.refused = false;
  }

  /**
   * Whether all that a server has, and has promised, can be forgotten: those that do not have as much on durable disks are no
   * quorum, itself among them. A voter that comes back empty votes like any other unless `autocreate` is false, so it could
   * help to elect a leader that lacks what was acknowledged.
   */
  private isSpared(victim: Victim, standing: Standing): boolean {
    // Where the ensemble changes, so does what a quorum of it is.
    if (this.victims.length === 1 || this.options.reconfigureEveryMs > 0) return false;
    if (victim.sid > this.options.voters) return true;
    if (!this.options.autocreate) {
      // Nothing can be lost by it; but those who know what they have acknowledged must remain a quorum.
      const knowing = this.victims.filter((other) => other !== victim && this.isKnowing(other));
      return this.host.isQuorum(knowing.map(({ sid }) => sid));
    }
    const lacking = this.victims.filter((other) => {
      if (other.sid > this.options.voters) return false;
      const durable = other === victim ? null : durableStanding(other, true);
      return durable === null || !isAtLeast(durable, standing);
    });
    return !this.host.isQuorum(lacking.map(({ sid }) => sid));
  }

  /** A damaged disk may have been taken for one with a torn end, and its server runs without what it acknowledged. */
  private isKnowing(voter: Victim): boolean {
    if (voter.damagedFrom !== null) return false;
    const standing = durableStanding(voter, false);
    return standing !== null && standing.lastZxid !== ZXID_UNKNOWN;
  }

  /**
   * Recovery has refused what is on a disk. True where that is because of damage that was done to it: the server then gets an
   * empty disk, as the message tells the operator, as soon as nothing can be lost by it.
   */
  refusedToStart(victim: Victim): boolean {
    if (victim.damagedFrom === null) return false;
    victim.refused = true;
    this.emptyWhenSpared(victim, victim.damagedFrom);
    return true;
  }

  private emptyWhenSpared(victim: Victim, standing: Standing): void {
    this.world.clock.after(WIPE_RETRY_MS, () => {
      if (!this.isSpared(victim, standing)) {
        this.emptyWhenSpared(victim, standing);
        return;
      }
      this.empty(victim);
      this.startIfDown(victim);
    });
  }
}

/** What was not synced may be lost. */
function losePower(victim: Victim): void {
  victim.data.crash();
  if (victim.log !== victim.data) victim.log.crash();
}

/**
 * One of the logs and snapshots of a server. Epoch files are left alone: they are a number in text, as Apache's are, and what
 * a flipped digit makes of it nobody can tell from a true one.
 */
function damagedFile(
  { data, log }: Victim,
  place: number,
): { disk: SimulatedDisk<DiskError>; path: string; length: number } | null {
  const files = [...new Set([data, log])].flatMap((disk) =>
    disk
      .durableNames(VERSION_DIRECTORY)
      .filter((name) => /^(log|snapshot)\.[0-9a-f]+(\.snappy)?$/.test(name))
      .map((name) => {
        const path = `${VERSION_DIRECTORY}/${name}`;
        return { disk, path, length: disk.durableContent(path)?.length ?? 0 };
      })
      .filter(({ length }) => length > 0),
  );
  return files[Math.floor(place * files.length)] ?? null;
}
