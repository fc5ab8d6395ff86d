// What can be known of the sources without running them.
import { repositoryEnvironment, run } from './repository.mjs';

/** @type {readonly { name: string, command: readonly [string, ...string[]], advice: string }[]} */
const checks = [
  { name: 'types', command: ['tsc', '-b'], advice: 'tsconfig.pure.json is checked without the types of Node and DOM' },
  {
    name: 'lint',
    command: ['biome', 'ci', '--error-on-warnings'],
    advice: '`npm run fix` repairs what can be repaired',
  },
  { name: 'layering', command: ['node', 'scripts/check-layering.ts'], advice: 'the map is in ARCHITECTURE.md' },
  {
    name: 'dead exports',
    command: ['knip', '--no-progress', '--no-config-hints'],
    advice: 'remove it, or the word `export`',
  },
  {
    name: 'compatibility',
    command: ['node', 'scripts/check-compatibility.ts'],
    advice: 'each row of docs/compatibility.md names a test that exists',
  },
];

/**
 * Runs every check, also after one that failed.
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runChecks() {
  let failed = 0;
  for (const { name, command, advice } of checks) {
    const [program, ...args] = command;
    const code = await run(program, args, { env: repositoryEnvironment() });
    if (code !== 0) failed += 1;
    console.log(code === 0 ? `check: ${name}: passed` : `check: ${name}: FAILED (${advice})`);
  }
  return { passed: checks.length - failed, failed };
}
