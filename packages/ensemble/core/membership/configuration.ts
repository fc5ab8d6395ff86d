/**
 * Who belongs to an ensemble and who decides in it: the `server.N`, `group.N` and `weight.N` lines of a configuration
 * (Java `QuorumMaj`, `QuorumHierarchical`), which stand in files, in `/zookeeper/config`, and in what servers send.
 */
import type { Member } from '../io.ts';
import { formatServerSpec, parseServerSpec, type ServerSpec } from './server-spec.ts';

/** The largest sid: it is the top byte of the ids of the sessions that a server creates. */
const MAX_SID = 255;

/** Hierarchical quorums: more than half of the weight in each of more than half of the groups. */
export interface Groups {
  /** Sids by the number of their group; each voter is in one. */
  readonly members: ReadonlyMap<number, readonly number[]>;
  /** By sid, for each voter; 0 for one that never counts. */
  readonly weights: ReadonlyMap<number, number>;
}

/** A configuration of an ensemble. Two with the same version are the same. */
export interface Configuration {
  /** zxid of the reconfiguration that made it, or of the epoch whose leader gave it one; 0 where nobody has yet. */
  readonly version: bigint;
  /** By sid. */
  readonly members: readonly Member[];
  /** Null: more than half of the voters decide. */
  readonly groups: Groups | null;
}

/** A line of a configuration. */
export interface Entry {
  readonly key: string;
  readonly value: string;
}

/** A `server.N` line, read. */
export interface ConfiguredServer<E extends Entry = Entry> extends ServerSpec {
  readonly sid: number;
  /** The spec in the form that all servers show alike. */
  readonly text: string;
  /** The line. */
  readonly setting: E;
}

/** What the lines say, and what is wrong with which of them. Of no use where there are faults. */
export interface ReadEntries<E extends Entry> {
  readonly servers: readonly ConfiguredServer<E>[];
  readonly groups: Groups | null;
  readonly faults: readonly { readonly setting: E; readonly fault: string }[];
}

/** A sid as `server.N` and myid have it, or null. */
export function parseSid(text: string): number | null {
  return /^\d{1,3}$/.test(text) && Number(text) <= MAX_SID ? Number(text) : null;
}

/** Reads `server.N`, `group.N` and `weight.N` lines; no other may be among them. */
export function readEntries<E extends Entry>(entries: readonly E[]): ReadEntries<E> {
  const faults: { setting: E; fault: string }[] = [];
  const servers: ConfiguredServer<E>[] = [];
  for (const entry of entries.filter(({ key }) => key.startsWith('server.'))) {
    const sidText = entry.key.slice('server.'.length);
    const sid = parseSid(sidText);
    const parsed = parseServerSpec(entry.value);
    if (sid === null) {
      const fault = `"${sidText}" in front of "${entry.value}" is not a server id; it is a number from 0 to ${MAX_SID}`;
      faults.push({ setting: entry, fault });
    } else if (!parsed.ok) {
      faults.push({ setting: entry, fault: parsed.fault });
    } else {
      servers.push({ sid, ...parsed.spec, text: formatServerSpec(parsed.spec), setting: entry });
    }
  }
  servers.sort((a, b) => a.sid - b.sid);
  const structure = entries.filter(({ key }) => !key.startsWith('server.'));
  // What is wrong with a server shows as faults of its groups too.
  const groups = structure.length === 0 || faults.length > 0 ? null : readGroups(structure, servers, faults);
  return { servers, groups, faults };
}

/** The largest weight; the sum of all must stay exact. */
const MAX_WEIGHT = 1_000_000;

function readGroups<E extends Entry>(
  entries: readonly E[],
  servers: readonly ConfiguredServer<E>[],
  faults: { setting: E; fault: string }[],
): Groups {
  const voters = new Set(servers.filter(({ role }) => role === 'participant').map(({ sid }) => sid));
  const members = new Map<number, readonly number[]>();
  const groupOf = new Map<number, string>();
  const weights = new Map([...voters].map((sid) => [sid, 1]));
  for (const entry of entries) {
    const problem = entry.key.startsWith('group.')
      ? readGroup(entry, voters, groupOf, members)
      : readWeight(entry, servers, weights);
    if (problem !== null) faults.push({ setting: entry, fault: problem });
  }
  const [first] = entries;
  if (first === undefined || faults.length > 0) return { members, weights };
  for (const sid of voters) {
    const fault = `server.${sid} is in no group, so that its vote would never count; name it in one, or make it an observer`;
    if (!groupOf.has(sid)) faults.push({ setting: first, fault });
  }
  if ([...weights].every(([, weight]) => weight === 0)) {
    faults.push({ setting: first, fault: 'every weight is 0, so that there would never be a quorum' });
  }
  return { members, weights };
}

function readGroup(
  entry: Entry,
  voters: ReadonlySet<number>,
  groupOf: Map<number, string>,
  members: Map<number, readonly number[]>,
): string | null {
  const numberText = entry.key.slice('group.'.length);
  if (!/^\d{1,9}$/.test(numberText)) return `"${numberText}" is not the number of a group`;
  const sids: number[] = [];
  for (const text of entry.value.split(':')) {
    const sid = parseSid(text.trim());
    if (sid === null)
      return `"${text}" in "${entry.value}" is not a server id; a group is sids with colons between them`;
    const other = groupOf.get(sid);
    if (other !== undefined) return `server ${sid} is in ${other} already; a server is in one group`;
    if (!voters.has(sid)) return `there is no participant server.${sid}; only participants are in groups`;
    groupOf.set(sid, entry.key);
    sids.push(sid);
  }
  if (members.has(Number(numberText))) return `there are two groups ${Number(numberText)}`;
  members.set(Number(numberText), sids);
  return null;
}

function readWeight(
  entry: Entry,
  servers: readonly { readonly sid: number; readonly role: string }[],
  weights: Map<number, number>,
): string | null {
  const sidText = entry.key.slice('weight.'.length);
  const sid = parseSid(sidText);
  const server = servers.find((candidate) => candidate.sid === sid);
  if (server === undefined) return `there is no server.${sidText}`;
  const weight = /^\d{1,7}$/.test(entry.value) ? Number(entry.value) : Number.NaN;
  if (!(weight <= MAX_WEIGHT)) return `"${entry.value}" is not a weight; it is a whole number from 0 to ${MAX_WEIGHT}`;
  if (server.role === 'participant') weights.set(server.sid, weight);
  return null;
}

/** The configuration of servers that were read. */
export function configurationOf(
  servers: readonly Pick<ConfiguredServer, 'sid' | 'role' | 'text'>[],
  groups: Groups | null,
  version: bigint,
): Configuration {
  return { version, members: servers.map(({ sid, role, text }) => ({ sid, role, spec: text })), groups };
}

/**
 * The configuration as text: what `/zookeeper/config` holds and what notifications and NEWLEADER carry (Java
 * `QuorumVerifier.toString`): a line for each server, group and weight, then the version in hex, without a newline at the
 * end.
 */
export function configText({ version, members, groups }: Configuration): string {
  const lines = members.map(({ sid, spec }) => `server.${sid}=${spec}`);
  for (const [number, sids] of groups?.members ?? []) lines.push(`group.${number}=${sids.join(':')}`);
  for (const [sid, weight] of groups?.weights ?? []) lines.push(`weight.${sid}=${weight}`);
  return [...lines, `version=${BigInt.asUintN(64, version).toString(16)}`].join('\n');
}

/** The version in a configuration's text; 0 where it has none. */
export function versionIn(text: string): bigint {
  const digits = /(?:^|\n)version=([0-9a-fA-F]{1,16})\s*$/.exec(text)?.[1];
  return digits === undefined ? 0n : BigInt.asIntN(64, BigInt(`0x${digits}`));
}

/** A configuration, or in words why the text is none. */
export type ParsedConfiguration =
  | { readonly ok: true; readonly configuration: Configuration; readonly servers: readonly ConfiguredServer[] }
  | { readonly ok: false; readonly fault: string };

/** Reads a configuration as `configText` writes it; the version may be missing, and is 0 then. */
export function parseConfiguration(text: string): ParsedConfiguration {
  const entries: Entry[] = [];
  let version = 0n;
  for (const line of text.split(/[\r\n]+/)) {
    const trimmed = line.trim();
    if (trimmed === '') continue;
    const separator = trimmed.indexOf('=');
    const key = trimmed.slice(0, separator).trim();
    const value = trimmed.slice(separator + 1).trim();
    if (key === 'version') {
      if (!/^[0-9a-fA-F]{1,16}$/.test(value)) return { ok: false, fault: `"${value}" is not a version` };
      version = BigInt.asIntN(64, BigInt(`0x${value}`));
    } else if (/^(server|group|weight)\./.test(key)) {
      if (entries.some((entry) => entry.key === key)) return { ok: false, fault: `${key} stands there twice` };
      entries.push({ key, value });
    } else {
      return { ok: false, fault: `"${trimmed}" is not a line of a configuration` };
    }
  }
  const { servers, groups, faults } = readEntries(entries);
  const [first] = faults;
  if (first !== undefined) return { ok: false, fault: `${first.setting.key}: ${first.fault}` };
  return { ok: true, configuration: configurationOf(servers, groups, version), servers };
}
