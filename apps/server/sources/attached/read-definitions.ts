/** The clusters file: what it says, and every fault in it by its line and field. A cluster with a fault loses no other. */
import { ConnectStringError, parseConnectString } from '@vivarium/client/connect-string';
import {
  type ClusterDefinition,
  type CredentialReference,
  DEFAULTS,
  defaultDefinition,
  type HostPort,
  isClusterId,
  type MemberOverride,
  type SecretReference,
  type TlsFiles,
} from './cluster-definition.ts';
import { connectFault } from './connect-fault.ts';
import { type JsonNode, JsonTextError, lineOf, parseJsonText } from './json-text.ts';

/** Something in the file that is not as it should be. */
export interface FileFault {
  readonly line: number;
  /** `clusters[2].tls.ca`; empty for the file as a whole. */
  readonly field: string;
  /** To stand behind the field. */
  readonly what: string;
}

export interface ReadDefinitions {
  readonly definitions: readonly ClusterDefinition[];
  /** The rule of hosts; null where the file has none. */
  readonly attachHosts: string | null;
  readonly faults: readonly FileFault[];
}

const MAX_CLUSTERS = 100;
const DAY_MS = 86_400_000;
const MIB = 1024 ** 2;

export function readDefinitions(text: string): ReadDefinitions {
  const faults: FileFault[] = [];
  const nothing = { definitions: [], attachHosts: null, faults };
  let root: JsonNode;
  try {
    root = parseJsonText(text);
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    faults.push({ line: lineOf(text, error.at), field: '', what: error.message });
    return nothing;
  }
  const file = new Reader(text, root, '', faults);
  if (!file.isObject()) return nothing;
  const rule = file.text('attachHosts');
  const list = file.list('clusters');
  const taken = new Set<string>();
  const definitions: ClusterDefinition[] = [];
  for (const item of list ?? []) {
    const before = faults.length;
    const definition = readDefinition(item, taken);
    if (definition === null || faults.length > before) continue;
    if (definitions.length >= MAX_CLUSTERS) {
      item.fault('', `is beyond the ${MAX_CLUSTERS} clusters that are the most`);
      break;
    }
    taken.add(definition.id);
    definitions.push(definition);
  }
  file.noMore();
  return { definitions, attachHosts: rule, faults };
}

function readDefinition(entry: Reader, taken: ReadonlySet<string>): ClusterDefinition | null {
  if (!entry.isObject()) return null;
  const id = entry.text('id');
  const connect = entry.text('connect');
  if (id === null) entry.fault('id', 'is missing: a name for addresses, of small letters, digits and -');
  else if (!isClusterId(id))
    entry.fault('id', 'is made of small letters, digits and - (63 at most), and is none of Vivarium’s own');
  else if (taken.has(id)) entry.fault('id', `is ${JSON.stringify(id)} as of a cluster above it`);
  if (connect === null) entry.fault('connect', 'is missing: host:port,host:port/chroot');
  const bad = connect === null ? null : connectFault(connect);
  if (bad !== null) entry.fault('connect', bad);
  const name = entry.text('name');
  if (name !== null && (name === '' || name.length > 80)) entry.fault('name', 'has 1 to 80 characters');
  const readOnly = entry.truth('readOnly');
  const credentials = (entry.list('credentials') ?? []).flatMap((item) => readCredential(item) ?? []);
  const tls = readTls(entry.object('tls'));
  const quorumTls = readTls(entry.object('quorumTls'));
  const ways = readWays(entry.object('ways'));
  const members = (entry.list('members') ?? []).flatMap((item) => readMember(item) ?? []);
  const adminPort = entry.number('adminPort', 1, 65_535) ?? DEFAULTS.adminPort;
  const mirror = readMirror(entry.object('mirror'));
  const transactions = readTransactions(entry.object('transactions'));
  const isFromPage = entry.truth('fromPage') ?? false;
  entry.noMore();
  if (id === null || connect === null || bad !== null) return null;
  const given = { id, name: name ?? undefined, readOnly: readOnly ?? undefined };
  return {
    ...defaultDefinition(connect, given),
    credentials,
    tls,
    quorumTls,
    ways,
    members,
    adminPort,
    mirror,
    transactions,
    isFromPage,
  };
}

function readCredential(entry: Reader): CredentialReference | null {
  if (!entry.isObject()) return null;
  const scheme = entry.text('scheme') ?? 'digest';
  const secret = readSecret(entry);
  entry.noMore();
  return secret === null ? null : { scheme, secret };
}

/** A secret itself has no place in the file, which is shown, copied and kept with other things. */
function readSecret(entry: Reader): SecretReference | null {
  const file = entry.text('file');
  const env = entry.text('env');
  for (const key of ['auth', 'password', 'secret', 'user']) {
    if (entry.has(key))
      entry.fault(key, 'does not belong here: name a file or an environment variable (env) that has it');
  }
  if (file !== null && env === null) return { file };
  if (env !== null && file === null) return { env };
  entry.fault('', 'names either a file or an environment variable (env) that has user:password');
  return null;
}

function readTls(entry: Reader | null): TlsFiles | null {
  if (entry === null || !entry.isObject()) return null;
  const tls = {
    ca: entry.text('ca'),
    cert: entry.text('cert'),
    key: entry.text('key'),
    serverName: entry.text('serverName'),
  };
  if ((tls.cert === null) !== (tls.key === null)) entry.fault('', 'has cert and key, or neither');
  entry.noMore();
  return tls;
}

function readWays(entry: Reader | null): ClusterDefinition['ways'] {
  if (entry === null || !entry.isObject()) return DEFAULTS.ways;
  const way = (name: keyof ClusterDefinition['ways']): boolean => entry.truth(name) ?? DEFAULTS.ways[name];
  const ways = { observer: way('observer'), election: way('election'), words: way('words'), admin: way('admin') };
  entry.noMore();
  return ways;
}

function readMember(entry: Reader): MemberOverride | null {
  if (!entry.isObject()) return null;
  const sid = entry.number('sid', 0, 255);
  if (sid === null) entry.fault('sid', 'is missing: the number of the server');
  const role = entry.text('role');
  if (role !== null && role !== 'participant' && role !== 'observer') entry.fault('role', 'is participant or observer');
  const address = (key: string): HostPort | null => readAddress(entry, key);
  const addresses = {
    client: address('client'),
    quorum: address('quorum'),
    election: address('election'),
    admin: address('admin'),
  };
  entry.noMore();
  if (sid === null) return null;
  return { sid, role: role === 'participant' || role === 'observer' ? role : null, ...addresses };
}

function readAddress(entry: Reader, key: string): HostPort | null {
  const text = entry.text(key);
  if (text === null) return null;
  try {
    const { servers, chroot } = parseConnectString(text);
    const [server] = servers;
    if (server !== undefined && servers.length === 1 && chroot === '' && /:\d+$/.test(text)) return server;
  } catch (error) {
    if (!(error instanceof ConnectStringError)) throw error;
  }
  entry.fault(key, 'is host:port');
  return null;
}

function readMirror(entry: Reader | null): ClusterDefinition['mirror'] {
  if (entry === null || !entry.isObject()) return DEFAULTS.mirror;
  const megabytes = entry.number('megabytes', 1, 1_000_000);
  const maxZnodes = entry.number('znodes', 1, 1_000_000_000) ?? DEFAULTS.mirror.maxZnodes;
  entry.noMore();
  return { maxBytes: megabytes === null ? DEFAULTS.mirror.maxBytes : megabytes * MIB, maxZnodes };
}

function readTransactions(entry: Reader | null): ClusterDefinition['transactions'] {
  if (entry === null || !entry.isObject()) return DEFAULTS.transactions;
  const days = entry.number('days', 1, 3_650);
  const megabytes = entry.number('megabytes', 0, 1_000_000);
  entry.noMore();
  return {
    maxAgeMs: days === null ? DEFAULTS.transactions.maxAgeMs : days * DAY_MS,
    maxBytes: megabytes === null ? DEFAULTS.transactions.maxBytes : megabytes * MIB,
  };
}

/** An object of the file, field by field. What is not of the type that is asked for is a fault, and null. */
class Reader {
  private readonly source: string;
  private readonly node: JsonNode;
  private readonly field: string;
  private readonly faults: FileFault[];
  private readonly asked = new Set<string>();

  constructor(source: string, node: JsonNode, field: string, faults: FileFault[]) {
    this.source = source;
    this.node = node;
    this.field = field;
    this.faults = faults;
  }

  isObject(): boolean {
    if (this.node.kind === 'object') return true;
    this.fault('', 'is to be an object in {}');
    return false;
  }

  has(key: string): boolean {
    this.asked.add(key);
    return this.entryOf(key) !== undefined;
  }

  text(key: string): string | null {
    const node = this.take(key, 'string', 'is a text in quotes');
    return node?.kind === 'string' ? node.value : null;
  }

  truth(key: string): boolean | null {
    const node = this.take(key, 'boolean', 'is true or false');
    return node?.kind === 'boolean' ? node.value : null;
  }

  /** A whole number. */
  number(key: string, min: number, max: number): number | null {
    const wanted = `is a whole number from ${min} to ${max}`;
    const node = this.take(key, 'number', wanted);
    if (node?.kind !== 'number') return null;
    if (Number.isInteger(node.value) && node.value >= min && node.value <= max) return node.value;
    this.fault(key, wanted);
    return null;
  }

  object(key: string): Reader | null {
    const node = this.take(key, 'object', 'is an object in {}');
    return node === null ? null : this.reader(node, key);
  }

  list(key: string): Reader[] | null {
    const node = this.take(key, 'array', 'is a list in []');
    return node?.kind === 'array' ? node.items.map((item, index) => this.reader(item, `${key}[${index}]`)) : null;
  }

  /** What has not been asked for has no meaning: it may be a slip of the pen, and then matters. */
  noMore(): void {
    if (this.node.kind !== 'object') return;
    for (const { key } of this.node.entries) {
      if (this.asked.has(key)) continue;
      this.fault(
        key,
        `is not known here; known are ${[...this.asked].filter((name) => name !== 'fromPage').join(', ')}`,
      );
    }
  }

  fault(key: string, what: string): void {
    const at = (key === '' ? undefined : this.entryOf(key)?.start) ?? this.node.start;
    this.faults.push({ line: lineOf(this.source, at), field: this.path(key), what });
  }

  private take(key: string, kind: JsonNode['kind'], wanted: string): JsonNode | null {
    this.asked.add(key);
    const value = this.entryOf(key)?.value;
    if (value === undefined || value.kind === 'null') return null;
    if (value.kind === kind) return value;
    this.fault(key, wanted);
    return null;
  }

  private entryOf(key: string) {
    return this.node.kind === 'object' ? this.node.entries.find((entry) => entry.key === key) : undefined;
  }

  private reader(node: JsonNode, key: string): Reader {
    return new Reader(this.source, node, this.path(key), this.faults);
  }

  private path(key: string): string {
    return this.field === '' || key === '' ? this.field + key : `${this.field}.${key}`;
  }
}
