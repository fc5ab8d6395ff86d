import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { TestEnsemble } from '../../harness/test-ensemble.ts';
import { CheckSuite, listChecks } from './check-suite.ts';
import { startClientEnsemble, threeServers } from './client-ensembles.ts';

/** Debian's Python, which has kazoo; `-B`: it leaves no compiled files in the sources. */
const command = ['/usr/bin/python3', '-B', fileURLToPath(new URL('kazoo_own.py', import.meta.url))];
const checks = listChecks(command);

describe.each(threeServers)("kazoo's own tests and $name", (environment) => {
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
