// The browser's part, built by Vite into apps/web/dist.
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { repositoryEnvironment, root, run } from './repository.mjs';

/** What goes into the build. */
const sources = ['apps/web', 'packages/shared', 'package-lock.json'];
const built = path.join(root, 'apps/web/dist/index.html');

/** Builds the pages if they are missing or older than a source. */
export async function ensureWebBuilt() {
  const builtMs = modifiedMs(built);
  if (builtMs !== undefined && sources.every((source) => newestMs(path.join(root, source)) <= builtMs)) return;
  console.error('Building the pages …');
  // A caller's NODE_ENV, such as that of a test runner, would make it a development build.
  const env = { ...repositoryEnvironment(), NODE_ENV: 'production' };
  const code = await run('vite', ['build', 'apps/web', '--logLevel', 'warn'], { env });
  if (code !== 0) throw new Error(`vite build failed with exit code ${code}; its messages are above.`);
}

/**
 * @param {string} file
 * @returns {number} The newest change in a file, or of all files in a folder.
 */
function newestMs(file) {
  const stat = statSync(file);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const inside = readdirSync(file).filter((name) => name !== 'node_modules' && name !== 'dist');
  return Math.max(stat.mtimeMs, ...inside.map((name) => newestMs(path.join(file, name))));
}

/**
 * @param {string} file
 * @returns {number | undefined}
 */
function modifiedMs(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}
