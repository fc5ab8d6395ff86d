import type { ServerConfig } from '../core/io.ts';

/** What a leader's ticks are taken to be: as zoo.cfg has them where nobody thought about it. */
const TICK_MS = 2_000;
/** Ticks of silence before it is brought up to date: a leader may have a large snapshot to begin. */
const INIT_LIMIT = 30;
/** And after: it pings twice in a tick. */
const SYNC_LIMIT = 5;
/** Nothing is written, so that no snapshot is ever due. */
const NEVER = 2 ** 31;

/**
 * What the core is told of an observer that has neither a disk nor clients. It belongs to no configuration and takes part in no
 * change of one, so that the version which it tells is always 0: a leader refuses who claims a newer one than its own, and a
 * server that is LOOKING would reconfigure itself by it.
 */
export function observerConfig(sid: number): ServerConfig {
  return {
    sid,
    peerType: 'observer',
    members: [],
    groups: null,
    unlistedObservers: [],
    configVersion: 0n,
    proposed: null,
    reconfigEnabled: false,
    standaloneEnabled: false,
    tickTimeMs: TICK_MS,
    initLimit: INIT_LIMIT,
    syncLimit: SYNC_LIMIT,
    minSessionTimeoutMs: 0,
    maxSessionTimeoutMs: 0,
    sessionPasswords: { issue: 'apache', key: null },
    snapCount: NEVER,
    snapSizeLimitBytes: 0,
    readOnlyMode: false,
    globalOutstandingLimit: 0,
    maxWatchBytes: 0,
    maxTxnBytes: NEVER,
    recentTxns: 0,
    notificationIntervalMs: { min: NEVER, max: NEVER },
    leaderServes: false,
    superDigest: null,
    x509SuperUser: null,
    skipAcl: false,
    enforceQuota: false,
    digestEnabled: true,
    extendedTypesEnabled: true,
    containerCheckIntervalMs: NEVER,
    containerMaxPerMinute: 0,
    containerMaxNeverUsedMs: 0,
    trace: false,
    seed: 1,
  };
}
