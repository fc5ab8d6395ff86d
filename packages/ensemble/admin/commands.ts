/** The commands of the admin server: names, aliases and keys are Apache's (Java `Commands`). */
import { parseServerSpec } from '../core/membership/server-spec.ts';
import { connectionJson } from './connections.ts';
import { configurationJson, votingView, zabState } from './ensemble-json.ts';
import { type Json, JsonEntries, JsonNumber, type JsonObject } from './json.ts';
import { flatten, monitorValues } from './monitor-values.ts';
import { NOT_SERVING, type ServerFacts, VERSION } from './server-facts.ts';
import { javaDouble } from './text.ts';

/** What a command is given: the parameters of the address. */
export type Parameters = ReadonlyMap<string, string>;

/** One command. */
interface Command {
  /** The first is its proper name. */
  readonly names: readonly string[];
  /** Whether it says that nobody is served, where that is so. */
  readonly needsService: boolean;
  /** The keys in front of `command` and `error`; with an `error` of its own, that. */
  run(facts: ServerFacts, parameters: Parameters): JsonObject;
}

/** Those that stream, and what is asked of who asks: `admin-server.ts` has them. */
export const SNAPSHOT_NAMES: readonly string[] = ['snapshot', 'snap'];
export const RESTORE_NAMES: readonly string[] = ['restore', 'rest'];

const COMMANDS: readonly Command[] = [
  command(['configuration', 'conf', 'config'], configurationJson),
  command(['connection_stat_reset', 'crst'], (facts) => {
    facts.reset('connections');
    return {};
  }),
  command(['connections', 'cons'], (facts) => ({
    connections: facts.connections().map((connection) => connectionJson(connection, 'full')),
    secure_connections: facts.secureConnections().map((connection) => connectionJson(connection, 'full')),
  })),
  command(['dirs'], (facts) => {
    const { data, log } = facts.directorySizes();
    return { datadir_size: data, logdir_size: log };
  }),
  command(['dump'], dump),
  always(['environment', 'env', 'envi'], (facts) => ({
    'zookeeper.version': VERSION,
    ...Object.fromEntries(facts.environment()),
  })),
  always(['get_trace_mask', 'gtmk'], (facts) => ({ tracemask: facts.traceMask })),
  command(['hash'], (facts) => ({
    digests: facts.digests().map(({ zxid, digest }) => ({ zxid, digest: javaLong(digest), digest_version: 2 })),
  })),
  command(['initial_configuration', 'icfg'], (facts) => ({ initial_configuration: facts.configuration().initial })),
  command(['is_read_only', 'isro'], (facts) => ({ read_only: isReadOnly(facts) })),
  command(['last_snapshot', 'lsnp'], (facts) => {
    const snapshot = facts.lastSnapshot();
    return {
      zxid: BigInt.asUintN(64, snapshot?.zxid ?? -1n).toString(16),
      timestamp: snapshot === null ? -1 : Math.floor(snapshot.writtenMs / 1000),
    };
  }),
  command(['leader', 'lead'], leader),
  command(['monitor', 'mntr'], (facts) => {
    const rows = monitorValues(facts).flatMap((value) =>
      flatten(value).map(([name, text]): [string, Json] => [name, value.kind === 'text' ? text : new JsonNumber(text)]),
    );
    return Object.fromEntries(rows);
  }),
  command(['observer_connection_stat_reset', 'orst'], (facts) => {
    facts.reset('observers');
    return {};
  }),
  command(['observers', 'obsr'], observers),
  command(['ruok'], () => ({})),
  always(['set_trace_mask', 'stmk'], setTraceMask),
  command(['server_stats', 'srvr'], serverStats),
  command(['stat_reset', 'srst'], (facts) => {
    facts.reset('server');
    return {};
  }),
  command(['stats', 'stat'], (facts) => ({
    ...serverStats(facts),
    connections: facts.connections().map((connection) => connectionJson(connection, 'brief')),
    secure_connections: facts.secureConnections().map((connection) => connectionJson(connection, 'brief')),
  })),
  always(['system_properties', 'sysp'], (facts) => Object.fromEntries([...facts.systemProperties()].sort())),
  command(['voting_view'], votingView),
  command(['watch_summary', 'wchs'], (facts) => {
    const { connections, paths, watches } = facts.watches().summary();
    return { num_connections: connections, num_paths: paths, num_total_watches: watches };
  }),
  command(['watches', 'wchc'], (facts) => ({
    session_id_to_watched_paths: bySession([...facts.watches().pathsBySession()]),
  })),
  command(['watches_by_path', 'wchp'], (facts) => ({
    path_to_session_ids: new JsonEntries(sessionsByPath(facts)),
  })),
  always(['zabstate'], zabState),
];

const BY_NAME = new Map(COMMANDS.flatMap((known) => known.names.map((name) => [name, known] as const)));

/** The proper names of all commands, in the order of the alphabet. */
export const COMMAND_NAMES: readonly string[] = [
  ...COMMANDS.map(({ names: [name = ''] }) => name),
  ...[SNAPSHOT_NAMES, RESTORE_NAMES].map(([name = '']) => name),
].sort();

/** The answer to a command by any of its names, with `command` and `error`. */
export function runCommand(name: string, facts: ServerFacts, parameters: Parameters): JsonObject {
  const known = BY_NAME.get(name);
  if (known === undefined) return { command: name, error: `Unknown command: ${name}` };
  if (known.needsService && facts.status().mode === null) return { command: name, error: NOT_SERVING };
  const keys = known.run(facts, parameters);
  const { error = null } = keys;
  return { ...keys, command: known.names[0] ?? name, error };
}

function command(names: readonly string[], run: Command['run']): Command {
  return { names, needsService: true, run };
}

function always(names: readonly string[], run: Command['run']): Command {
  return { names, needsService: false, run };
}

function isReadOnly(facts: ServerFacts): boolean {
  return facts.status().mode === 'read-only';
}

/** A 64-bit number as Java shows it. */
function javaLong(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** Paths by the session's number, in decimal. */
function bySession(all: readonly (readonly [bigint, Iterable<string>])[]): JsonObject {
  return Object.fromEntries(all.map(([session, paths]) => [String(javaLong(session)), [...paths]]));
}

function* sessionsByPath(facts: ServerFacts): Generator<readonly [string, Json]> {
  for (const [path, sessions] of facts.watches().sessionsByPath()) yield [path, sessions.map(javaLong)];
}

function dump(facts: ServerFacts): JsonObject {
  const expiries = [...(facts.sessionExpiries() ?? [])];
  return {
    expiry_time_to_session_ids: Object.fromEntries(
      expiries.map(([ms, sessions]) => [String(Math.round(ms)), [...sessions].map(javaLong)]),
    ),
    session_id_to_ephemeral_paths: bySession([...facts.ephemerals()]),
  };
}

function leader(facts: ServerFacts): JsonObject {
  const { quorum } = facts.configuration();
  if (quorum === null) return { error: 'server is not initialized' };
  const { mode, leaderSid } = facts.status();
  const spec = quorum.configuration.members.find(({ sid }) => sid === leaderSid)?.spec;
  const parsed = spec === undefined ? null : parseServerSpec(spec);
  return {
    is_leader: mode === 'leader',
    leader_id: leaderSid ?? -1,
    leader_ip: parsed?.ok ? parsed.spec.quorum.host : '',
  };
}

function observers(facts: ServerFacts): JsonObject {
  const known = facts.status().quorum?.observers ?? [];
  return {
    synced_observers: known.length,
    observers: known.map((observer) => ({
      remote_socket_address: `/${observer.address}`,
      sid: observer.sid,
      established: observer.connectedMs,
      packets_received: observer.packetsReceived,
      packets_sent: observer.packetsSent,
      requests: observer.requests,
      last_zxid: observer.lastZxid,
    })),
  };
}

function setTraceMask(facts: ServerFacts, parameters: Parameters): JsonObject {
  const text = parameters.get('traceMask');
  const needed = 'setTraceMask requires long traceMask argument';
  if (text === undefined) return { error: needed };
  if (!/^[+-]?\d{1,19}$/.test(text) || BigInt.asIntN(64, BigInt(text)) !== BigInt(text)) {
    return { error: `${needed}, got ${text}` };
  }
  facts.traceMask = BigInt(text);
  return { tracemask: facts.traceMask };
}

function serverStats(facts: ServerFacts): JsonObject {
  const status = facts.status();
  const sizes = bufferSizes(facts.responseSizes());
  const { received, sent } = facts.packets();
  const directories = facts.directorySizes();
  const { requestLatencyMs, counters } = status.metrics;
  const { local, remote } = facts.connectionsWithoutCertificate();
  return {
    version: VERSION,
    read_only: isReadOnly(facts),
    server_stats: {
      packets_sent: sent,
      packets_received: received,
      fsync_threshold_exceed_count: facts.slowSyncs(),
      client_response_stats: sizes,
      data_dir_size: directories.data,
      log_dir_size: directories.log,
      provider_null: false,
      server_state: status.mode,
      outstanding_requests: status.outstandingRequests,
      min_latency: requestLatencyMs.min,
      avg_latency: new JsonNumber(javaDouble(requestLatencyMs.avg)),
      max_latency: requestLatencyMs.max,
      last_processed_zxid: status.lastZxid,
      num_alive_client_connections: facts.connectionCount(),
      uptime: Math.round(facts.uptimeMs()),
      auth_failed_count: counters.auth_failed_count,
      non_mtlsremote_conn_count: remote,
      non_mtlslocal_conn_count: local,
    },
    client_response: sizes,
    ...(status.proposalBytes === null ? {} : { proposal_stats: bufferSizes(status.proposalBytes) }),
    node_count: status.nodeCount,
  };
}

function bufferSizes({ last, min, max }: { last: number; min: number; max: number }): JsonObject {
  return { last_buffer_size: last, min_buffer_size: min, max_buffer_size: max };
}
