import { type ChildProcess, execFile } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BoundedTail } from '../../harness/bounded-tail.ts';
import { type ChildExit, exitOf, spawnChild } from '../../harness/child.ts';
import { pollUntil } from '../../harness/poll.ts';

const runFile = promisify(execFile);

/** Where Debian has the programs of PostgreSQL 15. */
const POSTGRES_PROGRAMS = '/usr/lib/postgresql/15/bin';

/** The user of Debian's package: PostgreSQL refuses to run as root. */
const POSTGRES_USER = 'postgres';

/** The name of the cluster: its znodes are below `/service/vivarium`. */
export const SCOPE = 'vivarium';

/** How long the lock of a leader that died stays, in seconds: the timeout of its session. */
const LOCK_SECONDS = 9;

/** What a {@link PatroniNode} is made of. */
export interface PatroniNodeOptions {
  name: string;
  /** A folder of its own, which does not exist yet. */
  directory: string;
  restPort: number;
  postgresPort: number;
  /** The ensemble's client ports, as `host:port,…`. */
  connectString: string;
}

/** What Patroni's REST interface says of one node. */
export interface NodeStatus {
  role: 'master' | 'replica';
  state: string;
  timeline?: number;
}

/** One PostgreSQL server and the Patroni that runs it. */
export class PatroniNode {
  readonly name: string;
  readonly postgresPort: number;
  readonly configPath: string;
  readonly #options: PatroniNodeOptions;
  readonly #dataDirectory: string;
  readonly #user: readonly string[];
  #child: ChildProcess | undefined;
  #exited: Promise<ChildExit> | undefined;
  #output = new BoundedTail();

  /** Makes the folder and writes the configuration; starts nothing. */
  constructor(options: PatroniNodeOptions) {
    this.name = options.name;
    this.postgresPort = options.postgresPort;
    this.#options = options;
    this.#dataDirectory = join(options.directory, 'data');
    this.configPath = join(options.directory, 'patroni.yml');
    mkdirSync(options.directory);
    // JSON is YAML too.
    writeFileSync(this.configPath, JSON.stringify(this.#configuration(), null, 2));
    this.#user = [];
    if (process.getuid?.() === 0) {
      const { uid, gid } = idsOf(POSTGRES_USER);
      chownSync(options.directory, uid, gid);
      this.#user = [`--reuid=${uid}`, `--regid=${gid}`, '--init-groups'];
    }
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts Patroni, which starts PostgreSQL; waits for neither. */
  start(): void {
    this.#output = new BoundedTail();
    // If the tests are killed Patroni gets a SIGTERM, and so takes PostgreSQL with it, which is no child of ours.
    const child = spawnChild(
      ['setpriv', ...this.#user, '--pdeathsig', 'TERM', '--', '/usr/bin/patroni', this.configPath],
      { cwd: this.#options.directory, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#child = child;
    this.#exited = exitOf(child);
    if (child.stdout !== null && child.stderr !== null) {
      this.#output.follow(child.stdout);
      this.#output.follow(child.stderr);
    }
  }

  /** SIGKILL to Patroni and to PostgreSQL, as if the machine had failed; waits until both have ended. */
  async crash(): Promise<void> {
    const postmaster = this.#postmasterPid();
    if (this.running) {
      this.#child?.kill('SIGKILL');
    }
    if (postmaster !== undefined && isAlive(postmaster)) {
      process.kill(postmaster, 'SIGKILL');
    }
    if (postmaster !== undefined) {
      await pollUntil(async () => (isAlive(postmaster) ? undefined : true), {
        deadlineMs: 20_000,
        describe: () => `the end of PostgreSQL ${postmaster} of ${this.name}`,
      });
    }
    await this.#exited;
  }

  /** What the node says of itself, or undefined if it does not answer. */
  async status(): Promise<NodeStatus | undefined> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.#options.restPort}/patroni`, {
        signal: AbortSignal.timeout(2_000),
      });
      return (await response.json()) as NodeStatus;
    } catch {
      return undefined;
    }
  }

  /** Runs one statement on the node's own PostgreSQL; the first column of each row, as text. */
  async query(statement: string): Promise<string[]> {
    const address = ['-h', '127.0.0.1', '-p', String(this.postgresPort), '-U', 'postgres', '-d', 'postgres'];
    const options = { timeout: 30_000, maxBuffer: 16 * 1024 * 1024 };
    const args = [...address, '-X', '-A', '-t', '-c', statement];
    const { stdout } = await runFile(join(POSTGRES_PROGRAMS, 'psql'), args, options);
    return stdout.split('\n').filter((line) => line !== '');
  }

  /** Name and the end of the output, for error messages. */
  report(): string {
    const state = this.running ? `running as ${this.#child?.pid}` : 'not running';
    return `  Patroni ${this.name}, ${state}:\n    ${this.#output.lines.slice(-30).join('\n    ')}`;
  }

  /** The process of PostgreSQL itself, by the file that it keeps in its data directory. */
  #postmasterPid(): number | undefined {
    try {
      return Number(readFileSync(join(this.#dataDirectory, 'postmaster.pid'), 'utf8').split('\n')[0]);
    } catch {
      return undefined;
    }
  }

  #configuration(): object {
    const { name, directory, restPort, postgresPort, connectString } = this.#options;
    const rest = `127.0.0.1:${restPort}`;
    const postgres = `127.0.0.1:${postgresPort}`;
    return {
      scope: SCOPE,
      name,
      restapi: { listen: rest, connect_address: rest },
      zookeeper: { hosts: connectString },
      bootstrap: {
        dcs: {
          ttl: LOCK_SECONDS,
          loop_wait: 1,
          retry_timeout: 4,
          // A commit is acknowledged once a standby has it, and only that standby may become the leader.
          synchronous_mode: true,
          postgresql: { use_pg_rewind: true, use_slots: true },
        },
        initdb: [{ encoding: 'UTF8' }, { locale: 'C' }, 'no-sync'],
      },
      postgresql: {
        listen: postgres,
        connect_address: postgres,
        data_dir: this.#dataDirectory,
        bin_dir: POSTGRES_PROGRAMS,
        pgpass: join(directory, 'pgpass'),
        authentication: {
          superuser: { username: 'postgres', password: 'postgres' },
          replication: { username: 'replicator', password: 'replicator' },
        },
        pg_hba: ['host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust'],
        // Processes are killed here and machines are not, so that nothing needs to be synced.
        parameters: {
          unix_socket_directories: '',
          fsync: 'off',
          shared_buffers: '16MB',
          wal_retrieve_retry_interval: '500ms',
        },
      },
    };
  }
}

/** The numbers of a user of this machine and of its group. */
function idsOf(user: string): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${user}:`));
  if (line === undefined) {
    throw new Error(`no user ${user}`);
  }
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

function isAlive(pid: number): boolean {
  // One that has ended and that nobody has waited for is there still, as a zombie.
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
