/**
 * The answers to the four-letter words of the client port, in Apache's formats (Java, the classes of
 * `org.apache.zookeeper.server.command`).
 */
import { formatHex } from '@vivarium/shared/zxid';
import { configText } from '../core/membership/configuration.ts';
import { parseServerSpec } from '../core/membership/server-spec.ts';
import { type FourLetterWord, TELNET_CLOSE } from '../net/four-letter-words.ts';
import { connectionLines } from './connections.ts';
import { dumpText } from './dump.ts';
import { flatten, monitorValues } from './monitor-values.ts';
import { NOT_SERVING, type ServerFacts, VERSION } from './server-facts.ts';
import { javaDouble } from './text.ts';
import { watchesByPathText, watchesText, watchSummaryText } from './watches.ts';

type Answer = (facts: ServerFacts) => string;

/** Answered whether clients are served or not. */
const ALWAYS: Readonly<Record<string, Answer>> = {
  ruok: () => 'imok',
  isro: (facts) => {
    const { mode } = facts.status();
    if (mode === null) return 'null';
    return mode === 'read-only' ? 'ro' : 'rw';
  },
  envi: (facts) => {
    const lines = [['zookeeper.version', VERSION], ...facts.environment()];
    return `Environment:\n${lines.map(([key, value]) => `${key}=${value}\n`).join('')}`;
  },
  gtmk: (facts) => facts.traceMask.toString(),
};

const WHILE_SERVING: Readonly<Record<string, Answer>> = {
  srvr: (facts) => `${headLines(facts)}${serverLines(facts)}`,
  stat: (facts) => `${headLines(facts)}Clients:\n${connectionLines(facts, 'brief')}\n${serverLines(facts)}`,
  cons: (facts) => `${connectionLines(facts, 'full')}\n`,
  mntr: (facts) =>
    monitorValues(facts)
      .flatMap(flatten)
      .map(([name, text]) => `zk_${name}\t${text}\n`)
      .join(''),
  conf,
  srst: (facts) => {
    facts.reset('server');
    return 'Server stats reset.\n';
  },
  crst: (facts) => {
    facts.reset('connections');
    return 'Connection stats reset.\n';
  },
  dirs: (facts) => {
    const { data, log } = facts.directorySizes();
    return `datadir_size: ${data}\nlogdir_size: ${log}\n`;
  },
  dump: dumpText,
  hash: (facts) =>
    facts
      .digests()
      // A Java long.
      .map(({ zxid, digest }) => `${zxid.toString(16)}: ${BigInt.asIntN(64, digest)}\n`)
      .join(''),
  wchs: watchSummaryText,
  wchc: watchesText,
  wchp: watchesByPathText,
};

/**
 * The whole answer; null: the connection closes without one. `whitelist`: the words that are answered, `*` for all; `srvr` is
 * in any case, since scripts that ask for a server's state have nothing else (Java `FourLetterCommands`).
 */
export function answerFourLetterWord(
  { word, traceMask }: FourLetterWord,
  facts: ServerFacts,
  whitelist: ReadonlySet<string>,
): string | null {
  if (!whitelist.has('*') && !whitelist.has(word) && word !== 'srvr') {
    return `${word} is not executed because it is not in the whitelist.\n`;
  }
  if (word === TELNET_CLOSE) return null;
  if (traceMask !== null) {
    facts.traceMask = traceMask;
    return traceMask.toString();
  }
  const answer = WHILE_SERVING[word];
  if (answer === undefined) return ALWAYS[word]?.(facts) ?? null;
  if (facts.status().mode !== null) return answer(facts);
  // Alone among all, Java's `DigestCommand` ends no line here.
  return word === 'hash' ? NOT_SERVING : `${NOT_SERVING}\n`;
}

/** The version, and a word of warning where there is no leader. */
function headLines(facts: ServerFacts): string {
  const readOnly = facts.status().mode === 'read-only' ? 'READ-ONLY mode; serving only read-only clients\n' : '';
  return `Zookeeper version: ${VERSION}\n${readOnly}`;
}

function serverLines(facts: ServerFacts): string {
  const status = facts.status();
  const { min, avg, max } = status.metrics.requestLatencyMs;
  const { received, sent } = facts.packets();
  const lines = [
    `Latency min/avg/max: ${min}/${javaDouble(avg)}/${max}`,
    `Received: ${received}`,
    `Sent: ${sent}`,
    `Connections: ${facts.connectionCount()}`,
    `Outstanding: ${status.outstandingRequests}`,
    `Zxid: ${formatHex(status.lastZxid)}`,
    `Mode: ${status.mode}`,
    `Node count: ${status.nodeCount}`,
  ];
  const { proposalBytes } = status;
  if (proposalBytes !== null) {
    lines.push(`Proposal sizes last/min/max: ${proposalBytes.last}/${proposalBytes.min}/${proposalBytes.max}`);
  }
  return `${lines.join('\n')}\n`;
}

/** `key=value` lines; in an ensemble its text follows, without an end of line (Java `ZooKeeperServerConf`). */
function conf(facts: ServerFacts): string {
  const configuration = facts.configuration();
  const sizes = facts.directorySizes();
  const lines: [string, string | number][] = [
    ['clientPort', configuration.clientPort],
    ['secureClientPort', configuration.secureClientPort],
    ['dataDir', configuration.dataDir],
    ['dataDirSize', sizes.data],
    ['dataLogDir', configuration.dataLogDir],
    ['dataLogSize', sizes.log],
    ['tickTime', configuration.tickTimeMs],
    ['maxClientCnxns', configuration.maxClientCnxns],
    ['minSessionTimeout', configuration.minSessionTimeoutMs],
    ['maxSessionTimeout', configuration.maxSessionTimeoutMs],
    ['clientPortListenBacklog', configuration.clientPortListenBacklog],
    ['serverId', configuration.serverId],
  ];
  const { quorum } = configuration;
  if (quorum === null) return keyValueLines(lines);
  const parsed = parseServerSpec(quorum.own.spec);
  lines.push(
    ['initLimit', quorum.initLimit],
    ['syncLimit', quorum.syncLimit],
    ['electionAlg', 3],
    ['electionPort', parsed.ok ? parsed.spec.election.port : -1],
    ['quorumPort', parsed.ok ? parsed.spec.quorum.port : -1],
    ['peerType', quorum.own.role === 'observer' ? 1 : 0],
  );
  return `${keyValueLines(lines)}membership: \n${configText(quorum.configuration)}`;
}

function keyValueLines(lines: readonly (readonly [string, string | number])[]): string {
  return lines.map(([key, value]) => `${key}=${value}\n`).join('');
}
