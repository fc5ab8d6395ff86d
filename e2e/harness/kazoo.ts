/** Another program's client: kazoo, from Python. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs statements with a connected client `zk`; returns what they print. */
export async function kazoo(connectString: string, ...statements: readonly string[]): Promise<string> {
  const script = [
    'from kazoo.client import KazooClient',
    'import sys',
    'zk = KazooClient(hosts=sys.argv[1], timeout=10)',
    'zk.start(timeout=20)',
    ...statements,
    'zk.stop()',
    'zk.close()',
  ].join('\n');
  const { stdout } = await promisify(execFile)('/usr/bin/python3', ['-c', script, connectString], { timeout: 60_000 });
  return stdout.trim();
}
