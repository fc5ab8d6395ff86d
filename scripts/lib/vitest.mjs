// Runs the tests of one project of vitest.config.ts and counts them.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { repositoryEnvironment, repositoryNode, root, run } from './repository.mjs';

/**
 * The part of Vitest's JSON report that is read here.
 * @typedef {object} Report
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {readonly { name: string, status: string, assertionResults: readonly TestResult[] }[]} testResults
 * @typedef {{ fullName: string, status: string }} TestResult
 */

/**
 * @param {string} project
 * @param {{ timeLimitMs: number, filters: readonly string[] }} options `filters` go to Vitest as they are.
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runTests(project, { timeLimitMs, filters }) {
  console.log(`\ntests: ${project}`);
  const folder = mkdtempSync(path.join(tmpdir(), 'vivarium-tests-'));
  const reportFile = path.join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const args = [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', project, ...reporters];
  // With a filter, a project without a match is nothing wrong; the caller sees to it that some test ran at all.
  if (filters.length > 0) args.push('--passWithNoTests', ...filters);
  const code = await run(repositoryNode, args, { env: repositoryEnvironment(), timeLimitMs });
  if (code === 137) console.log(`tests: ${project}: killed; the limit is ${timeLimitMs / 60_000} minutes`);
  const report = readReport(reportFile);
  rmSync(folder, { recursive: true });
  return count(project, code, report, filters.length > 0);
}

/**
 * @param {string} project
 * @param {number} code
 * @param {Report | undefined} report
 * @param {boolean} filtered
 */
function count(project, code, report, filtered) {
  const passed = report?.numPassedTests ?? 0;
  let failed = report?.numFailedTests ?? 0;
  for (const { name, status, assertionResults } of report?.testResults ?? []) {
    const file = path.relative(root, name);
    // A file that could not be loaded, or whose hooks failed, has no failed test of its own.
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) {
      failed += 1;
      console.log(`tests: ${project}: ${file} FAILED as a whole`);
    }
    const skipped = assertionResults.filter((test) => test.status !== 'passed' && test.status !== 'failed');
    if (!filtered) for (const test of skipped) console.log(`tests: ${project}: ${file}: skipped: ${test.fullName}`);
  }
  if (passed + failed === 0 && !filtered) {
    failed = 1;
    console.log(`tests: ${project}: FAILED: no test ran (Vitest's exit code: ${code})`);
  } else if (code !== 0 && failed === 0) {
    // An unhandled error outside of any test, or the time limit.
    failed = 1;
    console.log(`tests: ${project}: FAILED: Vitest's exit code is ${code} although no test failed`);
  }
  return { passed, failed };
}

/**
 * @param {string} file
 * @returns {Report | undefined} Nothing if Vitest ended without a report.
 */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
}
