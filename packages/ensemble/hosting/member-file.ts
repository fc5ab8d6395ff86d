/** `ensemble.json`: the members of a hosted ensemble and their ports, from its first start to its last. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PeerType } from '../core/io.ts';
import { hostingError } from './hosting-error.ts';
import type { HostedMember } from './server-files.ts';

const FILE = 'ensemble.json';
/** From version 2 on every member was marked as new when it was added; what version 1 lists may never have been started. */
const VERSION = 2;

/** The members in the order of their sids. */
export interface MemberList {
  readonly members: readonly HostedMember[];
  /** Whether each was marked as new when it was added. */
  readonly marked: boolean;
}

/** The members, or null where the directory has none yet. Throws `membersUnreadable`. */
export function readMembers(directory: string): MemberList | null {
  const file = path.join(directory, FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  try {
    return parseList(JSON.parse(text));
  } catch (error) {
    throw hostingError('membersUnreadable', { file, detail: error instanceof Error ? error.message : String(error) });
  }
}

/** Writes the members, all or nothing. */
export function writeMembers(directory: string, members: readonly HostedMember[]): void {
  const file = path.join(directory, FILE);
  writeFileSync(`${file}.new`, `${JSON.stringify({ version: VERSION, members }, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

function parseList(content: unknown): MemberList {
  const { version, members } = asRecord(content, 'the file');
  if (version !== 1 && version !== VERSION) throw new Error(`its version is ${String(version)}, not ${VERSION}`);
  if (!Array.isArray(members) || members.length === 0) throw new Error('it has no list of members');
  return { members: members.map(parseMember), marked: version !== 1 };
}

function parseMember(entry: unknown, index: number): HostedMember {
  const member = asRecord(entry, `member ${index + 1}`);
  const { sid, host } = member;
  if (sid !== index + 1) throw new Error(`member ${index + 1} has the number ${String(sid)}`);
  if (typeof host !== 'string') throw new Error(`member ${sid} has no host`);
  return {
    sid,
    role: role(member, sid),
    host,
    clientPort: port(member, sid, 'clientPort'),
    quorumPort: port(member, sid, 'quorumPort'),
    electionPort: port(member, sid, 'electionPort'),
  };
}

function asRecord(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Error(`${what} is no object`);
  return { ...value };
}

function role(member: Readonly<Record<string, unknown>>, sid: number): PeerType {
  if (member.role === 'participant' || member.role === 'observer') return member.role;
  throw new Error(`member ${sid} has the role ${String(member.role)}`);
}

function port(member: Readonly<Record<string, unknown>>, sid: number, key: string): number {
  const value = member[key];
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535) return value;
  throw new Error(`${key} of member ${sid} is ${String(value)}`);
}
