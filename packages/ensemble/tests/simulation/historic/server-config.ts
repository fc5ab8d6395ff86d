import type { ServerConfig } from '../../../core/io.ts';
import { memberOf } from '../../../simulated/reconfigurer.ts';

const TICK_TIME_MS = 100;

/** What one server of an ensemble on a stage is told. */
export function serverConfig(options: {
  readonly sid: number;
  readonly voters: number;
  readonly observers: number;
  /** Whether anybody may change the ensemble; then servers beyond those are there to be named. */
  readonly changes: boolean;
  readonly snapCount: number;
  readonly seed: number;
}): ServerConfig {
  const { sid, voters, observers, changes, snapCount, seed } = options;
  const members = Array.from({ length: voters + observers }, (_, index) =>
    memberOf(index + 1, index < voters ? 'participant' : 'observer'),
  );
  // Who is to join lists itself beside the others.
  const isSpare = sid > voters + observers;
  if (isSpare) members.push(memberOf(sid, 'participant'));
  return {
    sid,
    peerType: sid <= voters || isSpare ? 'participant' : 'observer',
    members: voters + observers === 1 ? [] : members,
    configVersion: 0n,
    proposed: null,
    reconfigEnabled: changes,
    standaloneEnabled: true,
    groups: null,
    unlistedObservers: [],
    tickTimeMs: TICK_TIME_MS,
    initLimit: 20,
    syncLimit: 10,
    minSessionTimeoutMs: 2 * TICK_TIME_MS,
    maxSessionTimeoutMs: 600 * TICK_TIME_MS,
    sessionPasswords: { issue: 'apache', key: null },
    snapCount,
    snapSizeLimitBytes: 0,
    readOnlyMode: false,
    globalOutstandingLimit: 1000,
    maxWatchBytes: 2 ** 30,
    maxTxnBytes: 2 * 0xfffff,
    recentTxns: 500,
    notificationIntervalMs: { min: 200, max: 3200 },
    leaderServes: true,
    superDigest: null,
    x509SuperUser: null,
    skipAcl: changes,
    enforceQuota: false,
    digestEnabled: true,
    extendedTypesEnabled: true,
    containerCheckIntervalMs: 60_000,
    containerMaxPerMinute: 10_000,
    containerMaxNeverUsedMs: 0,
    trace: true,
    seed: seed * 16 + sid,
  };
}
