import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PeerType } from '../core/io.ts';
import { makeDirectories } from '../server/real-disk.ts';
import { makeSessionKey, SESSION_KEY } from '../server/session-key.ts';
import { INITIALIZE, VERSION_DIRECTORY } from '../storage/file-names.ts';

/** One server of a hosted ensemble: its number, its role and its ports, all on one host. */
export interface HostedMember {
  readonly sid: number;
  readonly role: PeerType;
  readonly host: string;
  readonly clientPort: number;
  readonly quorumPort: number;
  readonly electionPort: number;
}

/** Quorum and election ports lie as far above the client ports as 2888 and 3888 above 2181. */
const QUORUM_PORT_OFFSET = 707;
const ELECTION_PORT_OFFSET = 1707;
const ADMIN_PORT_OFFSET = 2707;
const LAST_PORT = 65_535;
/** Below a server's directory. */
const DATA = 'data';
/** The largest number of a server whose znodes may have a time to live (`server/load-config.ts`). */
export const MAX_SID = 254;

/** The highest base port at which every port of so many servers is one. */
export function highestBasePort(servers: number): number {
  return LAST_PORT - ADMIN_PORT_OFFSET - (servers - 1);
}

/** The member with the number; its ports follow from those of the first one. */
export function planMember(sid: number, role: PeerType, host: string, basePort: number): HostedMember {
  const clientPort = basePort + sid - 1;
  return {
    sid,
    role,
    host,
    clientPort,
    quorumPort: clientPort + QUORUM_PORT_OFFSET,
    electionPort: clientPort + ELECTION_PORT_OFFSET,
  };
}

/** The members of an ensemble: participants first, numbered from 1. */
export function planMembers(participants: number, observers: number, host: string, basePort: number): HostedMember[] {
  return Array.from({ length: participants + observers }, (_, index) =>
    planMember(index + 1, index < participants ? 'participant' : 'observer', host, basePort),
  );
}

/** Says that the server below the directory is a new one, so that it may vote though its disk is empty. */
export function markNew(directory: string): void {
  const dataDir = path.join(directory, DATA);
  makeDirectories(dataDir);
  writeFileSync(path.join(dataDir, INITIALIZE), '');
}

/** Whether the server below the directory was ever started. */
export function hasHistory(directory: string): boolean {
  return existsSync(path.join(directory, DATA, VERSION_DIRECTORY));
}

/**
 * What every zoo.cfg says of the key of the ensemble's session passwords, which is made where there is none. `started`: servers
 * of this directory have run without one, so that there may be sessions whose passwords are Apache's.
 */
export function sessionKeySettings(directory: string, started: boolean): Readonly<Record<string, string>> {
  const file = path.join(directory, SESSION_KEY);
  if (!existsSync(file)) makeSessionKey(file, started);
  return { 'vivarium.sessionKeyFile': escapeBackslashes(file) };
}

/** Writes a member's zoo.cfg and myid below the directory, whose data it leaves alone, and returns the path of zoo.cfg. */
export function writeServerFiles(
  directory: string,
  member: HostedMember,
  members: readonly HostedMember[],
  settings: Readonly<Record<string, string | number>>,
): string {
  const dataDir = path.join(directory, DATA);
  makeDirectories(dataDir);
  writeFileSync(path.join(dataDir, 'myid'), `${member.sid}\n`);
  const keys: Record<string, string | number> = {
    tickTime: 2000,
    initLimit: 10,
    syncLimit: 5,
    '4lw.commands.whitelist': '*',
    extendedTypesEnabled: 'true',
    ...adminSettings(member),
    // Who is new `markNew` says; otherwise an empty disk has lost what it had.
    'db.autocreate': 'false',
    ...settings,
    dataDir: escapeBackslashes(dataDir),
    clientPortAddress: member.host,
    clientPort: member.clientPort,
  };
  if (member.role === 'observer') keys.peerType = 'observer';
  // One line alone means a standalone server, and stays one line, so that growing the ensemble later is a matter of lines.
  for (const { sid, host, quorumPort, electionPort, role } of members) {
    keys[`server.${sid}`] = `${host}:${quorumPort}:${electionPort}:${role}`;
  }
  const file = path.join(directory, 'zoo.cfg');
  const lines = Object.entries(keys).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(file, `# Written anew at each start of the hosted ensemble.\n${lines.join('')}`);
  return file;
}

/**
 * The admin server of a member, on loopback. It is no port that the ensemble needs: where somebody has it, the server goes on
 * without, as an older directory does whose ports leave no room above them.
 */
function adminSettings({ clientPort }: HostedMember): Readonly<Record<string, string | number>> {
  const port = clientPort + ADMIN_PORT_OFFSET;
  return port > LAST_PORT ? { 'admin.enableServer': 'false' } : { 'admin.serverPort': port };
}

/** A backslash begins an escape in a properties file. */
function escapeBackslashes(text: string): string {
  return text.replaceAll('\\', '\\\\');
}
