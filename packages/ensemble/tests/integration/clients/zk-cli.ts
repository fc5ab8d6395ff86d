import { LineProcess } from './line-process.ts';

const ZK_CLI = '/usr/share/zookeeper/bin/zkCli.sh';

/** `printwatches` is answered by the client itself with one of these: it marks the end of the command before. */
const marks: readonly string[] = ['printwatches is on', 'printwatches is off'];

/** One session of Apache's own command line, driven through its standard input. */
export class ZkCli {
  readonly #process: LineProcess;
  readonly #events: string[] = [];

  private constructor(connectString: string) {
    // Errors are printed to standard error: one stream keeps them in order with the rest.
    this.#process = new LineProcess(['sh', '-c', `exec ${ZK_CLI} -server "$0" 2>&1`, connectString]);
  }

  /** Starts it and waits until it takes commands. */
  static async open(connectString: string): Promise<ZkCli> {
    const cli = new ZkCli(connectString);
    await cli.command('');
    return cli;
  }

  /** Runs one command and returns the lines that it printed; events that came meanwhile are kept for {@link event}. */
  async command(line: string): Promise<string[]> {
    this.#process.send(line);
    this.#process.send('printwatches');
    const lines: string[] = [];
    for (;;) {
      const next = await this.#next();
      if (marks.includes(next)) {
        return lines;
      }
      if (next !== '') {
        lines.push(next);
      }
    }
  }

  /** Waits for the event of a node, e.g. `NodeDataChanged path:/a`. */
  async event(typeAndPath: string): Promise<void> {
    while (!this.hasEvent(typeAndPath)) {
      await this.#next();
    }
  }

  /** Whether an event with this ending has come, of those that were read so far. */
  hasEvent(typeAndPath: string): boolean {
    return this.#events.some((event) => event.endsWith(` type:${typeAndPath}`));
  }

  /** Waits until it is connected, as it says in an event. */
  async connected(): Promise<void> {
    while (!this.#events.some((event) => event.includes('state:SyncConnected type:None'))) {
      await this.#next();
    }
  }

  /** Leaves with `quit`; returns the exit code. */
  async quit(): Promise<number | null> {
    this.#process.send('quit');
    return (await this.#process.exited).code;
  }

  /** The next line, empty if it is part of an event or of the logger's greeting. */
  async #next(): Promise<string> {
    const line = await this.#process.nextLine();
    if (line === undefined) {
      throw new Error('zkCli.sh ended');
    }
    if (line === 'WATCHER::' || line.startsWith('SLF4J:')) {
      return '';
    }
    if (line.startsWith('WatchedEvent ')) {
      this.#events.push(line);
      return '';
    }
    return line;
  }

  async kill(): Promise<void> {
    await this.#process.kill();
  }
}

/** Runs one command in a session of its own, as scripts do; returns the exit code and what it printed. */
export async function runOnce(
  connectString: string,
  ...command: string[]
): Promise<{ code: number | null; lines: string[] }> {
  const process = new LineProcess(['sh', '-c', `exec ${ZK_CLI} -server "$@" 2>&1`, 'sh', connectString, ...command]);
  process.end();
  const lines: string[] = [];
  for (let line = await process.nextLine(); line !== undefined; line = await process.nextLine()) {
    lines.push(line);
  }
  return { code: (await process.exited).code, lines };
}

/** The `name = value` lines of a stat. */
export function statOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [name, value] = line.split(' = ');
      return name !== undefined && value !== undefined ? [[name, value]] : [];
    }),
  );
}
