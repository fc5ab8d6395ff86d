import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pollUntil } from '../../harness/poll.ts';
import { freePorts } from '../../harness/ports.ts';
import type { TestEnsemble } from '../../harness/test-ensemble.ts';
import { Replica } from './replica.ts';

/** Two ClickHouse servers over one ensemble, with data in a temporary folder that {@link stop} removes. */
export class ReplicaPair {
  readonly first: Replica;
  readonly second: Replica;
  readonly #directory: string;

  private constructor(first: Replica, second: Replica, directory: string) {
    this.first = first;
    this.second = second;
    this.#directory = directory;
  }

  /** Starts both and waits until they answer; nothing is left behind if that fails. */
  static async start(ensemble: TestEnsemble): Promise<ReplicaPair> {
    const directory = mkdtempSync(join(tmpdir(), 'vivarium-clickhouse-'));
    const ports = await freePorts(6);
    const replica = (index: number): Replica => {
      const [httpPort = 0, interserverPort = 0] = ports.slice(2 + 2 * index);
      const name = `replica-${index + 1}`;
      return new Replica({
        name,
        directory: join(directory, name),
        httpPort,
        interserverPort,
        tcpPort: ports[index] ?? 0,
        allTcpPorts: ports.slice(0, 2),
        zooKeeperPorts: ensemble.servers.map((server) => server.clientPort),
      });
    };
    const pair = new ReplicaPair(replica(0), replica(1), directory);
    try {
      await pair.first.start();
      await pair.#waitForQueue();
      await pair.second.start();
    } catch (error) {
      await pair.stop();
      throw error;
    }
    return pair;
  }

  get both(): readonly [Replica, Replica] {
    return [this.first, this.second];
  }

  /**
   * ClickHouse 18.16 ends with a segmentation fault if it is asked for something on a whole cluster before it has made the
   * queue for that. Only the first replica is asked, and it is the only one yet that could have made the queue.
   */
  async #waitForQueue(): Promise<void> {
    const children = "SELECT name FROM system.zookeeper WHERE path = '/clickhouse/task_queue'";
    await pollUntil(
      async () => ((await this.first.query(children).catch((): string[] => [])).includes('ddl') ? true : undefined),
      { deadlineMs: 30_000, describe: () => `the queue for what is done on all replicas\n${this.first.report()}` },
    );
  }

  /** Waits until each replica has all parts of the table that the other has, and returns what the query finds on each. */
  async synchronised(table: string, query: string): Promise<[string[], string[]]> {
    for (const replica of this.both) {
      await replica.queryUntilDone(`SYSTEM SYNC REPLICA ${table}`);
    }
    return [await this.first.query(query), await this.second.query(query)];
  }

  /** Ends both and removes all files; VIVARIUM_TEST_KEEP=1 keeps them. */
  async stop(): Promise<void> {
    await Promise.all(this.both.map((replica) => replica.end('SIGKILL')));
    if (process.env.VIVARIUM_TEST_KEEP === undefined) {
      rmSync(this.#directory, { recursive: true, force: true });
    }
  }

  /** The state and the log of both, for error messages. */
  report(): string {
    return this.both.map((replica) => replica.report()).join('\n');
  }
}
