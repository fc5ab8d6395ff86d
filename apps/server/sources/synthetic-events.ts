import type { ClusterEventBody } from '@vivarium/shared/cluster-event';
import { formatHex, makeZxid } from '@vivarium/shared/zxid';

/** What one server of the made-up ensemble does next. */
export interface SyntheticStep {
  readonly sid: number;
  readonly body: ClusterEventBody;
}

const SERVERS = [1, 2, 3, 4, 5];
const LEADER = 5;
const FOLLOWERS = SERVERS.filter((sid) => sid !== LEADER);
const EPOCH = 1;
const CLIENTS = 40;
const PATHS = 500;
/** A watch is set and fires at every so many writes. */
const WRITES_A_WATCH = 4;
const BASE_PORT = 2181;

/**
 * What five servers do without end whose clients write: requests, proposals, their way through the servers, and watches,
 * in an order in which it could happen. The first steps bring the ensemble up.
 */
export function* syntheticSteps(): Generator<SyntheticStep, never> {
  yield* start();
  for (let write = 1; ; write++) yield* writeSteps(write);
}

function* start(): Generator<SyntheticStep> {
  for (const sid of SERVERS) {
    const clientPort = BASE_PORT + sid - 1;
    yield step(sid, {
      kind: 'memberAdded',
      role: 'participant',
      host: '127.0.0.1',
      clientPort,
      quorumPort: clientPort + 707,
      electionPort: clientPort + 1707,
    });
    yield step(sid, { kind: 'processChanged', process: 'running', pid: null, by: null, exit: null, lastLines: [] });
  }
  for (const sid of SERVERS) {
    const state = sid === LEADER ? 'LEADING' : 'FOLLOWING';
    yield step(sid, { kind: 'stateChanged', state, phase: 'BROADCAST', epoch: EPOCH, leader: LEADER });
  }
  for (let client = 0; client < CLIENTS; client++) {
    const sid = serverOf(client);
    yield step(sid, { kind: 'sessionCreated', session: sessionOf(client), timeoutMs: 30_000 });
    yield step(sid, {
      kind: 'clientConnected',
      client,
      address: `127.0.0.1:${40_000 + client}`,
      session: sessionOf(client),
    });
  }
}

/** One write from its request to its answer. */
function* writeSteps(write: number): Generator<SyntheticStep> {
  const client = write % CLIENTS;
  const asked = serverOf(client);
  const session = sessionOf(client);
  const zxid = formatHex(makeZxid(EPOCH, write));
  const txn = { session, cxid: write, operation: 'setData', path: `/load/node-${write % PATHS}` } as const;
  const hasWatch = write % WRITES_A_WATCH === 0;
  if (hasWatch) yield step(asked, { kind: 'watchSet', session, path: txn.path, watch: 'data', watches: 1 });
  yield step(asked, { kind: 'writeRequested', ...txn });
  if (asked !== LEADER) yield* packet(asked, LEADER, 'REQUEST', '0x0');
  yield step(LEADER, { kind: 'proposed', zxid, ...txn, bytes: 120 + (write % 400) });
  for (const follower of FOLLOWERS) yield* packet(LEADER, follower, 'PROPOSAL', zxid);
  yield step(LEADER, { kind: 'logged', zxid });
  yield step(LEADER, { kind: 'acked', zxid, by: LEADER });
  for (const follower of FOLLOWERS) {
    yield step(follower, { kind: 'logged', zxid });
    yield* packet(follower, LEADER, 'ACK', zxid);
    yield step(LEADER, { kind: 'acked', zxid, by: follower });
  }
  yield step(LEADER, { kind: 'committed', zxid });
  for (const follower of FOLLOWERS) {
    yield* packet(LEADER, follower, 'COMMIT', zxid);
    yield step(follower, { kind: 'committed', zxid });
  }
  for (const sid of SERVERS) {
    const changes = [{ path: txn.path, change: 'dataChanged', version: Math.floor(write / PATHS) }] as const;
    yield step(sid, { kind: 'applied', zxid, ...txn, error: 0, changes, moreChanges: 0 });
  }
  if (hasWatch) yield step(asked, { kind: 'watchFired', session, path: txn.path, type: 3, watches: 0 });
  yield step(asked, { kind: 'writeReplied', session, cxid: write, zxid, error: 0 });
}

function* packet(from: number, to: number, name: string, zxid: string): Generator<SyntheticStep> {
  yield step(from, { kind: 'packetSent', to, packet: name, zxid, queueLength: 1 });
  yield step(to, { kind: 'packetReceived', from, packet: name, zxid });
}

function step(sid: number, body: ClusterEventBody): SyntheticStep {
  return { sid, body };
}

function serverOf(client: number): number {
  return SERVERS[client % SERVERS.length] ?? LEADER;
}

function sessionOf(client: number): string {
  return formatHex((BigInt(serverOf(client)) << 56n) | BigInt(client + 1));
}
