import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BoundedTail } from '../../harness/bounded-tail.ts';
import { type ChildExit, exitOf, spawnChild } from '../../harness/child.ts';
import { pollUntil } from '../../harness/poll.ts';

/** What a {@link Replica} is made of. */
export interface ReplicaOptions {
  name: string;
  /** A folder of its own, which does not exist yet. */
  directory: string;
  httpPort: number;
  /** For the other replicas, which fetch parts from it. */
  interserverPort: number;
  /** For ClickHouse's own protocol; every replica knows all of them, for what is done on a whole cluster. */
  tcpPort: number;
  allTcpPorts: readonly number[];
  /** The ensemble's client ports. */
  zooKeeperPorts: readonly number[];
}

/** One ClickHouse server, which is a replica of every replicated table. */
export class Replica {
  readonly name: string;
  readonly #options: ReplicaOptions;
  readonly #configPath: string;
  #child: ChildProcess | undefined;
  #exited: Promise<ChildExit> | undefined;
  #output = new BoundedTail();

  /** Makes the folder and writes the configuration; starts nothing. */
  constructor(options: ReplicaOptions) {
    this.name = options.name;
    this.#options = options;
    const { directory } = options;
    mkdirSync(directory);
    this.#configPath = join(directory, 'config.xml');
    const usersPath = join(directory, 'users.xml');
    writeFileSync(this.#configPath, toXml({ yandex: this.#configuration(usersPath) }));
    writeFileSync(usersPath, toXml({ yandex: USERS }));
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts the server and waits until it answers. */
  async start(): Promise<void> {
    this.#output = new BoundedTail();
    const child = spawnChild(['/usr/sbin/clickhouse-server', `--config-file=${this.#configPath}`], {
      cwd: this.#options.directory,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#exited = exitOf(child);
    if (child.stdout !== null && child.stderr !== null) {
      this.#output.follow(child.stdout);
      this.#output.follow(child.stderr);
    }
    await pollUntil(
      async () => {
        if (!this.running) {
          throw new Error(`the server ended instead of serving\n${this.report()}`);
        }
        return this.query('SELECT 1').catch(() => undefined);
      },
      { deadlineMs: 60_000, describe: () => `a serving ClickHouse\n${this.report()}` },
    );
  }

  /** Sends a signal if the server runs, and waits for its end. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.running) {
      this.#child?.kill(signal);
      await this.#exited;
    }
  }

  /** Runs one statement and returns the lines of its result. Throws what ClickHouse said if it refuses. */
  async query(statement: string): Promise<string[]> {
    const response = await fetch(`http://127.0.0.1:${this.#options.httpPort}/`, {
      method: 'POST',
      body: statement,
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`${this.name}: ${statement.slice(0, 200)}: ${text.trim()}`);
    }
    return text.split('\n').filter((line) => line !== '');
  }

  /** {@link query}, again and again while ClickHouse refuses it or cannot be reached. */
  async queryUntilDone(statement: string, deadlineMs = 60_000): Promise<string[]> {
    let last: unknown;
    return pollUntil(
      () =>
        this.query(statement).catch((error: unknown) => {
          last = error;
          return undefined;
        }),
      { deadlineMs, describe: () => `${last}\n${this.report()}` },
    );
  }

  /** Name and the end of the log, for error messages. */
  report(): string {
    const state = this.running ? `running as ${this.#child?.pid}` : 'not running';
    let log: string[] = [];
    try {
      log = readFileSync(join(this.#options.directory, 'server.log'), 'utf8').split('\n').slice(-30);
    } catch {
      // It has not got so far as to write one.
    }
    return `  ClickHouse ${this.name}, ${state}:\n    ${[...this.#output.lines.slice(-10), ...log].join('\n    ')}`;
  }

  #configuration(usersPath: string): Xml {
    const { name, directory, httpPort, interserverPort, tcpPort, allTcpPorts, zooKeeperPorts } = this.#options;
    return {
      logger: { level: 'information', log: join(directory, 'server.log'), errorlog: join(directory, 'errors.log') },
      listen_host: '127.0.0.1',
      http_port: httpPort,
      tcp_port: tcpPort,
      interserver_http_host: '127.0.0.1',
      interserver_http_port: interserverPort,
      path: `${join(directory, 'data')}/`,
      tmp_path: `${join(directory, 'tmp')}/`,
      format_schema_path: `${join(directory, 'schemas')}/`,
      users_config: usersPath,
      default_profile: 'default',
      default_database: 'default',
      mark_cache_size: 8 * 1024 * 1024,
      zookeeper: {
        node: zooKeeperPorts.map((port) => ({ host: '127.0.0.1', port })),
        session_timeout_ms: 8_000,
      },
      macros: { replica: name },
      remote_servers: {
        everywhere: { shard: { replica: allTcpPorts.map((port) => ({ host: '127.0.0.1', port })) } },
      },
      distributed_ddl: { path: '/clickhouse/task_queue/ddl' },
      // It looks once a minute by default whether its session has ended.
      merge_tree: { zookeeper_session_expiration_check_period: 1 },
    };
  }
}

const USERS: Xml = {
  profiles: { default: { max_threads: 2 } },
  users: { default: { password: '', networks: { ip: '127.0.0.1' }, profile: 'default', quota: 'default' } },
  quotas: { default: '' },
};

/** An element's content: text, elements by name, or several of one name. */
type Xml = string | number | { readonly [name: string]: Xml | readonly Xml[] };

/** XML of names and texts that need no escapes. */
function toXml(content: Xml): string {
  if (typeof content !== 'object') {
    return String(content);
  }
  return Object.entries(content)
    .flatMap(([name, inner]) => [inner].flat().map((one) => `<${name}>${toXml(one)}</${name}>\n`))
    .join('');
}
