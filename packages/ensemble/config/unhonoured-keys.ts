import type { ConfigReader, Setting } from './config-reader.ts';

/**
 * What becomes of a key that Apache ZooKeeper knows and this server does not act upon. `fault`: without it something would be
 * missing that somebody relies upon, protection above all, or would be read otherwise than it was meant; `warning`: it is
 * named, and the server runs.
 */
export interface Unhonoured {
  readonly strength: 'fault' | 'warning';
  /** Why, and what to do instead. */
  readonly text: string;
  /** Values, in small letters, that ask for what the server does anyway. */
  readonly harmless: readonly string[];
}

const TUNING = 'tunes the threads and queues of a Java server, which there are none of here';
const BOUNDED = 'is no limit here; globalOutstandingLimit, maxClientCnxns and maxCnxns are';
const SASL = 'asks for SASL, which this server does not speak';
const QUORUM_SASL = `${SASL} with its peers; remove the key and set sslQuorum, or keep others away from the quorum and election ports`;
const CLIENT_SASL = `${SASL} with clients; remove the key and let clients authenticate by digest, or by certificates at secureClientPort`;
const LOCAL_SESSIONS =
  'asks for sessions that end with one server; every session is known to the whole ensemble here: remove the key';
const REVOCATION = 'asks whether certificates have been revoked, which is not looked at here; remove the key';
const RELOAD = 'asks for certificates to be read again while the server runs; restart the server where they change';

/** Apache's keys that are not honoured, one by one. docs/configuration.md has a row for each. */
export const unhonouredKeys: ReadonlyMap<string, Unhonoured> = new Map([
  // Who may do what, and who is who.
  fault('quorum.auth.enableSasl', QUORUM_SASL, 'false'),
  fault('quorum.auth.learnerRequireSasl', QUORUM_SASL, 'false'),
  fault('quorum.auth.serverRequireSasl', QUORUM_SASL, 'false'),
  fault('sessionRequireClientSASLAuth', CLIENT_SASL, 'false'),
  fault(
    'enforce.auth.enabled',
    'asks that every client authenticates, which is not enforced here; remove the key',
    'false',
  ),
  fault('enforce.auth.schemes', 'asks that every client authenticates, which is not enforced here; remove the key', ''),
  fault('ensembleAuthName', 'asks that clients name the ensemble, which is not looked at here; remove the key'),
  fault('DigestAuthenticationProvider.digestAlg', 'digests are by SHA1 here; remove the key', 'sha1'),
  fault(
    'DigestAuthenticationProvider.enabled',
    'clients may always authenticate by digest here; remove the key',
    'true',
  ),
  fault('ssl.crl', REVOCATION, 'false'),
  fault('ssl.ocsp', REVOCATION, 'false'),
  fault('ssl.quorum.crl', REVOCATION, 'false'),
  fault('ssl.quorum.ocsp', REVOCATION, 'false'),
  fault('ssl.authProvider', 'the identity of a client is the subject of its certificate, x509; remove the key', 'x509'),
  fault(
    'X509AuthenticationProvider.clientCertIdType',
    'the identity of a client is the subject of its certificate; remove the key and rewrite ACLs',
    'subject',
  ),
  warning('superUser', 'names a superuser of SASL; DigestAuthenticationProvider.superDigest names one by password'),
  warning('letAnySaslUserDoX', 'makes superusers of SASL, which this server does not speak', ''),
  warning('allowSaslFailedClients', 'there is no SASL here, and no client is let in by it', 'false'),
  fault('audit.enable', 'asks for an audit log, which is not written here; remove the key', 'false'),
  warning('audit.impl.class', 'no audit log is written here'),
  warning(
    'enableEagerACLCheck',
    'the leader checks ACLs, as without this key; what clients are told is the same',
    'false',
  ),
  // What other servers, or files, would have to agree with.
  fault('localSessionsEnabled', LOCAL_SESSIONS, 'false'),
  fault('localSessionsUpgradingEnabled', LOCAL_SESSIONS, 'false'),
  fault('multiAddress.enabled', 'several addresses of one server are not supported; give each server one', 'false'),
  fault(
    'observerMasterPort',
    'followers do not serve observers here; remove the key, so that observers go to the leader',
    '0',
  ),
  fault(
    'emulate353TTLNodes',
    'times to live as 3.5.3 wrote them cannot be read; remove those znodes, then the key',
    'false',
  ),
  warning('closeSessionTxn.enabled', 'transactions that close a session always say what they delete', 'true'),
  warning(
    'serializeLastProcessedZxid.enabled',
    'snapshots of servers that have this trailer and that lack it are both read',
  ),
  warning('forceSnapshotSync', 'is for tests of Java; learners are synchronised by whatever is least', 'false'),
  warning('syncEnabled', 'observers keep their log on disk too, and start the faster for it', 'true'),
  warning('observer.syncEnabled', 'observers keep their log on disk too, and start the faster for it', 'true'),
  // How fast.
  warning('snapshotSizeFactor', 'learners that are far behind are sent a snapshot rather than old logs'),
  warning('flushDelay', 'transactions are written as soon as the disk is free, with all that came meanwhile', '0'),
  warning(
    'maxWriteQueuePollTime',
    'transactions are written as soon as the disk is free, with all that came meanwhile',
  ),
  warning('maxBatchSize', 'transactions are written as soon as the disk is free, with all that came meanwhile', '1000'),
  warning('fsync.warningthresholdms', 'slow writes are not told of'),
  warning('observer.election.DelayMs', 'an observer looks for the leader at once'),
  warning('observer.reconnectDelayMs', 'an observer looks for the leader at once', '0'),
  warning('leader.maxTimeToWaitForEpoch', 'a leader waits for initLimit', '-1'),
  warning('leader.maxConcurrentSnapSyncs', 'all learners are synchronised at the same time', '10'),
  warning('leader.maxConcurrentDiffSyncs', 'all learners are synchronised at the same time', '100'),
  warning('request_throttle_max_requests', BOUNDED, '0'),
  warning('request_throttle_stall_time', BOUNDED),
  warning('request_throttle_drop_stale', BOUNDED),
  warning('request_stale_latency_check', BOUNDED),
  warning('request_stale_connection_check', BOUNDED),
  warning('request_throttler.shutdownTimeout', BOUNDED),
  warning('throttled_op_wait_time', 'requests that waited are answered none the less', '0'),
  warning('largeRequestThreshold', BOUNDED, '-1'),
  warning('largeRequestMaxBytes', BOUNDED),
  warning('tcpKeepAlive', 'connections are always kept alive', 'true'),
  warning('clientTcpKeepAlive', 'connections are always kept alive', 'true'),
  warning('ssl.handshakeDetectionTimeoutMillis', 'a handshake may take as long as nio.sessionlessCnxnTimeout says'),
  warning('ssl.quorum.handshakeDetectionTimeoutMillis', 'a handshake may take as long as syncLimit says'),
  warning('sslQuorumReloadCertFiles', RELOAD, 'false'),
  warning('client.certReload', RELOAD, 'false'),
  warning('fips-mode', 'what OpenSSL may do is its own configuration’s business'),
  warning(
    'serverCnxnFactory',
    'names a Java class; plain text and TLS are spoken without it',
    'org.apache.zookeeper.server.nioservercnxnfactory',
    'org.apache.zookeeper.server.nettyservercnxnfactory',
  ),
  warning('watchManagerName', TUNING),
  warning('watcherCleanThreadsNum', TUNING),
  warning('watcherCleanThreshold', TUNING),
  warning('watcherCleanIntervalInSeconds', TUNING),
  warning('maxInProcessingDeadWatchers', TUNING),
  warning('bitHashCacheSize', TUNING),
  warning('maxResponseCacheSize', TUNING),
  warning('maxGetChildrenResponseCacheSize', TUNING),
  warning('preserveDatabase', TUNING),
]);

/** Families of Apache's keys, by how they begin, for those that have no place of their own above. */
export const unhonouredFamilies: ReadonlyMap<string, Unhonoured> = new Map([
  warning('quorum.auth.', 'there is no SASL between servers'),
  fault('ssl.quorum.', 'is not supported; remove it'),
  fault('ssl.', 'is not supported; remove it'),
  fault('X509AuthenticationProvider.', 'the identity of a client is the subject of its certificate; remove the key'),
  warning('sasl.', SASL),
  warning('kerberos.', SASL),
  warning('admin.', 'tunes the web server of Apache’s, which is another here'),
  warning('metricsProvider.', 'is not known to the page of metrics'),
  warning('multiAddress.', 'has no effect without multiAddress.enabled'),
  warning('connection_throttle_', BOUNDED),
  warning('commitProcessor.', TUNING),
  warning('jvm.', TUNING),
  warning('leader.', TUNING),
  warning('learner.', TUNING),
  warning('messageTracker.', TUNING),
  warning('netty.', TUNING),
  warning('nio.', TUNING),
  warning('pathStats.', TUNING),
  warning('quorum.cnxn.', TUNING),
]);

/** The authentications that `authProvider.*` may name, since they are here without it. */
const PROVIDERS = ['IP', 'Digest', 'X509'].map(
  (name) => `org.apache.zookeeper.server.auth.${name}AuthenticationProvider`,
);

/** Faults and warnings of every key that nobody has taken: Apache's that are not honoured, and unknown ones. */
export function judgeRest(reader: ConfigReader): void {
  for (const setting of reader.rest()) {
    const { key } = setting;
    if (key.startsWith('authProvider.')) judgeProvider(reader, setting);
    else judge(reader, setting, unhonouredKeys.get(key) ?? familyOf(key));
  }
}

function judge(reader: ConfigReader, setting: Setting, unhonoured: Unhonoured | null): void {
  if (unhonoured === null) {
    reader.warn(setting, 'is an unknown key and has no effect');
    return;
  }
  const { strength, text, harmless } = unhonoured;
  if (harmless.includes(setting.value.toLowerCase())) return;
  if (strength === 'fault') reader.fault(setting, text);
  else reader.warn(setting, `has no effect: ${text}`);
}

function judgeProvider(reader: ConfigReader, setting: Setting): void {
  if (PROVIDERS.includes(setting.value)) return;
  reader.fault(
    setting,
    'names an authentication that this server does not have; those by ip, digest and x509 are always there',
  );
}

function familyOf(key: string): Unhonoured | null {
  for (const [prefix, unhonoured] of unhonouredFamilies) if (key.startsWith(prefix)) return unhonoured;
  return null;
}

function fault(key: string, text: string, ...harmless: string[]): [string, Unhonoured] {
  return [key, { strength: 'fault', text, harmless }];
}

function warning(key: string, text: string, ...harmless: string[]): [string, Unhonoured] {
  return [key, { strength: 'warning', text, harmless }];
}
