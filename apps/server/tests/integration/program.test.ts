import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type ChildExit, exitOf, spawnChild } from '@vivarium/ensemble/tests/harness/child';
import { pollUntil } from '@vivarium/ensemble/tests/harness/poll';
import type { ServerView } from '@vivarium/shared/cluster-state';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freeBasePort } from '../harness/base-port.ts';

const PROGRAM = path.resolve(import.meta.dirname, '../../bin/vivarium.ts');

let directory: string;
let children: ChildProcess[];

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'vivarium-program-'));
  children = [];
});

afterEach(async () => {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

interface Run {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly errors: string[];
  readonly exit: Promise<ChildExit>;
}

function run(argv: readonly string[], environment: NodeJS.ProcessEnv = {}): Run {
  const child = spawnChild([process.execPath, PROGRAM, ...argv], { environment, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const lines: string[] = [];
  const errors: string[] = [];
  if (child.stdout === null || child.stderr === null) throw new Error('no output');
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  return { child, lines, errors, exit: exitOf(child) };
}

/** Starts with three servers, and waits for the address. */
async function start(
  argv: readonly string[] = [],
): Promise<Run & { readonly address: URL; readonly pids: readonly number[] }> {
  const basePort = await freeBasePort();
  const begun = run(['--data-dir', directory, '--port', '0', '--base-port', `${basePort}`, ...argv]);
  const address = await pollUntil(
    async () => begun.lines.map((line) => /^Vivarium: (\S+)$/.exec(line)?.[1]).find((url) => url !== undefined),
    { deadlineMs: 20_000, describe: () => `the address, not ${begun.lines.join('\n')}\n${begun.errors.join('\n')}` },
  );
  const url = new URL(address);
  const headers = { authorization: `Bearer ${url.searchParams.get('token')}` };
  const pids = await pollUntil(
    async () => {
      const answer = await fetch(new URL('api/clusters/local/servers', url), { headers });
      const { servers } = (await answer.json()) as { servers: ServerView[] };
      const known = servers.flatMap(({ process: view }) => view?.pid ?? []);
      return known.length === 3 ? known : undefined;
    },
    { deadlineMs: 10_000, describe: () => 'the processes of three servers' },
  );
  return { ...begun, address: url, pids };
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function noneLeft(pids: readonly number[]): Promise<void> {
  await pollUntil(async () => (pids.some(isThere) ? undefined : true), {
    deadlineMs: 5_000,
    describe: () => `no process left, but ${pids.filter(isThere)}`,
  });
}

test('it prints one address, with a random token, and what else a person needs', async () => {
  const { lines, address, child, exit } = await start();
  expect(address.hostname).toBe('127.0.0.1');
  expect(address.searchParams.get('token')).toMatch(/^[\w-]{43}$/);
  expect(lines.filter((line) => line.includes('http'))).toHaveLength(1);
  expect(lines.find((line) => line.startsWith('ZooKeeper clients: '))).toMatch(
    /127\.0\.0\.1:\d+,127\.0\.0\.1:\d+,127\.0\.0\.1:\d+$/,
  );
  expect(lines).toContain(`Data: ${directory}`);
  child.kill('SIGTERM');
  await exit;
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends it in order, with a server paused too', async (signal) => {
  const { child, exit, pids, address } = await start();
  await fetch(new URL('api/clusters/local/servers/2/pause', address), {
    method: 'POST',
    headers: { authorization: `Bearer ${address.searchParams.get('token')}` },
  });
  child.kill(signal);
  child.kill(signal);
  expect(await exit).toEqual({ code: 0, signal: null });
  expect(pids.filter(isThere)).toEqual([]);
});

test('SIGKILL leaves no server behind, not even a paused one', async () => {
  const { child, exit, pids, address } = await start();
  await fetch(new URL('api/clusters/local/servers/2/pause', address), {
    method: 'POST',
    headers: { authorization: `Bearer ${address.searchParams.get('token')}` },
  });
  child.kill('SIGKILL');
  expect(await exit).toEqual({ code: null, signal: 'SIGKILL' });
  await noneLeft(pids);
});

test('a signal during the start ends it as well', async () => {
  const begun = run(['--data-dir', directory, '--port', '0', '--base-port', `${await freeBasePort()}`]);
  await pollUntil(async () => (begun.lines.length > 0 ? true : undefined), {
    deadlineMs: 20_000,
    intervalMs: 1,
    describe: () => 'the first line',
  });
  begun.child.kill('SIGTERM');
  expect(await begun.exit).toEqual({ code: 0, signal: null });
});

test('a second one on the same data is refused with the reason', async () => {
  const first = await start();
  const second = run(['--data-dir', directory, '--port', '0']);
  expect((await second.exit).code).toBe(1);
  expect(second.errors.join('\n')).toContain(`process ${first.child.pid} hosts the servers in ${directory}`);
  first.child.kill('SIGTERM');
  await first.exit;
});

test('a port that was asked for and is taken is named, and nothing is left running', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const address = holder.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { exit, errors } = run(['--data-dir', directory, '--port', `${port}`]);
  expect((await exit).code).toBe(1);
  expect(errors).toEqual([`--port ${port} is taken by another program: stop it, or choose another port.`]);
  holder.close();
});

test('wrong options are all named, each in a sentence', async () => {
  const { exit, errors } = run(['--port', '99999', '--servers', 'many'], { VIVARIUM_OBSERVERS: '-1' });
  expect((await exit).code).toBe(1);
  expect(errors).toEqual([
    '--servers is a whole number from 1 to 99, not "many".',
    'VIVARIUM_OBSERVERS is a whole number from 0 to 99, not "-1".',
    '--port is a whole number from 0 to 65535, not "99999".',
  ]);
});

test('an address beyond this machine needs a flag, and the reason is said', async () => {
  const { exit, errors } = run(['--host', '0.0.0.0']);
  expect((await exit).code).toBe(1);
  expect(errors.join('\n')).toContain('is not encrypted');
  expect(errors.join('\n')).toContain('--allow-insecure');
});

test('--help is for people', async () => {
  const { exit, lines } = run(['--help']);
  expect((await exit).code).toBe(0);
  expect(lines[0]).toMatch(/^usage: npm start/);
  for (const option of [
    '--host',
    '--port',
    '--data-dir',
    '--servers',
    '--observers',
    '--base-path',
    '--token',
    '--record',
  ]) {
    expect(lines.some((line) => line.trim().startsWith(option))).toBe(true);
  }
});
