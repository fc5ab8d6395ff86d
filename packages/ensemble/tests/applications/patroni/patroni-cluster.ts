import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pollUntil } from '../../harness/poll.ts';
import { freePorts } from '../../harness/ports.ts';
import { PatroniNode, SCOPE } from './patroni-node.ts';

const runFile = promisify(execFile);

/** A member as `patronictl list` reads it from ZooKeeper. */
export interface ListedMember {
  Member: string;
  Role: string;
  State: string;
  /** The timeline of the database; it rises with each promotion. */
  TL?: number;
  /** How much of the log a replica lacks, in MB. */
  'Lag in MB'?: number | string;
}

/** PostgreSQL servers under Patroni, with data in a temporary folder that {@link stop} removes. */
export class PatroniCluster {
  readonly nodes: readonly PatroniNode[];
  readonly #directory: string;

  private constructor(nodes: readonly PatroniNode[], directory: string) {
    this.nodes = nodes;
    this.#directory = directory;
  }

  /** Writes the configurations of `size` nodes, with the ensemble at `connectString` below them; starts nothing. */
  static async create(size: number, connectString: string): Promise<PatroniCluster> {
    const directory = mkdtempSync(join(tmpdir(), 'vivarium-patroni-'));
    // PostgreSQL runs as another user where the tests run as root.
    chmodSync(directory, 0o711);
    const ports = await freePorts(2 * size);
    const nodes = Array.from({ length: size }, (_, index) => {
      const [restPort = 0, postgresPort = 0] = ports.slice(2 * index);
      const name = `node-${index + 1}`;
      return new PatroniNode({ name, directory: join(directory, name), restPort, postgresPort, connectString });
    });
    return new PatroniCluster(nodes, directory);
  }

  /** Starts every node that does not run. */
  startAll(): void {
    for (const node of this.nodes) {
      if (!node.running) {
        node.start();
      }
    }
  }

  /** The node that leads, once there is one and all others follow it on its timeline and lack nothing. */
  async waitUntilSettled(deadlineMs = 60_000): Promise<PatroniNode> {
    let seen: readonly ListedMember[] = [];
    return pollUntil(
      async () => {
        seen = await this.list().catch(() => []);
        const leader = seen.find(({ Role, State }) => Role === 'Leader' && State === 'running');
        const followers = seen.filter(
          (member) => member !== leader && isFollowing(member) && member.TL === leader?.TL && member['Lag in MB'] === 0,
        );
        const synchronous = seen.filter(({ Role }) => Role === 'Sync Standby');
        const settled = followers.length === this.nodes.length - 1 && synchronous.length === 1;
        return leader !== undefined && settled ? this.node(leader.Member) : undefined;
      },
      {
        deadlineMs,
        intervalMs: 200,
        describe: () => `a leader that all others follow\n${JSON.stringify(seen)}\n${this.report()}`,
      },
    );
  }

  /** The node that says that it leads, once there is one other than `former`. */
  async waitForLeader(former: PatroniNode | undefined, deadlineMs = 60_000): Promise<PatroniNode> {
    return pollUntil(
      async () => {
        const states = await Promise.all(this.nodes.map((node) => node.status()));
        return this.nodes.find((node, index) => node !== former && states[index]?.role === 'master');
      },
      { deadlineMs, describe: () => `another leader than ${former?.name}\n${this.report()}` },
    );
  }

  /** The members as ZooKeeper knows them. */
  async list(): Promise<ListedMember[]> {
    return JSON.parse(await this.patronictl('list', '--format', 'json')) as ListedMember[];
  }

  /** Runs one command of Patroni's own tool, and returns what it printed. */
  async patronictl(command: string, ...rest: readonly string[]): Promise<string> {
    const [first] = this.nodes;
    const args = ['-c', first?.configPath ?? '', command, SCOPE, ...rest];
    const { stdout } = await runFile('/usr/bin/patronictl', args, { timeout: 60_000 });
    return stdout;
  }

  /** The node with a name. */
  node(name: string): PatroniNode {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) {
      throw new Error(`no node ${name}`);
    }
    return found;
  }

  /** Ends every process and removes all files; VIVARIUM_TEST_KEEP=1 keeps them. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.crash()));
    if (process.env.VIVARIUM_TEST_KEEP === undefined) {
      // PostgreSQL's own processes end a moment after it, and write until then.
      rmSync(this.#directory, { recursive: true, force: true, maxRetries: 20 });
    }
  }

  /** The state and the output of every node, for error messages. */
  report(): string {
    return this.nodes.map((node) => node.report()).join('\n');
  }
}

function isFollowing({ Role, State }: ListedMember): boolean {
  return (Role === 'Replica' || Role === 'Sync Standby') && (State === 'running' || State === 'streaming');
}
