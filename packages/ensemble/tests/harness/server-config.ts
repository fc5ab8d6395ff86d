import type { ServerConfig } from '../../core/io.ts';

/** The configuration of a server in tests of the core: standalone, with ticks of a second, but for what is given. */
export function testServerConfig(given: Partial<ServerConfig> = {}): ServerConfig {
  return {
    sid: 0,
    peerType: 'participant',
    members: [],
    groups: null,
    unlistedObservers: 'all',
    configVersion: 0n,
    proposed: null,
    reconfigEnabled: false,
    standaloneEnabled: true,
    tickTimeMs: 1000,
    initLimit: 10,
    syncLimit: 5,
    minSessionTimeoutMs: 2000,
    maxSessionTimeoutMs: 20000,
    sessionPasswords: { issue: 'apache', key: null },
    snapCount: 100000,
    snapSizeLimitBytes: 0,
    readOnlyMode: false,
    globalOutstandingLimit: 1000,
    superDigest: null,
    x509SuperUser: null,
    skipAcl: false,
    enforceQuota: false,
    digestEnabled: true,
    extendedTypesEnabled: true,
    containerCheckIntervalMs: 60_000,
    containerMaxPerMinute: 10_000,
    containerMaxNeverUsedMs: 0,
    trace: false,
    seed: 1,
    ...given,
  };
}
