/**
 * The load: a process of its own that speaks the client protocol over raw sockets, with frames encoded beforehand. It
 * drives any ZooKeeper server, and prints its result as one line of JSON.
 *
 *   node bench/load-generator.ts --ports 2181,2182,2183 --mix write --seconds 10
 *   node bench/load-generator.ts --ports 2181,2182,2183 --outage     (until its standard input ends)
 *   node bench/load-generator.ts --ports 2181 --watched 100 --sessions 10000     (fires at each line, until its input ends)
 */

import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createFrame, noSession } from './load/frames.ts';
import { Histogram } from './load/histogram.ts';
import { type LoadCounts, LoadSession } from './load/load-session.ts';
import { OutageWriter } from './load/outage-writer.ts';
import { SessionSocket } from './load/session-socket.ts';
import { WatchHolder } from './load/watch-holder.ts';

const { values: options } = parseArgs({
  options: {
    ports: { type: 'string', default: '2181' },
    sessions: { type: 'string', default: '32' },
    outstanding: { type: 'string', default: '16' },
    size: { type: 'string', default: '1024' },
    /** write, read or mixed (70 % reads). */
    mix: { type: 'string', default: 'write' },
    seconds: { type: 'string', default: '10' },
    warmup: { type: 'string', default: '2' },
    outage: { type: 'boolean', default: false },
    /** Znodes that every session watches. */
    watched: { type: 'string' },
  },
});

const READ_SHARES: Readonly<Record<string, number>> = { write: 0, read: 1, mixed: 0.7 };
const ROOT = '/bench';

/** A number of the command line. */
function positive(name: 'sessions' | 'outstanding' | 'size' | 'seconds' | 'warmup'): number {
  const value = Number(options[name]);
  if (!(value >= 0)) {
    throw new Error(`--${name} must be a number, not ${options[name]}`);
  }
  return value;
}

/** Creates the parent of all nodes, or finds it there. */
function createRoot(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new SessionSocket(port, noSession, 10_000, {
      opened: () => socket.send(createFrame(1, ROOT, new Uint8Array())),
      replied: () => {
        resolve();
        socket.destroy();
      },
      closed: () => reject(new Error(`no session on port ${port}`)),
    });
  });
}

/** Runs the load for the given time and prints operations a second, latencies and errors. */
async function runLoad(ports: readonly number[]): Promise<void> {
  const readShare = READ_SHARES[options.mix];
  if (readShare === undefined) {
    throw new Error(`--mix must be one of ${Object.keys(READ_SHARES).join(', ')}, not ${options.mix}`);
  }
  const counts: LoadCounts = { latencies: new Histogram(), errors: 0 };
  const data = Buffer.alloc(positive('size'), 0x78);
  const sessions = Array.from(
    { length: positive('sessions') },
    (_, index) =>
      new LoadSession(
        {
          port: ports[index % ports.length] ?? 0,
          path: `${ROOT}/${index}`,
          data,
          outstanding: positive('outstanding'),
          readShare,
        },
        counts,
      ),
  );
  await Promise.all(sessions.map((session) => session.ready));
  for (const session of sessions) {
    session.start();
  }
  await delay(positive('warmup') * 1_000);
  counts.latencies.clear();
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  await delay(positive('seconds') * 1_000);
  const elapsedMs = performance.now() - startMs;
  const cpu = process.cpuUsage(startCpu);
  const result = {
    operationsPerSecond: (counts.latencies.total * 1_000) / elapsedMs,
    p50Ms: counts.latencies.quantileMs(0.5),
    p99Ms: counts.latencies.quantileMs(0.99),
    errors: counts.errors,
    /** Share of one core that this program took itself. */
    generatorCores: (cpu.user + cpu.system) / 1_000 / elapsedMs,
  };
  await Promise.all(sessions.map((session) => session.stop()));
  console.log(JSON.stringify(result));
}

/** Writes with one session until standard input ends, and prints the longest gap. */
async function runOutage(ports: readonly number[]): Promise<void> {
  const writer = new OutageWriter(ports, `${ROOT}/outage-${ports.join('-')}`, Buffer.alloc(positive('size'), 0x78));
  const running = writer.run(() => console.log(JSON.stringify({ started: true })));
  process.stdin.resume();
  process.stdin.once('end', () => console.log(JSON.stringify(writer.stop())));
  await running;
}

/** Holds watches; at each line of standard input it changes the next znode and prints how long all events took. */
async function runWatches(port: number, nodes: number): Promise<void> {
  const holder = new WatchHolder(port, ROOT, nodes);
  const startMs = performance.now();
  await holder.hold(positive('sessions'));
  console.log(JSON.stringify({ heldMs: performance.now() - startMs }));
  let node = 0;
  for await (const _ of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify({ firedMs: await holder.fire(node++) }));
  }
}

const ports = options.ports.split(',').map(Number);
const [firstPort = 0] = ports;
await createRoot(firstPort);
if (options.watched !== undefined) await runWatches(firstPort, Number(options.watched));
else await (options.outage ? runOutage(ports) : runLoad(ports));
process.exit(0);
