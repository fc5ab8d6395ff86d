// npm test: installs what is missing, then runs the checks and every test. What follows `--` goes to Vitest (a part of a
// file's name, `-t` and a part of a test's name); the checks are then left out. The last line is the sum.
import { runChecks } from './lib/checks.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { ensureSystemParts } from './lib/system-parts.mjs';
import { runTests } from './lib/vitest.mjs';
import { ensureWebBuilt } from './lib/web.mjs';

const minuteMs = 60_000;
const projects = [
  { name: 'unit', timeLimitMs: 10 * minuteMs },
  { name: 'simulation', timeLimitMs: 30 * minuteMs },
  { name: 'integration', timeLimitMs: 40 * minuteMs },
  { name: 'e2e', timeLimitMs: 20 * minuteMs },
];

const filters = process.argv.slice(2);
let passed = 0;
let failed = 0;

/** @param {{ passed: number, failed: number }} result */
function add(result) {
  passed += result.passed;
  failed += result.failed;
}

try {
  await ensureInstalled();
  await ensureSystemParts();
  await ensureWebBuilt();
  if (filters.length === 0) add(await runChecks());
  for (const { name, timeLimitMs } of projects) add(await runTests(name, { timeLimitMs, filters }));
  if (passed + failed === 0) throw new Error(`No test matches ${filters.join(' ')}.`);
} catch (error) {
  failed += 1;
  console.error(error instanceof Error ? error.message : error);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
