import type { ServerConfig } from '../../../core/io.ts';
import { serverName } from '../../../simulated/messages.ts';

const TICK_TIME_MS = 100;

/** What one server of an ensemble on a stage is told. */
export function serverConfig(options: {
  readonly sid: number;
  readonly voters: number;
  readonly observers: number;
  readonly snapCount: number;
  readonly seed: number;
}): ServerConfig {
  const { sid, voters, observers, snapCount, seed } = options;
  const members: ServerConfig['members'] = Array.from({ length: voters + observers }, (_, index) => {
    const role = index < voters ? 'participant' : 'observer';
    return { sid: index + 1, role, spec: `${serverName(index + 1)}:2888:3888:${role};0.0.0.0:2181` };
  });
  return {
    sid,
    peerType: sid <= voters ? 'participant' : 'observer',
    members: voters + observers === 1 ? [] : members,
    configVersion: 0n,
    proposed: null,
    reconfigEnabled: false,
    standaloneEnabled: true,
    groups: null,
    unlistedObservers: [],
    tickTimeMs: TICK_TIME_MS,
    initLimit: 20,
    syncLimit: 10,
    minSessionTimeoutMs: 2 * TICK_TIME_MS,
    maxSessionTimeoutMs: 600 * TICK_TIME_MS,
    snapCount,
    snapSizeLimitBytes: 0,
    globalOutstandingLimit: 1000,
    superDigest: null,
    skipAcl: false,
    digestEnabled: true,
    extendedTypesEnabled: true,
    containerCheckIntervalMs: 60_000,
    trace: true,
    seed: seed * 16 + sid,
  };
}
