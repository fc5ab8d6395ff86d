import { setTimeout as delay } from 'node:timers/promises';
import type { Flavour } from '@vivarium/ensemble/tests/harness/server-command';
import type { TestEnsemble } from '@vivarium/ensemble/tests/harness/test-ensemble';
import { createEnsemble, nextResult, residentMebibytes, spawnGenerator, startAndTimeMs } from './rig.ts';
import { watches } from './watches.ts';

/** One number of one round: a row of the table. */
export interface Sample {
  row: string;
  unit: string;
  /** Whether a larger number is the better one. */
  higherIsBetter: boolean;
  value: number;
}

/** How long and how heavy the figures are measured. */
export interface FigureOptions {
  seconds: number;
  warmupSeconds: number;
  sessions: number;
  outstanding: number;
  size: number;
}

/** A long-running ensemble of each flavour, started and warmed up when the first figure needs it. */
export class Ensembles {
  readonly #warmUpSeconds: number;
  readonly #started = new Map<Flavour, TestEnsemble>();

  /** `warmUpSeconds`: load before anything is measured; a JVM needs long until its hot code is compiled. */
  constructor(warmUpSeconds: number) {
    this.#warmUpSeconds = warmUpSeconds;
  }

  /** The flavour's ensemble; all its servers serve. */
  async get(flavour: Flavour): Promise<TestEnsemble> {
    let ensemble = this.#started.get(flavour);
    if (ensemble === undefined) {
      ensemble = await createEnsemble(flavour);
      this.#started.set(flavour, ensemble);
      await startAndTimeMs(ensemble);
      for (const mix of ['write', 'mixed']) {
        await runLoad(ensemble, '--mix', mix, '--seconds', String(this.#warmUpSeconds / 2), '--warmup', '0');
      }
    }
    return ensemble;
  }

  /** Ends all servers and removes their data. */
  async stop(): Promise<void> {
    await Promise.all([...this.#started.values()].map((ensemble) => ensemble.stop()));
  }
}

/** One figure: what a round of it measures. */
export interface Figure {
  name: string;
  /** How many rounds it is measured at least: an outage is short and varies, so it gets more. */
  leastRounds: number;
  measure(flavour: Flavour, ensembles: Ensembles, options: FigureOptions): Promise<Sample[]>;
}

interface LoadResult {
  operationsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  errors: number;
  generatorCores: number;
}

interface OutageResult {
  longestGapMs: number;
  acknowledged: number;
  sessionKept: boolean;
}

/** Runs the load generator on all servers of an ensemble to its end. */
async function runLoad(ensemble: TestEnsemble, ...options: readonly string[]): Promise<LoadResult> {
  const ports = ensemble.servers.map((server) => server.clientPort);
  const load = spawnGenerator(ports, ...options);
  const result = await nextResult<LoadResult>(load);
  await load.exited;
  return result;
}

/** A figure of operations a second with one mix. */
function loadFigure(name: string, mix: string): Figure {
  return {
    name,
    leastRounds: 1,
    async measure(flavour, ensembles, options) {
      const ensemble = await ensembles.get(flavour);
      const result = await runLoad(
        ensemble,
        ...['--mix', mix, '--seconds', String(options.seconds), '--warmup', String(options.warmupSeconds)],
        ...['--sessions', String(options.sessions), '--outstanding', String(options.outstanding)],
        ...['--size', String(options.size)],
      );
      if (result.errors > 0) {
        throw new Error(`${result.errors} errors in ${name} with ${flavour}\n${ensemble.report()}`);
      }
      return [
        { row: name, unit: 'op/s', higherIsBetter: true, value: result.operationsPerSecond },
        { row: `${name}, p50`, unit: 'ms', higherIsBetter: false, value: result.p50Ms },
        { row: `${name}, p99`, unit: 'ms', higherIsBetter: false, value: result.p99Ms },
        { row: `${name}, load generator itself`, unit: 'cores', higherIsBetter: false, value: result.generatorCores },
      ];
    },
  };
}

const startUp: Figure = {
  name: 'start-up',
  leastRounds: 3,
  async measure(flavour) {
    const ensemble = await createEnsemble(flavour);
    try {
      const value = await startAndTimeMs(ensemble);
      return [{ row: 'start-up, three servers, spawn to all serving', unit: 'ms', higherIsBetter: false, value }];
    } finally {
      await ensemble.stop();
    }
  },
};

/** How long writers go on after a new leader serves: longer than any outage that would still count as one. */
const AFTER_OUTAGE_MS = 1_500;
const BEFORE_OUTAGE_MS = 500;

const outage: Figure = {
  name: 'outage',
  leastRounds: 5,
  async measure(flavour, ensembles) {
    const ensemble = await ensembles.get(flavour);
    const leader = await ensemble.waitForLeader();
    const survivors = ensemble.servers.filter((server) => server !== leader);
    const survivorPorts = survivors.map((server) => server.clientPort);
    const writers = [
      { row: 'outage, writer on a survivor', load: spawnGenerator(survivorPorts.slice(0, 1), '--outage') },
      { row: 'outage, writer on the leader', load: spawnGenerator([leader.clientPort, ...survivorPorts], '--outage') },
    ];
    await Promise.all(writers.map(({ load }) => nextResult(load)));
    await delay(BEFORE_OUTAGE_MS);
    await leader.crash();
    await ensemble.waitForLeader();
    await delay(AFTER_OUTAGE_MS);
    const samples: Sample[] = [];
    for (const { row, load } of writers) {
      load.end();
      const result = await nextResult<OutageResult>(load);
      await load.exited;
      if (!result.sessionKept) {
        throw new Error(`a session was lost in ${row} with ${flavour}\n${ensemble.report()}`);
      }
      samples.push({ row, unit: 'ms', higherIsBetter: false, value: result.longestGapMs });
    }
    leader.start();
    await ensemble.waitUntilServing();
    return samples;
  },
};

const memory: Figure = {
  name: 'memory',
  leastRounds: 1,
  async measure(flavour, ensembles) {
    const ensemble = await ensembles.get(flavour);
    const sizes = ensemble.servers.map((server) => residentMebibytes(server.pid ?? 0));
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    return [
      { row: 'resident memory a server after the loads above, mean', unit: 'MiB', higherIsBetter: false, value: mean },
      { row: '… largest', unit: 'MiB', higherIsBetter: false, value: Math.max(...sizes) },
    ];
  },
};

/** All figures in the order in which they are measured: memory after the loads, outages (which restart) last. */
export const figures: readonly Figure[] = [
  startUp,
  loadFigure('writes', 'write'),
  loadFigure('reads', 'read'),
  loadFigure('mixed', 'mixed'),
  memory,
  outage,
  watches,
];
