/**
 * The figures of attaching to a large cluster of Apache's servers, in one table.
 *
 *   npm run bench:attach -- [part …] [--znodes 1000000] [--rounds 3] [--seconds 20] [--web-root folder]
 *
 * Parts: mirror, observer, writes, children; default all.
 */
import { freemem } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ForeignEnsemble } from '@vivarium/ensemble/tests/harness/foreign-ensemble';
import { launchBrowser } from '../../e2e/harness/browser.ts';
import { Vivarium } from '../../e2e/harness/vivarium.ts';
import type { Row } from '../pages/part.ts';
import { describeMachine } from '../pages/rig.ts';
import { short } from '../pages/statistics.ts';
import { children } from './children.ts';
import { mirror } from './mirror.ts';
import { observer } from './observer.ts';
import type { AttachPart } from './part.ts';
import { growTree } from './tree.ts';
import { writes } from './writes.ts';

const parts: Readonly<Record<string, AttachPart>> = { mirror, observer, writes, children };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    znodes: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '20' },
    'web-root': { type: 'string' },
  },
});

/** A number above zero of the command line. */
function positive(name: 'znodes' | 'rounds' | 'seconds'): number {
  const value = Number(values[name]);
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0, not ${values[name]}`);
  return value;
}

const names = positionals.length === 0 ? Object.keys(parts) : positionals;
for (const name of names) {
  if (parts[name] === undefined) throw new Error(`unknown part ${name}; there are ${Object.keys(parts).join(', ')}`);
}
const webRoot = values['web-root'];
const znodes = positive('znodes');
/** Three heaps of Apache's beside everything else. */
const heapMebibytes = Math.min(3_072, Math.floor(freemem() / 2 ** 20 / 5));

const foreign = await ForeignEnsemble.start({
  observers: 0,
  tickTimeMs: 2_000,
  // As Debian has them, but for the heap: three servers share this machine.
  jvmArguments: [`-Xmx${heapMebibytes}m`, '-XX:-UseSerialGC', '-XX:+UseG1GC', '-XX:TieredStopAtLevel=4'],
  extra: { snapCount: 100_000, preAllocSize: 65_536 },
});
const browser = await launchBrowser();
const machine = describeMachine(browser);
const rows: Row[] = [];
try {
  const begunMs = performance.now();
  await growTree(foreign.directConnectString, znodes);
  const grownS = (performance.now() - begunMs) / 1_000;
  rows.push({
    figure: `${znodes} znodes of 100 bytes written to three servers of Apache's`,
    value: `${short(grownS)} s`,
  });
  const args = webRoot === undefined ? [] : ['--web-root', path.resolve(webRoot)];
  const attach = (): Promise<Vivarium> => Vivarium.start({ attach: foreign.directConnectString, args });
  const bench = { browser, rounds: positive('rounds'), seconds: positive('seconds'), foreign, znodes, attach };
  for (const name of names) {
    for (const row of (await parts[name]?.(bench)) ?? []) {
      rows.push(row);
      console.error(`${name}: ${row.figure}: ${row.value}`);
    }
  }
} finally {
  await browser.close();
  await foreign.stop();
}
console.log(`\n${machine}\n\n\`npm run bench:attach -- ${process.argv.slice(2).join(' ')}\`\n`);
console.log('| figure | measured | limit |\n| --- | --- | --- |');
for (const { figure, value, limit = '' } of rows) console.log(`| ${figure} | ${value} | ${limit} |`);
