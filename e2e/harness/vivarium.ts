/** The program under test, as a person starts it: a process of its own, on ports and in a directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePorts } from '@vivarium/ensemble/tests/harness/ports';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = path.join(ROOT, 'apps/server/bin/vivarium.ts');
/** How far quorum and election ports lie above the client ports. */
const PORT_OFFSETS = [0, 707, 1707, 2707];

export interface VivariumOptions {
  /** Voting servers; 3 unless given. */
  readonly servers?: number;
  /** A cluster that somebody else runs; then there are no servers of its own. */
  readonly attach?: string;
  /** Further arguments. */
  readonly args?: readonly string[];
  /** A directory of an earlier run, which is then kept. */
  readonly dataDir?: string;
  /** Start by `npm start` rather than directly. */
  readonly byNpm?: boolean;
  /** Where a proxy stands in front: told the port that the program listens on itself. */
  readonly internalPort?: (port: number) => void;
}

export class Vivarium {
  /** The address with the token, as it was printed. */
  readonly address: string;
  readonly connectString: string;
  readonly dataDir: string;
  /** From the start of the process to the printed address. */
  readonly startMs: number;
  private readonly child: ChildProcess;
  private readonly ownsData: boolean;

  private constructor(child: ChildProcess, started: Started, ownsData: boolean) {
    this.child = child;
    this.address = started.address;
    this.connectString = started.connectString;
    this.dataDir = started.dataDir;
    this.startMs = started.startMs;
    this.ownsData = ownsData;
  }

  static async start(options: VivariumOptions = {}): Promise<Vivarium> {
    const { servers = 3, attach, args = [], byNpm = false } = options;
    const basePort = await freeBasePort(servers + 1);
    const dataDir = options.dataDir ?? mkdtempSync(path.join(tmpdir(), 'vivarium-e2e-'));
    const [port] = options.internalPort === undefined ? [0] : await freePorts(1);
    options.internalPort?.(port ?? 0);
    const hosted = ['--base-port', String(basePort), '--servers', String(servers)];
    const own = [
      ...(attach === undefined ? hosted : ['--attach', attach]),
      '--port',
      String(port),
      '--data-dir',
      dataDir,
    ];
    const [command, ...before] = byNpm ? ['npm', 'start', '--'] : [process.execPath, PROGRAM];
    const beganMs = performance.now();
    const child = spawn(command as string, [...before, ...own, ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const address = await addressOf(child);
    const ownServers = Array.from({ length: servers }, (_, i) => `127.0.0.1:${basePort + i}`).join(',');
    const connectString = attach ?? ownServers;
    const started = { address, connectString, dataDir, startMs: performance.now() - beganMs };
    return new Vivarium(child, started, options.dataDir === undefined);
  }

  get origin(): string {
    return new URL(this.address).origin;
  }

  /** What all addresses of the pages begin with. */
  get base(): string {
    return this.address.replace(/\?.*$/, '');
  }

  get token(): string {
    return new URL(this.address).searchParams.get('token') ?? '';
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** A request of the REST interface, as a script makes it. */
  async api(method: string, request: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const response = await fetch(new URL(`api/${request}`, this.base), {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  /** Asks it to end, waits until it has, and removes its data where they were made for it; returns the exit code. */
  async stop(): Promise<number | null> {
    const code = await this.end();
    if (this.ownsData) this.removeData();
    return code;
  }

  /** Asks it to end and waits until it has; the data stay. */
  async end(): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => this.child.once('exit', (code) => resolve(code)));
    if (this.child.exitCode !== null) return this.child.exitCode;
    this.child.kill('SIGTERM');
    return ended;
  }

  removeData(): void {
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

interface Started {
  readonly address: string;
  readonly connectString: string;
  readonly dataDir: string;
  readonly startMs: number;
}

/** What it prints until the address is there; where it ends before, what it said is the error. */
function addressOf(child: ChildProcess): Promise<string> {
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        if (lines.length < 200) lines.push(line);
        const address = /https?:\/\/\S+[?&]token=\S+/.exec(line)?.[0];
        if (address !== undefined) resolve(address);
      });
    }
    child.once('exit', (code) => reject(new Error(`it ended with ${code}:\n${lines.join('\n')}`)));
  });
}

/** A port from which on the ports of so many servers are free, below those that the system hands out. */
async function freeBasePort(servers: number): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const base = 11_000 + Math.floor(Math.random() * 15_000);
    const wanted = PORT_OFFSETS.flatMap((offset) => Array.from({ length: servers }, (_, i) => base + offset + i));
    const free = await Promise.all(wanted.map(isFree));
    if (free.every(Boolean)) return base;
  }
  throw new Error('found no free ports');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
