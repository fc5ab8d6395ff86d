import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { TestEnsemble } from '../../harness/test-ensemble.ts';
import { CheckSuite, listChecks } from './check-suite.ts';
import { oneAndThreeServers, startClientEnsemble } from './client-ensembles.ts';

const directory = mkdtempSync(join(tmpdir(), 'vivarium-c-'));
const program = join(directory, 'c_client');
const source = fileURLToPath(new URL('c_client.c', import.meta.url));
execFileSync('gcc', ['-std=gnu17', '-Wall', '-Wextra', '-DTHREADED', '-o', program, source, '-lzookeeper_mt'], {
  stdio: 'inherit',
});
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
