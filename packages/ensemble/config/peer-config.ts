import type { ConfigReader } from './config-reader.ts';

/** How the servers of an ensemble find and hear one another. */
export interface PeerConfig {
  readonly quorumListenOnAllIps: boolean;
  /** Whether observers may join that the configuration does not list; null where the key is not set. */
  readonly unlistedObservers: boolean | null;
  /** How long a connection to an election port may take. */
  readonly electionConnectTimeoutMs: number;
  /** How long one may take to say who it is; null for syncLimit. */
  readonly electionHandshakeTimeoutMs: number | null;
  /** How often the election port is tried again whose host has no address yet; 0 for ever. */
  readonly electionPortBindRetry: number;
  /** How long a learner tries to reach its leader, in ticks; 0 for initLimit. */
  readonly connectToLearnerMasterLimit: number;
  /** How long a server that looks for a leader waits before it repeats its notification: at first, and at most. */
  readonly notificationIntervalMs: { readonly min: number; readonly max: number };
  /** Whether a leader serves clients too. */
  readonly leaderServes: boolean;
  /** How many committed transactions a server keeps for learners that come back. */
  readonly commitLogCount: number;
}

/** As with Apache, no fewer. */
const MIN_COMMIT_LOG_COUNT = 500;
/**
 * Java goes up to 60 s, which is safe where a connection loses nothing. Ours is shorter, since a notification is cheap and a
 * peer that missed one behind a partition would make everybody wait for it.
 */
const MAX_NOTIFICATION_INTERVAL_MS = 3200;

export function readPeerConfig(reader: ConfigReader): PeerConfig {
  const milliseconds = (key: string, fallback: number): number =>
    reader.int(key, { fallback, min: 1, unit: 'milliseconds' });
  const min = milliseconds('fastleader.minNotificationInterval', 200);
  const max = milliseconds('fastleader.maxNotificationInterval', Math.max(min, MAX_NOTIFICATION_INTERVAL_MS));
  const setting = reader.take('fastleader.maxNotificationInterval');
  if (max < min && setting !== null) {
    reader.fault(setting, `"${setting.value}" is less than fastleader.minNotificationInterval, ${min} ms`);
  }
  const handshakeMs = reader.int('quorumCnxnTimeoutMs', {
    fallback: -1,
    min: -1,
    unit: 'milliseconds, -1 for syncLimit',
  });
  return {
    quorumListenOnAllIps: reader.bool('quorumListenOnAllIPs', false),
    unlistedObservers: reader.has('vivarium.unlistedObservers')
      ? reader.bool('vivarium.unlistedObservers', false)
      : null,
    electionConnectTimeoutMs: milliseconds('cnxTimeout', 5000),
    electionHandshakeTimeoutMs: handshakeMs > 0 ? handshakeMs : null,
    electionPortBindRetry: reader.int('electionPortBindRetry', { fallback: 3, min: 0, unit: 'attempts, 0 for ever' }),
    connectToLearnerMasterLimit: reader.int('connectToLearnerMasterLimit', {
      fallback: 0,
      min: 0,
      max: 1_000_000,
      unit: 'ticks, 0 for initLimit',
    }),
    notificationIntervalMs: { min, max },
    leaderServes: reader.yesNo('leaderServes', true),
    commitLogCount: readCommitLogCount(reader),
  };
}

function readCommitLogCount(reader: ConfigReader): number {
  const key = 'commitLogCount';
  const count = reader.int(key, { fallback: MIN_COMMIT_LOG_COUNT, min: 1, max: 1_000_000, unit: 'transactions' });
  const setting = reader.take(key);
  if (count >= MIN_COMMIT_LOG_COUNT || setting === null) return count;
  reader.warn(setting, `${count} is too few, ${MIN_COMMIT_LOG_COUNT} transactions are kept`);
  return MIN_COMMIT_LOG_COUNT;
}
