import path from 'node:path';
import type { ConfigurationFacts, ConnectionFacts, ServerFacts } from '../admin/server-facts.ts';
import { participants } from '../config/members.ts';
import type { Server } from '../core/server.ts';
import { hostAndPort, isLoopback } from '../net/address.ts';
import type { ClientPort } from '../net/client-port.ts';
import { snapshotsAmong, VERSION_DIRECTORY } from '../storage/file-names.ts';
import type { LoadedConfig } from './load-config.ts';
import { environment, type FoundFile, fileDescriptors, filesIn, residentBytes } from './machine-facts.ts';
import type { DiskTimes } from './process-metrics.ts';

/** What is traced where nobody has set another mask (Java `ZooTrace`): requests, sessions, warnings. */
const DEFAULT_TRACE_MASK = 306n;

/** Everything that is told of this server. */
export function serverFacts(loaded: LoadedConfig, core: Server, port: ClientPort, times: DiskTimes): ServerFacts {
  const startedMs = performance.now();
  const { dataDir, dataLogDir } = loaded.config;
  return {
    status: () => core.status(),
    connections: () => connections(core, port).filter(({ info }) => !info.secure),
    connectionCount: () => port.connectionCount,
    secureConnections: () => connections(core, port).filter(({ info }) => info.secure),
    connectionsWithoutCertificate: () => {
      const all = port.list().filter(({ certificateSubject }) => certificateSubject === null);
      const local = all.filter(({ host }) => isLoopback(host)).length;
      return { local, remote: all.length - local };
    },
    packets: () => port.packets,
    responseSizes: () => port.responseSizes,
    processMetrics: () => ({ counters: port.counters, summaries: times.summaries }),
    reset: (of) => {
      if (of !== 'observers') port.resetCounters(of);
      core.resetStats(of);
      if (of === 'server') times.reset();
    },
    slowSyncs: () => times.slowSyncs,
    digests: () => core.database.digestLog,
    sessions: () => core.database.sessions,
    sessionExpiries: () => core.sessionExpiries,
    ephemerals: () => {
      const { tree } = core.database;
      return new Map([...tree.ephemeralOwners()].map((owner) => [owner, tree.ephemeralsOf(owner)]));
    },
    watches: () => core.watches,
    configuration: () => configuration(loaded, core),
    environment,
    systemProperties: () =>
      Object.entries(process.versions).map(([name, version]) => [`${name}.version`, version ?? '']),
    uptimeMs: () => performance.now() - startedMs,
    fileDescriptors,
    residentBytes,
    directorySizes: () => ({ data: sizeOf(dataDir), log: sizeOf(dataLogDir) }),
    lastSnapshot: () => lastSnapshot(dataDir),
    traceMask: DEFAULT_TRACE_MASK,
    wallMs: (monotonicMs) => Date.now() + monotonicMs - performance.now(),
  };
}

function connections(core: Server, port: ClientPort): ConnectionFacts[] {
  const byClient = new Map(core.clientStatus().map((status) => [status.client, status]));
  return port.list().map((info) => ({ info, status: byClient.get(info.client) ?? null }));
}

function configuration({ config, sid, client, initial }: LoadedConfig, core: Server): ConfigurationFacts {
  const inForce = core.configuration;
  const own = config.members.find((member) => member.sid === sid);
  const secure = config.clientTls?.secureClient ?? null;
  const served = client ?? secure;
  return {
    clientPort: client?.port ?? -1,
    secureClientPort: secure?.port ?? -1,
    dataDir: path.join(config.dataDir, VERSION_DIRECTORY),
    dataLogDir: path.join(config.dataLogDir, VERSION_DIRECTORY),
    tickTimeMs: config.tickTimeMs,
    maxClientCnxns: config.maxClientCnxns,
    minSessionTimeoutMs: config.minSessionTimeoutMs,
    maxSessionTimeoutMs: config.maxSessionTimeoutMs,
    clientPortListenBacklog: config.clientPortListenBacklog ?? -1,
    serverId: sid ?? 0,
    initial,
    quorum:
      sid === null || own === undefined
        ? null
        : {
            initLimit: config.initLimit,
            syncLimit: config.syncLimit,
            own: inForce.members.find((member) => member.sid === sid) ?? { sid, role: own.role, spec: own.text },
            configuration: inForce,
            voters: participants(inForce.members),
            clientAddress: served === null ? '' : hostAndPort(served.host, served.port),
          },
  };
}

/** Bytes in the files of a directory's history (Java `ZooKeeperServer.getDirSize`); 0 where there is none. */
function sizeOf(directory: string): number {
  return historyOf(directory).reduce((bytes, { stat }) => bytes + stat.size, 0);
}

function lastSnapshot(directory: string): { zxid: bigint; writtenMs: number } | null {
  const files = historyOf(directory);
  const newest = snapshotsAmong(files.map(({ name }) => name)).at(-1);
  const file = files.find(({ name }) => newest?.path.endsWith(`/${name}`));
  return newest === undefined || file === undefined ? null : { zxid: newest.zxid, writtenMs: file.stat.mtimeMs };
}

function historyOf(directory: string): FoundFile[] {
  return filesIn(path.join(directory, VERSION_DIRECTORY));
}
