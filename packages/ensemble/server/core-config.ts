import { randomInt } from 'node:crypto';
import { getHeapStatistics } from 'node:v8';
import type { ServerConfig } from '../core/io.ts';
import type { SessionPasswordRule } from '../core/session/session-password.ts';
import type { LoadedConfig } from './load-config.ts';
import { openPeerPorts } from './peer-ports.ts';

/** What is changed while the server runs: tracing, whom the host has added, and the end of a migration of passwords. */
export type SwitchableServerConfig = Omit<ServerConfig, 'trace' | 'unlistedObservers' | 'sessionPasswords'> & {
  trace: boolean;
  sessionPasswords: SessionPasswordRule;
  unlistedObservers: ServerConfig['unlistedObservers'];
};

/** The sid of a server alone, which gives its sessions their ids (Java `ServerCnxnFactory`, `SessionTrackerImpl`). */
const STANDALONE_SID = 1;
/** More than two million watches. */
const MAX_WATCH_BYTES = 512 * 1024 * 1024;
const MAX_SEED = 2 ** 48 - 1;

/** What the state machine is told of a configuration. */
export function coreConfig(
  loaded: LoadedConfig,
  sessionPasswords: SessionPasswordRule,
  trace: boolean,
): SwitchableServerConfig {
  const { config, sid, proposed } = loaded;
  const members = config.standalone
    ? []
    : config.members.map(({ sid: memberSid, role, text }) => ({ sid: memberSid, role, spec: text }));
  return {
    sid: sid ?? STANDALONE_SID,
    peerType: members.find((member) => member.sid === sid)?.role ?? 'participant',
    members,
    groups: config.groups,
    unlistedObservers: (config.unlistedObservers ?? openPeerPorts(loaded).length === 0) ? 'all' : [],
    configVersion: config.configVersion,
    proposed,
    reconfigEnabled: config.reconfigEnabled,
    standaloneEnabled: config.standaloneEnabled,
    tickTimeMs: config.tickTimeMs,
    initLimit: config.initLimit,
    syncLimit: config.syncLimit,
    minSessionTimeoutMs: config.minSessionTimeoutMs,
    maxSessionTimeoutMs: config.maxSessionTimeoutMs,
    sessionPasswords,
    snapCount: config.snapCount,
    snapSizeLimitBytes: config.snapSizeLimitBytes,
    readOnlyMode: config.readOnlyMode,
    globalOutstandingLimit: config.globalOutstandingLimit,
    maxWatchBytes: Math.min(MAX_WATCH_BYTES, getHeapStatistics().heap_size_limit / 4),
    maxTxnBytes: config.maxTxnBytes,
    recentTxns: config.commitLogCount,
    notificationIntervalMs: config.notificationIntervalMs,
    leaderServes: config.leaderServes,
    superDigest: config.superDigest,
    x509SuperUser: config.x509SuperUser,
    skipAcl: config.skipAcl,
    enforceQuota: config.enforceQuota,
    digestEnabled: config.digestEnabled,
    extendedTypesEnabled: config.extendedTypesEnabled,
    containerCheckIntervalMs: config.containerCheckIntervalMs,
    containerMaxPerMinute: config.containerMaxPerMinute,
    containerMaxNeverUsedMs: config.containerMaxNeverUsedMs,
    trace,
    seed: randomInt(MAX_SEED),
  };
}
