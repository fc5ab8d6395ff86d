import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

// Tests start processes with the Node that runs them, and the Node of the machine may be an older one.
const { devDependencies } = JSON.parse(readFileSync(`${import.meta.dirname}/package.json`, 'utf8'));
if (process.versions.node !== devDependencies.node) {
  throw new Error(`Run the tests on Node ${devDependencies.node}, not ${process.versions.node}: npx vitest run`);
}

const simulation = 'packages/ensemble/tests/simulation/**/*.test.ts';
const integration = '{packages,apps}/*/tests/integration/**/*.test.ts';
const applications = 'packages/ensemble/tests/applications/**/*.test.ts';

export default defineConfig({
  test: {
    // A test left on `.only` would hide all others.
    allowOnly: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{packages,apps,bench,scripts}/**/*.test.{ts,tsx}'],
          exclude: ['**/node_modules/**', simulation, integration, applications],
        },
      },
      {
        extends: true,
        test: { name: 'simulation', include: [simulation], testTimeout: 600_000, hookTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          // A browser and an ensemble each.
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: [integration],
          // Each file starts servers of its own: side by side they would measure one another's load.
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'applications',
          include: [applications],
          // Side by side also on two processors: most of the time each of them waits for a session to end.
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
