import { afterAll, beforeAll, describe, test } from 'vitest';
import type { TestEnsemble } from '../../harness/test-ensemble.ts';
import { CheckSuite, listChecks } from './check-suite.ts';
import { type ClientEnsemble, startClientEnsemble } from './client-ensembles.ts';

/** Makes each check of a suite a test, against each of the ensembles. `client`: for the report. */
export function testChecks(client: string, command: readonly string[], ensembles: readonly ClientEnsemble[]): void {
  const checks = listChecks(command);

  describe.each(ensembles)(`${client} and $name`, (environment) => {
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
}
