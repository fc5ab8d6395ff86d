/** No server outlives its host, not even one that is paused and would not notice that the host has died. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** On Linux the system itself ends the process when this one dies: the command with what asks for that in front. */
export function guarded(command: readonly string[]): readonly string[] {
  return HAS_SETPRIV ? ['setpriv', '--pdeathsig', 'KILL', '--', ...command] : command;
}

/**
 * Elsewhere a shell waits at a pipe whose other end only this process holds, and ends the child when that breaks. The
 * function that is returned calls it off, and is to be called when the child has ended.
 */
export function guard(child: ChildProcess): () => void {
  if (HAS_SETPRIV || process.platform === 'win32' || child.pid === undefined) return () => {};
  const shell = spawn('/bin/sh', ['-c', `read -r end || kill -KILL ${child.pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  shell.on('error', () => {});
  shell.stdin.on('error', () => {});
  shell.unref();
  return () => shell.stdin.end('over\n');
}

const HAS_SETPRIV =
  process.platform === 'linux' &&
  (process.env.PATH ?? '').split(path.delimiter).some((directory) => {
    try {
      accessSync(path.join(directory, 'setpriv'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
