import type { ConfigReader, Setting } from './config-reader.ts';

/**
 * Keys that Apache ZooKeeper knows and this server does not act on yet, each with the value that asks for what the server
 * does anyway (null: none does).
 */
const UNSUPPORTED = new Map<string, string | null>([
  ['localSessionsEnabled', 'false'],
  ['localSessionsUpgradingEnabled', 'false'],
  ['secureClientPort', null],
  ['secureClientPortAddress', null],
  ['sslQuorumReloadCertFiles', 'false'],
  ['observerMasterPort', null],
  ['maxCnxns', '0'],
  ['syncEnabled', 'true'],
  ['connectToLearnerMasterLimit', '0'],
  ['admin.enableServer', 'false'],
  ['commitLogCount', '500'],
  ['snapshotSizeFactor', null],
  ['flushDelay', '0'],
  ['maxBatchSize', null],
  ['enforceQuota', 'false'],
  ['closeSessionTxn.enabled', 'true'],
  ['leaderServes', 'yes'],
  ['readonlymode.enabled', 'false'],
  ['request_throttle_max_requests', '0'],
  ['throttled_op_wait_time', '0'],
  ['fastleader.minNotificationInterval', '200'],
  ['fastleader.maxNotificationInterval', '60000'],
  ['observer.election.DelayMs', null],
  ['observer.reconnectDelayMs', '0'],
  ['electionPortBindRetry', null],
  ['serializeLastProcessedZxid.enabled', null],
  ['serverCnxnFactory', null],
  ['preserveDatabase', null],
]);

const UNSUPPORTED_PREFIXES = [
  'admin.',
  'authProvider.',
  'fastleader.',
  'jute.',
  'kerberos.',
  'leader.',
  'learner.',
  'metricsProvider.',
  'multiAddress.',
  'netty.',
  'nio.',
  'quorum.',
  'sasl',
  'ssl.',
  'watchManager',
  'X509AuthenticationProvider.',
  'znode.container.',
];

/**
 * Keys that ask for an authentication which this server does not know: it must not run without it as if nothing had been
 * asked (CVE-2023-44981 is about SASL that let in who should not be). Each with the remedy.
 */
const REFUSED_UNLESS_FALSE = new Map<string, string>(
  ['enableSasl', 'learnerRequireSasl', 'serverRequireSasl'].map((name) => [
    `quorum.auth.${name}`,
    'asks for SASL between servers, which this server does not speak; remove the key and keep others away from the quorum and election ports',
  ]),
);

/**
 * Warns of every key that is left: Apache's ones that have no effect here yet, and unknown ones. One that asks for what
 * would be missing in secret is a fault.
 */
export function warnOfRest(reader: ConfigReader): void {
  for (const setting of reader.rest()) {
    const remedy = REFUSED_UNLESS_FALSE.get(setting.key);
    if (remedy !== undefined) {
      if (setting.value.toLowerCase() !== 'false') reader.fault(setting, remedy);
      continue;
    }
    const harmless = UNSUPPORTED.get(setting.key);
    if (harmless !== undefined && harmless === setting.value.toLowerCase()) continue;
    reader.warn(
      setting,
      isApaches(setting, harmless) ? 'is not honoured yet and has no effect' : 'is an unknown key and has no effect',
    );
  }
}

function isApaches(setting: Setting, harmless: string | null | undefined): boolean {
  return harmless !== undefined || UNSUPPORTED_PREFIXES.some((prefix) => setting.key.startsWith(prefix));
}
