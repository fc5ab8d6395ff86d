// The npm packages of the lock file, Node 26 among them.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { machineEnvironment, repositoryNode, root, run } from './repository.mjs';

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} LockedPackage
 */

/** Installs the packages if node_modules is missing or is not what the lock file says. */
export async function ensureInstalled() {
  if (!isInstalled() || versionOfRepositoryNode() === undefined) {
    console.error('Installing the npm packages of package-lock.json …');
    // Not `npm ci`: a lock file made where a registry lacks the binaries of other platforms has no entry for them, and
    // `npm ci` refuses it. This installs the locked versions too, and leaves the lock file alone.
    const args = ['install', '--no-save', '--loglevel=error', '--no-audit', '--no-fund'];
    const code = await run('npm', args, { env: machineEnvironment() });
    if (code !== 0) throw new Error(`npm install failed with exit code ${code}; its messages are above.`);
    if (!isInstalled()) {
      throw new Error(
        'npm installed other packages than package-lock.json says: run npm install and commit the lock file.',
      );
    }
  }
  const pinned = lockedPackages('package-lock.json')['node_modules/node']?.version;
  const found = versionOfRepositoryNode();
  if (found !== `v${pinned}`) {
    throw new Error(
      `node_modules/.bin/node should be Node ${pinned} and ${found === undefined ? 'does not run' : `is ${found}`}. ` +
        'Its install script must be allowed to run: npm rebuild node --ignore-scripts=false',
    );
  }
}

function isInstalled() {
  const wanted = lockedPackages('package-lock.json');
  const installed = lockedPackages('node_modules/.package-lock.json');
  return Object.entries(wanted).every(([folder, { version, integrity, optional, link }]) => {
    if (folder === '' || (link === undefined && !folder.startsWith('node_modules/'))) return true;
    const found = installed[folder];
    // Optional ones are for other machines: another platform's binaries.
    if (found === undefined) return optional === true;
    return found.version === version && found.integrity === integrity && found.link === link;
  });
}

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage>}
 */
function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), 'utf8')).packages;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return {};
    throw error;
  }
}

function versionOfRepositoryNode() {
  try {
    return execFileSync(repositoryNode, ['--version'], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return undefined;
  }
}
