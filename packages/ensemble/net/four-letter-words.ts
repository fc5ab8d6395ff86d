/**
 * The four-letter words of the client port: four bytes instead of a connect request, answered with text (Java
 * `FourLetterCommands` and the classes of `org.apache.zookeeper.server.command`).
 */
import { formatHex } from '@vivarium/shared/zxid';
import type { ZxidDigest } from '../core/database.ts';
import type { ClientStatus, ServerStatus } from '../core/io.ts';
import type { ConnectionInfo } from './client-port.ts';

/** Clients take the first three numbers for the version of ZooKeeper whose protocol is spoken. */
const VERSION = '3.9.5-vivarium, built on 2026-11-21 00:00 UTC';
const NOT_SERVING = 'This ZooKeeper instance is not currently serving requests\n';

/** What the answers are made of. */
export interface WordSource {
  /** The words that are answered; `*` for all. */
  readonly whitelist: ReadonlySet<string>;
  status(): ServerStatus;
  connections(): readonly ConnectionInfo[];
  packets(): { readonly received: number; readonly sent: number };
  resetCounters(of: 'server' | 'connections'): void;
  /** Digests of the tree at some zxids, oldest first. */
  digests(): readonly ZxidDigest[];
  /** How many servers vote, this one alone included. */
  readonly quorumSize: number;
  /** The answer to `conf`. */
  readonly configuration: string;
  /** The lines of `envi`. */
  environment(): readonly (readonly [string, string | number])[];
  /** Since the server began. */
  uptimeMs(): number;
  /** Files and sockets of the process, and how many it may have; null where the system does not tell. */
  fileDescriptors(): { readonly open: number; readonly max: number } | null;
}

type Answer = (source: WordSource) => string;

const ANSWERS: Readonly<Record<string, Answer | null>> = {
  ruok: () => 'imok',
  isro: (source) => {
    const { mode } = source.status();
    if (mode === null) return 'null';
    return mode === 'read-only' ? 'ro' : 'rw';
  },
  srvr: whileServing((source, status) => `Zookeeper version: ${VERSION}\n${serverLines(source, status)}`),
  stat: whileServing(stat),
  cons: whileServing(cons),
  mntr: whileServing(mntr),
  conf: whileServing((source) => source.configuration),
  envi: (source) => {
    const lines = [['zookeeper.version', VERSION], ...source.environment()];
    return `Environment:\n${lines.map(([key, value]) => `${key}=${value}\n`).join('')}`;
  },
  srst: whileServing((source) => {
    source.resetCounters('server');
    return 'Server stats reset.\n';
  }),
  crst: whileServing((source) => {
    source.resetCounters('connections');
    return 'Connection stats reset.\n';
  }),
  dirs: null,
  dump: null,
  gtmk: null,
  hash: whileServing((source) =>
    // A Java long.
    source
      .digests()
      .map(({ zxid, digest }) => `${zxid.toString(16)}: ${BigInt.asIntN(64, digest)}\n`)
      .join(''),
  ),
  stmk: null,
  wchc: null,
  wchp: null,
  wchs: null,
};

/** The word at the front of what a client has sent, or null: then the bytes are the length of a frame. */
export function fourLetterWordOf(bytes: Uint8Array): string | null {
  const word = String.fromCharCode(...bytes.subarray(0, 4));
  return Object.hasOwn(ANSWERS, word) ? word : null;
}

/** The whole answer to a word that `fourLetterWordOf` found. */
export function answerFourLetterWord(word: string, source: WordSource): string {
  const { whitelist } = source;
  if (!whitelist.has('*') && !whitelist.has(word))
    return `${word} is not executed because it is not in the whitelist.\n`;
  const answer = ANSWERS[word];
  return answer ? answer(source) : `${word} is not answered by this server yet.\n`;
}

function whileServing(answer: (source: WordSource, status: ServerStatus) => string): Answer {
  return (source) => {
    const status = source.status();
    return status.mode === null ? NOT_SERVING : answer(source, status);
  };
}

function serverLines(source: WordSource, status: ServerStatus): string {
  const { latencyMs, proposalBytes } = status;
  const { received, sent } = source.packets();
  const lines = [
    `Latency min/avg/max: ${latencyMs.min}/${decimals(latencyMs.avg)}/${latencyMs.max}`,
    `Received: ${received}`,
    `Sent: ${sent}`,
    `Connections: ${source.connections().length}`,
    `Outstanding: ${status.outstandingRequests}`,
    `Zxid: ${formatHex(status.lastZxid)}`,
    `Mode: ${status.mode}`,
    `Node count: ${status.nodeCount}`,
  ];
  if (proposalBytes !== null) {
    lines.push(`Proposal sizes last/min/max: ${proposalBytes.last}/${proposalBytes.min}/${proposalBytes.max}`);
  }
  return `${lines.join('\n')}\n`;
}

/** As Java prints a double that was rounded to four places. */
function decimals(value: number): string {
  const rounded = Math.round(value * 10_000) / 10_000;
  return Number.isInteger(rounded) ? `${rounded}.0` : String(rounded);
}

function stat(source: WordSource, status: ServerStatus): string {
  const byClient = clientsOf(status);
  const lines = source.connections().map((connection) => `${brief(connection, byClient)})\n`);
  return `Zookeeper version: ${VERSION}\nClients:\n${lines.join('')}\n${serverLines(source, status)}`;
}

function cons(source: WordSource, status: ServerStatus): string {
  const byClient = clientsOf(status);
  const nowMs = performance.now();
  const lines = source.connections().map((connection) => {
    const sessionId = byClient.get(connection.client)?.sessionId ?? null;
    const session =
      sessionId === null ? '' : `,sid=${formatHex(sessionId)},est=${Math.round(nowMs - connection.establishedMs)}`;
    return `${brief(connection, byClient)}${session})\n`;
  });
  return `${lines.join('')}\n`;
}

function clientsOf(status: ServerStatus): Map<number, ClientStatus> {
  return new Map(status.clients.map((client) => [client.client, client]));
}

/** One connection; its interest in reading is what Java shows in brackets. */
function brief(connection: ConnectionInfo, byClient: ReadonlyMap<number, ClientStatus>): string {
  const queued = byClient.get(connection.client)?.queued ?? 0;
  return ` /${connection.address}[1](queued=${queued},recved=${connection.received},sent=${connection.sent}`;
}

function mntr(source: WordSource, status: ServerStatus): string {
  const { received, sent } = source.packets();
  const { latencyMs, quorum, proposalBytes, peerState } = status;
  const lines: (readonly [string, string | number])[] = [
    ['version', VERSION],
    ['server_state', status.mode ?? ''],
  ];
  if (peerState !== null) lines.push(['peer_state', `${peerState} - ${status.zabPhase}`]);
  lines.push(
    ['avg_latency', decimals(latencyMs.avg)],
    ['min_latency', latencyMs.min],
    ['max_latency', latencyMs.max],
    ['packets_received', received],
    ['packets_sent', sent],
    ['num_alive_connections', source.connections().length],
    ['outstanding_requests', status.outstandingRequests],
    ['znode_count', status.nodeCount],
    ['watch_count', status.watchCount],
    ['ephemerals_count', status.ephemeralCount],
    ['approximate_data_size', status.approximateDataSize],
    ['digest_mismatches_count', status.digestMismatches],
    ['global_sessions', status.sessionCount],
    ['local_sessions', 0],
    ['uptime', Math.round(source.uptimeMs())],
    ['current_epoch', status.currentEpoch],
  );
  const descriptors = source.fileDescriptors();
  if (descriptors !== null) {
    lines.push(['open_file_descriptor_count', descriptors.open], ['max_file_descriptor_count', descriptors.max]);
  }
  if (peerState !== null) lines.push(['quorum_size', source.quorumSize]);
  if (quorum !== null) {
    lines.push(
      ['learners', quorum.learners],
      ['synced_followers', quorum.syncedFollowers],
      ['synced_observers', quorum.syncedObservers],
      ['pending_syncs', quorum.pendingSyncs],
    );
  }
  if (proposalBytes !== null) {
    lines.push(
      ['last_proposal_size', proposalBytes.last],
      ['min_proposal_size', proposalBytes.min],
      ['max_proposal_size', proposalBytes.max],
    );
  }
  return lines.map(([key, value]) => `zk_${key}\t${value}\n`).join('');
}
