// Where things are, and how the tools run a program. Plain JavaScript for Node 20 without a dependency, as all of
// scripts/*.mjs: they work before anything is installed.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';

/** The root of the repository. */
export const root = path.resolve(import.meta.dirname, '../..');

/** The programs of the installed packages. */
const binFolder = path.join(root, 'node_modules/.bin');

/** The Node that this repository pins, once installed. */
export const repositoryNode = path.join(binFolder, 'node');

/**
 * The environment for what runs on the repository's own Node and tools.
 * @returns {NodeJS.ProcessEnv}
 */
export function repositoryEnvironment() {
  return { ...process.env, PATH: [binFolder, ...pathWithoutBinFolders()].join(path.delimiter) };
}

/**
 * The environment of the machine itself. npm must run in it: under a Node of `node_modules`, `npm ci` would delete the
 * Node it runs on.
 * @returns {NodeJS.ProcessEnv}
 */
export function machineEnvironment() {
  return { ...process.env, PATH: pathWithoutBinFolders().join(path.delimiter) };
}

function pathWithoutBinFolders() {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders.filter((folder) => !folder.endsWith(path.join('node_modules', '.bin')));
}

/**
 * Runs a program in the root with the terminal as its own, hands on the signals that ask to stop, and waits for its
 * end. After such a signal this process ends too, as the program did.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env: NodeJS.ProcessEnv, timeLimitMs?: number, tied?: boolean }} options `tied`: the program ends with this
 *   process and this one with its parent, also where they are killed: npm hands on no SIGHUP and cannot hand on a
 *   SIGKILL. The program sees to its part of it on `disconnect`.
 * @returns {Promise<number>} The exit code; 128 and the signal's number if a signal ended it.
 */
export async function run(command, args, { env, timeLimitMs, tied = false }) {
  /** @type {import('node:child_process').StdioOptions} */
  const stdio = tied ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit';
  const child = spawn(command, args, { cwd: root, env, stdio, timeout: timeLimitMs, killSignal: 'SIGKILL' });
  let stopping = false;
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    stopping = true;
    child.kill(signal);
  };
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  const parent = process.ppid;
  const watch = tied ? setInterval(() => process.ppid !== parent && forward('SIGTERM'), 500) : undefined;
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode, signal) => resolve(signal === null ? exitCode : 128 + constants.signals[signal]));
  });
  clearInterval(watch);
  for (const signal of signals) process.off(signal, forward);
  if (stopping) process.exit(code);
  return code;
}
