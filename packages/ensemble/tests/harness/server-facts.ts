import type { ConfigurationFacts, ConnectionFacts, ServerFacts } from '../../admin/server-facts.ts';
import { ConnectionStats } from '../../core/client/connection-stats.ts';
import type { ServerStatus } from '../../core/io.ts';
import { Distribution, Metrics } from '../../core/metrics.ts';

/** When the monotonic clock stood at 0. */
const WALL_MS = 1_795_266_000_000;
const PACKETS = { packetsReceived: 7, packetsSent: 8, requests: 1 };
const OWN = { sid: 1, role: 'participant', spec: '127.0.0.1:2888:3888:participant' } as const;

/** A leader's status but for what is given. */
function testStatus(given: Partial<ServerStatus> = {}): ServerStatus {
  return {
    mode: 'leader',
    peerState: 'leading',
    zabPhase: 'broadcast',
    leaderSid: 1,
    lastZxid: 0x10000002cn,
    currentEpoch: 1,
    nodeCount: 5,
    ephemeralCount: 1,
    approximateDataSize: 100,
    digestMismatches: 0,
    watchCount: 2,
    sessionCount: 1,
    outstandingRequests: 3,
    metrics: new Metrics(),
    quorum: {
      learners: 2,
      syncedFollowers: 1,
      syncedNonVotingFollowers: 0,
      syncedObservers: 1,
      observers: [{ sid: 4, address: '127.0.0.1:4', lastZxid: 5n, connectedMs: 1000, ...PACKETS }],
      leadingSinceMs: 0,
      pendingSyncs: 0,
    },
    proposalBytes: { last: 48, min: 36, max: 273 },
    ...given,
  };
}

const CONFIGURATION: ConfigurationFacts = {
  clientPort: 2181,
  secureClientPort: -1,
  dataDir: '/data/version-2',
  dataLogDir: '/log/version-2',
  tickTimeMs: 2000,
  maxClientCnxns: 60,
  minSessionTimeoutMs: 4000,
  maxSessionTimeoutMs: 40000,
  clientPortListenBacklog: -1,
  serverId: 1,
  quorum: {
    initLimit: 10,
    syncLimit: 5,
    own: OWN,
    configuration: { version: 0n, members: [OWN], groups: null },
    voters: 1,
    clientAddress: '0.0.0.0:2181',
  },
  initial: 'tickTime=2000\n',
};

/** A leader with a connection that has a session and one that has none; `resets` lists what was reset. */
export function testFacts(status: Partial<ServerStatus> = {}): ServerFacts & { readonly resets: string[] } {
  const resets: string[] = [];
  const stats = new ConnectionStats();
  stats.answered(4, 10, 0x2cn, 5000, 2);
  stats.answered(11, -2, 0x2cn, 6000, 0);
  const withSession: ConnectionFacts = {
    info: {
      client: 4,
      host: '127.0.0.1',
      address: '127.0.0.1:32996',
      secure: false,
      certificateSubject: null,
      establishedMs: WALL_MS + 1000,
      interestOps: 1,
      received: 7,
      sent: 6,
    },
    status: { client: 4, sessionId: 0x100n, queued: 2, timeoutMs: 10_000, lastSeenMs: 6000, stats },
  };
  const without: ConnectionFacts = {
    info: {
      client: 5,
      host: '::1',
      address: '[::1]:1',
      secure: false,
      certificateSubject: null,
      establishedMs: WALL_MS + 2000,
      interestOps: 0,
      received: 0,
      sent: 0,
    },
    status: null,
  };
  return {
    resets,
    status: () => testStatus(status),
    connections: () => [withSession, without],
    secureConnections: () => [],
    connectionCount: () => 2,
    connectionsWithoutCertificate: () => ({ local: 1, remote: 1 }),
    packets: () => ({ received: 11, sent: 12 }),
    responseSizes: () => ({ last: 88, min: 16, max: 88 }),
    processMetrics: () => ({ counters: { bytes_received_count: 268 }, summaries: { fsynctime: new Distribution() } }),
    reset: (of) => {
      resets.push(of);
    },
    slowSyncs: () => 0,
    digests: () => [
      { zxid: 0x100000080n, digest: 1371985504n },
      { zxid: 0x100000100n, digest: 0xffffffffffffffffn },
    ],
    sessions: () => new Map([[0x100n, 10_000]]),
    sessionExpiries: () => new Map([[20_000, new Set([0x100n])]]),
    ephemerals: () => new Map([[0x100n, new Set(['/e'])]]),
    watches: () => ({
      summary: () => ({ connections: 1, paths: 2, watches: 2 }),
      pathsBySession: () => new Map([[0x100n, new Set(['/a', '/b'])]]),
      sessionsByPath: () =>
        new Map([
          ['/a', [0x100n]],
          ['/b', [0x100n]],
        ]),
    }),
    configuration: () => CONFIGURATION,
    environment: () => [['host.name', 'h']],
    systemProperties: () => [['node.version', '26']],
    uptimeMs: () => 12.3,
    fileDescriptors: () => ({ open: 30, max: 1024 }),
    residentBytes: () => 1000,
    directorySizes: () => ({ data: 10, log: 20 }),
    lastSnapshot: () => ({ zxid: 0x2an, writtenMs: 1_000_000 }),
    traceMask: 306n,
    wallMs: (monotonicMs) => WALL_MS + monotonicMs,
  };
}
