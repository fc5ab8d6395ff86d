/**
 * What one simulated run is like, drawn from its seed: every run leaves some faults out and has others often, since faults
 * that all happen all the time hide one another ("swarm testing", Groce et al., ISSTA 2012).
 */
import { Random } from '@vivarium/shared/random';
import type { NetworkOptions } from '@vivarium/simulation/network';

export interface SwarmOptions {
  readonly seed: number;
  /** 1 to 5 servers that vote. */
  readonly voters: number;
  readonly observers: number;
  /** Whether the voters decide in groups, the last of them without weight where there are enough. */
  readonly hierarchical: boolean;
  /** Servers that no configuration names at first. */
  readonly spares: number;
  /** Mean time between two changes of the ensemble, in ms; 0 for none. */
  readonly reconfigureEveryMs: number;
  readonly clients: number;
  /** A voter that first starts in the middle of the run, with nothing on its disk. */
  readonly lateVoter: boolean;
  readonly tickTimeMs: number;
  readonly initLimit: number;
  readonly syncLimit: number;
  readonly snapCount: number;
  /** Transactions that a server has at hand after a restart for synchronising others; few make snapshots likely. */
  readonly recentTxns: number;
  readonly preAllocBytes: number;
  /** Whether logs have a disk of their own. */
  readonly separateLogDisk: boolean;
  readonly minSyncMs: number;
  readonly maxSyncMs: number;
  readonly network: NetworkOptions;
  /** How long faults last, in ms. */
  readonly chaosMs: number;
  /** Mean time between two faults, in ms. */
  readonly faultEveryMs: number;
  /** How likely each kind of fault is, relative to the others. */
  readonly faults: Readonly<Record<FaultKind, number>>;
  /** Mean time between two bursts of requests of a client, in ms. */
  readonly thinkMs: number;
  /** Requests that a client has under way at most, and sends at once. */
  readonly pipeline: number;
  readonly sessionTimeoutMs: number;
  readonly snapSizeLimitBytes: number;
  readonly txnLogSizeLimitBytes: number;
  /** Whether servers remove old snapshots and logs when they start. */
  readonly purges: boolean;
  /** Whether servers compress their snapshots. */
  readonly compresses: boolean;
  /** Whether an empty disk counts as that of a new server; where not, new servers are marked, and voters are wiped at any time. */
  readonly autocreate: boolean;
}

export const FAULT_KINDS = [
  // Processes.
  'powerLoss',
  'kill',
  'killLeader',
  'killAll',
  'powerLossOfAll',
  'restartLoop',
  'pause',
  'pauseLong',
  'crashPoint',
  // The network.
  'isolate',
  'isolateLeader',
  'split',
  'bridge',
  'blind',
  'mute',
  'oneWay',
  'splitPort',
  'swizzleClog',
  'reset',
  'halfOpen',
  'lossyNetwork',
  'slowNetwork',
  // Disks.
  'diskFull',
  'diskBroken',
  'slowDisk',
  'damagedDisk',
  'wipedDisk',
  // Clocks.
  'clockJump',
  'clockStrobe',
  'clockDrift',
] as const;

/** One kind of fault. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** The options of a seed. */
export function drawSwarmOptions(seed: number): SwarmOptions {
  const random = new Random(seed ^ 0x5eed);
  const voters = random.pick([1, 3, 3, 3, 3, 5, 5]);
  const tickTimeMs = random.pick([100, 200]);
  const fast = random.chance(0.5);
  const options = {
    seed,
    voters,
    observers: random.pick([0, 0, 0, 1]),
    clients: random.between(1, 3),
    lateVoter: voters > 1 && random.chance(0.3),
    tickTimeMs,
    initLimit: random.between(5, 10),
    syncLimit: random.between(3, 6),
    snapCount: random.pick([8, 20, 60, 1000]),
    recentTxns: random.pick([0, 5, 20, 500]),
    preAllocBytes: random.pick([0, 1024, 4096]),
    separateLogDisk: random.chance(0.3),
    minSyncMs: 0.1,
    maxSyncMs: random.pick([1, 5, 40]),
    network: {
      minDelayMs: 0,
      maxDelayMs: fast ? 2 : random.between(5, 20),
      slowRate: random.pick([0, 0.01, 0.05]),
      lossRate: random.pick([0, 0, 0.0005]),
      breakNoticeMs: random.pick([10, 500, 3000]),
      dialTimeoutMs: 500,
    },
    chaosMs: random.between(3000, 8000),
    faultEveryMs: random.pick([150, 400, 1000]),
    faults: drawFaults(random),
    thinkMs: random.pick([40, 100, 300, 1000]),
    pipeline: random.pick([1, 3, 8]),
    sessionTimeoutMs: random.pick([4, 8, 20]) * tickTimeMs,
    ...drawReconfigurations(seed, voters),
    // From a source of its own, so that each seed is otherwise what it was without it.
    hierarchical: voters === 5 && new Random(seed ^ 0x6e5ea).chance(0.4),
    // What is new is drawn last, so that the seeds that are kept stay what they were.
    snapSizeLimitBytes: random.pick([0, 0, 2000]),
    txnLogSizeLimitBytes: random.pick([0, 0, 1000]),
    purges: random.chance(0.5),
    compresses: random.chance(0.2),
  };
  // From a source of its own, so that other seeds are what they were without it.
  const marks = options.faults.wipedDisk > 0 && new Random(seed ^ 0xb1a4c).chance(0.5);
  return { ...options, autocreate: !marks };
}

/** From a source of its own, so that each seed is otherwise what it was without it. */
function drawReconfigurations(seed: number, voters: number): Pick<SwarmOptions, 'spares' | 'reconfigureEveryMs'> {
  const random = new Random(seed ^ 0x5ec0f16);
  if (voters === 1 || !random.chance(0.2)) return { spares: 0, reconfigureEveryMs: 0 };
  return { spares: random.between(0, 3), reconfigureEveryMs: random.pick([150, 400, 1000]) };
}

function drawFaults(random: Random): Record<FaultKind, number> {
  const weights = {} as Record<FaultKind, number>;
  for (const kind of FAULT_KINDS) weights[kind] = random.chance(0.4) ? random.between(1, 5) : 0;
  // A crash point has to be reached before it does anything, and there are hundreds of them.
  weights.crashPoint = random.pick([0, 5, 20]);
  return weights;
}
