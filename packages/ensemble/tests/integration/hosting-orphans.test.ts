import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pollUntil } from '../harness/poll.ts';

const HOST = path.join(import.meta.dirname, 'hosting-host.ts');

let directory: string;
let host: ChildProcess | null;
let pids: number[];

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'vivarium-orphans-'));
  host = null;
  pids = [];
});

afterEach(() => {
  for (const pid of [host?.pid ?? 0, ...pids]) if (pid > 0 && isAlive(pid)) process.kill(pid, 'SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

/** Starts a host whose three servers serve and whose first is paused. */
async function startHost(environment: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
  const basePort = 10_000 + Math.floor(Math.random() * 15_000);
  const child = spawn(process.execPath, [HOST, path.join(directory, 'data'), String(basePort)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...environment },
  });
  host = child;
  const [told] = await once(child, 'message', { signal: AbortSignal.timeout(60_000) });
  pids = told as number[];
  expect(pids.filter(isAlive)).toHaveLength(3);
  const paused = once(child, 'message', { signal: AbortSignal.timeout(10_000) });
  child.send('pause');
  await paused;
  return child;
}

/** Whether there is such a process; one that has ended and waits for its parent to notice is none. */
function isAlive(pid: number): boolean {
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z');
  } catch {
    return false;
  }
}

function allGone(): Promise<true> {
  return pollUntil(async () => (pids.some(isAlive) ? undefined : true), {
    deadlineMs: 15_000,
    describe: () => `processes that are still there: ${pids.filter(isAlive)}`,
  });
}

describe('no server outlives its host', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('that ends on %s', async (signal) => {
    const child = await startHost();
    const exit = once(child, 'exit');
    // Twice, as Ctrl-C reaches it from the terminal and from whoever started it.
    child.kill(signal);
    child.kill(signal);
    expect(await exit).toEqual([0, null]);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test('that is killed', async () => {
    const child = await startHost();
    child.kill('SIGKILL');
    await allGone();
  });

  test('that is killed on a system without parent-death signals', async () => {
    // A path with what the host needs, but without the command that asks for the signal.
    const programs = path.join(directory, 'bin');
    mkdirSync(programs);
    symlinkSync(process.execPath, path.join(programs, 'node'));
    const child = await startHost({ PATH: programs });
    child.kill('SIGKILL');
    await allGone();
  });
});
