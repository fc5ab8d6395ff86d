/** Splits a list that is written as words. */
function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

/**
 * What Apache ZooKeeper 3.8 and 3.9 have, by the heading in docs/compatibility.md below which each has to have a row: opcodes
 * (Java `ZooDefs.OpCode`), what a znode, a session and a watch can be, four-letter words (`FourLetterCommands`), commands of the
 * AdminServer (`Commands`, by primary name), and the keys of zoo.cfg with the system properties (`QuorumPeerConfig` and the
 * administrator's guide).
 */
export const apacheNames: Readonly<Record<string, readonly string[]>> = {
  Operations: words(`
    closeSession createSession create delete exists getData setData getACL setACL getChildren sync ping getChildren2 check
    multi create2 reconfig checkWatches removeWatches createContainer deleteContainer createTTL multiRead auth setWatches sasl
    getEphemerals getAllChildrenNumber setWatches2 addWatch whoAmI
  `),
  'ACL schemes': words('world auth digest ip x509 sasl super'),
  'Node types': words('persistent ephemeral sequential container TTL'),
  'Four-letter words': words(`
    conf cons crst dirs dump envi gtmk hash isro mntr ruok srst srvr stat stmk wchc wchp wchs
  `),
  'AdminServer commands': words(`
    configuration connections connection_stat_reset dirs dump environment get_trace_mask hash initial_configuration is_read_only
    last_snapshot leader monitor observer_connection_stat_reset observers restore ruok server_stats set_trace_mask snapshot
    stat_reset stats system_properties voting_view watch_summary watches watches_by_path zabstate
  `),
  'Keys of zoo.cfg': words(`
    tickTime initLimit syncLimit connectToLearnerMasterLimit dataDir dataLogDir clientPort clientPortAddress secureClientPort
    secureClientPortAddress maxClientCnxns maxCnxns minSessionTimeout maxSessionTimeout clientPortListenBacklog electionAlg
    peerType syncEnabled standaloneEnabled reconfigEnabled quorumListenOnAllIPs sslQuorum portUnification localSessionsEnabled
    localSessionsUpgradingEnabled autopurge.snapRetainCount autopurge.purgeInterval observerMasterPort dynamicConfigFile
    metricsProvider.className multiAddress.enabled server.N group.N weight.N
    jute.maxbuffer snapCount snapSizeLimitInKb preAllocSize txnLogSizeLimitInKb commitLogCount snapshotSizeFactor
    globalOutstandingLimit forceSync flushDelay maxBatchSize skipACL enforceQuota extendedTypesEnabled digest.enabled
    closeSessionTxn.enabled admin.enableServer admin.serverPort admin.serverAddress admin.commandURL 4lw.commands.whitelist
    cnxTimeout fastleader.minNotificationInterval fastleader.maxNotificationInterval leaderServes readonlymode.enabled
    nio.sessionlessCnxnTimeout request_throttle_max_requests throttled_op_wait_time observer.election.DelayMs
    observer.reconnectDelayMs electionPortBindRetry serializeLastProcessedZxid.enabled snapshot.compression.method
    snapshot.trust.empty db.autocreate znode.container.checkIntervalMs znode.container.maxNeverUsedIntervalMs
    DigestAuthenticationProvider.superDigest X509AuthenticationProvider.superUser
  `),
};
