/** An ensemble that somebody else runs, to be attached to: what it opens is chosen, and each way to it can be cut. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { tamperWith } from '../integration/mixed/tampering.ts';
import { adminJvmArguments } from '../integration/monitoring/monitored.ts';
import { CuttableProxy } from './cuttable-proxy.ts';
import { buildFaultLibrary, FaultOrders, faultEnvironment } from './fault-library.ts';
import { freePorts } from './ports.ts';
import type { Flavour } from './server-command.ts';
import { TestEnsemble } from './test-ensemble.ts';
import type { TestServer } from './test-server.ts';

export interface ForeignOptions {
  /** Default: Apache's. */
  readonly flavour?: Flavour;
  readonly voters?: number;
  readonly observers?: number;
  /** `4lw.commands.whitelist`; without `srvr` nobody would know when it serves. Default: all. */
  readonly words?: string;
  /** Whether each has an AdminServer. Default: yes. */
  readonly admin?: boolean;
  /** Whether syncs can be slowed and clocks moved. Default: no. */
  readonly faults?: boolean;
  /** Whether each server reaches the quorum ports of the others by proxies of its own, {@link ForeignEnsemble.link}. Default: no. */
  readonly links?: boolean;
  readonly tickTimeMs?: number;
  /** Further zoo.cfg keys for every server. */
  readonly extra?: Readonly<Record<string, string | number | boolean>>;
  /** Further arguments of the JVM, such as `-Djute.maxbuffer=…`; they win. */
  readonly jvmArguments?: readonly string[];
}

/** The ports of a server that are ways in. */
export type Door = 'client' | 'quorum' | 'election' | 'admin';

export interface ForeignServer {
  readonly sid: number;
  readonly observer: boolean;
  readonly server: TestServer;
  /** Its ports as it opens them itself; `admin` null without an AdminServer. */
  readonly ports: Readonly<Record<Exclude<Door, 'admin'>, number>> & { readonly admin: number | null };
  /** Where an attached Vivarium finds them: proxies before each of them. Its peers and other clients take the ports themselves. */
  readonly doors: ReadonlyMap<Door, CuttableProxy>;
  /** Null unless `faults` was asked for. */
  readonly faults: FaultOrders | null;
  /** Before the quorum ports of its peers, by sid; none unless `links` was asked for. */
  readonly links: ReadonlyMap<number, CuttableProxy>;
}

const SMALL_LOG_KIB = 64;

export class ForeignEnsemble {
  readonly ensemble: TestEnsemble;
  readonly servers: readonly ForeignServer[];

  private constructor(ensemble: TestEnsemble, servers: readonly ForeignServer[]) {
    this.ensemble = ensemble;
    this.servers = servers;
  }

  /** Picks ports, writes configurations, opens the proxies; starts no server. */
  static async create(options: ForeignOptions = {}): Promise<ForeignEnsemble> {
    const { flavour = 'apache', voters = 3, observers = 1, words = '*', admin = true, tickTimeMs = 500 } = options;
    const ensemble = await TestEnsemble.create({
      servers: voters,
      observers,
      flavours: flavour,
      tickTimeMs,
      extra: { preAllocSize: SMALL_LOG_KIB, '4lw.commands.whitelist': words, ...options.extra },
      jvmArguments: [...adminJvmArguments, ...(options.jvmArguments ?? [])],
    });
    const adminPorts = admin ? await freePorts(ensemble.servers.length) : [];
    const library = options.faults === true ? buildFaultLibrary(ensemble.directory) : null;
    const servers: ForeignServer[] = [];
    for (const [index, server] of ensemble.servers.entries()) {
      const line = ensemble.lines[index];
      const adminPort = adminPorts[index] ?? null;
      if (adminPort !== null) {
        const keys = { enableServer: true, serverAddress: '127.0.0.1', serverPort: adminPort };
        const lines = Object.entries(keys).map(([key, value]) => `admin.${key}=${value}\n`);
        appendFileSync(server.options.zooCfgPath, lines.join(''));
      }
      if (library !== null) server.options.environment = faultEnvironment(library);
      const { quorumPort = 0, electionPort = 0, observer = false } = line ?? {};
      const ports = { client: server.clientPort, quorum: quorumPort, election: electionPort, admin: adminPort };
      const doors = new Map<Door, CuttableProxy>();
      for (const door of ['client', 'quorum', 'election', 'admin'] as const) {
        const port = ports[door];
        if (port !== null && port !== 0) doors.set(door, await CuttableProxy.start(() => port));
      }
      const faults = library === null ? null : new FaultOrders(server.options.directory);
      const sid = line?.sid ?? 0;
      const links = options.links === true ? await linksFrom(ensemble, sid, server) : new Map<number, CuttableProxy>();
      servers.push({ sid, observer, server, ports, doors, faults, links });
    }
    return new ForeignEnsemble(ensemble, servers);
  }

  /** {@link create}, and waits until all serve; nothing is left behind if that fails. */
  static async start(options: ForeignOptions = {}): Promise<ForeignEnsemble> {
    const foreign = await ForeignEnsemble.create(options);
    try {
      foreign.ensemble.startAll();
      await foreign.ensemble.waitUntilServing();
    } catch (error) {
      await foreign.stop();
      throw error;
    }
    return foreign;
  }

  /** How an attached Vivarium connects: by the proxies, to the voters. */
  get connectString(): string {
    const voters = this.servers.filter(({ observer }) => !observer);
    return voters.map((server) => `127.0.0.1:${this.doorOf(server, 'client').port}`).join(',');
  }

  /** How everybody else does. */
  get directConnectString(): string {
    return this.ensemble.connectString;
  }

  server(sid: number): ForeignServer {
    const found = this.servers.find((server) => server.sid === sid);
    if (found === undefined) throw new Error(`no server ${sid}`);
    return found;
  }

  doorOf(server: ForeignServer, door: Door): CuttableProxy {
    const found = server.doors.get(door);
    if (found === undefined) throw new Error(`server ${server.sid} has no ${door} port`);
    return found;
  }

  /** All proxies before ports of this kind. */
  doors(door: Door): readonly CuttableProxy[] {
    return this.servers.flatMap((server) => server.doors.get(door) ?? []);
  }

  /** What a server that is led by another one hears it through. */
  link(learner: number, leader: number): CuttableProxy {
    const found = this.server(learner).links.get(leader);
    if (found === undefined) throw new Error(`no link from ${learner} to ${leader}`);
    return found;
  }

  /** The server that leads, waited for. */
  async leader(): Promise<ForeignServer> {
    const leader = await this.ensemble.waitForLeader();
    return this.server(this.ensemble.servers.indexOf(leader) + 1);
  }

  /** The voter with the smallest sid that follows. */
  async follower(): Promise<ForeignServer> {
    const { sid } = await this.leader();
    const found = this.servers.find((server) => !server.observer && server.sid !== sid);
    if (found === undefined) throw new Error('no follower');
    return found;
  }

  /** Stops a server, changes a datum in its files so that nothing on its disk tells of it, and starts it again. */
  async diverge(sid: number, path: string): Promise<void> {
    const { server } = this.server(sid);
    await server.stop();
    tamperWith(join(server.options.directory, 'data'), path);
    server.start();
    await server.waitUntilServing();
  }

  async stop(): Promise<void> {
    for (const { doors, links } of this.servers)
      for (const proxy of [...doors.values(), ...links.values()]) proxy.close();
    await this.ensemble.stop();
    for (const { faults } of this.servers) faults?.close();
  }
}

/** Proxies before the quorum ports of a server's peers, which its own zoo.cfg names from now on. */
async function linksFrom(
  ensemble: TestEnsemble,
  from: number,
  server: TestServer,
): Promise<Map<number, CuttableProxy>> {
  const links = new Map<number, CuttableProxy>();
  for (const { sid, quorumPort, electionPort, observer } of ensemble.lines) {
    if (sid === from || observer) continue;
    const proxy = await CuttableProxy.start(() => quorumPort);
    links.set(sid, proxy);
    appendFileSync(server.options.zooCfgPath, `server.${sid}=127.0.0.1:${proxy.port}:${electionPort}:participant\n`);
  }
  return links;
}
