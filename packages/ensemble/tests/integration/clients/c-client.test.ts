import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { TestEnsemble } from '../../harness/test-ensemble.ts';
import { CheckSuite, listChecks } from './check-suite.ts';
import { oneAndThreeServers, startClientEnsemble } from './client-ensembles.ts';

const directory = mkdtempSync(join(tmpdir(), 'vivarium-c-'));
const program = join(directory, 'c_client');
const folder = fileURLToPath(new URL('c', import.meta.url));
const sources = readdirSync(folder).filter((name) => name.endsWith('.c'));
execFileSync(
  'gcc',
  [
    ...['-std=gnu17', '-Wall', '-Wextra', '-DTHREADED', '-o', program],
    ...sources.map((name) => join(folder, name)),
    '-lzookeeper_mt',
  ],
  { stdio: 'inherit' },
);
const checks = listChecks([program]);

afterAll(() => rmSync(directory, { recursive: true }));

describe.each(oneAndThreeServers)('the C client and $name', (environment) => {
  let ensemble: TestEnsemble;
  let suite: CheckSuite;

  beforeAll(async () => {
    ensemble = await startClientEnsemble(environment);
    suite = new CheckSuite([program], ensemble);
  }, 60_000);

  afterAll(async () => {
    await suite?.close();
    await ensemble?.stop();
  });

  test.each(checks)('%s', (check) => suite.run(check), 60_000);
});
