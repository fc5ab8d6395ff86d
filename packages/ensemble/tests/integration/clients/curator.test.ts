import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { TestEnsemble } from '../../harness/test-ensemble.ts';
import { CheckSuite, listChecks } from './check-suite.ts';
import { startClientEnsemble, threeServers } from './client-ensembles.ts';

const classes = mkdtempSync(join(tmpdir(), 'vivarium-curator-'));
const sources = fileURLToPath(new URL('curator', import.meta.url));
// The manifests of Debian's jars name all others that they need.
const jars = ['curator-recipes', 'zookeeper', 'slf4j-nop'].map((name) => `/usr/share/java/${name}.jar`).join(':');
execFileSync(
  'javac',
  ['-nowarn', '-cp', jars, '-d', classes, ...readdirSync(sources).map((name) => join(sources, name))],
  { stdio: ['ignore', 'inherit', 'inherit'] },
);
const command = [
  'java',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  // Containers and time to live are for clients that say so.
  '-Dzookeeper.extendedTypesEnabled=true',
  '-cp',
  `${classes}:${jars}`,
  'Suite',
];
const checks = listChecks(command);

afterAll(() => rmSync(classes, { recursive: true }));

describe.each(threeServers)('Curator and $name', (environment) => {
  let ensemble: TestEnsemble;
  let suite: CheckSuite;

  beforeAll(async () => {
    ensemble = await startClientEnsemble(environment);
    suite = new CheckSuite(command, ensemble);
  }, 60_000);

  afterAll(async () => {
    await suite?.close();
    await ensemble?.stop();
  });

  test.each(checks)('%s', (check) => suite.run(check), 90_000);
});
