/**
 * The figures of the pages, each measured in a real browser against real servers, in one table.
 *
 *   npm run bench:pages -- [part …] [--rounds 5] [--seconds 60] [--profile folder] [--web-root folder]
 *
 * Parts: start, latency, stream, viewers, children, script; default all. With --profile the pages are profiled, best in a
 * build that keeps names (`npx vite build apps/web --minify false --outDir …` and --web-root).
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { launchBrowser } from '../../e2e/harness/browser.ts';
import { children } from './children.ts';
import { latency } from './latency.ts';
import type { Bench, Part, Row } from './part.ts';
import { describeMachine } from './rig.ts';
import { script } from './script.ts';
import { start } from './start.ts';
import { stream } from './stream.ts';
import { viewers } from './viewers.ts';

const parts: Readonly<Record<string, Part>> = { start, latency, stream, viewers, children, script };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '60' },
    profile: { type: 'string' },
    'web-root': { type: 'string' },
  },
});

/** A number above zero of the command line. */
function positive(name: 'rounds' | 'seconds'): number {
  const value = Number(values[name]);
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0, not ${values[name]}`);
  return value;
}

const names = positionals.length === 0 ? Object.keys(parts) : positionals;
const webRoot = values['web-root'];
const browser = await launchBrowser();
const machine = describeMachine(browser);
const rows: Row[] = [];
try {
  const bench: Bench = {
    browser,
    rounds: positive('rounds'),
    seconds: positive('seconds'),
    args: webRoot === undefined ? [] : ['--web-root', path.resolve(webRoot)],
    profiles: values.profile === undefined ? null : path.resolve(values.profile),
  };
  for (const name of names) {
    const part = parts[name];
    if (part === undefined) throw new Error(`unknown part ${name}; there are ${Object.keys(parts).join(', ')}`);
    for (const row of await part(bench)) {
      rows.push(row);
      console.error(`${name}: ${row.figure}: ${row.value}`);
    }
  }
} finally {
  await browser.close();
}
console.log(`\n${machine}\n\n\`npm run bench:pages -- ${process.argv.slice(2).join(' ')}\`\n`);
console.log('| figure | measured | limit |\n| --- | --- | --- |');
for (const { figure, value, limit = '' } of rows) console.log(`| ${figure} | ${value} | ${limit} |`);
