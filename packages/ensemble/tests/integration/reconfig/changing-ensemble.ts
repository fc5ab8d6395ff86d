/** An ensemble that changes while it runs, for tests: servers beside it that may join, and requests to change it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pollUntil } from '../../harness/poll.ts';
import { freePorts } from '../../harness/ports.ts';
import { Bytes, op, RawConnection as Raw, type RawConnection } from '../../harness/raw-connection.ts';
import type { Flavour } from '../../harness/server-command.ts';
import type { TestEnsemble } from '../../harness/test-ensemble.ts';
import { TestServer } from '../../harness/test-server.ts';
import { writeZooCfg } from '../../harness/zoo-cfg.ts';

/** Operation code of a reconfiguration. */
export const RECONFIG = 16;

/** zoo.cfg keys of an ensemble that may be changed by everybody. */
export const CHANGEABLE = { reconfigEnabled: true, skipACL: 'yes', standaloneEnabled: false } as const;

/** A server that is not in the ensemble yet, and what a reconfiguration says of it. */
export interface Joiner {
  readonly server: TestServer;
  readonly sid: number;
  /** Its line, with the role. */
  line(role: 'participant' | 'observer'): string;
}

/** What is asked for. */
export interface Change {
  readonly joining?: string;
  readonly leaving?: string;
  readonly newMembers?: string;
  readonly version?: bigint;
}

/** Makes a server whose own zoo.cfg lists it beside those of the ensemble, as Apache's manual says; starts nothing. */
export async function makeJoiner(ensemble: TestEnsemble, sid: number, flavour: Flavour): Promise<Joiner> {
  const [clientPort = 0, quorumPort = 0, electionPort = 0] = await freePorts(3);
  const directory = join(ensemble.directory, `server-${sid}`);
  mkdirSync(directory);
  const own = { sid, quorumPort, electionPort, observer: false };
  const servers = [...ensemble.lines, own];
  const zooCfgPath = writeZooCfg({ directory, clientPort, sid, servers, tickTimeMs: 500, extra: CHANGEABLE });
  return {
    server: new TestServer({ flavour, zooCfgPath, clientPort, directory }),
    sid,
    line: (role) => `server.${sid}=127.0.0.1:${quorumPort}:${electionPort}:${role};127.0.0.1:${clientPort}`,
  };
}

/** The body of the request. */
export function reconfigBody(change: Change): Buffer {
  const { joining = null, leaving = null, newMembers = null, version = -1n } = change;
  return new Bytes().field(joining).field(leaving).field(newMembers).long(version).buffer;
}

/** Asks for a change by one server. Returns the error, or null where the connection was lost before an answer. */
export async function reconfigure(via: TestServer, change: Change): Promise<number | null> {
  const connection = await Raw.openSession(via.clientPort);
  const reply = await connection.request(RECONFIG, reconfigBody(change));
  connection.destroy();
  return reply?.error ?? null;
}

/** The lines of the configuration as one server shows it, sorted, the version last. */
async function configurationOf(server: TestServer): Promise<string[]> {
  const connection: RawConnection = await Raw.openSession(server.clientPort);
  const reply = await connection.request(op.getData, new Bytes().field('/zookeeper/config').byte(0).buffer);
  connection.destroy();
  if (reply?.error !== 0) return [];
  const lines = reply.body
    .subarray(4, 4 + reply.body.readInt32BE(0))
    .toString()
    .split('\n');
  return lines.sort();
}

/** Waits until these servers show one configuration of exactly these sids, and returns it. */
export async function waitForMembers(servers: readonly TestServer[], sids: readonly number[]): Promise<string[]> {
  let seen: string[][] = [];
  const wanted = sids.map((sid) => `server.${sid}=`);
  return pollUntil(
    async () => {
      const serving = await Promise.all(servers.map((server) => server.status()));
      if (serving.some((status) => status === undefined)) return undefined;
      seen = await Promise.all(servers.map((server) => configurationOf(server).catch(() => [])));
      const [first = []] = seen;
      const isRight = first.length === sids.length + 1 && wanted.every((start, i) => first[i]?.startsWith(start));
      return isRight && seen.every((lines) => lines.join() === first.join()) ? first : undefined;
    },
    {
      deadlineMs: 30_000,
      describe: () =>
        `servers ${sids} everywhere: ${JSON.stringify(seen)}\n${servers.map((s) => s.report()).join('\n')}`,
    },
  );
}
