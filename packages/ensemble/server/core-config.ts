import { randomInt } from 'node:crypto';
import type { ServerConfig } from '../core/io.ts';
import type { LoadedConfig } from './load-config.ts';

/** Tracing is switched while the server runs. */
export type SwitchableServerConfig = ServerConfig & { trace: boolean };

/** The sid of a server alone, which gives its sessions their ids (Java `ServerCnxnFactory`, `SessionTrackerImpl`). */
const STANDALONE_SID = 1;
const MAX_SEED = 2 ** 48 - 1;

/** What the state machine is told of a configuration. */
export function coreConfig({ config, sid }: LoadedConfig, trace: boolean): SwitchableServerConfig {
  const members = config.standalone
    ? []
    : config.members.map(({ sid: memberSid, role, text }) => ({ sid: memberSid, role, spec: text }));
  return {
    sid: sid ?? STANDALONE_SID,
    peerType: members.find((member) => member.sid === sid)?.role ?? 'participant',
    members,
    groups: config.groups,
    configVersion: config.configVersion,
    tickTimeMs: config.tickTimeMs,
    initLimit: config.initLimit,
    syncLimit: config.syncLimit,
    minSessionTimeoutMs: config.minSessionTimeoutMs,
    maxSessionTimeoutMs: config.maxSessionTimeoutMs,
    snapCount: config.snapCount,
    snapSizeLimitBytes: config.snapSizeLimitBytes,
    globalOutstandingLimit: config.globalOutstandingLimit,
    superDigest: config.superDigest,
    skipAcl: config.skipAcl,
    digestEnabled: config.digestEnabled,
    extendedTypesEnabled: config.extendedTypesEnabled,
    containerCheckIntervalMs: config.containerCheckIntervalMs,
    trace,
    seed: randomInt(MAX_SEED),
  };
}
