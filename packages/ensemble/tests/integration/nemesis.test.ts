/** The nemesis command for three minutes: real servers under faults and load, on both networks, and an end that leaves nothing. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exitOf, spawnChild } from '../harness/child.ts';
import { buildFaultLibrary } from '../harness/fault-library.ts';
import { pollUntil } from '../harness/poll.ts';

const MAIN = fileURLToPath(new URL('../nemesis/main.ts', import.meta.url));
/** The command's exit code where the machine allows no network namespaces. */
const NO_NAMESPACES = 3;

let directory: string;
let output: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vivarium-nemesis-test-'));
  output = '';
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function start(...options: string[]): ChildProcess {
  const child = spawnChild([process.execPath, MAIN, ...options], {
    environment: { TMPDIR: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
  return child;
}

/** Command lines of processes that have to do with the directory. */
function processesOfRun(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        // It has ended meanwhile.
        return '';
      }
    })
    .filter((command) => command.includes(directory));
}

function expectNothingLeft(): void {
  expect(readdirSync(directory)).toEqual([]);
  expect(processesOfRun()).toEqual([]);
}

async function runClean(...options: string[]): Promise<void> {
  const { code } = await exitOf(start(...options));
  console.log(output);
  expect({ code, last: output.trim().split('\n').at(-1) }).toEqual({ code: 0, last: 'violations 0' });
  expectNothingLeft();
}

test('three servers keep their promises under faults', async () => {
  await runClean('--servers', '3', '--seconds', '50', '--seed', '1');
});

test('five servers keep their promises under faults', async () => {
  await runClean('--servers', '5', '--seconds', '55', '--seed', '2');
});

test('three servers keep their promises when the kernel cuts their links', async () => {
  const { code } = await exitOf(start('--servers', '3', '--seconds', '30', '--seed', '3', '--namespaces'));
  console.log(output);
  if (code === NO_NAMESPACES) {
    // Not the servers' fault, but only if it is true.
    const unshare = ['--net', ...(process.getuid?.() === 0 ? [] : ['--map-root-user']), '--', 'true'];
    expect(() => execFileSync('unshare', unshare, { stdio: 'pipe' })).toThrow();
    return;
  }
  expect({ code, last: output.trim().split('\n').at(-1) }).toEqual({ code: 0, last: 'violations 0' });
  expectNothingLeft();
});

test('a run that is ended early leaves nothing behind', async () => {
  const child = start('--servers', '3', '--seconds', '600');
  const exited = exitOf(child);
  const describe = (): string => `three servers\n${output}`;
  const servers = (): number => processesOfRun().filter((command) => command.includes('zoo.cfg')).length;
  await pollUntil(async () => (servers() === 3 ? true : undefined), { deadlineMs: 30_000, describe });
  child.kill('SIGINT');
  expect((await exited).code).toBe(130);
  expectNothingLeft();
});

test('the preloaded library moves the wall clock, delays syncs, and leaves the monotonic clock alone', async () => {
  const library = buildFaultLibrary(directory);
  const program = `
    const fs = require('node:fs');
    const orders = fs.openSync('orders', 'w+');
    const order = (skewMs, delayMs) => fs.writeSync(orders, new BigInt64Array([skewMs, delayMs]), 0, 16, 0);
    order(0n, 0n);
    const child = require('node:child_process').spawnSync(process.execPath, ['-e', \`
      const fs = require('node:fs');
      const orders = fs.openSync('orders', 'r+');
      const [wall, monotonic] = [Date.now(), performance.now()];
      fs.writeSync(orders, new BigInt64Array([-3600000n, 300n]), 0, 16, 0);
      const [wallAfter, monotonicAfter] = [Date.now(), performance.now()];
      fs.fdatasyncSync(orders);
      const jump = wallAfter - wall;
      console.log(JSON.stringify({ jump, passed: monotonicAfter - monotonic, sync: performance.now() - monotonicAfter }));
    \`], { env: { ...process.env, LD_PRELOAD: process.env.LIBRARY, NEMESIS_ORDERS: 'orders' }, encoding: 'utf8' });
    process.stdout.write(child.stdout + child.stderr);
  `;
  const child = spawn(process.execPath, ['-e', program], { cwd: directory, env: { ...process.env, LIBRARY: library } });
  child.stdout.on('data', (chunk) => (output += chunk));
  await exitOf(child);
  const { jump, passed, sync } = JSON.parse(output);
  expect(jump).toBeLessThan(-3_500_000);
  expect(passed).toBeGreaterThanOrEqual(0);
  expect(sync).toBeGreaterThanOrEqual(300);
});
