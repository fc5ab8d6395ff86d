/** What a nemesis does to servers: faults with a beginning and an end, drawn from a seed. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '@vivarium/shared/random';
import type { NemesisServer } from './nemesis-server.ts';
import type { Network } from './network.ts';

/** What a fault may touch. */
export interface Victims {
  readonly servers: readonly NemesisServer[];
  readonly network: Network;
  readonly random: Random;
  /** The longest session timeout that clients have. */
  readonly maxSessionTimeoutMs: number;
}

/** A fault that stands: what it is, whom it hits, and what ends it. */
export interface StandingFault {
  readonly name: string;
  readonly servers: readonly number[];
  readonly holdMs: number;
  readonly heal: () => Promise<void> | void;
}

/** Does it; null where this network cannot. */
type Fault = (victims: Victims) => Promise<StandingFault | null>;

const HOUR_MS = 3_600_000;

/** The running leader, or any server where there is none. */
function leaderOf({ servers, random }: Victims): NemesisServer {
  return servers.find(({ mode }) => mode === 'leader') ?? random.pick(servers);
}

/** The leader as often as not: it is where faults tell most. */
function someServer(victims: Victims): NemesisServer {
  return victims.random.chance(0.4) ? leaderOf(victims) : victims.random.pick(victims.servers);
}

/** A few servers in random order. */
function several({ servers, random }: Victims, count: number): NemesisServer[] {
  const rest = [...servers];
  const chosen: NemesisServer[] = [];
  while (chosen.length < count) chosen.push(...rest.splice(random.below(rest.length), 1));
  return chosen;
}

function minority({ servers }: Victims): number {
  return Math.floor((servers.length - 1) / 2);
}

async function killed(name: string, chosen: readonly NemesisServer[], holdMs: number): Promise<StandingFault> {
  await Promise.all(chosen.map((server) => server.kill()));
  return {
    name,
    servers: chosen.map(({ sid }) => sid),
    holdMs,
    heal: each(chosen, (server) => server.start()),
  };
}

function paused(name: string, chosen: readonly NemesisServer[], holdMs: number): StandingFault {
  for (const server of chosen) server.pause();
  return {
    name,
    servers: chosen.map(({ sid }) => sid),
    holdMs,
    heal: each(chosen, (server) => server.resume()),
  };
}

function each(servers: readonly NemesisServer[], act: (server: NemesisServer) => void): () => void {
  return () => {
    for (const server of servers) act(server);
  };
}

function cutBetween({ network }: Victims, some: readonly number[], others: readonly number[]): void {
  for (const from of some) for (const to of others) if (from !== to) network.cut(from, to);
}

function sidsOf(servers: readonly NemesisServer[]): number[] {
  return servers.map(({ sid }) => sid);
}

const faults: Readonly<Record<string, Fault>> = {
  'kill one': (victims) => killed('kill one', [victims.random.pick(victims.servers)], victims.random.between(0, 5_000)),
  'kill leader': (victims) => killed('kill leader', [leaderOf(victims)], victims.random.between(0, 5_000)),
  'kill minority': (victims) => {
    return killed('kill minority', several(victims, minority(victims)), victims.random.between(500, 5_000));
  },
  'kill all': (victims) => killed('kill all', victims.servers, victims.random.between(0, 2_000)),
  'pause one': async (victims) => {
    return paused('pause one', [someServer(victims)], victims.random.between(200, victims.maxSessionTimeoutMs + 2_000));
  },
  'pause minority': async (victims) => {
    const chosen = several(victims, minority(victims));
    return paused('pause minority', chosen, victims.random.between(1_000, victims.maxSessionTimeoutMs + 2_000));
  },
  'pause all': async (victims) => paused('pause all', victims.servers, victims.random.between(200, 3_000)),
  isolate: async (victims) => {
    const { network, random, servers } = victims;
    const { sid } = someServer(victims);
    cutBetween(victims, [sid], sidsOf(servers));
    cutBetween(victims, sidsOf(servers), [sid]);
    return {
      name: 'isolate',
      servers: sidsOf(servers),
      holdMs: random.between(500, 8_000),
      heal: () => network.heal(),
    };
  },
  partition: async (victims) => {
    const { network, random, servers } = victims;
    const some = sidsOf(several(victims, minority(victims)));
    const others = sidsOf(servers).filter((sid) => !some.includes(sid));
    cutBetween(victims, some, others);
    cutBetween(victims, others, some);
    return {
      name: 'partition',
      servers: sidsOf(servers),
      holdMs: random.between(1_000, 8_000),
      heal: () => network.heal(),
    };
  },
  'cut one way': async (victims) => {
    const { network, random, servers } = victims;
    const [from, to] = several(victims, 2);
    if (from === undefined || to === undefined) return null;
    network.cut(from.sid, to.sid);
    return {
      name: 'cut one way',
      servers: sidsOf(servers),
      holdMs: random.between(500, 8_000),
      heal: () => network.heal(),
    };
  },
  'deaf or mute': async (victims) => {
    const { network, random, servers } = victims;
    const { sid } = someServer(victims);
    if (random.chance(0.5)) cutBetween(victims, [sid], sidsOf(servers));
    else cutBetween(victims, sidsOf(servers), [sid]);
    return {
      name: 'deaf or mute',
      servers: sidsOf(servers),
      holdMs: random.between(500, 8_000),
      heal: () => network.heal(),
    };
  },
  'slow links': async (victims) => {
    const { network, random, servers } = victims;
    const { sid } = someServer(victims);
    let possible = true;
    for (const other of sidsOf(servers)) {
      if (other === sid) continue;
      possible &&= network.slow(sid, other, random.between(10, 400));
      possible &&= random.chance(0.5) || network.slow(other, sid, random.between(10, 400));
    }
    if (!possible) return null;
    return {
      name: 'slow links',
      servers: sidsOf(servers),
      holdMs: random.between(2_000, 8_000),
      heal: () => network.heal(),
    };
  },
  'lossy links': async (victims) => {
    const { network, random, servers } = victims;
    const { sid } = someServer(victims);
    for (const other of sidsOf(servers)) {
      if (other !== sid && !network.drop(sid, other, random.between(1, 5))) return null;
    }
    return {
      name: 'lossy links',
      servers: sidsOf(servers),
      holdMs: random.between(2_000, 6_000),
      heal: () => network.heal(),
    };
  },
  unplug: async (victims) => {
    const { network, random } = victims;
    const { sid } = someServer(victims);
    if (!network.unplug(sid)) return null;
    return { name: 'unplug', servers: [sid], holdMs: random.between(500, 8_000), heal: () => network.heal() };
  },
  'slow disk': async (victims) => {
    const chosen = victims.random.chance(0.3) ? victims.servers : [someServer(victims)];
    const delayMs = victims.random.pick([20, 100, 500, 1_500]);
    for (const server of chosen) server.setSyncDelay(delayMs);
    const heal = each(chosen, (server) => server.setSyncDelay(0));
    return { name: 'slow disk', servers: sidsOf(chosen), holdMs: victims.random.between(1_000, 6_000), heal };
  },
  'clock jump': async (victims) => {
    const chosen = victims.random.chance(0.2) ? victims.servers : [someServer(victims)];
    const { random } = victims;
    const skewMs = random.pick([1, -1]) * random.pick([500, 10_000, HOUR_MS, 24 * HOUR_MS]);
    for (const server of chosen) server.setClockSkew(skewMs);
    const heal = each(chosen, (server) => server.setClockSkew(0));
    // No disturbance: sessions have to live on.
    return { name: 'clock jump', servers: [], holdMs: random.between(1_000, 8_000), heal };
  },
  'restart loop': async (victims) => {
    const { random } = victims;
    const server = someServer(victims);
    for (let round = random.between(2, 4); round > 0; round--) {
      await server.kill();
      server.start();
      await delay(random.between(50, 1_500));
    }
    return killed('restart loop', [server], 0);
  },
  'rolling restart': async (victims) => {
    const { random, servers } = victims;
    for (const server of servers) {
      await server.stop();
      server.start();
      await delay(random.between(500, 2_000));
    }
    return { name: 'rolling restart', servers: sidsOf(servers), holdMs: 0, heal: () => {} };
  },
};

/** Begins a fault that is drawn from all. */
export async function drawFault(victims: Victims, begun: (name: string) => void): Promise<StandingFault | null> {
  const name = victims.random.pick(Object.keys(faults));
  begun(name);
  return (await faults[name]?.(victims)) ?? null;
}
