/**
 * The figures of the labs' engine: long histories run, stepped through, sought in and forked, in one table.
 *
 *   npm run bench:labs -- [scenario …] [--entries 10000] [--rounds 5] [--page]
 *
 * With --page the first of them also in a real browser, from the built folder. Default: one scenario of each protocol, that which goes on longest by itself.
 */
import { parseArgs } from 'node:util';
import { chapters } from '@vivarium/labs/catalog';
import type { Scenario } from '@vivarium/labs/history';
import { short } from '../pages/statistics.ts';
import { beyondTheEnd, measure } from './measure.ts';
import { measurePage } from './page.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    entries: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    page: { type: 'boolean', default: false },
  },
});

/** A number above zero of the command line. */
function positive(name: 'entries' | 'rounds'): number {
  const value = Number(values[name]);
  if (!(Number.isSafeInteger(value) && value > 0)) throw new Error(`--${name} must be a number above 0`);
  return value;
}

/** The scenario of a chapter whose history is longest, up to the limit. */
function longest(scenarios: readonly Scenario[], limit: number): Scenario | null {
  let best: { scenario: Scenario; entries: number } | null = null;
  for (const scenario of scenarios) {
    const actions = beyondTheEnd(scenario, limit);
    const entries = scenario.open({ seed: 1, settings: {}, actions, limit }).records.length;
    if (best === null || entries >= best.entries) best = { scenario, entries };
  }
  return best?.scenario ?? null;
}

const entries = positive('entries');
const all = await Promise.all(chapters.map(async ({ load }) => (await load()).scenarios));
const chosen =
  positionals.length === 0
    ? all.map((scenarios) => longest(scenarios, 1000))
    : positionals.map((name) => {
        const scenario = all.flat().find(({ info }) => info.id === name);
        if (scenario === undefined) throw new Error(`no scenario ${name}`);
        return scenario;
      });

console.log('| scenario | entries | run | memory | step p95 | seek p95 | fork in the middle | what can be done p95 |');
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
for (const scenario of chosen) {
  if (scenario === null) continue;
  const figures = measure(scenario, { entries, rounds: positive('rounds') });
  const cells = [
    scenario.info.id,
    String(figures.entries),
    `${short(figures.runMs)} ms`,
    `${short(figures.heapMb)} MB`,
    `${short(figures.stepMs)} ms`,
    `${short(figures.seekMs)} ms`,
    `${short(figures.forkMs)} ms`,
    `${short(figures.possibilitiesMs)} ms`,
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

if (values.page) {
  const first = chosen.find((scenario) => scenario !== null);
  if (first === undefined || first === null) throw new Error('no scenario to look at');
  console.log('\n| in a page | measured |\n| --- | --- |');
  for (const [figure, value] of await measurePage(first, entries)) console.log(`| ${figure} | ${value} |`);
}
