/**
 * What is done to a simulated ensemble, as data: a run is a function of its seed and of a list of these. All of them are drawn
 * before the run begins, so any of them can be left out and the others stay what they are.
 */
import { Random } from '@vivarium/shared/random';
import { CRASH_POINTS } from './crash-points.ts';
import { Port, serverName } from './messages.ts';
import { FAULT_KINDS, type FaultKind, type SwarmOptions } from './swarm-options.ts';

/** A server by its sid, or whichever leads when the action is due; where none does, the one given. */
export interface Target {
  readonly sid: number;
  readonly leader: boolean;
}

/** One way that is cut, at one port or at all (null). Nodes by name; `LEADER` stands for the one that leads. */
export interface CutWay {
  readonly from: string;
  readonly to: string;
  readonly port: string | null;
  /** From when on, counted from the action's time, and for how long. */
  readonly afterMs: number;
  readonly forMs: number;
}

/** In the place of a node's name: the server that leads when the action is due. */
export const LEADER = 'leader';

/** A burst of what happens to a process that reaches a crash point. */
export type CrashEffect = 'kill' | 'powerLoss' | 'pause';

/** What an action does. Times are in ms from the action's own time. */
export type Deed =
  /** SIGKILL, or power loss, `times` times in a row, with `downMs` before each start. */
  | {
      readonly do: 'crash';
      readonly target: Target;
      readonly power: boolean;
      readonly downMs: number;
      readonly times: number;
    }
  /** All servers at once; each has its own time to come back. */
  | { readonly do: 'crashAll'; readonly power: boolean; readonly downMs: readonly number[] }
  | { readonly do: 'pause'; readonly target: Target; readonly forMs: number }
  | { readonly do: 'cut'; readonly ways: readonly CutWay[] }
  /** Breaks the connections of two nodes; where `silentMs` is not null the second one does not learn of it for so long. */
  | { readonly do: 'reset'; readonly a: string; readonly b: string; readonly silentMs: number | null }
  | {
      readonly do: 'network';
      readonly lossRate: number;
      readonly slowRate: number;
      readonly delay: number;
      readonly forMs: number;
    }
  | {
      readonly do: 'disk';
      readonly target: Target;
      readonly device: 'data' | 'log';
      readonly condition: 'full' | 'broken';
      readonly forMs: number;
    }
  | { readonly do: 'slowDisk'; readonly target: Target; readonly slowness: number; readonly forMs: number }
  /**
   * Damages a file of a server that is stopped for it: one bit, or a piece that a misdirected write took elsewhere. `file` and
   * `place` (0 to 1) say which file and where in it. Not done unless a majority has all that the server has.
   */
  | {
      readonly do: 'damage';
      readonly target: Target;
      readonly how: 'flip' | 'misdirect';
      readonly file: number;
      readonly place: number;
      readonly downMs: number;
    }
  /** Takes all data of a server that is stopped for it; not done unless a majority has all that it has. */
  | { readonly do: 'wipe'; readonly target: Target; readonly downMs: number }
  | { readonly do: 'clockJump'; readonly target: Target; readonly offsetMs: number }
  /** The wall clock jumps to and fro. */
  | {
      readonly do: 'clockStrobe';
      readonly target: Target;
      readonly offsetMs: number;
      readonly everyMs: number;
      readonly times: number;
    }
  /** The monotonic clock goes faster or slower. */
  | { readonly do: 'clockDrift'; readonly target: Target; readonly rate: number; readonly forMs: number }
  /** The first server (any, or one) that reaches a point of `crash-points.ts` for the `nth` time from now on dies, or stands still, there. */
  | {
      readonly do: 'crashAt';
      readonly point: string;
      readonly nth: number;
      readonly sid: number | null;
      readonly effect: CrashEffect;
      readonly downMs: number;
    };

/** One action of a run. */
export interface Action {
  /** Its place in the list that the seed draws. */
  readonly id: number;
  readonly atMs: number;
  /** The kind that it was drawn as. */
  readonly kind: FaultKind;
  readonly deed: Deed;
}

/** The actions that a seed draws within its options. */
export function drawActions(options: SwarmOptions): Action[] {
  const drawer = new Drawer(options);
  const bag = FAULT_KINDS.flatMap((kind) => Array.from({ length: options.faults[kind] }, () => kind));
  const actions: Action[] = [];
  if (bag.length === 0) return actions;
  for (let atMs = drawer.pauseMs(); atMs < options.chaosMs; atMs += drawer.pauseMs()) {
    const kind = drawer.random.pick(bag);
    actions.push({ id: actions.length, atMs, kind, deed: drawer.deed(kind) });
  }
  return actions;
}

/** An action in a line. */
export function describeAction({ id, atMs, kind, deed }: Action): string {
  return `#${id} at ${atMs} ms, ${kind}: ${JSON.stringify(deed)}`;
}

class Drawer {
  readonly random: Random;
  private readonly options: SwarmOptions;
  private readonly sids: readonly number[];
  /** All nodes that there may be: servers and clients. */
  private readonly names: readonly string[];

  constructor(options: SwarmOptions) {
    this.random = new Random(options.seed ^ 0xac7104);
    this.options = options;
    this.sids = Array.from({ length: options.voters + options.observers }, (_, index) => index + 1);
    this.names = [...this.sids.map(serverName), ...Array.from({ length: options.clients }, (_, i) => `c${i + 1}`)];
  }

  pauseMs(): number {
    return this.random.below(2 * this.options.faultEveryMs);
  }

  private target(leaderChance = 0): Target {
    return { sid: this.random.pick(this.sids), leader: this.random.chance(leaderChance) };
  }

  private downMs(): number {
    return this.random.below(2 * this.random.pick([50, 500, 2500]));
  }

  private cutMs(): number {
    return this.random.below(2 * this.random.pick([300, 1500, 4000]));
  }

  private isolation(name: string): CutWay[] {
    const forMs = this.cutMs();
    return this.names.filter((other) => other !== name).flatMap((other) => bothWays(name, other, forMs));
  }

  deed(kind: FaultKind): Deed {
    const { random } = this;
    switch (kind) {
      case 'powerLoss':
      case 'kill':
        return { do: 'crash', target: this.target(), power: kind === 'powerLoss', downMs: this.downMs(), times: 1 };
      case 'killLeader':
        return { do: 'crash', target: this.target(1), power: random.chance(0.5), downMs: this.downMs(), times: 1 };
      case 'restartLoop': {
        const downMs = random.between(20, 400);
        return {
          do: 'crash',
          target: this.target(0.3),
          power: random.chance(0.5),
          downMs,
          times: random.between(3, 6),
        };
      }
      case 'powerLossOfAll':
      case 'killAll':
        return { do: 'crashAll', power: kind === 'powerLossOfAll', downMs: this.sids.map(() => this.downMs()) };
      case 'pause':
        return { do: 'pause', target: this.target(0.3), forMs: random.below(2 * random.pick([200, 1500])) };
      case 'pauseLong':
        return { do: 'pause', target: this.target(0.4), forMs: this.options.sessionTimeoutMs + random.below(2000) };
      case 'isolate':
        return { do: 'cut', ways: this.isolation(serverName(this.target().sid)) };
      case 'isolateLeader':
        return { do: 'cut', ways: this.isolation(LEADER) };
      case 'split':
        return { do: 'cut', ways: this.split() };
      case 'bridge':
        return { do: 'cut', ways: this.bridge() };
      case 'blind':
      case 'mute':
        return { do: 'cut', ways: this.oneSided(kind) };
      case 'oneWay': {
        const [from, to] = this.pair();
        return { do: 'cut', ways: [{ from, to, port: null, afterMs: 0, forMs: this.cutMs() }] };
      }
      case 'splitPort':
        return { do: 'cut', ways: this.splitPort() };
      case 'swizzleClog':
        return { do: 'cut', ways: this.swizzleClog() };
      case 'reset':
      case 'halfOpen': {
        const [a, b] = this.pair();
        return { do: 'reset', a, b, silentMs: kind === 'halfOpen' ? random.between(500, 6000) : null };
      }
      case 'lossyNetwork':
        return { do: 'network', lossRate: 0.02, slowRate: 0, delay: 1, forMs: random.below(2000) };
      case 'slowNetwork':
        return { do: 'network', lossRate: 0, slowRate: 0.3, delay: random.pick([1, 1, 5]), forMs: random.below(2000) };
      case 'diskFull':
      case 'diskBroken': {
        const device = random.chance(0.5) ? 'data' : 'log';
        const condition = kind === 'diskFull' ? 'full' : 'broken';
        return {
          do: 'disk',
          target: this.target(0.3),
          device,
          condition,
          forMs: random.below(2 * random.pick([300, 2000])),
        };
      }
      case 'slowDisk':
        return { do: 'slowDisk', target: this.target(0.3), slowness: random.pick([10, 50]), forMs: random.below(4000) };
      case 'damagedDisk': {
        const how = random.chance(0.6) ? 'flip' : 'misdirect';
        const [file, place] = [random.below(1000) / 1000, random.below(1000) / 1000];
        return { do: 'damage', target: this.target(0.2), how, file, place, downMs: this.downMs() };
      }
      case 'wipedDisk':
        return { do: 'wipe', target: this.target(0.2), downMs: this.downMs() };
      case 'clockJump':
        return { do: 'clockJump', target: this.target(0.3), offsetMs: random.between(-3_600_000, 3_600_000) };
      case 'clockStrobe': {
        const offsetMs = random.between(-3_600_000, 3_600_000);
        return {
          do: 'clockStrobe',
          target: this.target(0.5),
          offsetMs,
          everyMs: random.between(5, 100),
          times: random.between(4, 30),
        };
      }
      case 'clockDrift':
        return {
          do: 'clockDrift',
          target: this.target(0.4),
          rate: random.pick([0.9, 0.99, 1.01, 1.1]),
          forMs: random.below(6000),
        };
      case 'crashPoint': {
        const sid = random.chance(0.7) ? null : this.target().sid;
        const effect = random.pick(['kill', 'powerLoss', 'powerLoss', 'pause'] as const);
        const nth = random.pick([1, 1, 1, 2, 3, 10]);
        return { do: 'crashAt', point: random.pick(CRASH_POINTS), nth, sid, effect, downMs: this.downMs() };
      }
    }
  }

  /** Two different nodes, one of them a server; or the same twice where there is only one. */
  private pair(): [string, string] {
    const { random } = this;
    const server = random.chance(0.3) ? LEADER : serverName(random.pick(this.sids));
    const other = random.pick(this.names);
    return random.chance(0.5) ? [server, other] : [other, server];
  }

  private split(): CutWay[] {
    const forMs = this.cutMs();
    const [here, there] = this.halves(this.names);
    return here.flatMap((a) => there.flatMap((b) => bothWays(a, b, forMs)));
  }

  private halves(names: readonly string[]): [string[], string[]] {
    const sides = names.map((name) => ({ name, here: this.random.chance(0.5) }));
    const of = (wanted: boolean): string[] => sides.filter(({ here }) => here === wanted).map(({ name }) => name);
    return [of(true), of(false)];
  }

  /** Two halves that do not see each other, and one server that sees both. */
  private bridge(): CutWay[] {
    const forMs = this.cutMs();
    const middle = serverName(this.random.pick(this.sids));
    const [here, there] = this.halves(this.names.filter((name) => name !== middle));
    return here.flatMap((a) => there.flatMap((b) => bothWays(a, b, forMs)));
  }

  /** One server that hears no other server, or that no other server hears. */
  private oneSided(kind: 'blind' | 'mute'): CutWay[] {
    const forMs = this.cutMs();
    const name = this.random.chance(0.4) ? LEADER : serverName(this.random.pick(this.sids));
    return this.sids.map(serverName).map((other) => {
      const [from, to] = kind === 'blind' ? [other, name] : [name, other];
      return { from, to, port: null, afterMs: 0, forMs };
    });
  }

  /** The servers are split at their election ports only, or at their quorum ports only. */
  private splitPort(): CutWay[] {
    const forMs = this.cutMs();
    const port = this.random.chance(0.5) ? Port.election : Port.quorum;
    const [here, there] = this.halves(this.sids.map(serverName));
    return here.flatMap((a) => there.flatMap((b) => bothWays(a, b, forMs).map((way) => ({ ...way, port }))));
  }

  /** Nodes are cut off one after another, and come back one after another in another order. */
  private swizzleClog(): CutWay[] {
    const { random } = this;
    const chosen = this.names.filter(() => random.chance(0.7));
    const order = chosen.map((name) => ({ name, key: random.uint32() })).sort((a, b) => a.key - b.key);
    const stepMs = random.between(20, 400);
    const clogged = chosen.length * stepMs;
    return chosen.flatMap((name, index) => {
      const afterMs = index * stepMs;
      const healMs = clogged + order.findIndex((entry) => entry.name === name) * stepMs;
      const ways = this.names
        .filter((other) => other !== name)
        .flatMap((other) => bothWays(name, other, healMs - afterMs));
      return ways.map((way) => ({ ...way, afterMs }));
    });
  }
}

function bothWays(a: string, b: string, forMs: number): CutWay[] {
  return [
    { from: a, to: b, port: null, afterMs: 0, forMs },
    { from: b, to: a, port: null, afterMs: 0, forMs },
  ];
}
