import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';

/** How a child process ended: one of the two is not null. */
export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/**
 * Starts a process that dies with this one. A killed test runner can't clean up, so on Linux the system does it (the
 * parent-death signal); elsewhere the process is a plain child.
 */
export function spawnChild(
  command: readonly string[],
  options: { cwd?: string; environment?: NodeJS.ProcessEnv; stdio: StdioOptions },
): ChildProcess {
  const guarded = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL', '--', ...command] : [...command];
  const [file, ...argumentList] = guarded;
  if (file === undefined) {
    throw new Error('empty command');
  }
  return spawn(file, argumentList, {
    cwd: options.cwd,
    env: { ...process.env, ...options.environment },
    stdio: options.stdio,
  });
}

/** Settles when the process has ended and its streams are closed; rejects if it couldn't be started. */
export function exitOf(child: ChildProcess): Promise<ChildExit> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}
