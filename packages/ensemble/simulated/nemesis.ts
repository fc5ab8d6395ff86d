/** Does harm to the simulated ensemble at random, within what the seed's options allow, and undoes all of it at the end. */
import type { Random } from '@vivarium/shared/random';
import type { SimulatedDisk } from '@vivarium/simulation/disk';
import type { World, WorldNode } from '@vivarium/simulation/world';
import type { DiskError } from '../storage/disk.ts';
import { FAULT_KINDS, type FaultKind, type SwarmOptions } from './swarm-options.ts';

/** A server as the nemesis sees it. */
export interface Victim {
  readonly sid: number;
  readonly node: WorldNode;
  readonly data: SimulatedDisk<DiskError>;
  readonly log: SimulatedDisk<DiskError>;
}

export class Nemesis {
  private readonly world: World;
  private readonly options: SwarmOptions;
  private readonly victims: readonly Victim[];
  private readonly random: Random;
  /** The sid of the server that leads at the moment, or null. */
  private readonly leader: () => number | null;
  private readonly note: (text: string) => void;
  private over = false;

  constructor(
    world: World,
    options: SwarmOptions,
    victims: readonly Victim[],
    leader: () => number | null,
    note: (text: string) => void,
  ) {
    this.world = world;
    this.options = options;
    this.victims = victims;
    this.random = world.fork();
    this.leader = leader;
    this.note = note;
  }

  /** Begins; one fault after another until `stop`. */
  start(): void {
    const bag: FaultKind[] = [];
    for (const kind of FAULT_KINDS) for (let i = 0; i < this.options.faults[kind]; i++) bag.push(kind);
    if (bag.length === 0) return;
    const next = (): void => {
      this.world.clock.after(this.random.below(2 * this.options.faultEveryMs), () => {
        if (this.over) return;
        this.strike(this.random.pick(bag));
        next();
      });
    };
    next();
  }

  /** Heals everything: whoever is down starts, and from now on nothing is lost. */
  stop(): void {
    this.over = true;
    this.note('all is healed');
    const { network } = this.world;
    network.options = { ...this.options.network, lossRate: 0, slowRate: 0 };
    network.heal();
    for (const victim of this.victims) {
      this.repairDisks(victim);
      if (victim.node.state === 'paused') victim.node.resume();
      if (victim.node.state === 'down') victim.node.start();
    }
  }

  private strike(kind: FaultKind): void {
    const victim = this.random.pick(this.victims);
    const leader = this.victims.find(({ sid }) => sid === this.leader());
    switch (kind) {
      case 'powerLoss':
        this.crash(victim, true);
        return;
      case 'kill':
        this.crash(victim, false);
        return;
      case 'killLeader':
        this.crash(leader ?? victim, this.random.chance(0.5));
        return;
      case 'powerLossOfAll':
        for (const each of this.victims) this.crash(each, true);
        return;
      case 'pause':
        this.pause(this.random.chance(0.3) ? (leader ?? victim) : victim);
        return;
      case 'isolate':
        this.isolate(victim);
        return;
      case 'isolateLeader':
        this.isolate(leader ?? victim);
        return;
      case 'split':
        this.split();
        return;
      case 'oneWay':
        this.oneWay(victim, this.random.pick(this.victims));
        return;
      case 'lossyNetwork':
        this.badNetwork({ lossRate: 0.02 });
        return;
      case 'slowNetwork':
        this.badNetwork({ slowRate: 0.3 });
        return;
      case 'diskFull':
      case 'diskBroken':
        this.badDisk(victim, kind === 'diskFull' ? 'full' : 'broken');
        return;
      case 'clockJump':
        victim.node.wallOffsetMs = this.random.between(-3_600_000, 3_600_000);
        this.note(`s${victim.sid}'s wall clock jumps by ${victim.node.wallOffsetMs} ms`);
    }
  }

  private later(meanMs: number, action: () => void): void {
    this.world.clock.after(this.random.below(2 * meanMs), () => {
      if (!this.over) action();
    });
  }

  private crash(victim: Victim, power: boolean): void {
    if (victim.node.state === 'down') return;
    this.note(`s${victim.sid} ${power ? 'loses power' : 'is killed'}`);
    victim.node.kill();
    if (power) losePower(victim);
    this.restartLater(victim);
  }

  /** Also for servers that have stopped by themselves. */
  restartLater(victim: Victim): void {
    this.later(this.random.pick([50, 500, 2500]), () => {
      if (victim.node.state !== 'down') return;
      this.note(`s${victim.sid} starts`);
      this.repairDisks(victim);
      victim.node.start();
    });
  }

  private repairDisks(victim: Victim): void {
    victim.data.condition = 'good';
    victim.log.condition = 'good';
  }

  private pause(victim: Victim): void {
    if (victim.node.state !== 'running') return;
    this.note(`s${victim.sid} is paused`);
    victim.node.pause();
    this.later(this.random.pick([200, 1500]), () => {
      this.note(`s${victim.sid} goes on`);
      victim.node.resume();
    });
  }

  private isolate(victim: Victim): void {
    this.note(`s${victim.sid} is isolated`);
    for (const name of this.world.nodes.keys()) if (name !== victim.node.name) this.block(name, victim.node.name, true);
    this.healLater();
  }

  private split(): void {
    const sides = new Map([...this.world.nodes.keys()].map((name) => [name, this.random.chance(0.5)]));
    this.note(`the network splits: ${[...sides].filter(([, side]) => side).map(([name]) => name)} and the others`);
    for (const [from, side] of sides) for (const [to, other] of sides) if (side && !other) this.block(from, to, true);
    this.healLater();
  }

  private oneWay(from: Victim, to: Victim): void {
    if (from === to) return;
    this.note(`nothing gets from s${from.sid} to s${to.sid}`);
    this.block(from.node.name, to.node.name, false);
    this.healLater();
  }

  private block(a: string, b: string, bothWays: boolean): void {
    this.world.network.block(a, b);
    if (bothWays) this.world.network.block(b, a);
  }

  private healLater(): void {
    this.later(this.random.pick([300, 1500, 4000]), () => {
      this.note('the network is whole again');
      this.world.network.heal();
    });
  }

  private badNetwork(change: { readonly lossRate?: number; readonly slowRate?: number }): void {
    const { network } = this.world;
    this.note(`the network is bad: ${JSON.stringify(change)}`);
    network.options = { ...network.options, ...change };
    this.later(1000, () => {
      network.options = this.options.network;
    });
  }

  private badDisk(victim: Victim, condition: 'full' | 'broken'): void {
    this.note(`a disk of s${victim.sid} is ${condition}`);
    (this.random.chance(0.5) ? victim.data : victim.log).condition = condition;
  }
}

/** What was not synced may be lost. */
function losePower(victim: Victim): void {
  victim.data.crash();
  if (victim.log !== victim.data) victim.log.crash();
}
