import { fileURLToPath } from 'node:url';
import { quietJvmArguments } from '../../harness/server-command.ts';
import { LineProcess } from '../clients/line-process.ts';

/** How a client is started. */
export interface SessionClientOptions {
  connectString: string;
  timeoutMs: number;
  /** Whether a server that has no leader will do. Default false. */
  readOnly?: boolean;
}

/** A client in another language, which tells each change of its state and answers commands. */
export class SessionClient {
  readonly #process: LineProcess;
  /** Every state that it has told, in order. */
  readonly states: string[] = [];

  private constructor(command: readonly string[]) {
    this.#process = new LineProcess(command);
  }

  /** Apache's own client; its states are those of `Watcher.Event.KeeperState`. */
  static java({ connectString, timeoutMs, readOnly = false }: SessionClientOptions): SessionClient {
    const program = fileURLToPath(new URL('JavaClient.java', import.meta.url));
    return new SessionClient([
      '/usr/bin/java',
      ...quietJvmArguments,
      program,
      connectString,
      `${timeoutMs}`,
      `${readOnly}`,
    ]);
  }

  /** kazoo; its states are CONNECTED, CONNECTED_RO, SUSPENDED and LOST. */
  static kazoo({ connectString, timeoutMs, readOnly = false }: SessionClientOptions): SessionClient {
    const program = fileURLToPath(new URL('kazoo_client.py', import.meta.url));
    return new SessionClient(['/usr/bin/python3', '-B', program, connectString, `${timeoutMs / 1000}`, `${readOnly}`]);
  }

  /** The answer to a command: `session`, `ephemeral PATH`, `owner PATH`, `children PATH`; the name of an error where it fails. */
  async ask(command: string): Promise<string> {
    this.#process.send(command);
    for (;;) {
      const [kind, text] = await this.#next(command);
      if (kind === 'answer') return text;
    }
  }

  /** Waits until it tells this state, unless it is the last that it has told. */
  async reached(state: string): Promise<void> {
    while (this.states.at(-1) !== state) await this.#next(state);
  }

  /** Closes its session, and waits for the end of the process. */
  async close(): Promise<void> {
    this.#process.end();
    await this.#process.exited;
  }

  /** SIGKILL: the session is left to expire. */
  async kill(): Promise<void> {
    await this.#process.kill();
  }

  async #next(awaited: string): Promise<[string, string]> {
    const line = await this.#process.nextLine();
    if (line === undefined) throw new Error(`the client ended before ${awaited}\n${this.#process.stderr.text}`);
    const at = line.indexOf(' ');
    const [kind, text] = [line.slice(0, at), line.slice(at + 1)];
    if (kind === 'state') this.states.push(text);
    return [kind, text];
  }
}
