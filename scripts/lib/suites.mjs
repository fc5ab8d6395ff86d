// What `npm test` and `npm run test:applications` run, and the sum of it.
import { runChecks } from './checks.mjs';
import { ensureInstalled } from './install.mjs';
import { applicationParts, ensureSystemParts, testParts } from './system-parts.mjs';
import { runTests } from './vitest.mjs';
import { ensureWebBuilt } from './web.mjs';

/**
 * @typedef {{ passed: number, failed: number }} Result
 * @typedef {(filters: readonly string[]) => AsyncIterable<Result>} Suite Installs what is missing, then gives the result of
 *   each of its parts. `filters` go to Vitest as they are.
 */

const minuteMs = 60_000;

/** @type {Suite} */
export async function* everything(filters) {
  await ensureInstalled();
  await ensureSystemParts(testParts);
  await ensureWebBuilt();
  if (filters.length === 0) yield await runChecks();
  yield await runTests('unit', { timeLimitMs: 10 * minuteMs, filters });
  yield await runTests('simulation', { timeLimitMs: 30 * minuteMs, filters });
  yield await runTests('integration', { timeLimitMs: 40 * minuteMs, filters });
  yield await runTests('e2e', { timeLimitMs: 20 * minuteMs, filters });
}

/** @type {Suite} */
export async function* applications(filters) {
  await ensureInstalled();
  await ensureSystemParts([...testParts, ...applicationParts]);
  yield await runTests('applications', { timeLimitMs: 10 * minuteMs, filters });
}

/**
 * Runs a suite, prints its sum as the last line and sets the exit code.
 * @param {Suite} suite
 * @param {readonly string[]} filters
 */
export async function runSuite(suite, filters) {
  let passed = 0;
  let failed = 0;
  try {
    for await (const result of suite(filters)) {
      passed += result.passed;
      failed += result.failed;
    }
    if (passed + failed === 0) throw new Error(`No test matches ${filters.join(' ')}.`);
  } catch (error) {
    failed += 1;
    console.error(error instanceof Error ? error.message : error);
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
