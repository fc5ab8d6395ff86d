/**
 * zoo.cfg as a typed configuration: text in, a configuration or every fault in it out. Keys, defaults and cross-checks are
 * those of Java `QuorumPeerConfig` and `ServerConfig`; Apache's system properties are keys without `zookeeper.` in front.
 */
import type { PeerType } from '../core/io.ts';
import type { Groups } from '../core/membership/configuration.ts';
import { type Endpoint, formatEndpoint, parseRole } from '../core/membership/server-spec.ts';
import { isDistinguishedName } from '../core/request/distinguished-name.ts';
import type { SessionPasswordRule } from '../core/session/session-password.ts';
import { type AdminConfig, type MetricsConfig, readAdmin, readMetrics } from './admin-config.ts';
import { type ClientLimits, readClientLimits } from './client-limits.ts';
import { type ClientTlsConfig, readClientTls, readEndpoint } from './client-tls.ts';
import { type ConfigFile, ConfigReader, type Setting } from './config-reader.ts';
import { type DiskConfig, readDiskConfig } from './disk-config.ts';
import { type ConfiguredServer, participants, readMembers } from './members.ts';
import { type PeerConfig, readPeerConfig } from './peer-config.ts';
import { parseProperties } from './properties.ts';
import { type QuorumTlsConfig, readQuorumTls } from './quorum-tls.ts';
import { judgeRest } from './unhonoured-keys.ts';

const SESSION_PASSWORDS = ['apache', 'migrating', 'keyed'] as const;

/** Everything zoo.cfg says; what depends on which of its servers this is, `ownServer` adds. */
export interface ZooConfig extends DiskConfig, ClientLimits, PeerConfig {
  /** The file's name, for messages. */
  readonly file: string;
  readonly tickTimeMs: number;
  /** In ticks; of no meaning where `standalone`. */
  readonly initLimit: number;
  readonly syncLimit: number;
  readonly dataDir: string;
  readonly dataLogDir: string;
  /** The client port of the keys clientPort and clientPortAddress; null where they are not set. */
  readonly client: Endpoint | null;
  readonly clientPortListenBacklog: number | null;
  /** By sid; empty where there are no `server.N` lines. */
  readonly members: readonly ConfiguredServer[];
  /** Hierarchical quorums; null: more than half of the voters decide. */
  readonly groups: Groups | null;
  /** One server that needs no other: neither election nor quorum port. */
  readonly standalone: boolean;
  readonly configVersion: bigint;
  /** Whether the ensemble may change while it runs. */
  readonly reconfigEnabled: boolean;
  /** Whether one participant alone is a server without an ensemble. */
  readonly standaloneEnabled: boolean;
  /** Null where the key is not set. */
  readonly peerType: PeerType | null;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  /** How passwords of sessions are made; null where the key is not set. */
  readonly sessionPasswords: SessionPasswordRule['issue'] | null;
  /** Holds the key that they are made with; null where the key is not set. */
  readonly sessionKeyFile: string | null;
  /** Names of the four-letter words that are answered; `*` for all. */
  readonly fourLetterWords: ReadonlySet<string>;
  /** Whether clients that only want to read are served while there is no leader. */
  readonly readOnlyMode: boolean;
  readonly superDigest: string | null;
  /** Subject of the certificate whose owner is superuser, by RFC 2253. */
  readonly x509SuperUser: string | null;
  readonly skipAcl: boolean;
  /** Whether a write beyond a hard limit of a quota is refused. */
  readonly enforceQuota: boolean;
  readonly digestEnabled: boolean;
  readonly extendedTypesEnabled: boolean;
  readonly containerCheckIntervalMs: number;
  readonly containerMaxPerMinute: number;
  /** How long a container may stay that never had a child; 0 for ever. */
  readonly containerMaxNeverUsedMs: number;
  /** TLS between servers; null where they speak in plain text only. */
  readonly quorumTls: QuorumTlsConfig | null;
  /** TLS for clients; null where they speak in plain text only. */
  readonly clientTls: ClientTlsConfig | null;
  /** The admin server; null where there is none. */
  readonly admin: AdminConfig | null;
  /** The page for Prometheus; null where there is none. */
  readonly metrics: MetricsConfig | null;
}

/** Warnings and faults are whole lines, ready to be shown. */
export type ParsedConfig =
  | { readonly ok: true; readonly config: ZooConfig; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly faults: readonly string[]; readonly warnings: readonly string[] };

/** The file that holds the `server.N` lines, where zoo.cfg names one. */
export function dynamicConfigFile(zooCfgText: string): string | null {
  return parseProperties(zooCfgText).findLast(({ key }) => key === 'dynamicConfigFile')?.value ?? null;
}

/** Reads zoo.cfg; `dynamic` is the file that its dynamicConfigFile names. */
export function parseZooConfig(zooCfg: ConfigFile, dynamic: ConfigFile | null = null): ParsedConfig {
  const reader = new ConfigReader(zooCfg);
  const config = readConfig(reader, dynamic);
  judgeRest(reader);
  const { faults, warnings } = reader;
  return faults.length === 0 ? { ok: true, config, warnings } : { ok: false, faults, warnings };
}

function readConfig(reader: ConfigReader, dynamic: ConfigFile | null): ZooConfig {
  const tickTimeMs = reader.int('tickTime', { fallback: 3000, min: 1, unit: 'milliseconds' });
  const { members, groups, configVersion } = readEnsemble(reader, dynamic);
  const standaloneEnabled = reader.bool('standaloneEnabled', true);
  const standalone = readStandalone(reader, members, standaloneEnabled);
  const dataDir = readDirectory(reader, 'dataDir');
  if (dataDir === null)
    reader.missing('dataDir', 'it names the directory for snapshots and myid: dataDir=/var/lib/zookeeper');
  const readOnlyMode = reader.bool('readonlymode.enabled', false);
  const client = readEndpoint(reader, 'clientPort');
  const electionAlg = reader.take('electionAlg');
  if (electionAlg !== null && electionAlg.value !== '3') {
    reader.fault(electionAlg, `"${electionAlg.value}" is not supported; fast leader election, 3, is the only one`);
  }
  return {
    file: reader.file,
    tickTimeMs,
    initLimit: readLimit(reader, 'initLimit', standalone, 'ticks that followers have to connect to a leader'),
    syncLimit: readLimit(reader, 'syncLimit', standalone, 'ticks that a follower may stay silent'),
    dataDir: dataDir ?? '',
    dataLogDir: readDirectory(reader, 'dataLogDir') ?? dataDir ?? '',
    client,
    clientPortListenBacklog: positiveOrNull(reader.int('clientPortListenBacklog', { fallback: -1, min: -1 })),
    members,
    groups,
    standalone,
    configVersion,
    reconfigEnabled: reader.bool('reconfigEnabled', false),
    standaloneEnabled,
    peerType: readPeerType(reader),
    ...readSessionTimeouts(reader, tickTimeMs),
    ...readSessionPasswords(reader, standalone),
    fourLetterWords: readWords(reader, readOnlyMode),
    readOnlyMode,
    ...readDiskConfig(reader),
    ...readClientLimits(reader),
    ...readPeerConfig(reader),
    superDigest: readSuperDigest(reader),
    x509SuperUser: readX509SuperUser(reader),
    skipAcl: reader.yesNo('skipACL', false),
    enforceQuota: reader.bool('enforceQuota', false),
    digestEnabled: reader.bool('digest.enabled', true),
    extendedTypesEnabled: reader.bool('extendedTypesEnabled', false),
    containerCheckIntervalMs: reader.int('znode.container.checkIntervalMs', {
      fallback: 60_000,
      min: 1,
      unit: 'milliseconds',
    }),
    containerMaxPerMinute: reader.int('znode.container.maxPerMinute', { fallback: 10_000, min: 1, unit: 'znodes' }),
    containerMaxNeverUsedMs: reader.int('znode.container.maxNeverUsedIntervalMs', {
      fallback: 0,
      min: 0,
      unit: 'milliseconds, 0 for ever',
    }),
    quorumTls: readQuorumTls(reader),
    clientTls: readClientTls(reader, client),
    admin: readAdmin(reader),
    metrics: readMetrics(reader),
  };
}

function positiveOrNull(value: number): number | null {
  return value > 0 ? value : null;
}

function readLimit(reader: ConfigReader, key: string, standalone: boolean, meaning: string): number {
  const limit = reader.int(key, { fallback: 0, min: 1, max: 1_000_000, unit: 'ticks' });
  if (!standalone && reader.take(key) === null) {
    reader.missing(key, `it is the number of ${meaning}: ${key}=${key === 'initLimit' ? 10 : 5}`);
  }
  return limit;
}

function readDirectory(reader: ConfigReader, key: string): string | null {
  const setting = reader.take(key);
  if (setting === null) return null;
  if (setting.value !== '') return setting.value;
  reader.fault(setting, 'has no value; it names a directory');
  return null;
}

function readEnsemble(
  reader: ConfigReader,
  dynamic: ConfigFile | null,
): Pick<ZooConfig, 'members' | 'groups' | 'configVersion'> {
  reader.take('dynamicConfigFile');
  if (dynamic === null) return { ...readMembers(reader), configVersion: 0n };
  for (const setting of ['server.', 'group.', 'weight.'].flatMap((prefix) => reader.takePrefix(prefix))) {
    reader.fault(setting, `"${setting.value}" belongs into ${dynamic.file}, since dynamicConfigFile names that file`);
  }
  const dynamicReader = new ConfigReader(dynamic);
  const { members, groups } = readMembers(dynamicReader);
  const version = dynamicReader.take('version');
  // Java puts the version of a reconfigured ensemble at the end of the file's name.
  const text = version?.value ?? /\.dynamic\.([0-9a-fA-F]+)$/.exec(dynamic.file)?.[1] ?? '0';
  const isVersion = /^[0-9a-fA-F]{1,16}$/.test(text);
  if (!isVersion && version !== null)
    dynamicReader.fault(version, `"${text}" is not a version; it is a hexadecimal number`);
  judgeRest(dynamicReader);
  if (members.length === 0 && dynamicReader.faults.length === 0) {
    dynamicReader.missing('server.N', 'the file names the servers of the ensemble: server.1=host:2888:3888');
  }
  reader.faults.push(...dynamicReader.faults);
  reader.warnings.push(...dynamicReader.warnings);
  return { members, groups, configVersion: isVersion ? BigInt(`0x${text}`) : 0n };
}

/** One participant is a standalone server, unless standaloneEnabled says no. */
function readStandalone(
  reader: ConfigReader,
  members: readonly ConfiguredServer[],
  standaloneEnabled: boolean,
): boolean {
  const first = members[0];
  // Where a line could not be read, whom the ensemble consists of is not known.
  if (first === undefined || reader.faults.some((fault) => fault.includes(': server.'))) return true;
  const voters = participants(members);
  if (voters === 0) {
    reader.fault(first.setting, 'every server is an observer; at least one has to be a participant');
  } else if (voters === 1 && standaloneEnabled) {
    if (members.length === 1) return true;
    const observer = members.find(({ role }) => role === 'observer') ?? first;
    reader.fault(
      observer.setting,
      'an observer needs an ensemble, and one participant alone is none; add participants or set standaloneEnabled=false',
    );
  } else if (voters === 2) {
    reader.warn(first.setting, 'of two participants none may fail; three bear the loss of one');
  }
  return false;
}

function readPeerType(reader: ConfigReader): PeerType | null {
  const setting = reader.take('peerType');
  if (setting === null) return null;
  const role = parseRole(setting.value);
  if (role === null) reader.fault(setting, `"${setting.value}" is not valid; it is participant or observer`);
  return role;
}

function readSessionTimeouts(
  reader: ConfigReader,
  tickTimeMs: number,
): { minSessionTimeoutMs: number; maxSessionTimeoutMs: number } {
  const orTicks = (key: string, ticks: number): number => {
    const value = reader.int(key, { fallback: -1, min: -1, unit: `milliseconds, -1 for ${ticks} ticks` });
    return value === -1 ? ticks * tickTimeMs : value;
  };
  const minSessionTimeoutMs = orTicks('minSessionTimeout', 2);
  const maxSessionTimeoutMs = orTicks('maxSessionTimeout', 20);
  const culprit: Setting | null = reader.take('minSessionTimeout') ?? reader.take('maxSessionTimeout');
  if (minSessionTimeoutMs > maxSessionTimeoutMs && culprit !== null) {
    reader.fault(
      culprit,
      `"${culprit.value}" makes minSessionTimeout, ${minSessionTimeoutMs} ms, larger than maxSessionTimeout, ${maxSessionTimeoutMs} ms`,
    );
  }
  return { minSessionTimeoutMs, maxSessionTimeoutMs };
}

function readSessionPasswords(
  reader: ConfigReader,
  standalone: boolean,
): { sessionPasswords: SessionPasswordRule['issue'] | null; sessionKeyFile: string | null } {
  const keyFile = reader.take('vivarium.sessionKeyFile');
  const sessionKeyFile = keyFile === null || keyFile.value === '' ? null : keyFile.value;
  if (keyFile?.value === '') reader.fault(keyFile, 'has no value; it names the file that holds the key');
  const setting = reader.take('vivarium.sessionPasswords');
  if (setting === null) return { sessionPasswords: null, sessionKeyFile };
  const issue = SESSION_PASSWORDS.find((name) => name === setting.value) ?? null;
  if (issue === null) {
    reader.fault(setting, `"${setting.value}" is not valid; it is ${SESSION_PASSWORDS.join(', ')}`);
  } else if (issue !== 'apache' && keyFile === null && !standalone) {
    reader.fault(setting, `"${issue}" needs a key that all servers share; name its file in vivarium.sessionKeyFile`);
  }
  return { sessionPasswords: issue, sessionKeyFile };
}

function readWords(reader: ConfigReader, readOnlyMode: boolean): Set<string> {
  const text = reader.take('4lw.commands.whitelist')?.value ?? 'srvr';
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  // A client that only reads asks the other servers by it whether one of them takes writes again.
  return new Set(readOnlyMode ? [...words, 'isro'] : words);
}

function readSuperDigest(reader: ConfigReader): string | null {
  const setting = reader.take('DigestAuthenticationProvider.superDigest');
  if (setting === null) return null;
  // The value itself stays out of the message: whoever has the digest can try passwords against it.
  if (/^[^:]+:[A-Za-z0-9+/]{27}=$/.test(setting.value)) return setting.value;
  reader.fault(
    setting,
    'the value is not valid; it is user:digest with the digest in base64, as DigestAuthenticationProvider.generateDigest makes it',
  );
  return null;
}

/** Compared letter for letter with the subjects of certificates, so that what could never be one is found here. */
function readX509SuperUser(reader: ConfigReader): string | null {
  const setting = reader.take('X509AuthenticationProvider.superUser');
  if (setting === null || setting.value === '') return null;
  const { value } = setting;
  if (!isDistinguishedName(value)) {
    const form = 'CN=name,O=Organisation, by RFC 2253, with every backslash written twice';
    reader.fault(setting, `"${value}" is not the subject of a certificate; it is ${form}`);
  } else if (/(?:^|(?<!\\)[,+])(?: |[a-z])/.test(value)) {
    reader.warn(
      setting,
      'subjects have no spaces behind commas and attributes in capitals; nobody may be this superuser',
    );
  }
  return value;
}

/** What a server of the ensemble needs to know of itself beside what all know. */
export interface OwnServer {
  /** Null where it serves clients by TLS alone. */
  readonly client: Endpoint | null;
  readonly warnings: readonly string[];
}

/** Where the server with this sid serves its clients, or what is wrong. Null sid: the standalone server. */
export function ownServer(config: ZooConfig, sid: number | null): OwnServer | { readonly fault: string } {
  const own = config.members.find((member) => config.standalone || member.sid === sid) ?? null;
  const warnings: string[] = [];
  if (own !== null && config.peerType !== null && config.peerType !== own.role) {
    const { file, line, key } = own.setting;
    warnings.push(
      `${file}:${line}: ${key}: the server is ${own.role} here and ${config.peerType} by peerType; the former counts`,
    );
  }
  const { client } = config;
  const given = own?.client ?? null;
  if (given === null) {
    if (client !== null || config.clientTls?.secureClient != null) return { client, warnings };
    return { fault: `${config.file}: clientPort: is missing; it is the port that clients connect to: clientPort=2181` };
  }
  // A wildcard as clientPortAddress says nothing about the address (Java `QuorumPeerConfig.setupClientPort`).
  const sameHost = client === null || client.host === given.host || client.host === '0.0.0.0';
  if (client !== null && (!sameHost || client.port !== given.port)) {
    return {
      fault: `${config.file}: clientPort: ${formatEndpoint(client)} contradicts ${formatEndpoint(given)} in ${own?.setting.key} (${own?.setting.file}:${own?.setting.line}); remove one of the two`,
    };
  }
  return { client: given, warnings };
}
