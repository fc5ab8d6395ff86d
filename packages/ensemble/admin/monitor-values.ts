/** All that monitoring reads, under Apache's names: `mntr`, the command `monitor` and Prometheus tell it in their own ways. */
import type { Distribution } from '../core/metrics.ts';
import { type ServerFacts, VERSION } from './server-facts.ts';
import { javaDouble } from './text.ts';

/** One name and what is told of it. `text` is for words, `decimal` for a gauge that Java keeps as a double. */
export type MonitorValue = { readonly name: string } & (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'gauge' | 'counter' | 'decimal'; readonly value: number }
  /** `detailed`: with more quantiles (Java `DetailLevel.ADVANCED`). */
  | { readonly kind: 'summary'; readonly summary: Distribution; readonly detailed: boolean }
);

/** Everything, in the order in which it is told. */
export function monitorValues(facts: ServerFacts): MonitorValue[] {
  const status = facts.status();
  const process = facts.processMetrics();
  const { metrics } = status;
  const counters = { ...metrics.counters, digest_mismatches_count: status.digestMismatches, ...process.counters };
  const { auth_failed_count: authFailures, ...counted } = counters;
  return [
    ...texts(facts),
    ...gauges(facts).map(([name, value]) => ({ name, kind: 'gauge', value }) as const),
    { name: 'avg_latency', kind: 'decimal', value: metrics.requestLatencyMs.avg },
    { name: 'auth_failed_count', kind: 'gauge', value: authFailures },
    ...Object.entries(counted).map(([name, value]) => ({ name, kind: 'counter', value }) as const),
    ...summaries({ ...metrics.summaries, ...process.summaries }, false),
    ...summaries(metrics.distributions, true),
  ];
}

/** A value as the rows of `mntr` and the keys of `monitor`, with the text of its number. */
export function flatten(value: MonitorValue): [string, string][] {
  const { name } = value;
  switch (value.kind) {
    case 'text':
      return [[name, value.text]];
    case 'decimal':
      return [[name, javaDouble(value.value)]];
    case 'gauge':
    case 'counter':
      return [[name, String(value.value)]];
    case 'summary': {
      const { summary } = value;
      const rows: [string, string][] = [
        [`avg_${name}`, javaDouble(summary.avg)],
        [`min_${name}`, String(summary.min)],
        [`max_${name}`, String(summary.max)],
        [`cnt_${name}`, String(summary.count)],
        [`sum_${name}`, String(summary.sum)],
      ];
      if (!value.detailed) return rows;
      const quantiles = summary.quantiles([0.5, 0.95, 0.99, 0.999]);
      const names = ['p50', 'p95', 'p99', 'p999'];
      return [...rows, ...quantiles.map((ms, i): [string, string] => [`${names[i]}_${name}`, String(ms)])];
    }
  }
}

function texts(facts: ServerFacts): MonitorValue[] {
  const { mode, peerState, zabPhase } = facts.status();
  const values: MonitorValue[] = [
    { name: 'version', kind: 'text', text: VERSION },
    { name: 'server_state', kind: 'text', text: mode ?? '' },
  ];
  if (peerState !== null) values.push({ name: 'peer_state', kind: 'text', text: `${peerState} - ${zabPhase}` });
  return values;
}

function gauges(facts: ServerFacts): [string, number][] {
  const status = facts.status();
  const { received, sent } = facts.packets();
  const sizes = facts.responseSizes();
  const { requestLatencyMs } = status.metrics;
  const { local, remote } = facts.connectionsWithoutCertificate();
  const rows: [string, number][] = [
    ['min_latency', requestLatencyMs.min],
    ['max_latency', requestLatencyMs.max],
    ['packets_received', received],
    ['packets_sent', sent],
    ['num_alive_connections', facts.connectionCount()],
    ['outstanding_requests', status.outstandingRequests],
    ['znode_count', status.nodeCount],
    ['watch_count', status.watchCount],
    ['ephemerals_count', status.ephemeralCount],
    ['approximate_data_size', status.approximateDataSize],
    ['global_sessions', status.sessionCount],
    ['local_sessions', 0],
    ['uptime', Math.round(facts.uptimeMs())],
    ['last_client_response_size', sizes.last],
    ['min_client_response_size', sizes.min],
    ['max_client_response_size', sizes.max],
    ['non_mtls_local_conn_count', local],
    ['non_mtls_remote_conn_count', remote],
  ];
  const descriptors = facts.fileDescriptors();
  if (descriptors !== null) {
    rows.push(['open_file_descriptor_count', descriptors.open], ['max_file_descriptor_count', descriptors.max]);
  }
  const { quorum: ensemble } = facts.configuration();
  if (ensemble !== null) rows.push(['quorum_size', ensemble.voters], ['current_epoch', status.currentEpoch]);
  if (status.mode === 'observer') rows.push(['observer_master_id', status.leaderSid ?? -1]);
  return [...rows, ...leaderGauges(facts)];
}

function leaderGauges(facts: ServerFacts): [string, number][] {
  const { quorum, proposalBytes } = facts.status();
  if (quorum === null || proposalBytes === null) return [];
  return [
    ['learners', quorum.learners],
    ['synced_followers', quorum.syncedFollowers],
    ['synced_non_voting_followers', quorum.syncedNonVotingFollowers],
    ['synced_observers', quorum.syncedObservers],
    ['pending_syncs', quorum.pendingSyncs],
    ['leader_uptime', Math.round(performance.now() - quorum.leadingSinceMs)],
    ['last_proposal_size', proposalBytes.last],
    ['min_proposal_size', proposalBytes.min],
    ['max_proposal_size', proposalBytes.max],
  ];
}

function summaries(named: Readonly<Record<string, Distribution>>, detailed: boolean): MonitorValue[] {
  return Object.entries(named).map(([name, summary]) => ({ name, kind: 'summary', summary, detailed }));
}
