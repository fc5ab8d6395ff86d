/**
 * Hunts for the broken servers: `npm run simulate:variants` prints for each how many plays of the scenarios of its ticket
 * find it, how many of 200 seeds do, and the first of these; `-- --seeds 1..1000` runs others, `-- --name N` one variant.
 * Exits with 1 where no play finds one.
 */
import { parseArgs } from 'node:util';
import { SCENARIOS } from '../simulation/historic/catalogue.ts';
import { VARIANTS } from './catalogue.ts';
import { huntSeeds, playScenarios } from './hunting.ts';

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '1..200' }, name: { type: 'string' } } });
const range = /^(\d+)\.\.(\d+)$/.exec(values.seeds);
if (range === null) throw new Error(`--seeds wants a range such as 1..200, not ${values.seeds}`);

for (const variant of VARIANTS) {
  if (values.name !== undefined && variant.name !== values.name) continue;
  const { first, found, runs } = await huntSeeds([variant.name], Number(range[1]), Number(range[2]), true);
  const needed = SCENARIOS.flatMap(({ jira, under }) => (jira === variant.jira && under !== undefined ? [under] : []));
  const { plays, failures, first: failure } = await playScenarios([...needed, variant.name], variant.jira, true);
  const finding = first === null ? '' : `, first by seed ${first.seed} (${first.invariant})`;
  console.log(
    `${variant.jira} ${variant.name}: ${failures} of ${plays} plays (${failure?.invariant}), ${found} of ${runs} seeds${finding}`,
  );
  if (failures === 0) process.exitCode = 1;
}
