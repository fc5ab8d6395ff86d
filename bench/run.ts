/**
 * The figures of our servers beside those of Debian's Apache ZooKeeper 3.8, measured in turns in one run.
 *
 *   node bench/run.ts [figure …] [--rounds 3] [--seconds 6] [--warmup 2] [--sessions 32] [--outstanding 16]
 *                     [--size 1024] [--first-warmup 16] [--flavours vivarium,apache]
 *
 * Figures: start-up, writes, reads, mixed, memory, outage, watches; default all.
 */
import { parseArgs } from 'node:util';
import type { Flavour } from '@vivarium/ensemble/tests/harness/server-command';
import { Ensembles, type FigureOptions, figures } from './figures.ts';
import { describeMachine } from './rig.ts';
import { Samples } from './table.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '6' },
    warmup: { type: 'string', default: '2' },
    'first-warmup': { type: 'string', default: '16' },
    sessions: { type: 'string', default: '32' },
    outstanding: { type: 'string', default: '16' },
    size: { type: 'string', default: '1024' },
    flavours: { type: 'string', default: 'vivarium,apache' },
  },
});

/** A number above zero of the command line. */
function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) {
    throw new Error(`--${name} must be a number above 0, not ${text}`);
  }
  return value;
}

const names = figures.map((figure) => figure.name);
const unknown = positionals.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  throw new Error(`unknown figure ${unknown.join(', ')}; there are ${names.join(', ')}`);
}
const flavours = values.flavours.split(',').map((name): Flavour => {
  if (name !== 'vivarium' && name !== 'apache') {
    throw new Error(`unknown flavour ${name}; there are vivarium, apache`);
  }
  return name;
});
const rounds = positive('rounds', values.rounds);
const options: FigureOptions = {
  seconds: positive('seconds', values.seconds),
  warmupSeconds: positive('warmup', values.warmup),
  sessions: positive('sessions', values.sessions),
  outstanding: positive('outstanding', values.outstanding),
  size: positive('size', values.size),
};

const ensembles = new Ensembles(positive('first-warmup', values['first-warmup']));
const samples = new Samples();
try {
  for (const figure of figures.filter((one) => positionals.length === 0 || positionals.includes(one.name))) {
    for (let round = 0; round < Math.max(rounds, figure.leastRounds); round++) {
      for (const flavour of flavours) {
        for (const sample of await figure.measure(flavour, ensembles, options)) {
          samples.add(flavour, sample);
          console.error(
            `${figure.name} ${round + 1} ${flavour}: ${sample.row} ${sample.value.toFixed(2)} ${sample.unit}`,
          );
        }
      }
    }
  }
} finally {
  await ensembles.stop();
}
console.log(describeMachine());
console.log(
  `Loads: ${options.sessions} sessions of ${options.outstanding} outstanding, ${options.size} bytes, spread over the ` +
    `servers, ${options.seconds} s after ${options.warmupSeconds} s of warm-up (the servers were loaded for ` +
    `${values['first-warmup']} s before); mixed is 70 % reads. Medians of rounds in turns.\n`,
);
console.log(samples.toMarkdown(flavours));
