import { appendFileSync } from 'node:fs';
import { fourLetterWord } from '../../harness/four-letter-word.ts';
import { pollUntil } from '../../harness/poll.ts';
import { freePorts } from '../../harness/ports.ts';
import { Bytes, createBody, op, RawConnection } from '../../harness/raw-connection.ts';
import { type Flavour, quietJvmArguments } from '../../harness/server-command.ts';
import { TestEnsemble } from '../../harness/test-ensemble.ts';
import type { TestServer } from '../../harness/test-server.ts';

/** Debian's jar does not name the servlet API, without which there is no AdminServer. */
const ADMIN_JARS = ':/usr/share/java/servlet-api.jar:/usr/share/java/jetty9-util-ajax.jar';

/** With them Apache's server has its admin server. */
export const adminJvmArguments: readonly string[] = quietJvmArguments.map((argument) =>
  argument.includes('zookeeper.jar') ? argument + ADMIN_JARS : argument,
);

/** Nobody pings. */
const SESSION_TIMEOUT_MS = 60_000;

/** What a server is in its ensemble. */
export type RoleUnderTest = 'standalone' | 'leader' | 'follower';

/** A server that has one client: a session with an ephemeral and watches of two paths. */
export interface MonitoredServer {
  readonly server: TestServer;
  readonly adminPort: number;
  readonly session: RawConnection;
}

/** A server alone and an ensemble of three, of one flavour, each with an admin server. */
export class Monitored {
  readonly byRole: ReadonlyMap<RoleUnderTest, MonitoredServer>;
  private readonly ensembles: readonly TestEnsemble[];

  private constructor(byRole: ReadonlyMap<RoleUnderTest, MonitoredServer>, ensembles: readonly TestEnsemble[]) {
    this.byRole = byRole;
    this.ensembles = ensembles;
  }

  /** Starts both, and waits until all serve. */
  static async start(flavour: Flavour): Promise<Monitored> {
    const extra = { 'admin.enableServer': true, 'admin.serverAddress': '127.0.0.1' };
    const options = { flavours: flavour, extra, jvmArguments: adminJvmArguments };
    const alone = await TestEnsemble.create({ ...options, servers: 1 });
    const ensemble = await TestEnsemble.create({ ...options, servers: 3 });
    const ensembles = [alone, ensemble];
    const portOf = await giveAdminPorts(ensembles.flatMap((each) => each.servers));
    try {
      for (const each of ensembles) each.startAll();
      for (const each of ensembles) await each.waitUntilServing();
      const leader = await ensemble.waitForLeader();
      const follower = ensemble.servers.find((server) => server !== leader) ?? leader;
      const byRole = new Map<RoleUnderTest, MonitoredServer>();
      for (const [role, server] of [
        ['standalone', alone.server(0)],
        ['leader', leader],
        ['follower', follower],
      ] as const) {
        const session = await openClient(server.clientPort, `/of_${role}`);
        byRole.set(role, { server, adminPort: portOf.get(server) ?? 0, session });
      }
      return new Monitored(byRole, ensembles);
    } catch (error) {
      for (const each of ensembles) await each.stop();
      throw error;
    }
  }

  /** The server in this role. */
  of(role: RoleUnderTest): MonitoredServer {
    const server = this.byRole.get(role);
    if (server === undefined) throw new Error(`no ${role}`);
    return server;
  }

  /** Ends everything. */
  async stop(): Promise<void> {
    for (const { session } of this.byRole.values()) session.destroy();
    for (const ensemble of this.ensembles) await ensemble.stop();
  }
}

/** Writes an admin port into each server's zoo.cfg. */
export async function giveAdminPorts(servers: readonly TestServer[]): Promise<Map<TestServer, number>> {
  const ports = await freePorts(servers.length);
  const portOf = new Map(servers.map((server, i) => [server, ports[i] ?? 0]));
  for (const [server, port] of portOf) appendFileSync(server.options.zooCfgPath, `admin.serverPort=${port}\n`);
  return portOf;
}

/** A session with an ephemeral, watches of its data and of a missing node, and a read without a watch as its last request. */
async function openClient(port: number, path: string): Promise<RawConnection> {
  const session = await RawConnection.openSession(port, SESSION_TIMEOUT_MS);
  await session.request(op.create, createBody(path, 'x', 1));
  await session.request(op.getData, new Bytes().field(path).byte(1).buffer);
  await session.request(op.exists, new Bytes().field(`${path}_missing`).byte(1).buffer);
  await session.request(op.getData, new Bytes().field(path).byte(0).buffer);
  return session;
}

/** What the server answers to a word once it has no other connection than its client's and that of the word. */
export function quietWord({ server }: MonitoredServer, word: string): Promise<string> {
  return pollUntil(
    async () => {
      const text = await fourLetterWord(server.clientPort, 'srvr');
      return /^Connections: 2$/m.test(text) ? fourLetterWord(server.clientPort, word) : undefined;
    },
    { deadlineMs: 10_000, describe: () => `a server with one client\n${server.report()}` },
  );
}
