import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pollUntil } from './poll.ts';
import { freePorts } from './ports.ts';
import type { Flavour } from './server-command.ts';
import { flavourUnderTest } from './server-command.ts';
import { TestServer } from './test-server.ts';
import { type ServerLine, writeZooCfg } from './zoo-cfg.ts';

/** What a {@link TestEnsemble} is made of. */
export interface TestEnsembleOptions {
  /** Voting servers; 1 without observers is a standalone server. Default 3. */
  servers?: number;
  observers?: number;
  /** One flavour for all, or one for each server (voters first). Default: the flavour under test. */
  flavours?: Flavour | readonly Flavour[];
  tickTimeMs?: number;
  /** Further zoo.cfg keys for every server. */
  extra?: Readonly<Record<string, string | number | boolean>>;
  /** Whether each has an admin server, on a port of its own. */
  admin?: boolean;
  jvmArguments?: readonly string[];
  /** Put before each server's command; see `TestServerOptions`. */
  prefix?: readonly string[];
  environment?: NodeJS.ProcessEnv;
}

/** A whole ensemble of server processes on loopback, with data in a temporary folder that {@link stop} removes. */
export class TestEnsemble {
  readonly servers: readonly TestServer[];
  readonly lines: readonly ServerLine[];
  readonly directory: string;

  private constructor(servers: readonly TestServer[], lines: readonly ServerLine[], directory: string) {
    this.servers = servers;
    this.lines = lines;
    this.directory = directory;
  }

  /** Picks ports and writes the configuration files; starts nothing. */
  static async create(options: TestEnsembleOptions = {}): Promise<TestEnsemble> {
    const voters = options.servers ?? 3;
    const count = voters + (options.observers ?? 0);
    const directory = mkdtempSync(join(tmpdir(), 'vivarium-test-'));
    const ports = await freePorts(count * 4);
    const portAt = (index: number): number => {
      const port = ports[index];
      if (port === undefined) {
        throw new Error(`no port ${index}`);
      }
      return port;
    };
    const lines: ServerLine[] = [];
    for (let index = 0; index < count && count > 1; index++) {
      lines.push({
        sid: index + 1,
        quorumPort: portAt(count + index * 2),
        electionPort: portAt(count + index * 2 + 1),
        observer: index >= voters,
      });
    }
    const servers: TestServer[] = [];
    for (let index = 0; index < count; index++) {
      const serverDirectory = join(directory, `server-${index + 1}`);
      await mkdir(serverDirectory);
      const clientPort = portAt(index);
      const zooCfgPath = writeZooCfg({
        directory: serverDirectory,
        clientPort,
        sid: index + 1,
        servers: lines,
        tickTimeMs: options.tickTimeMs ?? 500,
        extra: {
          ...(options.admin ? { 'admin.enableServer': true, 'admin.serverPort': portAt(count * 3 + index) } : {}),
          ...options.extra,
        },
      });
      const { flavours } = options;
      const flavour = typeof flavours === 'object' ? flavours[index] : flavours;
      servers.push(
        new TestServer({
          flavour: flavour ?? flavourUnderTest,
          zooCfgPath,
          clientPort,
          directory: serverDirectory,
          ...(options.jvmArguments === undefined ? {} : { jvmArguments: options.jvmArguments }),
          ...(options.prefix === undefined ? {} : { prefix: options.prefix }),
          ...(options.environment === undefined ? {} : { environment: options.environment }),
        }),
      );
    }
    return new TestEnsemble(servers, lines, directory);
  }

  /** {@link create}, starts every server and waits until all serve; nothing is left behind if that fails. */
  static async start(options: TestEnsembleOptions = {}): Promise<TestEnsemble> {
    const ensemble = await TestEnsemble.create(options);
    try {
      ensemble.startAll();
      await ensemble.waitUntilServing();
    } catch (error) {
      await ensemble.stop();
      throw error;
    }
    return ensemble;
  }

  /** All client ports, as clients take them. */
  get connectString(): string {
    return this.servers.map((server) => `127.0.0.1:${server.clientPort}`).join(',');
  }

  /** The server with the given index (0 is `server.1`). */
  server(index: number): TestServer {
    const server = this.servers[index];
    if (server === undefined) {
      throw new Error(`no server with index ${index}`);
    }
    return server;
  }

  /** The server that listens on the given client port. */
  serverOnPort(clientPort: number): TestServer {
    const server = this.servers.find((candidate) => candidate.clientPort === clientPort);
    if (server === undefined) {
      throw new Error(`no server on client port ${clientPort}`);
    }
    return server;
  }

  /** Starts every server that doesn't run. */
  startAll(): void {
    for (const server of this.servers) {
      if (!server.running) {
        server.start();
      }
    }
  }

  /** Waits until each of the servers (default: all) serves and, in an ensemble, one of all leads. */
  async waitUntilServing(servers: readonly TestServer[] = this.servers, deadlineMs = 30_000): Promise<void> {
    const endMs = performance.now() + deadlineMs;
    for (const server of servers) {
      await server.waitUntilServing(Math.max(1, endMs - performance.now()));
    }
    if (this.lines.length > 0) {
      await this.waitForLeader(Math.max(1, endMs - performance.now()));
    }
  }

  /** The running server that says it leads, or undefined. */
  async leader(): Promise<TestServer | undefined> {
    const running = this.servers.filter((server) => server.running);
    const modes = await Promise.all(running.map((server) => server.status()));
    return running.find((_, index) => modes[index]?.mode === 'leader');
  }

  /** Waits until one of the running servers leads. */
  waitForLeader(deadlineMs = 30_000): Promise<TestServer> {
    return pollUntil(() => this.leader(), { deadlineMs, describe: () => `a leader\n${this.report()}` });
  }

  /** Kills the leader with SIGKILL and returns it. */
  async killLeader(): Promise<TestServer> {
    const leader = await this.waitForLeader();
    await leader.crash();
    return leader;
  }

  /** {@link killAll} and {@link removeFiles}. */
  async stop(): Promise<void> {
    await this.killAll();
    this.removeFiles();
  }

  /** Ends every process. */
  async killAll(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.crash()));
  }

  /** Removes all files; VIVARIUM_TEST_KEEP=1 keeps them. */
  removeFiles(): void {
    if (process.env.VIVARIUM_TEST_KEEP === undefined) {
      rmSync(this.directory, { recursive: true, force: true });
    }
  }

  /** The state and the output of every server, for error messages. */
  report(): string {
    return this.servers.map((server) => server.report()).join('\n');
  }
}
