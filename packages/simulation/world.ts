/**
 * A deterministic world: virtual time, nodes, a network between them, everything by chance and all chance from one seed. Two
 * worlds with the same seed and the same programs do the same, event by event, in Node and in a browser.
 */
import { assert } from '@vivarium/shared/assert';
import { Random } from '@vivarium/shared/random';
import { Clock, type Timer } from './clock.ts';
import { type Accept, type DialHandler, Network, type NetworkOptions } from './network.ts';
import { Process } from './process.ts';

/** What a program can do; good for one life of its node. */
export interface Host {
  /** The name of the node. */
  readonly name: string;
  /** ms on a clock that never jumps, though it may go a little faster or slower than others. */
  readonly monotonicMs: number;
  /** ms since 1970 on this node's own clock, which may be wrong and may jump. */
  readonly wallMs: number;
  /** Does the action later, unless the program ends before. */
  after(delayMs: number, action: () => void): Timer;
  listen(port: string, accept: Accept): void;
  dial(peer: string, port: string, handler: DialHandler): void;
  /** Ends the program. */
  exit(reason: string): void;
}

/** Starts a program on its host. */
export type Program = (host: Host) => void;

/** What a node is doing. */
export type NodeState = 'down' | 'running' | 'paused';

/** A machine with one program. */
export class WorldNode {
  readonly name: string;
  /** How far this node's wall clock is ahead of the world's, in ms. */
  wallOffsetMs = 0;
  /** Called when a process has died; `reason` is null where it was killed. */
  onDeath: (reason: string | null) => void = () => {};
  private readonly world: World;
  private readonly program: Program;
  /** How much faster than the world's this node's monotonic clock goes, and where both stood when that last changed. */
  private rate = 1;
  private rateSinceMs = 0;
  private monotonicThenMs = 0;
  private process: Process | null = null;

  constructor(world: World, name: string, program: Program) {
    this.world = world;
    this.name = name;
    this.program = program;
  }

  get state(): NodeState {
    if (this.process === null || !this.process.isAlive) return 'down';
    return this.process.isPaused ? 'paused' : 'running';
  }

  /** ms on the node's own monotonic clock. */
  get monotonicMs(): number {
    return this.monotonicThenMs + (this.world.clock.nowMs - this.rateSinceMs) * this.rate;
  }

  /** Lets the monotonic clock drift: 1.01 gains 10 ms a second. Timers that run already keep their time. */
  setClockRate(rate: number): void {
    this.monotonicThenMs = this.monotonicMs;
    this.rateSinceMs = this.world.clock.nowMs;
    this.rate = rate;
  }

  /** Starts the program; the node must be down. */
  start(): void {
    assert(this.state === 'down', `node ${this.name} is running already`);
    const process = new Process(this.world.clock);
    this.process = process;
    process.run(() => this.program(this.hostFor(process)));
  }

  private hostFor(process: Process): Host {
    const { world, name } = this;
    const node = this;
    return {
      name,
      get monotonicMs() {
        return node.monotonicMs;
      },
      get wallMs() {
        return world.epochMs + Math.floor(world.clock.nowMs) + node.wallOffsetMs;
      },
      after: (delayMs, action) => process.after(delayMs / node.rate, action),
      listen: (port, accept) => world.network.listen(name, process, port, accept),
      dial: (peer, port, handler) => world.network.dial(name, process, peer, port, handler),
      exit: (reason) => this.end(process, reason),
    };
  }

  /** SIGKILL. Does nothing to a node that is down. */
  kill(): void {
    if (this.process !== null) this.end(this.process, null);
  }

  private end(process: Process, reason: string | null): void {
    if (!process.isAlive) return;
    process.die();
    this.world.network.processDied(process);
    this.onDeath(reason);
  }

  /** SIGSTOP: the node still acknowledges what it gets, and sees nothing of it until it is resumed. */
  pause(): void {
    this.process?.pause();
  }

  resume(): void {
    this.process?.resume();
  }
}

export class World {
  /** All chance of the world comes from here; give programs generators of their own, made by `fork`. */
  readonly random: Random;
  readonly clock = new Clock();
  readonly network: Network;
  readonly nodes = new Map<string, WorldNode>();
  /** The wall clock at the beginning, in ms since 1970. */
  readonly epochMs = 1_700_000_000_000;

  constructor(seed: number, network: NetworkOptions) {
    this.random = new Random(seed);
    this.network = new Network(this.clock, this.fork(), network);
  }

  /** A generator of its own for a part of the world, so that what one part draws does not shift another's. */
  fork(): Random {
    return new Random(this.random.uint32() * 0x100000 + this.random.below(0x100000));
  }

  /** A new node, down. */
  addNode(name: string, program: Program): WorldNode {
    assert(!this.nodes.has(name), `node ${name} exists already`);
    const node = new WorldNode(this, name, program);
    this.nodes.set(name, node);
    return node;
  }
}
